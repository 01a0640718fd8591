//! The hot path: the parser of one source's lines, which learns the source's format from its lines.

use super::formats::{LineFormat, Probe, candidates, format_of, text};
use super::join::JoinRule;
use super::rules::{IngestRules, Rules};
use super::time::Hints;
use super::{Facts, FormatId, ansi};
use crate::model::{Nanos, Zone};

/// How the lines of one source are to be read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ParseOptions {
    /// The format where it is not to be detected. Lines that are not of it are read as text.
    pub format: Option<FormatId>,
    /// The zone of the clock whose stamps name none.
    pub zone: Zone,
    /// A time near which the lines were written, for stamps without a year: the file's modification time, or now for a
    /// live stream (see [`LineParser::set_year_near`]). Without it such stamps have no time.
    pub year_near: Option<Nanos>,
    /// The rules that tell facts of lines beside their formats.
    pub rules: Rules,
    /// How lines are joined to records, by whoever cuts text into lines.
    pub join: JoinRule,
}

impl ParseOptions {
    /// The same for the lines of the source of this name: with the rules alone that are for it.
    #[must_use]
    pub fn for_source(&self, source: &str) -> Self {
        Self { rules: self.rules.for_source(source), ..self.clone() }
    }
}

/// Lines of another format in a row after which the guess follows them: a stray panic does not change it.
const SWITCH_AFTER: u8 = 4;

/// After so many lines of no format in a row few are tried as the formats that begin with a time: a plain text stays one,
/// and each format that refuses a line costs a little. Which ones are tried depends on the line, and the number is small: so
/// a text that is read again from somewhere in its middle is soon read as it was.
const PLAIN_AFTER: u32 = 32;
/// One line in so many is tried all the same.
const LOOK_EVERY: usize = 16;

/// Parses the lines of one source, one by one.
///
/// Each line is first read as the format of those before it, then as the others, then as text: a stream may mix
/// formats, as when a JSON logger's process panics.
#[derive(Clone, Debug)]
pub struct LineParser {
    forced: Option<FormatId>,
    current: FormatId,
    /// Lines in a row that were of another format than `current`.
    strays: u8,
    /// Lines in a row that were of no format.
    texts: u32,
    hints: Hints,
    /// Where a line with terminal sequences becomes one without.
    stripped: Vec<u8>,
    rules: IngestRules,
}

impl LineParser {
    /// A parser that has seen no line yet.
    pub fn new(options: &ParseOptions) -> Self {
        Self {
            forced: options.format,
            current: options.format.unwrap_or(FormatId::TEXT),
            // The first line decides at once.
            strays: SWITCH_AFTER - 1,
            texts: 0,
            hints: Hints { zone: options.zone.clone(), year_near: options.year_near },
            stripped: Vec::new(),
            rules: IngestRules::new(&options.rules),
        }
    }

    /// What the store keeps of `line`, which comes without its line end. Linear in the line; allocates nothing but the room
    /// for the longest line with terminal sequences, once.
    #[inline]
    pub fn parse<'a>(&mut self, line: &'a [u8]) -> Facts<'a> {
        if ansi::has_sequences(line) { self.parse_coloured(line) } else { self.parse_plain(line) }
    }

    /// Parses the text of a line with terminal sequences.
    #[cold]
    fn parse_coloured<'a>(&mut self, line: &'a [u8]) -> Facts<'a> {
        let mut text = std::mem::take(&mut self.stripped);
        text.clear();
        ansi::strip_into(line, &mut text);
        let facts = self.parse_plain(&text).of_original(line);
        self.stripped = text;
        facts
    }

    fn parse_plain<'a>(&mut self, line: &'a [u8]) -> Facts<'a> {
        let probe = Probe::new(line, &self.hints);
        if let Some(forced) = self.forced {
            let known = format_of(forced).and_then(|format| format.scan(&probe, forced));
            let facts = known.unwrap_or_else(|| text::facts(&probe));
            return self.rules.complete(line, facts, &self.hints);
        }
        let facts = self.detect(&probe);
        self.learn(facts.format);
        self.rules.complete(line, facts, &self.hints)
    }

    /// The format that the latest lines are of: a guess unless it was set.
    pub fn format(&self) -> FormatId {
        self.current
    }

    /// Moves the hint for stamps without a year. A live stream tells the time of arrival now and then, so that a year
    /// later its lines are not read as of last year.
    pub fn set_year_near(&mut self, near: Nanos) {
        self.hints.year_near = Some(near);
    }

    fn detect<'a>(&self, probe: &Probe<'a, '_>) -> Facts<'a> {
        let is_settled = self.current != FormatId::TEXT;
        // Without the lines before it, as when it is read again, it would not be tried as this format either.
        let may_be =
            |format: &&dyn LineFormat| is_settled && probe.line.first().is_some_and(|first| format.may_begin(*first));
        let as_before = format_of(self.current).filter(may_be).and_then(|format| format.scan(probe, self.current));
        if as_before.is_none() && self.is_passed_over(probe.line) {
            return text::facts(probe);
        }
        let others = || candidates(probe.line).iter().filter(|(id, _)| *id != self.current);
        as_before
            .or_else(|| others().find_map(|(id, format)| format.scan(probe, *id)))
            .unwrap_or_else(|| text::facts(probe))
    }

    /// Whether a line that begins like one of a text logger is not tried as such, after many that were none.
    #[inline]
    fn is_passed_over(&self, line: &[u8]) -> bool {
        let is_plain = self.texts >= PLAIN_AFTER && self.current == FormatId::TEXT;
        let (Some(first), Some(last)) = (line.first(), line.last()) else { return false };
        is_plain && first.is_ascii_digit() && !(line.len() + usize::from(*last)).is_multiple_of(LOOK_EVERY)
    }

    fn learn(&mut self, seen: FormatId) {
        self.texts = if seen == FormatId::TEXT { self.texts.checked_add(1).unwrap_or(PLAIN_AFTER) } else { 0 };
        if seen == self.current {
            self.strays = 0;
            return;
        }
        self.strays += 1;
        if self.strays >= SWITCH_AFTER {
            self.current = seen;
            self.strays = 0;
        }
    }
}
