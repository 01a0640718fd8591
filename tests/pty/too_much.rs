//! When there is too much: what is lost is said where it is missing, and counted.

use crate::home::Home;
use crate::screen::Screen;

#[test]
fn lines_over_the_rate_limit_are_counted_and_their_place_is_shown() {
    let home = Home::new();
    let args = ["demo", "--rate", "5000", "--max-lines-per-second", "500"];
    let mut screen = Screen::start((160, 40), &home, &args);
    let lossy = screen.wait_for("a row for what was lost", |picture| picture.has("(rate limit) ⋯"));
    let row = lossy.row("(rate limit) ⋯").unwrap_or_default();
    assert!(row.contains("⋯ ") && row.contains(" dropped "), "{row}");
    screen.wait_for("the count in the status bar", |picture| {
        let dropped = picture.status().split_once("dropped ").and_then(|(_, rest)| rest.split_whitespace().next());
        dropped.and_then(|count| count.replace(',', "").parse::<u64>().ok()).is_some_and(|count| count > 1000)
    });
    screen.type_keys("6");
    screen.wait_for("the account of the source", |picture| {
        let Some(row) = picture.row("shop demo  ") else { return false };
        let figures: Vec<u64> = row.split_whitespace().filter_map(|word| word.replace(',', "").parse().ok()).collect();
        let [received, stored, limited, dropped, rejected, pending, ..] = figures[..] else { return false };
        assert_eq!(received, stored + limited + dropped + rejected + pending, "every line is accounted for: {row}");
        limited > 1000
    });
}
