//! Durations over time: moving from point to point, and where they lead.

use spantail::tui::effect::Effect;

use super::harness::Screen;
use super::tracelist::{hold_many, many, shown};

#[test]
fn many_traces_as_points() {
    hold_many("scatter", "2 z V");
}

fn figures(screen: &mut Screen) -> String {
    let pane = screen.pane("Traces duration");
    let lines: Vec<&str> = pane.lines().collect();
    lines[lines.len() - 2].trim_matches(['│', ' ']).to_owned()
}

fn copied_text(effect: &Effect) -> Option<&String> {
    match effect {
        Effect::Copy(text) => Some(text),
        _ => None,
    }
}

#[test]
fn one_moves_to_slower_and_later_ones_and_opens_one() {
    let mut screen = shown(many(60), "2 z V", (120, 40));
    let first = figures(&mut screen);
    screen.press("k k k");
    let slower = figures(&mut screen);
    assert_ne!(first, slower);
    screen.press("<Left>");
    assert!(figures(&mut screen) < slower, "earlier: the line begins with its time");
    screen.press("e");
    assert!(figures(&mut screen).contains('✗'), "{}", screen.text());
    let chosen = figures(&mut screen);
    screen.press("<Enter>");
    assert!(screen.shows("╭ Trace "), "{}", screen.text());
    screen.press("<Esc>");
    assert_eq!(figures(&mut screen), chosen);
    // In the list the same trace is selected.
    screen.press("y <Esc> y");
    let copied: Vec<&String> = screen.asked.iter().filter_map(copied_text).collect();
    assert!(copied.len() == 2 && copied[0] == copied[1], "{copied:?}");
}

#[test]
fn without_traces_it_leads_back_to_the_list() {
    let mut screen = Screen::new(super::harness::Store::new(), 80, 24);
    screen.press("2 V");
    assert!(screen.shows("No trace is listed.") && screen.shows("Esc leads to the list."), "{}", screen.text());
    screen.press("<Enter> j <Right> e <Esc>");
    assert!(screen.shows("Traces latest first"), "{}", screen.text());
}
