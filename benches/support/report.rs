//! A table of figures: what was measured, how much it is, beside what, and whether the budget holds.

use std::ops::{Bound, RangeBounds};

/// Prints the head of a table.
#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
pub(crate) fn head(title: &str) {
    println!("\n{title}");
    println!("{:<50} {:>10} {:<14} {:<34} {:<12}", "what", "figure", "", "beside", "budget");
}

/// Prints one figure. `beside` puts it in proportion to something else of the same run; a `budget` of `6.0..` asks for
/// at least 6, one of `..=8.0` for at most 8, and `..` for nothing.
#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
pub(crate) fn row(what: &str, figure: f64, unit: &str, beside: &str, budget: impl RangeBounds<f64>) {
    let limit = match (budget.start_bound(), budget.end_bound()) {
        (Bound::Included(least), _) => format!(">= {least}"),
        (_, Bound::Included(most)) => format!("<= {most}"),
        _ => String::new(),
    };
    let verdict = match (limit.is_empty(), budget.contains(&figure)) {
        (true, _) => "",
        (false, true) => "ok",
        (false, false) => "OVER",
    };
    println!("{what:<50} {figure:>10.2} {unit:<14} {beside:<34} {limit:<12} {verdict}");
}
