//! Where in a file to begin and to end: behind its last whole line, or at the first line at or after a time, found
//! without reading the file through.

use std::fs::File;
use std::io;
use std::ops::Range;

use memchr::{memchr, memrchr};

use crate::extent::read_at;
use crate::model::Nanos;

/// What time a line says it was written, where it says so.
pub(super) type LineTime = fn(&[u8]) -> Option<Nanos>;

/// How much is read at a time when going backwards.
const BACK_BLOCK_BYTES: usize = 64 * 1024;

/// The end of the last whole line is looked for in this much of the file's end and not further.
const MAX_BACK_BYTES: u64 = 64 << 20;

/// The binary search ends with a stretch of this length, which is read through.
const STRETCH_BYTES: u64 = 64 * 1024;

/// A line with a time is looked for in this much after a place.
const PROBE_BYTES: usize = 1 << 20;

/// Where the last whole line of `range` ends: behind its last line end, or where `range` begins when it has none. A
/// last line of more than 64 MiB counts as finished: it is cut anyway. Reads no more than the unfinished line takes.
pub(super) fn end_of_lines(file: &File, range: Range<u64>) -> io::Result<u64> {
    let mut buf = vec![0; BACK_BLOCK_BYTES];
    let floor = range.end.saturating_sub(MAX_BACK_BYTES).max(range.start);
    let mut end = range.end;
    while end > floor {
        let start = end.saturating_sub(BACK_BLOCK_BYTES as u64).max(floor);
        let wanted = usize::try_from(end - start).unwrap_or(BACK_BLOCK_BYTES);
        let length = read_at(file, buf.get_mut(..wanted).unwrap_or_default(), start)?;
        if let Some(idx) = memrchr(b'\n', buf.get(..length).unwrap_or_default()) {
            return Ok(start + idx as u64 + 1);
        }
        end = start;
    }
    Ok(if floor == range.start { floor } else { range.end })
}

/// Where the text of a file of `size` bytes begins: behind the NULs that a writer leaves who goes on at its old offset
/// after a truncation. Reads no more than 64 MiB of them; what is left of a longer hole is a line.
pub(super) fn skip_hole(file: &File, size: u64) -> io::Result<u64> {
    let mut buf = vec![0; BACK_BLOCK_BYTES];
    let (limit, mut start) = (size.min(MAX_BACK_BYTES), 0);
    while start < limit {
        let length = read_at(file, &mut buf, start)?;
        let block = buf.get(..length).unwrap_or_default();
        let hole = block.iter().take_while(|byte| **byte == 0).count();
        start += hole as u64;
        if hole < length || length == 0 {
            break;
        }
    }
    Ok(start.min(size))
}

/// Where the first line of `range` begins whose time is `since` or later, in a text whose times grow. A line without a
/// time inherits that of the line before it. The end of `range` when all are older, its start when none has a time. Reads
/// about 1 MiB for each halving at worst, so 40 MiB of a file of a terabyte.
pub(super) fn first_since(file: &File, range: Range<u64>, since: Nanos, time_of: LineTime) -> io::Result<u64> {
    let mut window = Window { file, buf: vec![0; PROBE_BYTES], time_of };
    let (mut older, mut newer) = (range.start, range.end);
    while newer - older > STRETCH_BYTES {
        let middle = older + (newer - older) / 2;
        match window.first_timed(middle, newer)? {
            Some((start, time)) if time < since => older = start,
            // Without a time in reach it counts as too new: that shows too much rather than too little.
            _ => newer = middle,
        }
    }
    window.scan(older, range.end, since)
}

/// A piece of the file in memory.
struct Window<'a> {
    file: &'a File,
    buf: Vec<u8>,
    time_of: LineTime,
}

impl Window<'_> {
    /// The first line that begins in `from..to`, at least one byte behind `from`, and has a time: its start and time.
    fn first_timed(&mut self, from: u64, to: u64) -> io::Result<Option<(u64, Nanos)>> {
        let length = read_at(self.file, &mut self.buf, from)?;
        let text = self.buf.get(..length).unwrap_or_default();
        let Some(first_end) = memchr(b'\n', text) else { return Ok(None) };
        let after = first_end + 1;
        let lines = Lines { text: text.get(after..).unwrap_or_default(), start: from + after as u64 };
        let timed = lines.take_while(|(start, _)| *start < to);
        let mut timed = timed.filter_map(|(start, line)| Some((start, (self.time_of)(line)?)));
        Ok(timed.next())
    }

    /// Reads from `from`, a line's start, to the first line that is not older than `since`.
    fn scan(&mut self, from: u64, end: u64, since: Nanos) -> io::Result<u64> {
        let length = read_at(self.file, &mut self.buf, from)?;
        let text = self.buf.get(..length).unwrap_or_default();
        let reaches_end = from + length as u64 >= end;
        // Where the line after the last older one begins.
        let mut candidate = from;
        let mut is_after_older = false;
        for (start, line) in (Lines { text, start: from }) {
            if is_after_older {
                candidate = start;
                is_after_older = false;
            }
            match (self.time_of)(line) {
                Some(time) if time >= since => return Ok(start),
                Some(_) => is_after_older = true,
                None => {}
            }
        }
        let has_older = is_after_older || candidate > from;
        Ok(if has_older && reaches_end { end } else { candidate })
    }
}

/// The lines of a text with the places where they begin. The unfinished last one is among them.
struct Lines<'a> {
    text: &'a [u8],
    start: u64,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.text.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.text).unwrap_or(self.text.len());
        let (line, rest) = self.text.split_at(end);
        let item = (self.start, line);
        self.text = rest.get(1..).unwrap_or_default();
        self.start += end as u64 + 1;
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::{Seek as _, Write as _};

    use super::*;

    fn file_of(text: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        file
    }

    /// The number that a line begins with.
    fn leading_number(line: &[u8]) -> Option<Nanos> {
        std::str::from_utf8(line).ok()?.split(' ').next()?.parse().ok()
    }

    #[test]
    fn the_end_of_the_last_whole_line_is_found() {
        let long = "x".repeat(BACK_BLOCK_BYTES * 2);
        let (finished, unfinished) = (format!("a\n{long}\n"), format!("a\n{long}"));
        let cases = [
            ("", 0, 0),
            ("a\nb\n", 0, 4),
            ("a\nb", 0, 2),
            ("a", 0, 0),
            ("a\nbc", 2, 2),
            ("a\nbc", 3, 3),
            ("\n", 0, 1),
            (finished.as_str(), 0, finished.len()),
            (unfinished.as_str(), 0, 2),
        ];
        for (text, start, expected) in cases {
            let found = end_of_lines(&file_of(text.as_bytes()), start..text.len() as u64).unwrap();
            assert_eq!(found, expected as u64, "{text:.20?} from {start}");
        }
    }

    #[test]
    fn an_endless_line_counts_as_finished() {
        let mut file = tempfile::tempfile().unwrap();
        let size = MAX_BACK_BYTES * 40;
        file.set_len(size).unwrap();
        assert_eq!(end_of_lines(&file, 0..size).unwrap(), size);
        file.seek(io::SeekFrom::Start(size - 100)).unwrap();
        file.write_all(b"\n").unwrap();
        assert_eq!(end_of_lines(&file, 0..size).unwrap(), size - 99);
    }

    #[test]
    fn a_hole_at_the_beginning_is_no_text() {
        let mut file = file_of(b"text");
        assert_eq!(skip_hole(&file, 4).unwrap(), 0);
        let hole = BACK_BLOCK_BYTES as u64 * 3 + 7;
        file.set_len(0).unwrap();
        file.seek(io::SeekFrom::Start(hole)).unwrap();
        file.write_all(b"a\0b\n").unwrap();
        assert_eq!(skip_hole(&file, hole + 4).unwrap(), hole);
        file.set_len(hole).unwrap();
        assert_eq!(skip_hole(&file, hole).unwrap(), hole);
        assert_eq!(skip_hole(&file, 10).unwrap(), 10);
    }

    #[test]
    fn the_first_line_since_a_time_is_the_one_a_scan_finds() {
        let mut text = String::new();
        for number in 0..20_000 {
            writeln!(text, "{} some text of the line", number * 10).unwrap();
            if number % 7 == 0 {
                text.push_str("  a line without a time\n");
            }
        }
        let (file, size) = (file_of(text.as_bytes()), text.len() as u64);
        assert!(size > STRETCH_BYTES * 4);
        for since in [-5, 0, 5, 10, 777, 99_990, 100_001, 199_980, 199_990] {
            let expected = text.lines().map(|line| (leading_number(line.as_bytes()), line));
            let expected = expected.take_while(|(time, _)| time.is_none_or(|time| time < since));
            let expected: usize = expected.map(|(_, line)| line.len() + 1).sum();
            let found = usize::try_from(first_since(&file, 0..size, since, leading_number).unwrap()).unwrap();
            // Lines without a time right before the first new one belong to the older one before them.
            assert_eq!(found, expected, "since {since}");
        }
        assert_eq!(first_since(&file, 0..size, 199_991, leading_number).unwrap(), size);
        assert_eq!(first_since(&file, 0..size, 5, |_| None).unwrap(), 0);
        assert_eq!(first_since(&file_of(b""), 0..0, 5, leading_number).unwrap(), 0);
    }
}
