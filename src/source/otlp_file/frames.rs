//! Where one request ends and the next begins: lines, one whole document, or length-prefixed messages.
//!
//! Shapes as the Collector's file exporter documents them: JSON with a line end after each request; protobuf (and, with
//! its per-message compression, JSON too) behind a four-byte big-endian length. Told apart by the first bytes.

use std::io::{self, Read};
use std::ops::Range;

/// The longest request that is read. Lines of several megabytes are normal.
pub(super) const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// The first bytes of a zstd frame (RFC 8878).
pub(super) const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The first bytes of gzip (RFC 1952).
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How much is read at a time.
const CHUNK_BYTES: usize = 256 << 10;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Framing {
    /// A request a line.
    Lines,
    /// The rest of the file is one request, written over several lines.
    Document,
    /// A length before every request.
    Prefixed,
}

/// What comes next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Frame {
    /// A whole request, to be had from [`Frames::bytes`] until the next call.
    Message(Range<usize>),
    /// A request was longer than [`MAX_MESSAGE_BYTES`] and is left out.
    TooLong,
    /// The end, for now: [`Frames::unfinished`] has what a request has begun with. More may come of a growing file.
    End,
}

/// Cuts what `reader` gives into requests. Holds at most one request and a chunk.
pub(super) struct Frames<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Where the next request begins in `buffer`.
    start: usize,
    /// Up to where `buffer` has been searched for a line's end.
    searched: usize,
    framing: Option<Framing>,
    /// Within a line that is too long, and so left out up to its end.
    is_skipping: bool,
}

impl<R: Read> Frames<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, searched: 0, framing: None, is_skipping: false }
    }

    /// The next request. A stream that ends within its compression ends like any other; other failures, and a length
    /// that cannot be, are errors from which there is no way on.
    pub(super) fn next(&mut self) -> io::Result<Frame> {
        loop {
            if let Some(frame) = self.cut()? {
                return Ok(frame);
            }
            if !self.fill()? {
                return Ok(Frame::End);
            }
        }
    }

    /// The bytes of a message that [`Frames::next`] told of.
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// What lies behind the last whole request.
    pub(super) fn unfinished(&self) -> &[u8] {
        if self.is_skipping { &[] } else { self.buffer.get(self.start..).unwrap_or_default() }
    }

    /// Whether [`Frames::unfinished`] may be a whole request at the end of the file: one that ends without a line end.
    pub(super) fn may_be_whole(&self) -> bool {
        self.framing != Some(Framing::Prefixed)
    }

    /// Counts what is unfinished as read.
    pub(super) fn take_unfinished(&mut self) {
        self.start = self.buffer.len();
        self.searched = self.start;
    }

    fn cut(&mut self) -> io::Result<Option<Frame>> {
        match self.framing {
            None => {
                self.framing = Framing::of(&self.buffer);
                if self.framing.is_some() { self.cut() } else { Ok(None) }
            }
            Some(Framing::Lines) => Ok(self.cut_line()),
            Some(Framing::Document) => Ok(self.cut_document()),
            Some(Framing::Prefixed) => self.cut_prefixed(),
        }
    }

    fn cut_line(&mut self) -> Option<Frame> {
        loop {
            let from = self.searched.max(self.start);
            let Some(length) = memchr::memchr(b'\n', self.buffer.get(from..)?) else {
                self.searched = self.buffer.len();
                let is_too_long = self.buffer.len() - self.start > MAX_MESSAGE_BYTES;
                return (self.is_skipping || is_too_long).then(|| self.skip()).flatten();
            };
            let line = self.start..from + length;
            self.start = line.end + 1;
            self.searched = self.start;
            if std::mem::take(&mut self.is_skipping) || self.bytes(line.clone()).trim_ascii().is_empty() {
                continue;
            }
            return Some(if line.len() > MAX_MESSAGE_BYTES { Frame::TooLong } else { Frame::Message(line) });
        }
    }

    /// Leaves out what there is of a request that is too long; tells so once.
    fn skip(&mut self) -> Option<Frame> {
        self.take_unfinished();
        (!std::mem::replace(&mut self.is_skipping, true)).then_some(Frame::TooLong)
    }

    /// A document ends where the file does; until then there is only its length to be watched.
    fn cut_document(&mut self) -> Option<Frame> {
        let is_too_long = self.buffer.len() - self.start > MAX_MESSAGE_BYTES;
        (self.is_skipping || is_too_long).then(|| self.skip()).flatten()
    }

    fn cut_prefixed(&mut self) -> io::Result<Option<Frame>> {
        let Some((prefix, payload)) = self.unfinished().split_first_chunk() else { return Ok(None) };
        let length = u32::from_be_bytes(*prefix) as usize;
        if length > MAX_MESSAGE_BYTES {
            let why = format!("a message of {length} bytes is announced; the file is damaged or of another kind");
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        if payload.len() < length {
            return Ok(None);
        }
        let start = self.start + prefix.len();
        self.start = start + length;
        Ok(Some(Frame::Message(start..self.start)))
    }

    /// Reads on; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.start);
        self.searched -= self.start.min(self.searched);
        self.start = 0;
        let known = self.buffer.len();
        self.buffer.resize(known + CHUNK_BYTES, 0);
        let read = loop {
            match self.reader.read(self.buffer.get_mut(known..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break Ok(0),
                read => break read,
            }
        };
        self.buffer.truncate(known + *read.as_ref().unwrap_or(&0));
        read.map(|read| read > 0)
    }
}

impl Framing {
    /// From the first bytes; `None` while they are too few.
    fn of(head: &[u8]) -> Option<Self> {
        let text = head.trim_ascii_start();
        match text.strip_prefix(b"{") {
            Some(rest) => {
                let line = rest.split(|byte| *byte == b'\n').next()?;
                let is_whole_line = line.len() < rest.len();
                if !line.trim_ascii().is_empty() {
                    return Some(Self::Lines);
                }
                // `{` alone on the first line: a document, written for people.
                is_whole_line.then_some(Self::Document)
            }
            None if text.len() < head.len() => None,
            None => (!head.is_empty()).then_some(Self::Prefixed),
        }
    }
}
