//! Where in a file to begin: the last lines, or the first line at or after a time, found without reading the file
//! through.

use std::fs::File;
use std::io;

use memchr::{memchr, memrchr_iter};

use crate::extent::read_at;
use crate::model::Nanos;

/// What time a line says it was written, where it says so.
pub(super) type LineTime = fn(&[u8]) -> Option<Nanos>;

/// How much is read at a time when going backwards.
const BACK_BLOCK_BYTES: usize = 64 * 1024;

/// The last lines are looked for in this much of the file's end and not further, however long they are.
const MAX_BACK_BYTES: u64 = 64 << 20;

/// The binary search ends with a stretch of this length, which is read through.
const STRETCH_BYTES: u64 = 64 * 1024;

/// A line with a time is looked for in this much after a place.
const PROBE_BYTES: usize = 1 << 20;

/// Where the last `lines` lines before `size` begin. An unfinished last line counts. Reads no more than they take,
/// and at most 64 MiB: of longer lines it shows fewer.
pub(super) fn last_lines(file: &File, size: u64, lines: usize) -> io::Result<u64> {
    let mut buf = vec![0; BACK_BLOCK_BYTES];
    let floor = size.saturating_sub(MAX_BACK_BYTES);
    let (mut end, mut found, mut first) = (size, 0, None);
    while end > floor {
        let start = end.saturating_sub(BACK_BLOCK_BYTES as u64).max(floor);
        let wanted = usize::try_from(end - start).unwrap_or(BACK_BLOCK_BYTES);
        let length = read_at(file, buf.get_mut(..wanted).unwrap_or_default(), start)?;
        for idx in memrchr_iter(b'\n', buf.get(..length).unwrap_or_default()) {
            let after = start + idx as u64 + 1;
            if after == size {
                continue;
            }
            first = Some(after);
            found += 1;
            if found == lines {
                return Ok(after);
            }
        }
        end = start;
    }
    Ok(if floor == 0 { 0 } else { first.unwrap_or(floor) })
}

/// Where the first line begins whose time is `since` or later, in a file whose times grow. A line without a time
/// inherits that of the line before it. `size` when all are older, 0 when none has a time. Reads about 1 MiB for each
/// halving at worst, so 40 MiB of a file of a terabyte.
pub(super) fn first_since(file: &File, size: u64, since: Nanos, time_of: LineTime) -> io::Result<u64> {
    let mut window = Window { file, buf: vec![0; PROBE_BYTES], time_of };
    let (mut older, mut newer) = (0, size);
    while newer - older > STRETCH_BYTES {
        let middle = older + (newer - older) / 2;
        match window.first_timed(middle, newer)? {
            Some((start, time)) if time < since => older = start,
            // Without a time in reach it counts as too new: that shows too much rather than too little.
            _ => newer = middle,
        }
    }
    window.scan(older, size, since)
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
    fn scan(&mut self, from: u64, size: u64, since: Nanos) -> io::Result<u64> {
        let length = read_at(self.file, &mut self.buf, from)?;
        let text = self.buf.get(..length).unwrap_or_default();
        let reaches_end = from + length as u64 >= size;
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
        Ok(if has_older && reaches_end { size } else { candidate })
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
    fn the_last_lines_are_found() {
        let long = "x".repeat(BACK_BLOCK_BYTES * 2);
        let cases = [
            ("", 3, ""),
            ("a\nb\nc\nd\n", 2, "c\nd\n"),
            ("a\nb\nc\nd", 2, "c\nd"),
            ("a\nb\n", 9, "a\nb\n"),
            ("\n\n\n", 2, "\n\n"),
            ("a\n", 1, "a\n"),
        ];
        let long_text = format!("a\n{long}\nb\n");
        let long_tail = format!("{long}\nb\n");
        for (text, lines, expected) in cases.into_iter().chain([(long_text.as_str(), 2, long_tail.as_str())]) {
            let start = last_lines(&file_of(text.as_bytes()), text.len() as u64, lines).unwrap();
            assert_eq!(text.len() - usize::try_from(start).unwrap(), expected.len(), "{lines} of {text:.20?}");
        }
    }

    #[test]
    fn the_last_lines_of_endless_lines_are_looked_for_in_the_end_only() {
        let mut file = tempfile::tempfile().unwrap();
        let size = MAX_BACK_BYTES * 40;
        file.set_len(size).unwrap();
        assert_eq!(last_lines(&file, size, 10).unwrap(), size - MAX_BACK_BYTES);
        file.seek(io::SeekFrom::Start(size - 100)).unwrap();
        file.write_all(b"\n").unwrap();
        assert_eq!(last_lines(&file, size, 10).unwrap(), size - 99);
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
            let found = usize::try_from(first_since(&file, size, since, leading_number).unwrap()).unwrap();
            // Lines without a time right before the first new one belong to the older one before them.
            assert_eq!(found, expected, "since {since}");
        }
        assert_eq!(first_since(&file, size, 199_991, leading_number).unwrap(), size);
        assert_eq!(first_since(&file, size, 5, |_| None).unwrap(), 0);
        assert_eq!(first_since(&file_of(b""), 0, 5, leading_number).unwrap(), 0);
    }
}
