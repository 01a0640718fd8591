//! nginx's error log: `2026/03/01 10:00:00 [error] 31#31: *5 message, client: 1.2.3.4, server: x, request: "GET / HTTP/1.1"`.
//!
//! Format: `ngx_log_error_core` and `ngx_http_log_error` in nginx.

use memchr::memmem;

use super::given::{self, Fields, Give, Given, attributes, cut, find, first_line, is_digits, unless_nil};
use super::http::{each_of_request, quoted};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos, Severity, Value};
use crate::parse::pairs::text_of;
use crate::parse::time::Hints;
use crate::parse::{Facts, Reading, context};

/// The format.
pub(super) struct Nginx;

/// What nginx tells of the request behind the message, and what it is called here.
const CONTEXT: [(&[u8], &str); 8] = [
    (b"client", "client.address"),
    (b"server", "server.address"),
    (b"request", "request"),
    (b"subrequest", "nginx.subrequest"),
    (b"upstream", "nginx.upstream"),
    (b"host", "http.request.header.host"),
    (b"referrer", "http.request.header.referer"),
    (b"login", "user.name"),
];

impl LineFormat for Nginx {
    fn name(&self) -> &'static str {
        "nginx"
    }

    fn about(&self) -> &'static str {
        "nginx's error log"
    }

    fn given(&self) -> &'static [&'static str] {
        &[
            "process.pid",
            "thread.id",
            "nginx.connection",
            "client.address",
            "server.address",
            "request",
            "http.request.method",
            "url.path",
            "url.query",
            "url.full",
            "network.protocol.version",
            "http.request.header.referer",
            "user.name",
            "extra",
        ]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026/03/01 10:00:00 [error] 31#31: *5 open() \"/usr/share/nginx/html/x\" failed (2: No such file or directory), client: 1.2.3.4, server: localhost, request: \"GET /x HTTP/1.1\", host: \"localhost\"",
            "2026/03/01 10:00:00 [notice] 1#1: nginx/1.25.3",
            "2026/03/01 10:00:00 [emerg] 1#0: bind() to 0.0.0.0:80 failed (98: Address already in use)",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
        Some(Line::of(probe)?.facts(probe.line, id))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
        let line = Line::of(probe)?;
        Some(Reading {
            facts: line.facts(probe.line, id),
            severity_text: text_of(line.level),
            message: given::message(probe.line, line.message),
            fields: attributes(&line),
        })
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        find(&Line::of(&Probe::new(line, &Hints::default()))?, key)
    }
}

struct Line<'a> {
    time: Option<Nanos>,
    level: &'a [u8],
    severity: Severity,
    process: &'a [u8],
    thread: &'a [u8],
    connection: &'a [u8],
    message: &'a [u8],
    context: &'a [u8],
}

impl<'a> Line<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Option<Self> {
        const STAMP: usize = "2026/03/01 10:00:00".len();
        let line = first_line(probe.line);
        let rest = line.get(STAMP..).filter(|_| line.get(4) == Some(&b'/'))?.strip_prefix(b" [")?;
        let (level, rest) = cut(rest, b']')?;
        let severity = Severity::from_name(level)?;
        let (ids, rest) = cut(rest.strip_prefix(b" ")?, b':')?;
        let (process, thread) = cut(ids, b'#').filter(|(process, thread)| is_digits(process) && is_digits(thread))?;
        let stamp = probe.stamp().filter(|stamp| stamp.len == STAMP)?;
        let text = rest.strip_prefix(b" ")?;
        let connection = text.strip_prefix(b"*").and_then(|text| cut(text, b' ')).filter(|(id, _)| is_digits(id));
        let (connection, text) = connection.unwrap_or((b"", text));
        let end = memmem::find(text, b", client: ").unwrap_or(text.len());
        let (message, context) = text.split_at_checked(end)?;
        Some(Self { time: stamp.time, level, severity, process, thread, connection, message, context })
    }

    fn facts(&self, line: &'a [u8], format: FormatId) -> Facts<'a> {
        let ids = context::find(line);
        let (time, severity) = (self.time, self.severity);
        Facts { format, time, severity, service: None, trace_id: ids.trace_id, span_id: ids.span_id }
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        give("process.pid", Given::Number(self.process));
        give("thread.id", Given::Number(self.thread));
        unless_nil(give, "nginx.connection", Given::Number(self.connection));
        let mut rest = self.context;
        while let Some((key, behind)) = rest.strip_prefix(b", ").and_then(|rest| cut(rest, b':')) {
            let Some(behind) = behind.strip_prefix(b" ") else { break };
            let (value, behind) = quoted(behind).unwrap_or_else(|| {
                let end = memmem::find(behind, b", ").unwrap_or(behind.len());
                behind.split_at_checked(end).unwrap_or((behind, b""))
            });
            if value.is_empty() && behind.is_empty() {
                break;
            }
            match CONTEXT.iter().find(|(known, _)| *known == key) {
                Some((b"request", _)) => each_of_request(give, value),
                Some((_, name)) => give(name, Given::Text(value)),
                None => give(&text_of(key), Given::Text(value)),
            }
            rest = behind;
        }
        // Where nginx cut the line, or said what is not known here.
        unless_nil(give, "extra", Given::Text(rest.strip_prefix(b", ").unwrap_or(rest)));
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "nginx",
            &[
                (
                    "2026/03/01 10:00:00 [error] 31#32: *5 open() \"/x\" failed (2: No such file), client: 1.2.3.4, server: localhost, request: \"GET /x?a HTTP/1.1\", upstream: \"http://10.0.0.1:80/x\", host: \"h, i\"",
                    (
                        "2026-03-01T10:00:00Z",
                        17,
                        "",
                        "open() \"/x\" failed (2: No such file)",
                        "process.pid=31 thread.id=32 nginx.connection=5 client.address=1.2.3.4 server.address=localhost http.request.method=GET url.path=/x url.query=a network.protocol.version=1.1 nginx.upstream=http://10.0.0.1:80/x http.request.header.host=h, i",
                    ),
                ),
                (
                    "2026/03/01 10:00:00 [warn] 1#1: a, client: 1.2.3.4, serv",
                    (
                        "2026-03-01T10:00:00Z",
                        13,
                        "",
                        "a",
                        "process.pid=1 thread.id=1 client.address=1.2.3.4 extra=serv",
                    ),
                ),
                (
                    "2026/03/01 10:00:00 [notice] 1#1: nginx/1.25.3",
                    ("2026-03-01T10:00:00Z", 10, "", "nginx/1.25.3", "process.pid=1 thread.id=1"),
                ),
                (
                    "2026/03/01 10:00:00 [emerg] 1#0: a\n  b",
                    ("2026-03-01T10:00:00Z", 21, "", "a\n  b", "process.pid=1 thread.id=0"),
                ),
            ],
        );
    }

    #[test]
    fn other_lines_are_not_taken() {
        check_not(
            "nginx",
            &[
                "2026/03/01 10:00:00 [error] no process",
                "2026/03/01 10:00:00 main.go:12: x",
                "2026-03-01 10:00:00 [error] 31#31: *5 x",
                "2026/03/01 10:00:00 [main] 31#31: x",
            ],
        );
    }
}
