//! The road from a log line to its trace and back, and into a file and out of it again.

use crate::home::Home;
use crate::picture::Picture;
use crate::recorded::Recorded;
use crate::screen::Screen;

/// Rows that the log pane shows at 120×40.
const ROWS: usize = 35;

#[test]
fn a_line_leads_to_its_trace_and_back() {
    let home = Home::new();
    let mut screen = demo(&home);
    let line = select_error(&mut screen);
    let rows = owned(&line);

    screen.type_keys("<enter>");
    let record = screen.wait_for("record view", |picture| picture.title().contains("Record"));
    let trace = field(&record, "trace");
    let span = field(&record, "span");
    assert_eq!((trace.len(), span.len()), (32, 16), "the ids are shown whole:\n{record}");

    screen.type_keys("<enter>");
    let waterfall = screen.wait_for("focus on the trace", |picture| picture.focus() == "Traces");
    assert!(waterfall.has(&format!("Trace {}", short(&trace))), "{waterfall}");
    assert!(
        waterfall.has(&format!("Span ── {} ", field(&record, "service"))),
        "the line's span is selected:\n{waterfall}"
    );

    screen.type_keys("l");
    let of_span = screen.wait_for("the span's logs", |picture| picture.focus() == "Logs" && is_complete(picture));
    assert!(of_span.title().contains(&format!("& trace:{}", trace.get(..8).unwrap())), "{of_span}");
    let of_span = owned(&of_span);
    assert!(of_span.contains(&rows[selected_at(&line)]), "the line is among its span's: {of_span:?}");

    screen.type_keys("l");
    let of_trace =
        screen.wait_for("the trace's logs", |picture| is_complete(picture) && owned(picture).len() > of_span.len());
    let of_trace = owned(&of_trace);
    assert!(unselected(&of_span).iter().all(|row| unselected(&of_trace).contains(row)), "{of_trace:?}");

    screen.type_keys("<esc>");
    screen.wait_for("the span's logs again", |picture| owned(picture) == of_span);
    screen.type_keys("<esc>");
    screen
        .wait_for("the waterfall again", |picture| picture.focus() == "Traces" && owned(picture) == owned(&waterfall));
    screen.type_keys("<esc>");
    screen.wait_for("the record again", |picture| picture.focus() == "Logs" && owned(picture) == owned(&record));
    screen.type_keys("<esc>");
    let back = screen.wait_for("the list again", |picture| picture.title().contains("lines"));
    assert_eq!(owned(&back), rows, "the first screen is exactly as it was");
}

#[test]
fn a_filter_shows_only_what_matches_until_it_is_cleared() {
    let home = Home::new();
    let mut screen = demo(&home);
    screen.type_keys("&level:error<enter>");
    let errors = screen.wait_for("errors", |picture| picture.title().contains("& level:error") && is_complete(picture));
    assert!(!errors.body().is_empty() && errors.body().iter().all(|row| level(row) == 'E'), "{errors}");
    screen.type_keys("C");
    let all = screen.wait_for("all lines", |picture| picture.body().len() == ROWS && !picture.title().contains('&'));
    assert!(all.body().iter().any(|row| level(row) != 'E'), "{all}");
}

#[test]
fn a_wrong_filter_says_what_was_expected_and_the_last_right_one_stays() {
    let home = Home::new();
    let mut screen = demo(&home);
    screen.type_keys("&level:error ");
    screen.wait_for("errors", |picture| picture.title().contains("level:error") && is_complete(picture));
    screen.type_keys("(");
    let wrong = screen.wait_for("a remark", |picture| picture.status().contains("expected"));
    assert!(wrong.body().iter().all(|row| level(row) == 'E'), "{wrong}");
    screen.type_keys("<esc>");
    screen.wait_for("no filter", |picture| !picture.title().contains('&') && picture.status().contains("ring"));
}

#[test]
fn a_session_is_saved_and_comes_back() {
    let home = Home::new();
    let mut screen = demo(&home);
    select_error(&mut screen);
    screen.type_keys("m");
    let mark = screen.wait_for("a mark", |picture| marked(picture).is_some());
    let mark = mark_words(&mark);
    screen.type_keys("<enter>");
    let trace = field(&screen.wait_for("record view", |picture| picture.title().contains("Record")), "trace");
    screen.type_keys("<esc>");
    screen.wait_for("the list", |picture| picture.title().contains("lines"));
    screen.type_keys("&service:bank level:error<enter>");
    screen.wait_for("the filter", |picture| picture.title().contains("service:bank") && is_complete(picture));
    screen.type_keys("S");
    screen.wait_for("a prompt", |picture| picture.status().contains("save to:"));
    screen.type_keys("<c-u>shop.jsonl.zst<enter>");
    let saved = screen.wait_for("the session saved", |picture| picture.status().contains("saved "));
    let counts = numbers(saved.status());
    screen.type_keys("q");
    assert!(screen.wait_for_end().success());
    assert_eq!(screen.given_back(), Ok(()));

    let recorded = Recorded::read(&home.path("shop.jsonl.zst"));
    let (lines, spans) = (recorded.logs.len(), recorded.spans.len());
    assert_eq!(counts[..2], [lines, spans], "{}", saved.status());
    assert!(lines > 1000 && spans > 1000, "{lines} lines, {spans} spans");

    let mut screen = Screen::start((120, 40), &home, &["open", "shop.jsonl.zst"]);
    let opened = screen.wait_for("the filter back in force", |picture| {
        picture.title().contains("service:bank level:error") && is_complete(picture) && total(picture) == lines
    });
    assert!(opened.has("shop.jsonl.zst"), "{opened}");
    assert!(!opened.body().is_empty() && opened.body().iter().all(|row| level(row) == 'E'), "{opened}");
    screen.type_keys("CM");
    let there = screen.wait_for("the mark", |picture| marked(picture).is_some());
    assert_eq!(mark_words(&there), mark);
    screen.type_keys("t");
    let traced = screen.wait_for("its trace", |picture| picture.focus() == "Traces");
    assert!(traced.has(&format!("Trace {}", short(&trace))), "{traced}");
    screen.type_keys("6");
    let sources = screen.wait_for("the sources", |picture| picture.title().contains("Sources"));
    assert!(sources.row("shop.jsonl.zst").is_some(), "{sources}");
}

fn demo(home: &Home) -> Screen {
    let mut screen = Screen::start((120, 40), home, &["demo"]);
    // A minute of history is there at once; errors are in it.
    screen.wait_for("a minute of lines", |picture| total(picture) > 5000 && picture.body().len() == ROWS);
    screen
}

/// Selects the latest error line.
fn select_error(screen: &mut Screen) -> Picture {
    screen.type_keys("E");
    screen.wait_for("a selected error", |picture| picture.selected().is_some_and(|row| level(row) == 'E'))
}

/// The level's letter in a row, which begins with a sign and the time.
fn level(row: &str) -> char {
    row.split_whitespace().find(|word| word.len() == 1).and_then(|word| word.chars().next()).unwrap_or(' ')
}

/// The value of a field in the record view, up to its first blank.
fn field(record: &Picture, name: &str) -> String {
    let row = record.body().into_iter().find(|row| row.split_whitespace().next() == Some(name));
    let value = row.and_then(|row| row.split_whitespace().nth(2));
    value.unwrap_or_else(|| panic!("no field {name} in\n{record}")).to_owned()
}

/// A trace id as titles show it.
fn short(id: &str) -> String {
    format!("{}…{}", id.get(..4).unwrap(), id.get(28..).unwrap())
}

/// Every number in a text, thousands grouped by commas.
fn numbers(text: &str) -> Vec<usize> {
    let words = text.split_whitespace().filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    words.filter_map(|word| word.replace(',', "").parse().ok()).collect()
}

/// How many lines the log pane's title says there are.
fn total(picture: &Picture) -> usize {
    numbers(picture.title()).last().copied().unwrap_or(0)
}

/// Whether a filter has looked at everything.
fn is_complete(picture: &Picture) -> bool {
    let title = picture.title();
    title.contains(" of ") && !title.contains("… of ")
}

fn owned(picture: &Picture) -> Vec<String> {
    picture.body().into_iter().map(str::to_owned).collect()
}

fn unselected(rows: &[String]) -> Vec<&str> {
    rows.iter().map(|row| row.trim_start_matches(['▌', ' '])).collect()
}

fn selected_at(picture: &Picture) -> usize {
    picture.body().iter().position(|row| row.starts_with('▌')).unwrap()
}

fn marked(picture: &Picture) -> Option<&str> {
    picture.body().into_iter().find_map(|row| row.strip_prefix('◆'))
}

/// What the marked row begins with: columns may be wider on another screen, and the message be cut earlier.
fn mark_words(picture: &Picture) -> Vec<String> {
    marked(picture).unwrap_or_default().split_whitespace().take(5).map(str::to_owned).collect()
}
