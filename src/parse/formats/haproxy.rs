//! HAProxy's traffic, as it stands behind syslog's header: `1.2.3.4:5 [01/Mar/2026:10:00:00.123] front back/server …`.
//!
//! HTTP and TCP logs, and the lines of connections that failed. Format: HAProxy's configuration manual, chapter 8.2.

use super::LineFormat;
use super::given::{Fields, Give, Given, cut, first_line, is_digits, unless_nil, word};
use super::http::requested;
use super::http::{self, each_of_endpoint, each_of_request};
use crate::model::{FormatId, Nanos, Severity};
use crate::parse::time::{self, Hints};
use crate::parse::{Facts, context};

/// The format.
pub(super) struct Haproxy;

/// An address with its port is not longer.
const MAX_CLIENT: usize = 64;

impl LineFormat for Haproxy {
    fn name(&self) -> &'static str {
        "haproxy"
    }

    fn about(&self) -> &'static str {
        "HAProxy's HTTP and TCP logs"
    }

    fn given(&self) -> &'static [&'static str] {
        &[
            "client.address",
            "client.port",
            "haproxy.frontend",
            "haproxy.backend",
            "haproxy.server",
            "haproxy.listener",
            "haproxy.timers",
            "request",
            "http.request.method",
            "url.path",
            "url.query",
            "url.full",
            "network.protocol.version",
            "http.response.status_code",
            "http.response.size",
            "haproxy.termination_state",
        ]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            r#"178.203.144.192:50210 [26/Feb/2019:00:29:44.326] prod_http_in~ prod_http_out/nginx1 0/0/1/48/49 200 3313 - - ---- 3/2/0/0/0 0/0 {Mozilla/5.0 (X11)} {} "POST /portal/?Script=934 HTTP/1.1""#,
            "178.203.144.192:50210 [26/Feb/2019:23:16:15.321] prod_ssh_in prod_ssh_out/ssh1 1/1/861 1485 -- 2/1/0/0/0 0/0",
            "178.203.144.192:50210 [26/Feb/2019:23:08:47.266] prod_http_in/slsp: Connection closed during SSL handshake",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_hexdigit() || first == b':'
    }

    requested!(Line, text);
}

struct Line<'a> {
    client: &'a [u8],
    time: Option<Nanos>,
    /// All behind the time.
    text: &'a [u8],
    frontend: &'a [u8],
    /// `backend/server`; the listener of a connection that failed.
    backend: &'a [u8],
    timers: &'a [u8],
    /// Empty in TCP logs.
    status: &'a [u8],
    size: &'a [u8],
    /// Behind the size: cookies, the state at the end, counts, headers, the request.
    rest: &'a [u8],
}

impl<'a> Line<'a> {
    #[inline]
    fn of(line: &'a [u8], hints: &Hints) -> Option<Self> {
        let at = memchr::memchr(b'[', line.get(..MAX_CLIENT).unwrap_or(line))?;
        let (client, dated) = (line.get(..at)?.strip_suffix(b" ")?, line.get(at + 1..)?);
        let is_endpoint = memchr::memrchr(b':', client).is_some_and(|at| client.get(at + 1..).is_some_and(is_digits));
        if !is_endpoint || client.contains(&b' ') || dated.get(2) != Some(&b'/') {
            return None;
        }
        let stamp = time::stamp(dated, hints)?;
        let text = first_line(dated.get(stamp.len..)?.strip_prefix(b"] ")?);
        let (frontend, rest) = word(text);
        let (backend, rest) = word(rest);
        let none: &[u8] = b"";
        let line = Self {
            client,
            time: stamp.time,
            text,
            frontend,
            backend: none,
            timers: none,
            status: none,
            size: none,
            rest: none,
        };
        if let Some(listener) = frontend.strip_suffix(b":") {
            let (frontend, listener) = cut(listener, b'/')?;
            return Some(Self { frontend, backend: listener, ..line });
        }
        let (timers, rest) = word(rest);
        let (first, behind) = word(rest);
        let (second, behind_second) = word(behind);
        let is_traffic = backend.contains(&b'/') && timers.contains(&b'/') && (is_digits(first) || first == b"-1");
        let (status, size, rest) = if is_digits(second) || second.starts_with(b"+") {
            (first, second, behind_second)
        } else {
            (none, first, behind)
        };
        is_traffic.then_some(Self { backend, timers, status, size, rest, ..line })
    }

    fn facts(&self, line: &'a [u8], format: FormatId) -> Facts<'a> {
        let ids = context::find(line);
        let severity = match self.status {
            b"" if self.timers.is_empty() => Severity::WARN,
            b"" => Severity::INFO,
            status => http::severity_of_status(status),
        };
        Facts { format, time: self.time, severity, service: None, trace_id: ids.trace_id, span_id: ids.span_id }
    }

    /// The state at the end of a session: `----`, `SC--`, `--` and the like.
    fn state(&self) -> &'a [u8] {
        let is_state = |word: &&[u8]| {
            matches!(word.len(), 2 | 4) && word.iter().all(|byte| *byte == b'-' || byte.is_ascii_alphabetic())
        };
        self.rest.split(|byte| *byte == b' ').take(3).find(is_state).unwrap_or_default()
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        each_of_endpoint(give, ["client.address", "client.port"], self.client);
        give("haproxy.frontend", Given::Text(self.frontend.strip_suffix(b"~").unwrap_or(self.frontend)));
        match cut(self.backend, b'/') {
            Some((backend, server)) => {
                give("haproxy.backend", Given::Text(backend));
                give("haproxy.server", Given::Text(server));
            }
            None => unless_nil(give, "haproxy.listener", Given::Text(self.backend)),
        }
        unless_nil(give, "haproxy.timers", Given::Text(self.timers));
        unless_nil(give, "http.response.status_code", Given::Number(self.status));
        unless_nil(give, "http.response.size", Given::Number(self.size));
        unless_nil(give, "haproxy.termination_state", Given::Text(self.state()));
        let request = cut(self.rest, b'"').map(|(_, request)| request.strip_suffix(b"\"").unwrap_or(request));
        if let Some(request) = request {
            each_of_request(give, request);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "haproxy",
            &[
                (
                    r#"178.203.144.192:50210 [26/Feb/2019:00:29:44.326] in~ out/nginx1 0/0/1/48/49 503 3313 - - SC-- 3/2/0/0/0 0/0 {M} {} "POST /s/?a=9 HTTP/1.1""#,
                    (
                        "2019-02-26T00:29:44.326Z",
                        17,
                        "",
                        r#"in~ out/nginx1 0/0/1/48/49 503 3313 - - SC-- 3/2/0/0/0 0/0 {M} {} "POST /s/?a=9 HTTP/1.1""#,
                        "client.address=178.203.144.192 client.port=50210 haproxy.frontend=in haproxy.backend=out haproxy.server=nginx1 haproxy.timers=0/0/1/48/49 http.response.status_code=503 http.response.size=3313 haproxy.termination_state=SC-- http.request.method=POST url.path=/s/ url.query=a=9 network.protocol.version=1.1",
                    ),
                ),
                (
                    "178.203.144.192:50210 [26/Feb/2019:23:16:15.321] in out/ssh1 1/1/861 1485 -- 2/1/0/0/0 0/0",
                    (
                        "2019-02-26T23:16:15.321Z",
                        9,
                        "",
                        "in out/ssh1 1/1/861 1485 -- 2/1/0/0/0 0/0",
                        "client.address=178.203.144.192 client.port=50210 haproxy.frontend=in haproxy.backend=out haproxy.server=ssh1 haproxy.timers=1/1/861 http.response.size=1485 haproxy.termination_state=--",
                    ),
                ),
                (
                    "178.203.144.192:50210 [26/Feb/2019:23:08:47.266] in/slsp: Connection closed during SSL handshake",
                    (
                        "2019-02-26T23:08:47.266Z",
                        13,
                        "",
                        "in/slsp: Connection closed during SSL handshake",
                        "client.address=178.203.144.192 client.port=50210 haproxy.frontend=in haproxy.listener=slsp",
                    ),
                ),
            ],
        );
    }

    #[test]
    fn behind_syslog_it_is_the_inner_line() {
        let line = "Feb 26 23:16:16 192.168.8.2 haproxy[7]: 1.2.3.4:50210 [26/Feb/2019:23:16:15.321] in out/ssh1 1/1/861 1485 -- 2/1/0/0/0 0/0";
        let fields = "host.name=192.168.8.2 process.pid=7 client.address=1.2.3.4 client.port=50210 haproxy.frontend=in haproxy.backend=out haproxy.server=ssh1 haproxy.timers=1/1/861 http.response.size=1485 haproxy.termination_state=--";
        let message = "in out/ssh1 1/1/861 1485 -- 2/1/0/0/0 0/0";
        check("syslog", &[(line, ("2019-02-26T23:16:15.321Z", 9, "haproxy", message, fields))]);
    }

    #[test]
    fn other_lines_are_not_taken() {
        check_not(
            "haproxy",
            &[
                "1.2.3.4 - - [26/Feb/2019:23:16:15 +0000] \"GET / HTTP/1.1\" 200 1",
                "1.2.3.4:50210 [26/Feb/2019:23:16:15.321] some words",
                "1.2.3.4:50210 [info] some words",
                "main:12 [26/Feb/2019:23:16:15.321] a b/c d 1 2",
            ],
        );
    }
}
