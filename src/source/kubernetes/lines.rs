//! A log as the server sends it, to lines of the container runtime: `2026-03-01T10:00:00.123456789Z text` becomes
//! `2026-03-01T10:00:00.123456789Z stdany F text`, which the format `cri` reads and joining looks through. The server mixes
//! both streams and does not tell which a line was written to; that is what `stdany` says.
//!
//! What has no time is the node's own complaint, or a line that was cut; it stays as it is.

use chrono::DateTime;
use memchr::memchr;

use crate::model::Nanos;
use crate::source::MAX_LINE_BYTES;

/// The longest time that a line begins with: nine digits and an offset.
const MAX_STAMP: usize = 35;
/// Room for the stream and for the mark of a cut.
const ROOM: usize = 128;
/// Runtimes hand over longer lines in pieces of this size, and older nodes put a time before each.
const PIECE: usize = 16 * 1024;
/// What stands between the time and the text.
const WHOLE: &[u8] = b" stdany F ";
/// The same before a piece that goes on.
const PART: &[u8] = b" stdany P ";

/// Cuts a stream into its lines. What is unfinished is kept, to a limit.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    cut: usize,
}

impl Lines {
    /// The next whole line of `chunk`, which is then what follows it. The line is in [`Self::line`] until [`Self::clear`].
    pub(super) fn next(&mut self, chunk: &mut &[u8]) -> bool {
        let end = memchr(b'\n', chunk);
        let (part, rest) = chunk.split_at(end.map_or(chunk.len(), |end| end + 1));
        *chunk = rest;
        let part = part.strip_suffix(b"\n").unwrap_or(part);
        let (kept, cut) = part.split_at(part.len().min((MAX_LINE_BYTES - ROOM).saturating_sub(self.line.len())));
        self.line.extend_from_slice(kept);
        self.cut += cut.len();
        end.is_some()
    }

    /// The line, with a mark where it was cut.
    pub(super) fn line(&mut self) -> &[u8] {
        if self.cut > 0 {
            let mark = format!(" …[{} bytes cut]", self.cut);
            self.line.truncate(whole_characters(&self.line));
            self.line.extend_from_slice(mark.as_bytes());
            self.cut = 0;
        }
        &self.line
    }

    /// Forgets the line.
    pub(super) fn clear(&mut self) {
        self.line.clear();
        self.line.shrink_to(PIECE);
        self.cut = 0;
    }
}

/// The time that a line begins with, and how long that is.
pub(super) fn stamp(line: &[u8]) -> Option<(Nanos, usize)> {
    let length =
        memchr(b' ', line.get(..=MAX_STAMP).unwrap_or(line)).or((line.len() <= MAX_STAMP).then_some(line.len()))?;
    let text = line.get(..length).filter(|text| text.get(10) == Some(&b'T'))?;
    let time = DateTime::parse_from_rfc3339(std::str::from_utf8(text).ok()?).ok()?;
    Some((time.timestamp_nanos_opt()?, length))
}

/// Appends the line, whose time has this length, to `out` as lines of the runtime, each with its line end: more than one
/// where the node has put times before the pieces of a long line.
pub(super) fn as_runtime(line: &[u8], stamp_length: usize, out: &mut Vec<u8>) {
    let (mut time, text) = line.split_at(stamp_length);
    let mut text = text.strip_prefix(b" ").unwrap_or(text);
    while let Some((piece, rest)) = text.split_at_checked(PIECE)
        && let Some((_, length)) = stamp(rest).filter(|(_, length)| rest.get(*length) == Some(&b' '))
        && length > b"2026-03-01T10:00:00Z".len()
    {
        push(out, &[time, PART, piece, b"\n"]);
        (time, text) = (rest.get(..length).unwrap_or_default(), rest.get(length + 1..).unwrap_or_default());
    }
    push(out, &[time, WHOLE, text, b"\n"]);
}

fn push(out: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// How much of `bytes` ends with a whole character, if it is text at all.
fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        for chunk in chunks {
            let mut chunk = *chunk;
            while lines.next(&mut chunk) {
                out.push(lines.line().to_vec());
                lines.clear();
            }
        }
        out
    }

    #[test]
    fn lines_are_whole_wherever_the_stream_is_cut() {
        let text = "2026-03-01T10:00:00Z größe\n\n2026-03-01T10:00:01Z \r\nrest".as_bytes();
        let expected = lines(&[text]);
        assert_eq!(expected.len(), 3);
        for cut in 0..text.len() {
            let (before, after) = text.split_at(cut);
            assert_eq!(lines(&[before, after]), expected, "{cut}");
        }
    }

    #[test]
    fn a_line_without_end_is_cut_between_characters_and_says_so() {
        let long = "ä".repeat(MAX_LINE_BYTES);
        let got = lines(&[b"x", long.as_bytes(), b"\nnext\n"]);
        let text = std::str::from_utf8(&got[0]).unwrap();
        assert!(text.len() <= MAX_LINE_BYTES && text.ends_with(" bytes cut]"), "{}", text.len());
        assert_eq!(got[1], b"next");
    }

    #[test]
    fn times_are_read() {
        assert_eq!(stamp(b"1970-01-01T00:00:01.000000002Z x"), Some((1_000_000_002, 30)));
        assert_eq!(stamp(b"1970-01-01T02:00:01.000000002+02:00 x"), Some((1_000_000_002, 35)));
        assert_eq!(stamp(b"1970-01-01T00:00:01.000000002Z"), Some((1_000_000_002, 30)));
        let others: [&[u8]; 4] =
            [b"", b"unable to retrieve container logs for containerd://x", b"1970-01-01 00:00:01 x", b"\xff\xfe"];
        assert!(others.iter().all(|line| stamp(line).is_none()));
    }

    #[test]
    fn pieces_with_times_of_their_own_are_pieces() {
        let time = "2026-03-01T10:00:00.000000001Z";
        let piece = "p".repeat(PIECE);
        let mut out = Vec::new();
        as_runtime(format!("{time} {piece}{time} {piece}{time} rest").as_bytes(), time.len(), &mut out);
        let expected = format!("{time} stdany P {piece}\n{time} stdany P {piece}\n{time} stdany F rest\n");
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        for text in [format!("{piece}{piece}"), format!("{piece}2026-03-01T10:00:00Z x"), String::new()] {
            let mut out = Vec::new();
            as_runtime(format!("{time} {text}").as_bytes(), time.len(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("{time} stdany F {text}\n"));
        }
    }
}
