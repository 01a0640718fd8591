//! Rows as text: a line as it came, and a structured record as a line that says the same.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat};

use super::select::Kind;
use crate::cli::output::Look;
use crate::model::{FormatId, Level};
use crate::parse::ansi;
use crate::query::Plan;
use crate::store::{Line, Snapshot};
use crate::theme::Role;
use crate::theme::safe::{safe, safe_bytes};
use crate::tui::text::count;
use crate::tui::{coloured, piece};

/// Writes rows as text.
pub(super) struct Texts {
    look: Look,
    is_prefixed: bool,
    plan: Plan,
    styles: Styles,
}

/// What begins each style, made once.
struct Styles {
    levels: [String; Level::COUNT],
    context: String,
    source: String,
    hit: String,
    reset: &'static str,
}

impl Texts {
    /// Lines look as `look` says; what `plan` asks for is highlighted in colours.
    pub(super) fn new(look: Look, is_prefixed: bool, plan: Plan) -> Self {
        let level = |level: Level| match level {
            // Most lines are of these, and need no colour.
            Level::Unset | Level::Info => String::new(),
            other => look.level(other),
        };
        let styles = Styles {
            levels: Level::ALL.map(level),
            context: look.role(Role::Muted),
            source: look.role(Role::Link),
            hit: look.role(Role::Match),
            reset: look.reset(),
        };
        Self { look, is_prefixed, plan, styles }
    }

    /// Appends one row to `out`. Losses are none.
    pub(super) fn row(&self, kind: Kind, line: &Line<'_>, snapshot: &Snapshot, out: &mut Vec<u8>) {
        let is_context = match kind {
            Kind::Gap => return self.styled(&self.styles.context, b"--\n", out),
            Kind::Context => true,
            Kind::Match | Kind::Loss => false,
        };
        if line.format() == FormatId::GONE {
            return;
        }
        let text = if line.format() == FormatId::RECORD { record(line, snapshot).into() } else { line.text() };
        let mut start = 0;
        // A record may have several lines; each stands for itself where lines are cut and counted.
        for end in memchr::memchr_iter(b'\n', &text).chain(std::iter::once(text.len())) {
            if self.is_prefixed {
                self.prefix(line, is_context, snapshot, out);
            }
            self.line(line, is_context, text.get(start..end).unwrap_or_default(), out);
            out.push(b'\n');
            start = end + 1;
        }
    }

    /// The source's name in front of a line.
    fn prefix(&self, line: &Line<'_>, is_context: bool, snapshot: &Snapshot, out: &mut Vec<u8>) {
        let name = snapshot.sources.get(line.source());
        let name = if self.look.is_safe { safe(name) } else { Cow::Borrowed(name) };
        self.styled(&self.styles.source, name.as_bytes(), out);
        out.extend_from_slice(if is_context { b"- " } else { b": " });
    }

    fn line(&self, line: &Line<'_>, is_context: bool, text: &[u8], out: &mut Vec<u8>) {
        if !self.look.is_safe {
            return out.extend_from_slice(text);
        }
        if ansi::has_sequences(text) {
            return self.own_colours(line, is_context, text, out);
        }
        let text = safe_bytes(text);
        if !self.look.is_coloured() {
            return out.extend_from_slice(text.as_bytes());
        }
        let begin = self.begin(line, is_context);
        let mut from = 0;
        let hits = if is_context { Vec::new() } else { self.plan.highlights(&text) };
        for hit in hits {
            self.styled(begin, text.get(from..hit.start).unwrap_or_default().as_bytes(), out);
            self.styled(&self.styles.hit, text.get(hit.clone()).unwrap_or_default().as_bytes(), out);
            from = hit.end;
        }
        self.styled(begin, text.get(from..).unwrap_or_default().as_bytes(), out);
    }

    /// A line that brings terminal sequences: of these its colours are kept where there are any, made anew.
    fn own_colours(&self, line: &Line<'_>, is_context: bool, text: &[u8], out: &mut Vec<u8>) {
        let plain = ansi::strip(text);
        let pieces = coloured::pieces(text, &String::from_utf8_lossy(&plain), &piece::Look::Role(Role::Text));
        let shown: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let hits = if is_context { Vec::new() } else { self.plan.highlights(&shown) };
        for piece in piece::highlight(pieces, &hits, Role::Match) {
            let own = self.look.own(&piece.look);
            let begin = match (&own, &piece.look) {
                (Some(own), _) => own,
                (None, piece::Look::Role(Role::Match)) => &self.styles.hit,
                _ => self.begin(line, is_context),
            };
            self.styled(begin, piece.text.as_bytes(), out);
        }
    }

    /// What begins the text of a line.
    fn begin(&self, line: &Line<'_>, is_context: bool) -> &str {
        let level = line.severity().level();
        if is_context { &self.styles.context } else { &self.styles.levels[level.index()] }
    }

    fn styled(&self, begin: &str, text: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(begin.as_bytes());
        out.extend_from_slice(text);
        if !begin.is_empty() {
            out.extend_from_slice(self.styles.reset.as_bytes());
        }
    }
}

/// A structured record as a line: time, level, service and body.
fn record(line: &Line<'_>, snapshot: &Snapshot) -> Vec<u8> {
    let time = DateTime::from_timestamp_nanos(line.time()).to_rfc3339_opts(SecondsFormat::Millis, true);
    let level = line.severity().level();
    let level = if level == Level::Unset { "" } else { level.name() }.to_ascii_uppercase();
    let service = snapshot.services.get(line.service());
    let words = [time.as_str(), &level, service].into_iter().filter(|word| !word.is_empty());
    let mut out = words.collect::<Vec<_>>().join(" ").into_bytes();
    out.push(b' ');
    out.extend_from_slice(&line.text());
    out
}

/// What is said where lines were lost.
pub(super) fn loss(line: &Line<'_>, snapshot: &Snapshot) -> String {
    let Some(loss) = line.loss() else { return String::new() };
    let time = |at| DateTime::from_timestamp_nanos(at).to_rfc3339_opts(SecondsFormat::Secs, true);
    let source = safe(snapshot.sources.get(line.source())).into_owned();
    let lines = if loss.count == 1 { "line" } else { "lines" };
    format!(
        "⋯ {} {lines} of {source} lost {}–{} ({}) ⋯",
        count(loss.count),
        time(loss.from),
        time(loss.to),
        loss.reason
    )
}
