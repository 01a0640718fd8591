//! Python without times: `LEVEL:logger:message`, the default of its logging, and uvicorn's `INFO:     message`. The requests
//! that uvicorn and Flask (werkzeug) log this way are taken apart; Flask's have a time of their own.

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe, request};
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
        &[
            "WARNING:root:disk is nearly full",
            "INFO:     127.0.0.1:50052 - \"GET / HTTP/1.1\" 200 OK",
            "INFO:werkzeug:127.0.0.1 - - [01/Mar/2026 10:00:00] \"GET / HTTP/1.1\" 200 -",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        b"CDEIW".contains(&first)
    }

    fn given(&self) -> &'static [&'static str] {
        request::GIVEN
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
    request::logged(&mut head, probe.hints);
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn the_time_of_a_request_is_that_of_its_line() {
        let line = b"INFO:werkzeug:127.0.0.1 - - [01/Mar/2026 10:00:00] \"GET / HTTP/1.1\" 200 -";
        let facts = crate::parse::LineParser::new(&crate::parse::ParseOptions::default()).parse(line);
        assert_eq!(facts.time, Some(1_772_359_200_000_000_000));
    }

    #[test]
    fn heads_are_cut() {
        check(
            "python-short",
            &[
                ("CRITICAL:a.b:c: d=1", "a.b", 21, "c: d=1", "d=1"),
                ("WARNING:  slow", "", 13, "slow", ""),
                (
                    "INFO:     10.0.0.1:50052 - \"GET /a?b=1 HTTP/1.1\" 404 Not Found",
                    "",
                    9,
                    "10.0.0.1:50052 - \"GET /a?b=1 HTTP/1.1\" 404 Not Found",
                    "client.address=10.0.0.1 client.port=50052 http.request.method=GET url.path=/a url.query=b=1 network.protocol.version=1.1 http.response.status_code=404",
                ),
                (
                    "INFO:werkzeug:127.0.0.1 - - [01/Mar/2026 10:00:00] \"GET / HTTP/1.1\" 200 -",
                    "werkzeug",
                    9,
                    "127.0.0.1 - - [01/Mar/2026 10:00:00] \"GET / HTTP/1.1\" 200 -",
                    "client.address=127.0.0.1 http.request.method=GET url.path=/ network.protocol.version=1.1 http.response.status_code=200",
                ),
            ],
        );
    }
}
