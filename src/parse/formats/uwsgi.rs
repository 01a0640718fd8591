//! uWSGI's request log: `[pid: 1|app: 0|req: 1/1] 127.0.0.1 () {38 vars in 696 bytes} [Sun Mar  1 10:00:00 2026] POST /x =>
//! generated 47 bytes in 129 msecs (HTTP/1.1 200) …`. Format: `logging.c` in uWSGI.

use memchr::memmem;

use super::LineFormat;
use super::given::{Fields, Give, Given, cut, first_line, is_digits, unless_nil, word};
use super::http::requested;
use super::http::{self, each_of_target};
use crate::model::{FormatId, Nanos};
use crate::parse::time::{self, Hints};
use crate::parse::{Facts, context};

/// The format.
pub(super) struct Uwsgi;

impl LineFormat for Uwsgi {
    fn name(&self) -> &'static str {
        "uwsgi"
    }

    fn about(&self) -> &'static str {
        "uWSGI's request log"
    }

    fn given(&self) -> &'static [&'static str] {
        &[
            "process.pid",
            "client.address",
            "user.name",
            "request",
            "http.request.method",
            "url.path",
            "url.query",
            "url.full",
            "network.protocol.version",
            "http.response.body.size",
            "duration",
            "uwsgi.request",
            "http.response.status_code",
        ]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "[pid: 88185|app: 0|req: 1/1] 127.0.0.1 () {38 vars in 696 bytes} [Sun Mar 13 22:49:12 2016] POST /update_metrics => generated 47 bytes in 129 msecs (HTTP/1.1 200) 9 headers in 378 bytes (1 switches on core 3)",
            "[pid: 88185|app: 0|req: 3/3] 127.0.0.1 () {34 vars in 617 bytes} [Sun Mar 13 22:49:15 2016] POST /endpoint2 => generated 215 bytes in 68 micros (HTTP/1.1 500) 9 headers in 373 bytes (1 switches on core 8)",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'['
    }

    requested!(Line, text);
}

struct Line<'a> {
    process: &'a [u8],
    client: &'a [u8],
    user: &'a [u8],
    /// `38 vars in 696 bytes`: how large the request's variables were.
    vars: &'a [u8],
    time: Option<Nanos>,
    /// All behind the time.
    text: &'a [u8],
    method: &'a [u8],
    target: &'a [u8],
    size: &'a [u8],
    /// A number and its unit: `129 msecs`.
    duration: &'a [u8],
    version: &'a [u8],
    status: &'a [u8],
}

impl<'a> Line<'a> {
    #[inline]
    fn of(line: &'a [u8], hints: &Hints) -> Option<Self> {
        let (process, rest) = cut(line.strip_prefix(b"[pid: ")?, b'|').filter(|(process, _)| is_digits(process))?;
        let (_, rest) = cut(first_line(rest), b']')?;
        let (client, rest) = cut(rest.strip_prefix(b" ")?, b' ')?;
        let (user, rest) = cut(rest.strip_prefix(b"(")?, b')')?;
        let (vars, rest) = cut(rest.strip_prefix(b" {")?, b'}')?;
        let dated = rest.strip_prefix(b" [")?;
        let stamp = time::stamp(dated, hints)?;
        let text = dated.get(stamp.len..)?.strip_prefix(b"] ")?;
        let (method, rest) = word(text);
        let (target, answer) = split(rest, b" => generated ")?;
        let (size, answer) = word(answer);
        let (duration, answer) = split(answer.strip_prefix(b"bytes in ")?, b" (")?;
        let (protocol, _) = cut(answer, b')')?;
        let (version, status) = cut(protocol.strip_prefix(b"HTTP/")?, b' ')?;
        Some(Self {
            process,
            client,
            user,
            vars,
            time: stamp.time,
            text,
            method,
            target,
            size,
            duration,
            version,
            status,
        })
    }

    fn facts(&self, line: &'a [u8], format: FormatId) -> Facts<'a> {
        let ids = context::find(line);
        let severity = http::severity_of_status(self.status);
        Facts { format, time: self.time, severity, service: None, trace_id: ids.trace_id, span_id: ids.span_id }
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        give("process.pid", Given::Number(self.process));
        unless_nil(give, "client.address", Given::Text(self.client));
        unless_nil(give, "user.name", Given::Text(self.user));
        give("uwsgi.request", Given::Text(self.vars));
        give("http.request.method", Given::Text(self.method));
        each_of_target(give, self.target);
        give("http.response.body.size", Given::Number(self.size));
        give("duration", Given::Text(self.duration));
        give("network.protocol.version", Given::Text(self.version));
        give("http.response.status_code", Given::Number(self.status));
    }
}

fn split<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(text, mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "uwsgi",
            &[(
                "[pid: 88185|app: 0|req: 3/3] 127.0.0.1 (bob) {34 vars in 617 bytes} [Sun Mar 13 22:49:15 2016] POST /e?x=1 => generated 215 bytes in 68 micros (HTTP/1.1 500) 9 headers in 373 bytes (1 switches on core 8)",
                (
                    "2016-03-13T22:49:15Z",
                    17,
                    "",
                    "POST /e?x=1 => generated 215 bytes in 68 micros (HTTP/1.1 500) 9 headers in 373 bytes (1 switches on core 8)",
                    "process.pid=88185 client.address=127.0.0.1 user.name=bob uwsgi.request=34 vars in 617 bytes http.request.method=POST url.path=/e url.query=x=1 http.response.body.size=215 duration=68 micros network.protocol.version=1.1 http.response.status_code=500",
                ),
            )],
        );
    }

    #[test]
    fn other_lines_are_not_taken() {
        check_not("uwsgi", &["[pid: 1] x", "[pid: 1|app: 0|req: 1/1] 127.0.0.1 () {} [x] y", "[pid: x|app"]);
    }
}
