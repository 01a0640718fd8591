//! The columns of the log pane: chosen, ordered, sized, kept, and there again.

use spantail::config::{Columns, Config, Flags, with_columns};
use spantail::tui::effect::Effect;

use super::harness::{Screen, Setup, Store};
use super::incident::{self, CHECKOUT, at, rows};

/// Lines with nested fields, lists, figures, and JSON in a text.
pub(super) fn orders() -> Store {
    let mut store = Store::new();
    incident::sources(&mut store);
    for n in 0..30 {
        let (status, kind) = if n % 3 == 0 { (503, "timeout") } else { (200, "none") };
        let line = format!(
            r#"{{"time":"2026-03-14T12:03:{n:02}.000Z","level":"info","service":"shop","msg":"order {n} handled","http":{{"status_code":{status},"route":"/orders/{{id}}","client":{{"ip":"10.0.0.{n}"}}}},"error":{{"kind":"{kind}"}},"items":["tea","cup"],"lines":[{{"sku":"a-{n}"}}],"payload":"{{\"retry\":true}}","took_ms":{}}}"#,
            n * 37,
        );
        store.line(CHECKOUT, at(1_000 * n), line);
    }
    store
}

fn screen(width: u16, height: u16) -> Screen {
    Screen::new(orders(), width, height)
}

/// The columns that were last asked to be kept.
fn kept(screen: &Screen) -> Option<String> {
    let columns = |effect: &Effect| match effect {
        Effect::KeepColumns(columns) => Some(columns.to_string()),
        _ => None,
    };
    screen.asked.iter().rev().find_map(columns)
}

fn header(screen: &mut Screen) -> String {
    let pane = screen.pane("Logs");
    pane.lines().nth(2).unwrap_or_default().trim_matches(['│', ' ']).to_owned()
}

#[test]
fn a_column_is_made_of_a_nested_field_reordered_resized_and_there_after_a_restart() {
    let mut first = screen(120, 40);
    first.press("z k <Enter>").press(&"j ".repeat(7));
    assert!(first.shows("x fold"), "{}", first.text());
    first.press("g").press(&"j ".repeat(8));
    first.press("c");
    assert_eq!(kept(&first).as_deref(), Some("time level service http.status_code message"), "{}", first.text());
    assert!(first.shows("http.status_code is a column now"), "{}", first.text());
    first.press("<Esc>");
    assert!(header(&mut first).starts_with("time         level service status_code  message"), "{}", first.text());
    assert!(
        rows(&mut first).iter().any(|row| row.contains("shop             503 order 27 handled")),
        "{}",
        first.text()
    );

    first.press("c").press("j j j");
    first.press("K K").press("< < < < < < <");
    assert!(first.shows("✓ http.status_code           5 cells"), "{}", first.text());
    first.press("<Esc>");
    assert_eq!(kept(&first).as_deref(), Some("time http.status_code:5 level service message"));

    let Some(Effect::KeepColumns(columns)) = first.asked.last() else { panic!("{:?}", first.asked) };
    let file = with_columns("config.toml", "# mine\n[ui]\ntheme = \"dark\"\n", columns).unwrap();
    let config = Config::resolve(Some(("config.toml", &file)), &|_| None, &Flags::default()).unwrap();
    let setup = Setup { columns: config.logs.columns, ..Setup::default() };
    let mut again = Screen::with(orders(), setup);
    again.press("z");
    assert!(header(&mut again).starts_with("time         stat… level service message"), "{}", again.text());
    assert!(rows(&mut again).iter().any(|row| row.contains("12:03:27.000   503 INFO  shop")), "{}", again.text());
}

#[test]
fn changes_are_seen_behind_the_choice_and_nothing_is_kept_that_did_not_change() {
    let mut screen = screen(200, 60);
    screen.press("z c");
    assert!(screen.shows("Columns") && screen.shows("Space show"), "{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(kept(&screen), None);
    screen.press("c j <Space>");
    assert!(!screen.pane("Logs").contains(" INFO "), "the level is gone at once\n{}", screen.text());
    screen.press("/ took_ms <Enter>");
    assert!(screen.shows("✓ took_ms"), "{}", screen.text());
    screen.press("/ nowhere.to_be[3].seen <Enter> q");
    assert_eq!(kept(&screen).as_deref(), Some("time service took_ms nowhere.to_be[3].seen message"));
    assert!(!screen.shows("took_ms="), "what is a column does not stand behind the message too\n{}", screen.text());
    screen.press("c r <Enter>");
    assert_eq!(kept(&screen), Some(Columns::default().to_string()));
}

#[test]
fn the_message_may_stand_in_front_of_other_columns_or_be_left_out() {
    let mut screen = screen(100, 24);
    screen.press("c / http.client.ip <Enter> J <Esc>");
    assert_eq!(kept(&screen).as_deref(), Some("time level service message http.client.ip"));
    let aligned = |screen: &mut Screen| {
        let ends: Vec<usize> = rows(screen).iter().filter_map(|row| row.find(" 10.0.0.")).collect();
        !ends.is_empty() && ends.iter().all(|end| *end == ends[0])
    };
    assert!(aligned(&mut screen), "{}", screen.text());
    screen.press("w");
    assert!(screen.shows("10.0.0.29") && screen.shows("order 29 handled"), "{}", screen.text());
    screen.press("w c G k k k").press("g j j j <Space> <Esc>");
    assert_eq!(kept(&screen).as_deref(), Some("time level service http.client.ip"));
    assert!(!screen.shows("handled"), "{}", screen.text());
}

#[test]
fn the_last_column_stays_and_the_message_has_no_width() {
    let mut screen = screen(100, 24);
    screen.press("c j j j <");
    assert!(screen.shows("the message takes the room that the others leave"), "{}", screen.text());
    screen.press("g <Space> g <Space> g <Space> g <Space>");
    assert!(screen.shows("at least one column is needed"), "{}", screen.text());
    screen.press("G J");
    assert!(screen.shows("only a column that is shown can be moved"), "{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(kept(&screen).as_deref(), Some("message"));
}

#[test]
fn where_there_is_no_room_columns_are_left_out_and_the_message_stays() {
    let names = ["time", "level", "source:30", "service:20", "http.route:25", "http.client.ip", "message"];
    let columns = Columns::new(names.iter().map(|name| name.parse().unwrap()).collect()).unwrap();
    for (width, expected, left_out) in
        [(160, " client.ip ", ""), (100, "source", "message +2 hidden"), (40, "time", "+")]
    {
        let setup = Setup { size: (width, 24), columns: columns.clone(), ..Setup::default() };
        let mut screen = Screen::with(orders(), setup);
        screen.press("z");
        let text = screen.text();
        assert!(text.contains(expected) && text.contains(left_out) && text.contains("order 29"), "{width}\n{text}");
    }
}

#[test]
fn a_search_is_marked_in_columns_too() {
    let mut screen = screen(120, 40);
    screen.press("z c / http.client.ip <Enter> <Esc> / 10.0.0.12 <Enter>");
    assert!(incident::selected(&mut screen).contains("order 12"), "{}", screen.text());
    let buf = screen.frame();
    let row =
        (0..40).find(|y| (0..120).map(|x| buf[(x, *y)].symbol()).collect::<String>().contains("▌12:03:12")).unwrap();
    let line: Vec<&str> = (0..120).map(|x| buf[(x, row)].symbol()).collect();
    let x = line.windows(9).position(|cells| cells.concat() == "10.0.0.12").unwrap();
    let beside = line.windows(5).position(|cells| cells.concat() == "order").unwrap();
    let style = |x: usize| buf[(u16::try_from(x).unwrap(), row)].style();
    assert_ne!(style(x), style(beside));
    assert_ne!(style(x), style(x - 2));
}
