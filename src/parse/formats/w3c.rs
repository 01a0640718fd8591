//! W3C's extended log file format, as IIS writes it: `#Fields:` names the columns of the lines below it.
//!
//! Lines are read one by one, without those before, so the names of a file's own columns are not at hand. A line of IIS'
//! default columns shows itself by what stands in them and is named so; of others the method and the path are, which no
//! other columns look like. Times are UTC, as the format demands. Formats: <https://www.w3.org/TR/WD-logfile.html>,
//! "W3C Logging" in IIS' documentation.

use std::borrow::Cow;
use std::net::IpAddr;

use super::given::{self, Fields, Give, Given, attributes, find, first_line, is_digits, unless_nil};
use super::http;
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos, Severity, Value};
use crate::parse::time::{self, Hints};
use crate::parse::{Facts, Reading, context};

/// The format.
pub(super) struct W3c;

/// The directives that begin a line of a header.
const DIRECTIVES: [&[u8]; 7] =
    [b"#Software:", b"#Version:", b"#Date:", b"#Fields:", b"#Start-Date:", b"#End-Date:", b"#Remark:"];
/// `2026-03-01 10:00:00`
const STAMP: usize = 19;
/// Lines of fewer columns are rather text with a time.
const MIN_COLUMNS: usize = 6;

impl LineFormat for W3c {
    fn name(&self) -> &'static str {
        "w3c"
    }

    fn about(&self) -> &'static str {
        "W3C's extended log format, as IIS writes it"
    }

    fn given(&self) -> &'static [&'static str] {
        &[
            "server.address",
            "server.port",
            "client.address",
            "user.name",
            "request",
            "http.request.method",
            "url.path",
            "url.query",
            "url.full",
            "network.protocol.version",
            "user_agent.original",
            "http.request.header.referer",
            "http.response.status_code",
            "sc-substatus",
            "sc-win32-status",
            "time-taken",
        ]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "#Software: Microsoft Internet Information Services 10.0",
            "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken",
            "2026-03-01 10:00:00 10.0.0.1 GET /index.html a=1 443 - 192.0.2.7 Mozilla/5.0+(Windows+NT+10.0) https://example.com/ 404 0 2 15",
            "2002-05-02 17:42:15 172.22.255.255 - 172.30.255.255 80 GET /images/picture.jpg - 200 Mozilla/4.0+(compatible;MSIE+5.5;+Windows+2000+Server)",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'#' || first.is_ascii_digit()
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
        Some(Line::of(probe.line)?.facts(probe.line, id))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
        let line = Line::of(probe.line)?;
        Some(Reading {
            facts: line.facts(probe.line, id),
            severity_text: Cow::Borrowed(""),
            message: given::message(probe.line, line.text),
            fields: attributes(&line),
        })
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        find(&Line::of(line)?, key)
    }
}

struct Line<'a> {
    time: Option<Nanos>,
    /// A directive with its text, or all columns behind the time.
    text: &'a [u8],
    iis: Option<Iis<'a>>,
}

/// IIS' default columns behind date and time.
struct Iis<'a> {
    server: &'a [u8],
    method: &'a [u8],
    path: &'a [u8],
    query: &'a [u8],
    port: &'a [u8],
    user: &'a [u8],
    client: &'a [u8],
    agent: &'a [u8],
    /// Since IIS 8 among the defaults.
    referrer: &'a [u8],
    status: &'a [u8],
    substatus: &'a [u8],
    win32_status: &'a [u8],
    /// In milliseconds.
    time_taken: &'a [u8],
}

impl<'a> Line<'a> {
    #[inline]
    fn of(line: &'a [u8]) -> Option<Self> {
        let line = first_line(line);
        if line.first() == Some(&b'#') {
            let is_directive = DIRECTIVES.iter().any(|directive| line.starts_with(directive));
            return is_directive.then_some(Self { time: None, text: line, iis: None });
        }
        let text = line.get(STAMP..)?.strip_prefix(b" ")?;
        if line.get(10) != Some(&b' ') || line.get(4) != Some(&b'-') || !begins_with_address(text) {
            return None;
        }
        let (method, path) = request(text)?;
        let is_wide = columns(text).nth(MIN_COLUMNS - 1).is_some();
        if !is_wide || method.is_empty() || path.is_empty() {
            return None;
        }
        let utc = Hints::default();
        let stamp = time::stamp(line, &utc).filter(|stamp| stamp.len == STAMP)?;
        Some(Self { time: stamp.time, text, iis: Iis::of(text) })
    }

    fn facts(&self, line: &'a [u8], format: FormatId) -> Facts<'a> {
        let ids = context::find(line);
        let severity = self.iis.as_ref().map_or(Severity::UNSET, |iis| http::severity_of_status(iis.status));
        Facts { format, time: self.time, severity, service: None, trace_id: ids.trace_id, span_id: ids.span_id }
    }
}

impl<'a> Iis<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let mut rest = columns(text);
        let mut next = || rest.next();
        let [server, method, path, query, port, user, client, agent] =
            [next()?, next()?, next()?, next()?, next()?, next()?, next()?, next()?];
        let mut last = [next()?, next()?, next()?, next()?, b""];
        let referrer = match next() {
            Some(fifth) => {
                last[4] = fifth;
                let referrer = last[0];
                last.rotate_left(1);
                referrer
            }
            None => b"",
        };
        let [status, substatus, win32_status, time_taken, _] = last;
        let are_numbers = [port, status, substatus, win32_status, time_taken].into_iter().all(is_digits);
        let is_default = next().is_none()
            && is_address(server)
            && http::is_method(method)
            && path.starts_with(b"/")
            && are_numbers
            && status.len() == 3
            && is_address(client);
        is_default.then_some(Self {
            server,
            method,
            path,
            query,
            port,
            user,
            client,
            agent,
            referrer,
            status,
            substatus,
            win32_status,
            time_taken,
        })
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        let Some(iis) = &self.iis else {
            if let Some((method, path)) = self.time.and_then(|_| request(self.text)) {
                give("http.request.method", Given::Text(method));
                give("url.path", Given::Text(path));
            }
            return;
        };
        let Iis { server, method, path, query, port, user, client, agent, .. } = *iis;
        give("server.address", Given::Text(server));
        give("http.request.method", Given::Text(method));
        give("url.path", Given::Text(path));
        unless_nil(give, "url.query", Given::Text(query));
        give("server.port", Given::Number(port));
        unless_nil(give, "user.name", Given::Text(user));
        give("client.address", Given::Text(client));
        unless_nil(give, "user_agent.original", Given::Text(agent));
        unless_nil(give, "http.request.header.referer", Given::Text(iis.referrer));
        give("http.response.status_code", Given::Number(iis.status));
        give("sc-substatus", Given::Number(iis.substatus));
        give("sc-win32-status", Given::Number(iis.win32_status));
        give("time-taken", Given::Number(iis.time_taken));
    }
}

fn columns(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b' ' | b'\t'))
}

/// The method and the path behind it, side by side in whichever columns.
fn request(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let behind = columns(text).skip(1);
    columns(text).zip(behind).find(|(method, path)| http::is_method(method) && path.starts_with(b"/"))
}

/// Whether an address stands first, by its look.
#[inline]
fn begins_with_address(text: &[u8]) -> bool {
    let len = text.iter().take(40).position(|byte| *byte == b' ').unwrap_or(0);
    text.get(..len).is_some_and(is_address)
}

fn is_address(word: &[u8]) -> bool {
    let may_be = word.first().is_some_and(|first| first.is_ascii_hexdigit() || *first == b':');
    may_be && std::str::from_utf8(word).is_ok_and(|word| word.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "w3c",
            &[
                ("#Version: 1.0", ("", 0, "", "#Version: 1.0", "")),
                (
                    "2026-03-01 10:00:00 10.0.0.1 GET /index.html a=1 443 - 192.0.2.7 Mozilla/5.0+(X) https://e.com/ 404 0 2 15",
                    (
                        "2026-03-01T10:00:00Z",
                        13,
                        "",
                        "10.0.0.1 GET /index.html a=1 443 - 192.0.2.7 Mozilla/5.0+(X) https://e.com/ 404 0 2 15",
                        "server.address=10.0.0.1 http.request.method=GET url.path=/index.html url.query=a=1 server.port=443 client.address=192.0.2.7 user_agent.original=Mozilla/5.0+(X) http.request.header.referer=https://e.com/ http.response.status_code=404 sc-substatus=0 sc-win32-status=2 time-taken=15",
                    ),
                ),
                (
                    "2026-03-01 10:00:00 ::1 POST /x - 80 bob fe80::1 curl 500 0 0 3",
                    (
                        "2026-03-01T10:00:00Z",
                        17,
                        "",
                        "::1 POST /x - 80 bob fe80::1 curl 500 0 0 3",
                        "server.address=::1 http.request.method=POST url.path=/x server.port=80 user.name=bob client.address=fe80::1 user_agent.original=curl http.response.status_code=500 sc-substatus=0 sc-win32-status=0 time-taken=3",
                    ),
                ),
                (
                    "2002-05-02 17:42:15 172.22.255.255 - 172.30.255.255 80 GET /images/picture.jpg - 200 Mozilla/4.0",
                    (
                        "2002-05-02T17:42:15Z",
                        0,
                        "",
                        "172.22.255.255 - 172.30.255.255 80 GET /images/picture.jpg - 200 Mozilla/4.0",
                        "http.request.method=GET url.path=/images/picture.jpg",
                    ),
                ),
            ],
        );
    }

    #[test]
    fn other_lines_are_not_taken() {
        check_not(
            "w3c",
            &[
                "# a comment",
                "2026-03-01 10:00:00 INFO GET /x took long and more words",
                "2026-03-01 10:00:00 10.0.0.1 connected to the GET handler of nothing",
                "2026-03-01 10:00:00 10.0.0.1 GET /x",
            ],
        );
    }
}
