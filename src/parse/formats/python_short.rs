//! Python without times: `LEVEL:logger:message`, the default of its logging, and uvicorn's `INFO:     message`.

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct PythonShort;

impl LineFormat for PythonShort {
    fn name(&self) -> &'static str {
        "python-short"
    }

    fn about(&self) -> &'static str {
        "LEVEL:logger:message, Python's default, and uvicorn's LEVEL:     message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &["WARNING:root:disk is nearly full", "INFO:     127.0.0.1:50052 - \"GET / HTTP/1.1\" 200 OK"]
    }

    fn may_begin(&self, first: u8) -> bool {
        b"CDEIW".contains(&first)
    }

    headed!(head);
}

/// The width that uvicorn fills its level up to.
const WIDTH: usize = 10;

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let mut at = Cursor { rest: probe.line };
    let word_len = probe.line.iter().take(WIDTH).position(|byte| *byte == b':')?;
    let level = at.until(b":").filter(|level| level.len() == word_len)?;
    if !matches!(level, b"CRITICAL" | b"DEBUG" | b"ERROR" | b"INFO" | b"WARNING") {
        return None;
    }
    let mut head = Head::default();
    head.level(level)?;
    if at.rest.first() == Some(&b' ') {
        let blanks = at.rest.iter().take(WIDTH).take_while(|byte| **byte == b' ').count();
        if word_len + 1 + blanks != WIDTH {
            return None;
        }
        at.blanks();
    } else {
        head.service = Some(at.until(b":").filter(|name| !name.contains(&b' '))?);
    }
    head.message = at.rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "python-short",
            &[("CRITICAL:a.b:c: d=1", "a.b", 21, "c: d=1", "d=1"), ("WARNING:  slow", "", 13, "slow", "")],
        );
    }
}
