//! Figures as a page to read.

use chrono::{DateTime, SecondsFormat};
use unicode_width::UnicodeWidthStr;

use super::tally::Figures;
use crate::cli::output::Look;
use crate::model::{Level, Nanos};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::text;

/// Services and sources that are listed; the rest is summed up.
const LISTED: usize = 20;
/// Cells of the longest bar.
const BAR: u64 = 24;

/// Appends the page.
pub(super) fn write(figures: &Figures, look: &Look, out: &mut Vec<u8>) {
    let mut page = Page { look, out };
    page.totals(figures);
    page.levels(figures);
    page.table("service", &figures.services(), figures.tally.lines);
    page.table("source", &figures.origins(), figures.tally.lines);
    page.accounts(figures);
}

struct Page<'a> {
    look: &'a Look,
    out: &'a mut Vec<u8>,
}

impl Page<'_> {
    fn totals(&mut self, figures: &Figures) {
        let tally = &figures.tally;
        if !figures.filter.is_empty() {
            self.pair("filter", &safe(&figures.filter));
        }
        self.pair("lines", &text::count(tally.lines));
        self.pair("bytes", &text::bytes(tally.bytes));
        self.pair("traces", &text::count(tally.traces()));
        if let Some((from, to)) = tally.time_range {
            self.pair("from", &stamp(from));
            self.pair("to", &format!("{} ({})", stamp(to), text::duration(to.saturating_sub(from))));
        }
        if let Some(rate) = figures.lines_per_second() {
            self.pair("rate", &text::rate(rate));
        }
    }

    fn levels(&mut self, figures: &Figures) {
        let levels = figures.tally.levels;
        if figures.tally.lines == 0 {
            return;
        }
        let most = levels.iter().copied().max().unwrap_or(0).max(1);
        self.head("level");
        for level in Level::ALL.into_iter().rev() {
            let count = levels[level.index()];
            if count > 0 {
                let begin = self.look.level(level);
                self.row(level.name(), count, figures.tally.lines, Some((&begin, (count * BAR).div_ceil(most))));
            }
        }
    }

    fn table(&mut self, title: &str, counts: &[(&str, u64)], sum: u64) {
        if counts.is_empty() {
            return;
        }
        self.head(title);
        let (listed, rest) = counts.split_at(counts.len().min(LISTED));
        for (name, count) in listed {
            self.row(name, *count, sum, None);
        }
        if !rest.is_empty() {
            self.row(&format!("{} more", rest.len()), rest.iter().map(|(_, count)| count).sum(), sum, None);
        }
    }

    /// What became of everything that came, source by source where there are several.
    fn accounts(&mut self, figures: &Figures) {
        let all = &figures.accounting;
        self.head("what became of it");
        let mut rows: Vec<(String, String)> = all
            .sources
            .iter()
            .map(|source| (format!("{} ({})", source.label, text::state(&source.state).0), told(&source.logs)))
            .collect();
        if rows.len() > 1 {
            rows.push(("all".to_owned(), told(&all.logs)));
        }
        if all.spans.received > 0 {
            rows.push(("spans".to_owned(), told(&all.spans)));
        }
        for (name, told) in rows {
            self.line(&format!("  {}  {told}", fit(&name, 24)));
        }
    }

    fn pair(&mut self, name: &str, value: &str) {
        let (begin, reset) = (self.look.role(Role::Muted), self.look.reset());
        self.line(&format!("{begin}{name:<8}{reset}{value}"));
    }

    fn head(&mut self, title: &str) {
        let (begin, reset) = (self.look.role(Role::Title), self.look.reset());
        self.line(&format!("\n{begin}{title}{reset}"));
    }

    fn row(&mut self, name: &str, count: u64, sum: u64, bar: Option<(&str, u64)>) {
        #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
        let share = count as f64 / sum.max(1) as f64;
        let (begin, cells) = bar.unwrap_or(("", 0));
        let reset = if begin.is_empty() { "" } else { self.look.reset() };
        let bar = "▆".repeat(usize::try_from(cells).unwrap_or(0));
        let gap = if bar.is_empty() { "" } else { "  " };
        let (name, count, share) = (fit(name, 24), text::count(count), text::percent(share));
        self.line(&format!("  {begin}{name}{reset}{count:>14}  {share:>6}{gap}{begin}{bar}{reset}"));
    }

    fn line(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'\n');
    }
}

/// `name` safe and in at least `width` cells; longer names move what follows.
fn fit(name: &str, width: usize) -> String {
    let name = safe(name);
    format!("{name}{}", " ".repeat(width.saturating_sub(name.width())))
}

fn told(counts: &crate::store::Counts) -> String {
    let figures = [
        ("received", counts.received),
        ("stored", counts.stored),
        ("rate-limited", counts.rate_limited),
        ("dropped", counts.dropped),
        ("rejected", counts.rejected),
    ];
    let figures = figures.iter().filter(|(name, number)| *number > 0 || *name == "received");
    figures.map(|(name, number)| format!("{name} {}", text::count(*number))).collect::<Vec<_>>().join("  ")
}

fn stamp(at: Nanos) -> String {
    DateTime::from_timestamp_nanos(at).to_rfc3339_opts(SecondsFormat::Millis, true)
}
