//! One row of a waterfall: what it says, and the drawing of its name.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::super::text;
use super::WaterfallStyles;
use super::sign::{self, Sign};
use crate::analysis::study::PathPart;
use crate::model::SpanKind;
use crate::tui::text::count;

/// One span as a row, or many in one.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SpanRow<'a> {
    /// The tree's lines in front of the operation: `│ ├ `.
    pub prefix: &'a str,
    /// The service that ran it.
    pub service: &'a str,
    /// Its role in a call; `None` of a row that stands for many.
    pub kind: Option<SpanKind>,
    /// What it did.
    pub operation: &'a str,
    /// When it began, in nanoseconds after the trace's start. Negative where clocks differ.
    pub start_ns: i64,
    /// How long it took, in nanoseconds.
    pub duration_ns: i64,
    /// Its own time in nanoseconds, where it is shown.
    pub own_ns: Option<i64>,
    /// Its stretches on the critical path, in the order of time.
    pub path: &'a [PathPart],
    /// What it has to do with an error.
    pub mark: Mark,
    /// Whether the search found it.
    pub is_found: bool,
    /// Whether its parent is not there.
    pub is_orphan: bool,
    /// Whether its clock differs from that of its parent.
    pub is_skewed: bool,
    /// How many log lines belong to it.
    pub logs: u64,
    /// How many spans it is linked to.
    pub links: usize,
    /// How many spans link to it.
    pub linked_from: usize,
    /// What happened during it.
    pub ticks: &'a [Tick],
    /// What is folded away beneath it.
    pub folded: Option<Fold>,
    /// The style of its service, for the name and the bar.
    pub style: Style,
}

/// What a span has to do with an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// It failed by itself.
    Failed,
    /// It failed by itself, after something beneath it had failed that was dealt with.
    FailedAnew,
    /// It failed because something beneath it did.
    Passed,
    /// Something beneath it failed, and it did not.
    Absorbed,
}

/// An event on a bar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tick {
    /// When, in nanoseconds after the trace's start.
    pub at_ns: i64,
    /// Whether it tells of an error.
    pub is_error: bool,
}

/// What is folded away beneath a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fold {
    /// Spans.
    pub spans: u64,
    /// Those of them that failed.
    pub errors: u32,
}

impl Mark {
    /// Whether the span failed.
    pub(super) fn is_failed(self) -> bool {
        matches!(self, Self::Failed | Self::FailedAnew | Self::Passed)
    }
}

impl SpanRow<'_> {
    /// Which way a call went: `→` out, `←` in, `»` into a queue, `«` out of one.
    pub(super) fn kind_mark(&self, is_ascii: bool) -> &'static str {
        let sign = match self.kind {
            None | Some(SpanKind::Internal) => return "",
            Some(SpanKind::Client) => sign::CLIENT,
            Some(SpanKind::Server) => sign::SERVER,
            Some(SpanKind::Producer) => sign::PRODUCER,
            Some(SpanKind::Consumer) => sign::CONSUMER,
        };
        sign.shape(is_ascii)
    }

    /// Links of both directions and log lines in at most `width` columns; what stands first gives way first.
    pub(super) fn notes(&self, width: u16, is_ascii: bool) -> String {
        let logs = match self.logs {
            0..=99_999 => self.logs.to_string(),
            _ => ">99k".to_owned(),
        };
        let links = |count: usize| if count > 99 { ">99".to_owned() } else { count.to_string() };
        let notes =
            [(sign::LINKED_FROM, links(self.linked_from)), (sign::LINKS, links(self.links)), (sign::LOGS, logs)];
        let mut told: Vec<String> = notes
            .into_iter()
            .filter(|(_, count)| count != "0")
            .map(|(sign, count)| format!("{}{count}", sign.shape(is_ascii)))
            .collect();
        while told.len() > 1 && text::columns(&told.join(" ")) > width {
            told.remove(0);
        }
        told.join(" ")
    }

    /// Tree, fold mark, name and what is told of it; the name gives way first.
    pub(super) fn draw_operation(
        &self,
        (x, width): (u16, u16),
        y: u16,
        buf: &mut Buffer,
        styles: &WaterfallStyles,
        is_ascii: bool,
    ) {
        let told = self.told(styles, is_ascii);
        let wide: u16 = told.iter().map(|(text, _)| text::columns(text)).sum();
        let behind = if wide + 4 > width { 0 } else { wide };
        let room = width - behind;
        // However deep the tree, half of the column is left to the name.
        let mut used = text::draw(buf, (x, y), room.min(width / 2), &tree_lines(self.prefix, is_ascii), styles.muted);
        if self.is_orphan {
            let mark = format!("{} ", sign::ORPHAN.shape(is_ascii));
            used += text::draw(buf, (x + used, y), room - used, &mark, styles.warning);
        }
        if self.folded.is_some() && self.kind.is_some() {
            let mark = format!("{} ", sign::FOLDED.shape(is_ascii));
            used += text::draw(buf, (x + used, y), room - used, &mark, styles.muted);
        }
        let style = match (self.is_found, self.kind.is_some()) {
            (true, _) => styles.found,
            (false, true) => styles.text,
            (false, false) => styles.muted,
        };
        used += text::draw(buf, (x + used, y), room - used, self.operation, style);
        let right = if behind == 0 { width } else { used + behind };
        for (text, style) in told {
            used += text::draw(buf, (x + used, y), right.saturating_sub(used), &text, style);
        }
    }

    /// What stands behind the name: how much is folded away, and what it has to do with errors and clocks.
    fn told(&self, styles: &WaterfallStyles, is_ascii: bool) -> Vec<(String, Style)> {
        let after_blank = |sign: Sign| format!(" {}", sign.shape(is_ascii));
        let mut out = Vec::new();
        match self.mark {
            Mark::None => {}
            Mark::Failed => out.push((after_blank(sign::FAILED), styles.error)),
            Mark::FailedAnew => {
                out.push((after_blank(sign::FAILED), styles.error));
                out.push((sign::ABSORBED.shape(is_ascii).to_owned(), styles.warning));
            }
            Mark::Passed => out.push((after_blank(sign::PASSED), styles.error)),
            Mark::Absorbed => out.push((after_blank(sign::ABSORBED), styles.warning)),
        }
        if let Some(folded) = self.folded {
            if self.kind.is_some() {
                out.push((format!(" +{}", count(folded.spans)), styles.muted));
            }
            if folded.errors > 0 {
                let failed = sign::FAILED.shape(is_ascii);
                out.push((format!(" {}{failed}", count(u64::from(folded.errors))), styles.error));
            }
        }
        if self.is_skewed {
            out.push((after_blank(sign::SKEWED), styles.warning));
        }
        out
    }
}

fn tree_lines(prefix: &str, is_ascii: bool) -> String {
    let plain = |c| match c {
        '│' | '├' => '|',
        '└' => '`',
        '…' => '~',
        other => other,
    };
    if is_ascii { prefix.chars().map(plain).collect() } else { prefix.to_owned() }
}
