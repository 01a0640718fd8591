//! Lines of a file to lines of the store: once when they are first seen, and again when their columns were given up.
//!
//! What a line is read as depends on nothing but the file's text around it, so that a second reading finds the same.

use std::ops::Range;
use std::sync::Arc;

use crate::extent::TextFile;
use crate::model::Nanos;
use crate::parse::join::{self, Joiner, without_line_end};
use crate::parse::{Facts, LineParser, ParseOptions};
use crate::store::{FileLines, Interner, MAX_PLACED_LINE, NameId, NewLine, Reread};

/// Lines without a time belong to the last line before them that has one; it is looked for in this much text.
const LOOK_BACK: u64 = 64 << 10;

/// How the lines of one file are read.
pub(super) struct FileReader {
    file: Arc<TextFile>,
    parse: ParseOptions,
    source: NameId,
    services: Interner,
    /// The time of lines that have none, and none before them.
    fallback: Nanos,
    /// Where in the file its text begins: before it may stand another one that was unpacked to the same file.
    begin: u64,
}

impl FileReader {
    /// A file with what is needed to read it. `fallback` is when it was written last: the time of lines without any, and
    /// what tells the year of stamps that name none. The text of the lines begins at `begin`.
    pub(super) fn lines(
        file: Arc<TextFile>,
        parse: &ParseOptions,
        source: NameId,
        services: Interner,
        fallback: Nanos,
        begin: u64,
    ) -> Arc<FileLines> {
        let parse = ParseOptions { year_near: Some(fallback), ..parse.clone() };
        let reader = Self { file: Arc::clone(&file), parse, source, services, fallback, begin };
        Arc::new(FileLines { file, reader: Arc::new(reader) })
    }

    /// The time of the last line before `at` that has one.
    fn time_before(&self, at: u64, parser: &LineParser) -> Option<Nanos> {
        let from = at.saturating_sub(LOOK_BACK).max(self.begin);
        let mut text = Vec::new();
        self.file.read(from..at, &mut text).ok()?;
        let mut parser = parser.clone();
        // The first line may be cut off.
        let lines = text.split(|byte| *byte == b'\n').skip(usize::from(from > self.begin));
        lines.filter_map(|line| parser.parse(line).time).last()
    }
}

impl Reread for FileReader {
    fn reread(&self, text: &[u8], at: u64, each: &mut dyn FnMut(&NewLine<'_>, Range<u32>)) {
        let mut parser = LineParser::new(&self.parse);
        let mut services = self.services.clone();
        let mut last_time = None;
        join::for_each_record(text, &mut Joiner::new(&self.parse.join), &mut |Range { start, end }| {
            let kept = end.min(start + MAX_PLACED_LINE + 1);
            let line = without_line_end(text.get(start..kept).unwrap_or_default());
            let facts = parser.parse(line);
            if facts.time.is_some() {
                last_time = facts.time;
            } else if last_time.is_none() {
                last_time = Some(self.time_before(at, &parser).unwrap_or(self.fallback));
            }
            let time = facts.time.or(last_time).unwrap_or(self.fallback);
            let service = facts.service.map_or(0, |name| services.intern(name));
            each(&new_line(line, &facts, time, self.source, service), place(start)..place(kept));
        });
    }

    fn first_record(&self, text: &[u8]) -> Option<usize> {
        join::first_start(text, &self.parse.join)
    }
}

/// A line as the store takes it.
pub(super) fn new_line<'a>(
    text: &'a [u8],
    facts: &Facts<'_>,
    time: Nanos,
    source: NameId,
    service: NameId,
) -> NewLine<'a> {
    NewLine {
        time,
        severity: facts.severity,
        source,
        service,
        format: facts.format,
        text,
        trace_id: facts.trace_id,
        span_id: facts.span_id,
        record: None,
        resource: None,
    }
}

fn place(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
