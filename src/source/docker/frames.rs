//! The bytes of a log's stream to messages: frames of eight bytes of header and a payload, or the raw lines of a
//! terminal. Bytes are fed as they come; a read may end anywhere, also within a header.
//!
//! Format: Docker Engine API, "Attach to a container", "Stream format". A frame's first byte says which stream it is of
//! (0 and 1 standard output, 2 standard error, 3 a word of the engine itself), its last four how long the payload is.

use memchr::memchr;

/// No message is longer: engines cut lines into pieces of 16 KiB, and Podman into what one record of its store holds. What
/// claims to be longer is no frame.
pub(super) const MAX_MESSAGE_BYTES: usize = 4 << 20;

/// An engine cuts a longer line into pieces of so many bytes and stamps each.
const PIECE: usize = 16 << 10;

/// A buffer larger than this is given back when its message is done.
const KEPT_CAPACITY: usize = 64 << 10;

/// Who wrote a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Stream {
    /// Standard output, and all of a terminal.
    Out,
    /// Standard error.
    Err,
    /// The engine, about this log.
    Engine,
}

/// One message: a line with its line end, or a piece of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Message<'a> {
    /// Who wrote it.
    pub(super) stream: Stream,
    /// The engine's time, a blank, and the text.
    pub(super) bytes: &'a [u8],
}

/// What came is no frame: nothing behind it can be told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Garbage {
    /// A stream that there is none of.
    #[error("a frame of the log is of stream {0}, which there is none of")]
    Stream(u8),
    /// A payload that is too long to be one.
    #[error("a frame of the log claims to have {0} bytes")]
    Length(u32),
}

/// Cuts one log's stream. Holds at most one message.
#[derive(Debug)]
pub(super) struct Frames {
    is_terminal: bool,
    header: Vec<u8>,
    payload: Vec<u8>,
    is_done: bool,
}

impl Frames {
    /// Of a container with a terminal, or without.
    pub(super) fn new(is_terminal: bool) -> Self {
        Self { is_terminal, header: Vec::with_capacity(8), payload: Vec::new(), is_done: false }
    }

    /// Takes from the front of `chunk` what completes one message; `None` when all is taken and more is needed.
    pub(super) fn next(&mut self, chunk: &mut &[u8]) -> Result<Option<Message<'_>>, Garbage> {
        if std::mem::take(&mut self.is_done) {
            self.header.clear();
            self.payload.clear();
            self.payload.shrink_to(KEPT_CAPACITY);
        }
        let stream = if self.is_terminal { self.line(chunk) } else { self.frame(chunk)? };
        self.is_done = stream.is_some();
        Ok(stream.map(|stream| Message { stream, bytes: &self.payload }))
    }

    /// What is left of a terminal's output at its end, which need not end in a line end. A frame that was cut off is left
    /// out: its whole comes again with the next connection.
    pub(super) fn rest(&mut self) -> Option<Message<'_>> {
        let is_rest = self.is_terminal && !self.is_done && !self.payload.is_empty();
        is_rest.then_some(Message { stream: Stream::Out, bytes: &self.payload })
    }

    fn frame(&mut self, chunk: &mut &[u8]) -> Result<Option<Stream>, Garbage> {
        let lacking = 8 - self.header.len();
        take(chunk, lacking, &mut self.header);
        let &[stream, _, _, _, a, b, c, d] = self.header.as_slice() else { return Ok(None) };
        let length = u32::from_be_bytes([a, b, c, d]);
        let stream = match stream {
            0 | 1 => Stream::Out,
            2 => Stream::Err,
            3 => Stream::Engine,
            other => return Err(Garbage::Stream(other)),
        };
        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
        if wanted > MAX_MESSAGE_BYTES {
            return Err(Garbage::Length(length));
        }
        take(chunk, wanted - self.payload.len(), &mut self.payload);
        Ok((self.payload.len() == wanted).then_some(stream))
    }

    fn line(&mut self, chunk: &mut &[u8]) -> Option<Stream> {
        let end = memchr(b'\n', chunk);
        let room = MAX_MESSAGE_BYTES.saturating_sub(self.payload.len());
        take(chunk, end.map_or(chunk.len(), |end| end + 1).min(room), &mut self.payload);
        let is_whole = self.payload.last() == Some(&b'\n');
        if !is_whole && self.payload.len() < MAX_MESSAGE_BYTES {
            return None;
        }
        if is_whole {
            without_inner_stamps(&mut self.payload);
        }
        Some(Stream::Out)
    }
}

/// Moves at most `count` bytes from the front of `chunk` to the end of `to`.
fn take(chunk: &mut &[u8], count: usize, to: &mut Vec<u8>) {
    let (taken, rest) = chunk.split_at(count.min(chunk.len()));
    to.extend_from_slice(taken);
    *chunk = rest;
}

/// A terminal's long line has no frames around its pieces, but each begins with the line's own stamp: takes those away
/// that stand within.
fn without_inner_stamps(line: &mut Vec<u8>) {
    let Some(stamp) = memchr(b' ', line).map(|blank| blank + 1).filter(|length| line.len() > length + PIECE) else {
        return;
    };
    let mut out = line.get(..stamp).unwrap_or_default().to_vec();
    let mut rest = line.get(stamp..).unwrap_or_default();
    while let Some((piece, behind)) = rest.split_at_checked(PIECE) {
        out.extend_from_slice(piece);
        let prefix = line.get(..stamp).unwrap_or_default();
        rest = behind.strip_prefix(prefix).unwrap_or(behind);
    }
    out.extend_from_slice(rest);
    *line = out;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], step: usize, is_terminal: bool) -> Result<Vec<(Stream, Vec<u8>)>, Garbage> {
        let mut frames = Frames::new(is_terminal);
        let mut out = Vec::new();
        for mut chunk in bytes.chunks(step) {
            while let Some(message) = frames.next(&mut chunk)? {
                out.push((message.stream, message.bytes.to_vec()));
            }
        }
        out.extend(frames.rest().map(|message| (message.stream, message.bytes.to_vec())));
        Ok(out)
    }

    #[test]
    fn frames_come_whole_however_reads_are_cut() {
        let bytes = include_bytes!("../../../tests/fixtures/docker/mux_plain.bin");
        let expected = all(bytes, bytes.len(), false).unwrap();
        let texts: Vec<_> = expected.iter().map(|(stream, text)| (*stream, String::from_utf8_lossy(text))).collect();
        assert_eq!(texts[0], (Stream::Out, "hello out\n".into()));
        assert_eq!(texts[1], (Stream::Err, "hello err\n".into()));
        assert!(texts.iter().any(|(stream, text)| *stream == Stream::Out && text == "stdin goes to stdout\n"));
        for step in 1..20 {
            assert_eq!(all(bytes, step, false).unwrap(), expected, "reads of {step} bytes");
        }
    }

    #[test]
    fn what_is_no_frame_is_told_before_it_is_waited_for() {
        assert_eq!(all(b"\x07\0\0\0\0\0\0\x01x", 3, false), Err(Garbage::Stream(7)));
        assert_eq!(all(b"\x01\0\0\0\xff\xff\xff\xffx", 3, false), Err(Garbage::Length(u32::MAX)));
        assert_eq!(all(b"\x01\0\0\0\0\0\0\x05abc", 3, false), Ok(Vec::new()));
        assert_eq!(all(b"\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\x01e", 5, false).unwrap().len(), 2);
    }

    #[test]
    fn a_terminals_lines_are_cut_at_their_ends() {
        let bytes = include_bytes!("../../../tests/fixtures/docker/tty_timestamps.bin");
        let expected = all(bytes, bytes.len(), true).unwrap();
        assert!(expected.len() == 2 && expected.iter().all(|(_, line)| line.ends_with(b"\r\n")), "{expected:?}");
        for step in 1..9 {
            assert_eq!(all(bytes, step, true).unwrap(), expected);
        }
        assert_eq!(all(b"\x01 no header\nrest", 4, true).unwrap().len(), 2);
    }

    #[test]
    fn a_terminals_long_line_loses_the_stamps_within() {
        let stamp = "2026-03-01T10:00:00.000000001Z ";
        let (long, tail) = ("A".repeat(PIECE), "tail\r\n");
        let bytes = format!("{stamp}{long}{stamp}{long}{stamp}{tail}");
        let got = all(bytes.as_bytes(), 1000, true).unwrap();
        assert_eq!(got, [(Stream::Out, format!("{stamp}{long}{long}{tail}").into_bytes())]);
    }

    #[test]
    fn a_line_without_end_is_handed_over_in_pieces() {
        let bytes = vec![b'x'; MAX_MESSAGE_BYTES + 10];
        let lengths: Vec<usize> = all(&bytes, 60_000, true).unwrap().iter().map(|(_, text)| text.len()).collect();
        assert_eq!(lengths, [MAX_MESSAGE_BYTES, 10]);
    }
}
