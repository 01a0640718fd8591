//! A stream of syslog messages to records: RFC 6587's two framings, told apart at the beginning of every message.
//!
//! `LEN SP <PRI>…` is a message of LEN bytes, which may hold line ends; everything else ends at a line feed or at a NUL,
//! as some senders have it. A number that no `<` follows is text: a stray line that begins with one can not make us
//! wait for what it never announced. Lines are joined as those of any stream are ([`LineSplitter`]), so that a stack
//! trace whose lines came one by one is one record.

use std::time::Duration;

use memchr::memchr2_iter;

use crate::parse::join::JoinRule;
use crate::source::lines::LineSplitter;
use crate::source::{LineBatch, MAX_BATCH_BYTES, MAX_LINE_BYTES};

/// The most digits of a length. A message may be longer than what is kept of it, but not by much.
const MAX_DIGITS: usize = 7;

/// A batch has no more messages than this.
const MAX_BATCH_MESSAGES: usize = 64 * 1024;

/// A beginning that may yet be a length is waited for so long.
const UNDECIDED: Duration = Duration::from_millis(1500);

/// Cuts one connection's bytes into messages. Memory is bounded by a few times [`MAX_LINE_BYTES`].
pub(super) struct Frames {
    splitter: LineSplitter,
    state: State,
    /// The beginning of a message that may yet be a length: at most its digits and a space.
    head: Vec<u8>,
}

enum State {
    /// A message begins. Line ends before it are no message, unless lines came before it.
    Start { after_end: bool },
    /// Within lines.
    Lines,
    /// Within a message of a known length.
    Counted(Counted),
}

/// A message that was announced with its length.
struct Counted {
    /// What came of it, up to [`MAX_LINE_BYTES`].
    text: Vec<u8>,
    /// Bytes that came and are not kept.
    skipped: usize,
    /// Bytes that are still to come.
    left: usize,
}

/// What the beginning of a message says of its framing.
#[derive(PartialEq, Eq, Debug)]
enum Framing {
    /// `length` bytes follow the first `header` ones.
    Counted {
        header: usize,
        length: usize,
    },
    Lines,
    /// Too little has come to tell.
    Unknown,
}

impl Frames {
    /// For a new connection, whose plain lines are joined by `rule`.
    pub(super) fn new(rule: &JoinRule) -> Self {
        Self { splitter: LineSplitter::new(rule), state: State::Start { after_end: true }, head: Vec::new() }
    }

    /// Appends the messages that `chunk` completes to `batch`, and keeps what is not complete. Returns how many bytes were
    /// taken. When those are fewer than `chunk` has, hand over the batch, and come again with the rest and an empty one.
    pub(super) fn take(&mut self, chunk: &[u8], batch: &mut LineBatch) -> usize {
        let mut taken = 0;
        while let Some(rest) = chunk.get(taken..).filter(|rest| !rest.is_empty()) {
            let step = match &mut self.state {
                State::Start { after_end: true } if matches!(rest.first(), Some(0 | b'\n' | b'\r')) => Some(1),
                State::Start { .. } => self.begin(rest, batch),
                State::Counted(counted) => {
                    let (count, is_done) = counted.take(rest, batch);
                    if is_done {
                        self.state = State::Start { after_end: true };
                    }
                    Some(count)
                }
                State::Lines => self.take_lines(rest, batch),
            };
            match step {
                Some(count) => taken += count,
                None => return taken,
            }
        }
        taken
    }

    /// How long to wait for more before [`Self::settle`]; `None` while nothing is held back.
    pub(super) fn patience(&self) -> Option<Duration> {
        let lines = self.splitter.patience();
        if self.head.is_empty() { lines } else { Some(lines.map_or(UNDECIDED, |lines| lines.min(UNDECIDED))) }
    }

    /// Hands over lines that were held back for long enough to `batch`, which has to be empty. A message of a known
    /// length is waited for.
    pub(super) fn settle(&mut self, batch: &mut LineBatch) {
        if !self.splitter.settle(batch) {
            self.decide_for_lines(batch);
            self.splitter.settle(batch);
        }
    }

    /// Hands over what is left at the end of the connection. To be called until it returns `false`, each time with an empty
    /// batch.
    pub(super) fn end(&mut self, batch: &mut LineBatch) -> bool {
        self.decide_for_lines(batch);
        if let State::Counted(counted) = &mut self.state {
            counted.give_up(batch);
            self.state = State::Lines;
            return true;
        }
        self.splitter.flush(batch)
    }

    /// Decides how the message is framed that begins with what is held and with `rest`. `None`: the batch has to go first.
    fn begin(&mut self, rest: &[u8], batch: &mut LineBatch) -> Option<usize> {
        let held = self.head.len();
        let reach = MAX_DIGITS + 2 - held.min(MAX_DIGITS + 1);
        self.head.extend_from_slice(rest.get(..reach).unwrap_or(rest));
        match Framing::of(&self.head) {
            Framing::Unknown => Some(self.head.len() - held),
            Framing::Lines => {
                self.head.truncate(held);
                self.decide_for_lines(batch);
                self.state = State::Lines;
                Some(0)
            }
            Framing::Counted { header, length } => {
                let is_held_back = self.splitter.patience().is_some();
                if is_held_back || !has_room(batch, length) {
                    self.head.truncate(held);
                    if is_held_back && batch.is_empty() {
                        self.splitter.flush(batch);
                    }
                    return None;
                }
                self.head.clear();
                self.state = State::Counted(Counted { text: Vec::new(), skipped: 0, left: length });
                Some(header - held)
            }
        }
    }

    /// What is held of a beginning is the beginning of a line.
    fn decide_for_lines(&mut self, batch: &mut LineBatch) {
        if !self.head.is_empty() {
            // There is no line end in it, so that the splitter takes all of it.
            self.splitter.feed(&self.head, batch);
            self.head.clear();
            self.state = State::Lines;
        }
    }

    /// Takes lines up to where one begins that may be a length. `None`: the batch has to go first.
    fn take_lines(&mut self, rest: &[u8], batch: &mut LineBatch) -> Option<usize> {
        let mut next = None;
        for at in memchr2_iter(0, b'\n', rest) {
            let is_end = rest.get(at) == Some(&0);
            let may_count = rest.get(at + 1).is_none_or(u8::is_ascii_digit);
            if is_end || may_count {
                next = Some((at, is_end));
                break;
            }
        }
        let stretch = match next {
            Some((at, true)) => rest.get(..at),
            Some((at, false)) => rest.get(..=at),
            None => Some(rest),
        };
        let stretch = stretch.unwrap_or_default();
        let count = self.splitter.feed(stretch, batch);
        if count < stretch.len() {
            return (count > 0).then_some(count);
        }
        match next {
            Some((_, true)) if self.splitter.feed(b"\n", batch) == 0 => (count > 0).then_some(count),
            Some((_, is_end)) => {
                self.state = State::Start { after_end: is_end };
                Some(count + usize::from(is_end))
            }
            None => Some(count),
        }
    }
}

impl Framing {
    /// From the first bytes of a message.
    fn of(head: &[u8]) -> Self {
        let digits = head.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, behind) = head.split_at(digits);
        if number.first().is_some_and(|digit| *digit == b'0') || digits > MAX_DIGITS {
            return Self::Lines;
        }
        match behind {
            [] | [b' '] if digits > 0 => Self::Unknown,
            [b' ', b'<', ..] if digits > 0 => {
                let digit = |sum: usize, byte: &u8| sum * 10 + usize::from(byte - b'0');
                Self::Counted { header: digits + 1, length: number.iter().fold(0, digit) }
            }
            _ => Self::Lines,
        }
    }
}

impl Counted {
    /// Takes its part of `rest`. Returns how many bytes that were, and whether the message is complete and in the batch.
    fn take(&mut self, rest: &[u8], batch: &mut LineBatch) -> (usize, bool) {
        let part = rest.get(..self.left).unwrap_or(rest);
        let is_whole = self.text.is_empty() && part.len() == self.left && part.len() <= MAX_LINE_BYTES;
        self.left -= part.len();
        if is_whole {
            push(part, batch);
            return (part.len(), true);
        }
        let (kept, skipped) = part.split_at(part.len().min(MAX_LINE_BYTES - self.text.len()));
        self.text.extend_from_slice(kept);
        self.skipped += skipped.len();
        if self.left == 0 {
            self.finish(self.skipped, "cut", batch);
        }
        (part.len(), self.left == 0)
    }

    /// The connection ended within it.
    fn give_up(&mut self, batch: &mut LineBatch) {
        self.finish(self.skipped + self.left, "missing", batch);
    }

    /// Hands over what is kept; `absent` bytes are not.
    fn finish(&mut self, absent: usize, why: &str, batch: &mut LineBatch) {
        if absent > 0 {
            let mark = format!(" …[{absent} bytes {why}]");
            self.text.truncate(MAX_LINE_BYTES - mark.len());
            self.text.extend_from_slice(mark.as_bytes());
        }
        push(&self.text, batch);
    }
}

/// Appends one message without the ends that it may have; nothing, when that is all it has.
pub(super) fn push(message: &[u8], batch: &mut LineBatch) {
    if let Some(last) = message.iter().rposition(|byte| !matches!(byte, 0 | b'\n' | b'\r')) {
        batch.push(message.get(..=last).unwrap_or(message));
    }
}

/// Whether a message of `length` bytes still fits into `batch`. An empty one always has room.
pub(super) fn has_room(batch: &LineBatch, length: usize) -> bool {
    let fits = batch.bytes.len() + length.min(MAX_LINE_BYTES) <= MAX_BATCH_BYTES;
    batch.is_empty() || (fits && batch.len() < MAX_BATCH_MESSAGES)
}
