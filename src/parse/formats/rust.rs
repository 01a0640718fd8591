//! Rust's loggers: env_logger's `[2026-03-01T10:00:00Z ERROR target] message` and tracing-subscriber's
//! `2026-03-01T10:00:00.123456Z  INFO span{k=v}: target: message k=v`.

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading, time};

/// The format.
pub(super) struct Rust;

impl LineFormat for Rust {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn about(&self) -> &'static str {
        "Rust's env_logger and tracing-subscriber"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "[2026-03-01T10:00:00Z ERROR shop::cart] cannot reach redis",
            "2026-03-01T10:00:00.123456Z  INFO request{id=7}: shop::cart: item added count=2",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit() || first == b'['
    }

    fn given(&self) -> &'static [&'static str] {
        &["span"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    match probe.line.strip_prefix(b"[") {
        Some(inner) => env_logger(inner, probe),
        None => tracing(probe),
    }
}

fn env_logger<'a>(inner: &'a [u8], probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let stamp = time::stamp(inner, probe.hints)?;
    let mut head = Head { time: stamp.time, ..Head::default() };
    let mut at = Cursor { rest: inner.get(stamp.len..)? };
    at.eat(b" ")?;
    head.level(at.word()?)?;
    at.blanks();
    head.service = Some(at.until(b"]").filter(|target| is_target(target))?);
    head.message = at.rest.strip_prefix(b" ").unwrap_or(at.rest);
    Some(head)
}

fn tracing<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    // Its times are of UTC and say so, which tells it from most others.
    let (mut head, mut at) = Head::stamped(probe)?;
    if !probe.line.get(10..28)?.contains(&b'Z') {
        return None;
    }
    at.eat(b" ")?;
    at.blanks();
    let level = at.word()?;
    if !matches!(level, b"TRACE" | b"DEBUG" | b"INFO" | b"WARN" | b"ERROR") {
        return None;
    }
    head.level(level)?;
    at.eat(b" ")?;
    let spans = at;
    // Spans and their fields come before the target, each with a colon behind it.
    while let Some(scope) = at.until(b": ") {
        if is_target(scope) {
            if head.service.is_none() && scope.len() < spans.rest.len() - at.rest.len() - 2 {
                head.part("span", outer(spans.rest, scope));
            }
            (head.service, head.message) = (Some(scope), at.rest);
            return Some(head);
        }
        if !scope.ends_with(b"}") {
            return None;
        }
    }
    None
}

/// What stands before `scope`, without the colon between.
fn outer<'a>(spans: &'a [u8], scope: &[u8]) -> &'a [u8] {
    let at = memchr::memmem::find(spans, scope).unwrap_or(0);
    spans.get(..at).unwrap_or_default().trim_ascii_end().strip_suffix(b":").unwrap_or_default()
}

fn is_target(name: &[u8]) -> bool {
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "rust",
            &[
                ("[2026-03-01T10:00:00Z WARN  a::b] c d=1", "a::b", 13, "c d=1", "d=1"),
                ("2026-03-01T10:00:00.123456Z ERROR r{x=1}: a::b: c d=1", "a::b", 17, "c d=1", "span=r{x=1} d=1"),
            ],
        );
    }
}
