//! Lines that go on only because of where they stand: Go's frames, Python's last line, the message below a panic.

use super::shape::Shape;

/// Where in a stack trace a record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stack {
    /// In none that needs to be known.
    None,
    /// In a Python traceback; its exception comes unindented behind the frames.
    Python,
    /// Behind it; an empty line and another traceback may follow.
    PythonEnd,
    /// In what a Go program prints when it dies: empty lines and unindented frames.
    Go,
    /// The next line is the message.
    Message,
    /// In the source that Node.js shows above an error, so many lines more at most.
    Node(u8),
    /// In the head of an entry of MySQL's slow log.
    Slow,
    /// Behind the times of such a query; its SQL comes.
    SlowQuery,
}

/// Lines that Node.js shows of the source, the marks below it, and the empty line.
const NODE_LINES: u8 = 6;

impl Stack {
    /// Where the record is behind this line. `was_indented` tells of the line before it.
    #[inline]
    pub(super) fn after(self, line: &Shape<'_>, was_indented: bool) -> Self {
        let body = line.body;
        if let Some(entered) = Self::entered(body, line.is_indented) {
            return entered;
        }
        match self {
            Self::Python if !line.is_indented && was_indented && !line.is_blank() => Self::PythonEnd,
            Self::Message => Self::None,
            Self::Node(_) if body.starts_with(b"at ") => Self::None,
            Self::Node(left) => left.checked_sub(1).map_or(Self::None, Self::Node),
            _ => self,
        }
    }

    #[inline]
    fn entered(body: &[u8], is_indented: bool) -> Option<Self> {
        // Told by its end, because a logger's line may stand before it.
        if body.ends_with(b":")
            && (body.ends_with(b"Traceback (most recent call last):") || body.starts_with(b"Traceback ("))
        {
            return Some(Self::Python);
        }
        match body.first()? {
            b'p' if body.starts_with(b"panic: ") && !is_indented => Some(Self::Go),
            b'f' if body.starts_with(b"fatal error: ") => Some(Self::Go),
            b'g' if body.starts_with(b"goroutine ") => Some(Self::Go),
            b't' if body.starts_with(b"thread '") => {
                let has_panicked = memchr::memmem::find(body, b"' panicked at ").is_some()
                    || memchr::memmem::find(body, b") panicked at ").is_some();
                let is_old = memchr::memmem::find(body, b" panicked at '").is_some();
                has_panicked.then_some(if is_old { Self::None } else { Self::Message })
            }
            b'U' if body == b"Unhandled exception:" => Some(Self::Message),
            b'#' if body.starts_with(b"# Query_time: ") => Some(Self::SlowQuery),
            b'#' if body.starts_with(b"# Time: ") || body.starts_with(b"# User@Host: ") => Some(Self::Slow),
            b'/' | b'f' | b'n' if !is_indented && is_source_place(body) => Some(Self::Node(NODE_LINES)),
            _ => None,
        }
    }

    /// Whether `next` goes on because of where the record is.
    pub(super) fn takes(self, next: &Shape<'_>, was_indented: bool) -> bool {
        let body = next.body;
        match self {
            Self::None => false,
            Self::Python => next.is_indented || (!next.is_blank() && was_indented),
            Self::PythonEnd => next.is_blank(),
            Self::Go => next.is_blank() || next.is_indented || is_go_frame(body),
            Self::Message | Self::Node(_) => !body.starts_with(b"thread '"),
            Self::Slow => !body.starts_with(b"# Time: "),
            // Of queries that end in the same second only the first has a time.
            Self::SlowQuery => !body.starts_with(b"# Time: ") && !body.starts_with(b"# User@Host: "),
        }
    }
}

/// `net/http.(*conn).serve(0xc000, …)`.
fn is_go_frame(body: &[u8]) -> bool {
    let name = body.iter().position(|byte| *byte == b'(').and_then(|at| body.get(..at)).unwrap_or_default();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._/-*[]~%".contains(byte) || *byte >= 0x80;
    !name.is_empty() && name.iter().all(is_part) && body.ends_with(b")")
}

/// `/app/server.js:12`, `file:///app/server.mjs:3`, `node:internal/modules:1`: a place and nothing else.
fn is_source_place(body: &[u8]) -> bool {
    let Some(colon) = memchr::memrchr(b':', body) else { return false };
    let (path, line) = body.split_at(colon);
    let digits = line.get(1..).unwrap_or_default();
    let is_place = path.starts_with(b"/") || path.starts_with(b"file://") || path.starts_with(b"node:");
    is_place && !path.contains(&b' ') && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}
