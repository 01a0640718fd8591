//! Screens of every size: panes side by side, panes as tabs, and terminals that are too small for anything.

use crate::home::Home;
use crate::screen::Screen;

#[test]
fn at_eighty_columns_the_panes_are_tabs() {
    let home = Home::new();
    let mut screen = Screen::start((80, 24), &home, &["demo"]);
    let logs = screen.wait_for("a full log pane", |picture| picture.focus() == "Logs" && picture.body().len() == 19);
    assert!(!logs.has("Services last"), "{logs}");
    for (key, name, sign) in [("2", "Traces", "spans"), ("3", "Services", "checkout"), ("6", "Sources", "shop demo")] {
        screen.type_keys(key);
        let pane = screen
            .wait_for(name, |picture| picture.focus() == name && picture.title().contains(name) && picture.has(sign));
        assert!(!pane.title().contains("Logs"), "{pane}");
    }
    screen.type_keys("1");
    screen.wait_for("the logs again", |picture| picture.focus() == "Logs" && picture.title().contains("Logs"));
}

#[test]
fn at_a_hundred_and_twenty_columns_the_panes_stand_side_by_side() {
    let home = Home::new();
    let mut screen = Screen::start((120, 40), &home, &["demo"]);
    screen.wait_for("all panes", |picture| {
        ["╭ Logs", "╭ Trace", "╭ Span", "╭ Services"].iter().all(|title| picture.has(title)) && picture.has("checkout")
    });
    screen.type_keys("z");
    screen.wait_for("the logs alone", |picture| picture.has("╭ Logs") && !picture.has("╭ Services"));
    screen.type_keys("z");
    screen.wait_for("all panes again", |picture| picture.has("╭ Logs") && picture.has("╭ Services"));
}

#[test]
fn no_size_is_too_small() {
    let home = Home::new();
    let mut screen = Screen::start((40, 12), &home, &["demo"]);
    screen.wait_for("lines", |picture| picture.body().len() > 5);
    for (columns, rows) in [(5, 3), (1, 1), (40, 12), (300, 2), (120, 40)] {
        screen.resize(columns, rows);
        // Every pane has to live with every size.
        screen.type_keys("236<enter>1<enter>");
    }
    screen.type_keys("1");
    screen.wait_for("all panes", |picture| picture.focus() == "Logs" && picture.has("╭ Services"));
    screen.type_keys("q");
    assert!(screen.wait_for_end().success());
}

#[test]
fn without_a_source_the_start_screen_leads_to_the_demo() {
    let home = Home::new();
    let mut screen = Screen::start((80, 24), &home, &[]);
    screen.wait_for_text("demo");
    screen.type_keys("<enter>");
    screen.wait_for("the demo's lines", |picture| picture.has("shop demo") && picture.body().len() > 15);
}

#[test]
fn the_help_lists_the_keys_and_the_palette_runs_any_action() {
    let home = Home::new();
    let mut screen = Screen::start((80, 24), &home, &["demo"]);
    screen.wait_for("lines", |picture| picture.body().len() > 5);
    screen.type_keys("?");
    screen.wait_for_text("Keys");
    screen.type_keys("q");
    screen.wait_for("the help closed", |picture| !picture.has("Keys"));
    screen.type_keys(":focus-serv");
    screen.wait_for_text("focus-services");
    screen.type_keys("<enter>");
    screen.wait_for("the services", |picture| picture.focus() == "Services");
}
