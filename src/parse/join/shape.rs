//! What joining sees of a line: its indentation and what is behind it, without colours and without what a container
//! runtime puts around it.

use crate::parse::time::{self, Hints};

/// What carried the line, where joining must look through it. Lines of different carriers do not join.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    /// Nothing, or something that each line has apart (syslog).
    None,
    /// A container's standard output.
    Stdout,
    /// A container's standard error.
    Stderr,
    /// One of a container's streams, nobody knows which.
    Either,
}

/// A line as joining sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'a> {
    pub(super) carrier: Carrier,
    /// Whether its carrier says that the next line is its rest.
    pub(super) is_piece: bool,
    pub(super) is_indented: bool,
    /// Without indentation and blanks at the end.
    pub(super) body: &'a [u8],
}

/// Whether nothing about the line, looked at alone, suggests that it goes on with another, nor that it is carried: nearly
/// every line of most logs. Errs to `false`.
#[inline]
pub(super) fn is_simple(line: &[u8]) -> bool {
    match line {
        [b'0'..=b'9', ..] => line.get(10) != Some(&b'T') || line.len() < MIN_CRI || cri(line).is_none(),
        [b'{', b'"', rest @ ..] => !rest.starts_with(b"log"),
        [b'[', next, ..] => next.is_ascii_digit(),
        // glog's and syslog's times, logfmt's first keys.
        [b'A'..=b'Z', b'0'..=b'9', ..]
        | [b'A'..=b'Z', _, _, b' ', b' ' | b'0'..=b'9', b'0'..=b'9', b' ', ..]
        | [b't', b's', b'=', ..]
        | [b't', b'i', b'm', b'e', b'=', ..]
        | [b'l', b'e' | b'v', b'v' | b'l', b'e' | b'=', ..] => true,
        _ => false,
    }
}

impl<'a> Shape<'a> {
    #[inline]
    pub(super) fn of(line: &'a [u8]) -> Self {
        match line.first() {
            Some(b'0'..=b'9') if line.len() >= MIN_CRI && line.get(10) == Some(&b'T') => {
                cri(line).unwrap_or_else(|| Self::plain(line))
            }
            Some(b'{') => docker(line).unwrap_or_else(|| Self::plain(line)),
            _ => Self::plain(line),
        }
    }

    #[inline]
    fn plain(line: &'a [u8]) -> Self {
        Self::carried(line, Carrier::None, false)
    }

    #[inline]
    fn carried(text: &'a [u8], carrier: Carrier, is_piece: bool) -> Self {
        let text = without_colour(text);
        let body = without_indent(text);
        Self { carrier, is_piece, is_indented: body.len() < text.len(), body: body.trim_ascii_end() }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.body.is_empty()
    }

    /// Whether it begins a record whatever was before it.
    pub(super) fn is_start(&self) -> bool {
        !self.is_indented && begins_record(self.body)
    }
}

fn begins_record(body: &[u8]) -> bool {
    match body {
        [b'{', b'"', ..] => true,
        [b'0'..=b'9' | b'A'..=b'Z', ..] => is_stamp(body) || is_glog(body),
        [b'[' | b'<' | b'(', rest @ ..] => {
            let rest = rest.trim_ascii_start();
            // syslog's priority
            let priority = rest.iter().take(4).position(|byte| *byte == b'>').filter(|_| body.starts_with(b"<"));
            let rest = priority.and_then(|end| rest.get(end + 1..)).unwrap_or(rest);
            is_stamp(rest) || rest.strip_prefix(b"1 ").is_some_and(is_stamp)
        }
        _ => OPENINGS.iter().any(|opening| body.starts_with(opening)),
    }
}

/// The first key of a line of logfmt.
const OPENINGS: [&[u8]; 6] = [b"time=", b"ts=", b"t=", b"level=", b"lvl=", b"msg="];

fn is_stamp(text: &[u8]) -> bool {
    time::stamp(text, &Hints::default()).is_some()
}

/// `I0301 10:00:00` as glog and klog write it, `I, [2026-…` as Ruby's logger does.
fn is_glog(body: &[u8]) -> bool {
    match body {
        [b'I' | b'W' | b'E' | b'F', digits @ ..] if digits.len() > 4 => {
            digits.iter().take(4).all(u8::is_ascii_digit) || digits.starts_with(b", [")
        }
        [b'D' | b'A', b',', b' ', b'[', ..] => true,
        _ => false,
    }
}

/// The shortest time and stream that CRI writes.
const MIN_CRI: usize = 30;

/// `2026-03-01T10:00:00.123456789Z stderr F text`.
fn cri(line: &[u8]) -> Option<Shape<'_>> {
    let reach = line.get(19..48.min(line.len()))?;
    let at = 19 + memchr::memchr(b' ', reach)?;
    let rest = line.get(at + 1..)?;
    let (carrier, rest) = match rest.split_first_chunk::<7>()? {
        (b"stdout ", rest) => (Carrier::Stdout, rest),
        (b"stderr ", rest) => (Carrier::Stderr, rest),
        (b"stdany ", rest) => (Carrier::Either, rest),
        _ => return None,
    };
    let (tag, rest) = rest.split_first()?;
    let text = match rest {
        [] => rest,
        [b' ', text @ ..] => text,
        [b':', tags @ ..] => tags.get(tags.iter().position(|byte| *byte == b' ')? + 1..)?,
        _ => return None,
    };
    matches!(tag, b'P' | b'F').then(|| Shape::carried(text, carrier, *tag == b'P'))
}

/// `{"log":"text\n","stream":"stderr",…}` of Docker's json-file, its text with the escapes of JSON.
fn docker(line: &[u8]) -> Option<Shape<'_>> {
    let text = line.strip_prefix(b"{\"log\":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let stream = memchr::memmem::rfind(text, b"\"stream\":")?;
    let is_error = text.get(stream..)?.get(..24).unwrap_or_default().windows(6).any(|word| word == b"stderr");
    let carrier = if is_error { Carrier::Stderr } else { Carrier::Stdout };
    let text = text.get(..stream)?.trim_ascii_end().strip_suffix(b",")?.trim_ascii_end().strip_suffix(b"\"")?;
    let whole = text.strip_suffix(b"\\n");
    let text = whole.unwrap_or(text);
    Some(Shape::carried(text.strip_suffix(b"\\r").unwrap_or(text), carrier, whole.is_none()))
}

/// Behind blanks and tabs, also behind tabs as JSON escapes them.
fn without_indent(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [b'\\', b't', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Behind the colours that a line begins with, also where JSON escapes them.
fn without_colour(mut text: &[u8]) -> &[u8] {
    while let [0x1b, b'[', rest @ ..] | [b'\\', b'u', b'0', b'0', b'1', b'b' | b'B', b'[', rest @ ..] = text {
        let Some(end) = rest.iter().take(16).position(|byte| *byte == b'm') else { break };
        text = rest.get(end + 1..).unwrap_or_default();
    }
    text
}
