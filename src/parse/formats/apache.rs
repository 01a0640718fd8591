//! Apache httpd's error log, of 2.4 (`[Sun Mar 01 10:00:00.123456 2026] [core:error] [pid 1:tid 2] [client 1.2.3.4:5] AH00124: …`)
//! and of 2.2 (`[Sun Mar 01 10:00:00 2026] [error] [client 1.2.3.4] …`).
//!
//! Format: the directive `ErrorLogFormat` in httpd's documentation.

use super::given::{self, Fields, Give, Given, cut, find, first_line, unless_nil};
use super::http::each_of_endpoint;
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos, Severity, Value};
use crate::parse::pairs::{self, text_of};
use crate::parse::time::{self, Hints};
use crate::parse::{Facts, Reading, context};

/// The format.
pub(super) struct Apache;

impl LineFormat for Apache {
    fn name(&self) -> &'static str {
        "apache"
    }

    fn about(&self) -> &'static str {
        "Apache httpd's error log"
    }

    fn given(&self) -> &'static [&'static str] {
        &["apache.module", "process.pid", "thread.id", "client.address", "client.port"]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "[Tue Apr 04 06:28:08.605341 2017] [core:error] [pid 17962] [client 127.0.0.1:60444] AH00135: Invalid method in request FOO /",
            "[Thu May 12 08:28:57.652118 2011] [core:error] [pid 8777:tid 4326490112] [client ::1:58619] File does not exist: /usr/local/apache2/htdocs/favicon.ico",
            "[Thu Jan 17 02:42:49 2013] [notice] Digest: generating secret for digest authentication ...",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'['
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
        Some(Line::of(probe.line, probe.hints)?.facts(probe.line, id))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
        let line = Line::of(probe.line, probe.hints)?;
        Some(Reading {
            facts: line.facts(probe.line, id),
            severity_text: text_of(line.level),
            message: given::message(probe.line, line.message),
            fields: given::with_pairs(&line, line.message),
        })
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        let line = Line::of(line, &Hints::default())?;
        pairs::loose_field(line.message, key).or_else(|| find(&line, key))
    }
}

struct Line<'a> {
    time: Option<Nanos>,
    module: &'a [u8],
    level: &'a [u8],
    severity: Severity,
    process: &'a [u8],
    thread: &'a [u8],
    client: &'a [u8],
    message: &'a [u8],
}

impl<'a> Line<'a> {
    #[inline]
    fn of(line: &'a [u8], hints: &Hints) -> Option<Self> {
        let dated = line.strip_prefix(b"[")?;
        // A weekday, three letters and a blank.
        if dated.get(3) != Some(&b' ') || !dated.first().is_some_and(u8::is_ascii_uppercase) {
            return None;
        }
        let stamp = time::stamp(dated, hints)?;
        let rest = first_line(dated.get(stamp.len..)?.strip_prefix(b"] [")?);
        let (severity, mut message) = cut(rest, b']')?;
        let (module, level) = cut(severity, b':').unwrap_or((b"", severity));
        let severity = severity_of(level)?;
        message = message.trim_ascii_start();
        let mut line =
            Self { time: stamp.time, module, level, severity, process: b"", thread: b"", client: b"", message: b"" };
        while let Some((group, rest)) = message.strip_prefix(b"[").and_then(|rest| cut(rest, b']')) {
            match cut(group, b' ') {
                Some((b"pid", ids)) => (line.process, line.thread) = cut(ids, b':').unwrap_or((ids, b"")),
                Some((b"client", client)) => line.client = client,
                _ => break,
            }
            message = rest.trim_ascii_start();
        }
        line.thread = line.thread.strip_prefix(b"tid ").unwrap_or(line.thread);
        Some(Self { message, ..line })
    }

    fn facts(&self, line: &'a [u8], format: FormatId) -> Facts<'a> {
        let ids = context::find(line);
        let (time, severity) = (self.time, self.severity);
        Facts { format, time, severity, service: None, trace_id: ids.trace_id, span_id: ids.span_id }
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        unless_nil(give, "apache.module", Given::Text(self.module));
        unless_nil(give, "process.pid", Given::Number(self.process));
        unless_nil(give, "thread.id", Given::Number(self.thread));
        if self.module.is_empty() {
            // 2.2 writes no port, so the last part of an IPv6 address is none.
            unless_nil(give, "client.address", Given::Text(self.client));
        } else {
            each_of_endpoint(give, ["client.address", "client.port"], self.client);
        }
    }
}

/// The level; httpd knows `trace1` to `trace8`.
fn severity_of(level: &[u8]) -> Option<Severity> {
    match level {
        [b't', b'r', b'a', b'c', b'e', b'1'..=b'8'] => Some(Severity::TRACE),
        _ => Severity::from_name(level).filter(|_| level.len() > 1),
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "apache",
            &[
                (
                    "[Tue Apr 04 06:28:08.605341 2017] [core:error] [pid 17962] [client 127.0.0.1:60444] AH00135: Invalid method in request FOO /",
                    (
                        "2017-04-04T06:28:08.605341Z",
                        17,
                        "",
                        "AH00135: Invalid method in request FOO /",
                        "apache.module=core process.pid=17962 client.address=127.0.0.1 client.port=60444",
                    ),
                ),
                (
                    "[Thu May 12 08:28:57.652118 2011] [core:warn] [pid 8777:tid 4326490112] [client ::1:58619] File [x]",
                    (
                        "2011-05-12T08:28:57.652118Z",
                        13,
                        "",
                        "File [x]",
                        "apache.module=core process.pid=8777 thread.id=4326490112 client.address=::1 client.port=58619",
                    ),
                ),
                (
                    "[Thu Jan 17 02:42:49 2013] [notice] Digest: generating secret",
                    ("2013-01-17T02:42:49Z", 10, "", "Digest: generating secret", ""),
                ),
                (
                    "[Sun Mar 01 10:00:00 2026] [error] [client 192.0.2.7] client denied by server configuration: /srv/private",
                    (
                        "2026-03-01T10:00:00Z",
                        17,
                        "",
                        "client denied by server configuration: /srv/private",
                        "client.address=192.0.2.7",
                    ),
                ),
                (
                    "[Sun Mar 01 10:00:00 2026] [ssl:trace8] [pid 1] a\n  b",
                    ("2026-03-01T10:00:00Z", 1, "", "a\n  b", "apache.module=ssl process.pid=1"),
                ),
            ],
        );
    }

    #[test]
    fn other_brackets_are_not_taken() {
        check_not(
            "apache",
            &[
                "[Sun Mar 01 10:00:00 2026] x",
                "[Sun Mar 01 10:00:00 2026] [main] x",
                "[2026-03-01 10:00:00] [error] x",
                "[Sun] [error] x",
            ],
        );
    }
}
