//! Lines to records: which lines go on with the one before them, as those of a stack trace do.
//!
//! A [`Joiner`] is asked line by line. What it answers depends on nothing but the lines of the record that is open, so
//! that a text gives the same records wherever reading it begins, if only it begins where a record does. Some lines
//! begin a record whatever was before them ([`is_start`]): a text can be cut there and read in parallel.
//!
//! `shape` looks at a line through its carrier and its indentation, `form` knows the lines that go on by themselves
//! (`Caused by: …`, `\tat …`), `stack` those that only do in a certain place (Go's frames, Python's last line).
//! The forms are those of the run times themselves; which of them other collectors know is told in `tests`.

mod form;
mod rule;
mod shape;
mod stack;
#[cfg(test)]
mod tests;

use std::ops::Range;

use memchr::memchr_iter;

pub use self::rule::JoinRule;
pub use self::shape::Carrier;
use self::shape::Shape;
use self::stack::Stack;
use super::level;
use crate::model::Level;

/// Lines that one record has at most.
pub const MAX_RECORD_LINES: u32 = 1000;
/// Bytes that one record has at most, line ends included; a single line may have more.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// How much of a record's first line is kept to judge by, in bytes.
const HEAD: usize = 128;
/// The longest line end, `\r\n`.
const LINE_END: usize = 2;
/// After a record of several lines, the last line of so many next ones is waited for.
const MEMORY: u16 = 10_000;

/// Tells which lines of one stream go on with the line before them.
#[derive(Clone, Debug)]
pub struct Joiner {
    rule: JoinRule,
    open: Option<Open>,
    /// How many more records are expected to have several lines, because others lately had.
    expecting: u16,
}

/// The record that the lines so far make.
#[derive(Clone, Debug)]
struct Open {
    head: [u8; HEAD],
    head_len: u8,
    carrier: Carrier,
    lines: u32,
    bytes: usize,
    stack: Stack,
    /// Whether a line of it names an exception or is a frame.
    is_exception: bool,
    last: Last,
}

/// The line that came last.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    is_blank: bool,
    is_indented: bool,
    ends: End,
    /// Its carrier says that it is not complete.
    is_piece: bool,
}

/// How a line ends, where that says something of the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum End {
    #[default]
    Plain,
    Backslash,
    Colon,
    Brace,
}

/// What is to be expected of the next line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outlook {
    /// It begins a record.
    Complete,
    /// It may go on with the open one, but nothing suggests it.
    Unlikely,
    /// The open record is in the middle of a stack trace, may begin one, or others lately had several lines.
    Likely,
}

impl Joiner {
    /// A joiner that has seen no line yet.
    pub fn new(rule: &JoinRule) -> Self {
        Self { rule: rule.clone(), open: None, expecting: 0 }
    }

    /// Whether `line`, which comes without its line end, goes on with the lines before it; either way it is the last
    /// line now. Constant time for most lines, else linear in the line.
    #[inline]
    pub fn continues(&mut self, line: &[u8]) -> bool {
        let is_simple = shape::is_simple(line);
        let goes_on = match &self.rule {
            JoinRule::Off => return false,
            JoinRule::Auto => self.goes_on(line, is_simple),
            JoinRule::Start(start) => {
                self.open.as_ref().is_some_and(|open| open.has_room(line)) && !start.is_match(line)
            }
        };
        match &mut self.open {
            Some(open) if goes_on => {
                open.append(line);
                self.expecting = MEMORY;
            }
            Some(open) => {
                open.begin(line, is_simple);
                self.expecting = self.expecting.saturating_sub(1);
            }
            None => self.open = Some(Open::new(line)),
        }
        goes_on
    }

    /// Makes `line` the first of a record, whatever was before it: the one it goes on with is out of reach.
    pub fn begin(&mut self, line: &[u8]) {
        self.open = Some(Open::new(line));
    }

    /// Forgets what was before: nothing can go on with it, because something is missing in between.
    pub fn restart(&mut self) {
        self.open = None;
    }

    /// Whether the next line may go on with those so far.
    pub fn outlook(&self) -> Outlook {
        let Some(open) = &self.open else { return Outlook::Complete };
        match &self.rule {
            JoinRule::Off => Outlook::Complete,
            JoinRule::Auto if self.expecting == 0 && !open.may_go_on() => Outlook::Unlikely,
            JoinRule::Auto | JoinRule::Start(_) => Outlook::Likely,
        }
    }

    /// Whether something about the open record itself suggests that it goes on: it is a piece, a stack trace, an error.
    pub fn may_go_on(&self) -> bool {
        self.open.as_ref().is_some_and(Open::may_go_on)
    }

    #[inline]
    fn goes_on(&self, line: &[u8], is_simple: bool) -> bool {
        let Some(open) = &self.open else { return false };
        let is_usual = is_simple && open.is_simple();
        !is_usual && open.has_room(line) && open.goes_on(&Shape::of(line))
    }
}

impl Open {
    fn new(line: &[u8]) -> Self {
        let mut open = Self {
            head: [0; HEAD],
            head_len: 0,
            carrier: Carrier::None,
            lines: 0,
            bytes: 0,
            stack: Stack::None,
            is_exception: false,
            last: Last::default(),
        };
        open.begin(line, false);
        open
    }

    #[inline]
    fn begin(&mut self, line: &[u8], is_simple: bool) {
        let kept = line.get(..HEAD).unwrap_or(line);
        if let Some(head) = self.head.get_mut(..kept.len()) {
            head.copy_from_slice(kept);
        }
        self.head_len = u8::try_from(kept.len()).unwrap_or(0);
        (self.lines, self.bytes) = (1, line.len() + LINE_END);
        (self.stack, self.is_exception) = (Stack::None, false);
        if is_simple && End::of(line) == End::Plain {
            self.carrier = Carrier::None;
            self.last = Last::default();
            return;
        }
        let shape = Shape::of(line);
        self.carrier = shape.carrier;
        self.look_back_at(&shape);
    }

    fn append(&mut self, line: &[u8]) {
        self.lines += 1;
        self.bytes += line.len() + LINE_END;
        self.look_back_at(&Shape::of(line));
    }

    /// Takes in what the line says of those to come.
    #[inline]
    fn look_back_at(&mut self, shape: &Shape<'_>) {
        self.stack = self.stack.after(shape, self.last.is_indented && self.lines > 1);
        self.is_exception |= self.stack != Stack::None || form::is_exception(shape.body) || form::is_frame(shape);
        self.last = Last {
            is_blank: shape.is_blank(),
            is_indented: shape.is_indented,
            ends: End::of(shape.body),
            is_piece: shape.is_piece,
        };
    }

    fn has_room(&self, line: &[u8]) -> bool {
        self.lines < MAX_RECORD_LINES && self.bytes + line.len() + LINE_END <= MAX_RECORD_BYTES
    }

    /// Whether only a line that is indented or says so itself can go on with it.
    #[inline]
    fn is_simple(&self) -> bool {
        self.stack == Stack::None && self.last.ends == End::Plain && !self.last.is_piece && self.lines == 1
    }

    fn goes_on(&self, next: &Shape<'_>) -> bool {
        if next.carrier != self.carrier {
            return false;
        }
        if self.last.is_piece {
            return true;
        }
        if next.is_start() {
            return false;
        }
        if self.last.ends == End::Backslash || self.stack.takes(next, self.last.is_indented) {
            return true;
        }
        if next.is_blank() {
            return self.is_exception;
        }
        if next.is_indented {
            return form::is_frame(next) || self.is_exception || self.is_record();
        }
        form::goes_on(next.body)
            || (form::is_exception(next.body) && self.awaits_exception())
            || (self.lines > 1 && self.last.is_indented && form::is_closing(next.body))
            || (self.lines == 1 && form::is_second_of_two(next.body) && form::is_first_of_two(self.head().body))
            || (form::is_traceback(next.body) && self.awaits_traceback())
    }

    /// Whether an exception at the start of the next line belongs to it: loggers put it below their message, and some
    /// exceptions name another below `nested exception is:`.
    fn awaits_exception(&self) -> bool {
        // java.util.logging has its message on a second line.
        let is_below_message = self.lines <= 2 && !self.last.is_indented;
        (is_below_message && !self.is_exception && self.is_record())
            || (self.last.is_indented && self.last.ends == End::Colon)
    }

    /// Whether a traceback at the next line belongs to it: below a logger's message, or behind what says that it is part of a
    /// chain, which stands between empty lines.
    fn awaits_traceback(&self) -> bool {
        (self.lines == 1 && self.is_record()) || (self.last.is_blank && self.is_exception)
    }

    /// Whether its first line is one of a log and not of a plain text: it has a time or a level.
    fn is_record(&self) -> bool {
        let head = self.head();
        head.is_start()
            || form::is_console_level(head.body)
            || form::is_first_of_two(head.body)
            || level::near_start(head.body).is_some()
    }

    fn may_go_on(&self) -> bool {
        let is_bad =
            || level::near_start(self.head().body).is_some_and(|(severity, _)| severity.level() >= Level::Error);
        self.last.is_piece || self.lines > 1 || self.is_exception || self.last.ends != End::Plain || is_bad()
    }

    fn head(&self) -> Shape<'_> {
        Shape::of(self.head.get(..usize::from(self.head_len)).unwrap_or_default())
    }
}

impl End {
    fn of(body: &[u8]) -> Self {
        match body.last() {
            Some(b'\\') => Self::Backslash,
            Some(b':') => Self::Colon,
            Some(b'{' | b'[' | b'(') => Self::Brace,
            _ => Self::Plain,
        }
    }
}

/// Whether `line` begins a record whatever was before it: it begins with a time, or is an object of JSON. The rest of a
/// container's line, which only the piece before makes such, is not told from a whole one.
pub fn is_start(line: &[u8]) -> bool {
    Shape::of(line).is_start()
}

/// What carried `line`. Only lines of one carrier go on with each other.
pub fn carrier(line: &[u8]) -> Carrier {
    Shape::of(line).carrier
}

/// Where in `text`, which begins with a line, the first record begins that does so whatever was before it. Linear.
pub fn first_start(text: &[u8], rule: &JoinRule) -> Option<usize> {
    let mut before: Option<&[u8]> = None;
    let mut start = 0;
    for end in memchr_iter(b'\n', text) {
        let line = without_line_end(text.get(start..=end).unwrap_or_default());
        let is_start = match rule {
            JoinRule::Off => true,
            JoinRule::Start(pattern) => pattern.is_match(line),
            // Of a container's line only the one before tells whether it is the rest of a piece.
            JoinRule::Auto => match before {
                Some(before) => is_start(line) && !Shape::of(before).is_piece,
                None => is_start(line) && Shape::of(line).carrier == Carrier::None,
            },
        };
        if is_start {
            return Some(start);
        }
        before = Some(line);
        start = end + 1;
    }
    None
}

/// Calls `each` with the range of every record of `text`, line ends included. The last line may lack its own. Linear.
#[inline]
pub fn for_each_record(text: &[u8], joiner: &mut Joiner, each: &mut dyn FnMut(Range<usize>)) {
    let (mut record, mut start) = (0, 0);
    let has_rest = text.last().is_some_and(|byte| *byte != b'\n');
    for end in memchr_iter(b'\n', text).map(|end| end + 1).chain(has_rest.then_some(text.len())) {
        let line = without_line_end(text.get(start..end).unwrap_or_default());
        if !joiner.continues(line) && start > record {
            each(record..start);
            record = start;
        }
        start = end;
    }
    if start > record {
        each(record..start);
    }
}

/// A line without its `\n` or `\r\n`.
pub fn without_line_end(line: &[u8]) -> &[u8] {
    let Some(line) = line.strip_suffix(b"\n") else { return line };
    line.strip_suffix(b"\r").unwrap_or(line)
}
