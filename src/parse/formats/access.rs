//! The access logs of Apache, nginx and those who write like them: common and combined, perhaps with the virtual host
//! first, a list of forwarded addresses, and any fields behind.
//!
//! `client ident user [01/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "referrer" "user agent" …`. The level follows
//! from the status. Format: `mod_log_config` of httpd, `ngx_http_log_module` of nginx.

use super::LineFormat;
use super::given::{Fields, Give, Given, first_line, unless_nil, word};
use super::http::requested;
use super::http::{self, each_of_request, quoted};
use crate::model::{FormatId, Nanos};
use crate::parse::time::{self, Hints};
use crate::parse::{Facts, context};

/// The format.
pub(super) struct Access;

/// The time stands within this many bytes, behind the addresses.
const MAX_HEAD: usize = 256;

impl LineFormat for Access {
    fn name(&self) -> &'static str {
        "access"
    }

    fn about(&self) -> &'static str {
        "access logs of Apache, nginx and others: common, combined, with virtual host or more fields"
    }

    fn given(&self) -> &'static [&'static str] {
        &[
            "client.address",
            "network.peer.address",
            "ident",
            "user.name",
            "request",
            "http.request.method",
            "url.path",
            "url.query",
            "url.full",
            "network.protocol.version",
            "http.response.status_code",
            "http.response.body.size",
            "http.request.header.referer",
            "user_agent.original",
            "extra",
        ]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            r#"10.112.72.172 - - [11/Feb/2013:06:43:36 +0000] "GET /client/ HTTP/1.1" 200 5778 "-" "Mozilla/5.0 (Windows NT 6.1; WOW64)""#,
            r#"202.32.92.47 - - [01/Jun/1995:00:00:59 -0600] "GET /~scottp/publish.html" 200 271"#,
            r#"www.example.com 1.2.3.4 - theuser [10/Feb/2012:16:41:07 -0500] "GET / HTTP/1.0" 500 368 "-" "Mozilla/5.0""#,
            r#"10.0.0.2, 10.0.0.1, 127.0.0.1 - - [07/Dec/2016:11:05:07 +0100] "GET /ocelot HTTP/1.1" 200 571 "-" "Firefox/49.0""#,
            r#""10.5.102.222, 199.96.1.1" 10.2.1.185 - - [22/Jan/2016:13:18:29 +0000] "GET /assets/x?q=100 HTTP/1.1" 200 25507 "-" "Amazon CloudFront""#,
            r#"127.0.0.1 - - [12/Apr/2018:09:48:40 +0200] "" 400 0 "-" "-""#,
            r#"172.18.0.1 - - [29/Aug/2023 22:02:58] "GET / HTTP/1.1" 200 -"#,
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_alphanumeric() || matches!(first, b'"' | b':' | b'-' | b'[')
    }

    requested!(Line, message);
}

struct Line<'a> {
    /// What stands before the time: addresses, identity, user.
    head: &'a [u8],
    time: Option<Nanos>,
    request: &'a [u8],
    status: &'a [u8],
    size: &'a [u8],
    /// From the request to the size, as it stands.
    message: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Line<'a> {
    #[inline]
    fn of(line: &'a [u8], hints: &Hints) -> Option<Self> {
        let at = memchr::memchr(b'[', line.get(..MAX_HEAD).unwrap_or(line))?;
        let (head, dated) = (line.get(..at)?, line.get(at + 1..)?);
        let [b'0'..=b'3', b'0'..=b'9', b'/', ..] = dated else { return None };
        if has_level(head) {
            return None;
        }
        let stamp = time::stamp(dated, hints).or_else(|| time::spaced_access_log(dated, hints))?;
        let line = first_line(dated.get(stamp.len..)?.strip_prefix(b"] ")?);
        let request = line.strip_prefix(b"\"")?;
        let end = request_end(request)?;
        let (status, behind) = word(request.get(end + 2..)?);
        let (size, rest) = word(behind.trim_ascii_start());
        let message = line.get(..line.len() - rest.len())?.trim_ascii_end();
        Some(Self { head, time: stamp.time, request: request.get(..end)?, status, size, message, rest })
    }

    #[inline]
    fn facts(&self, line: &'a [u8], format: FormatId) -> Facts<'a> {
        let ids = context::find(line);
        let severity = http::severity_of_status(self.status);
        let service = self.virtual_host();
        Facts { format, time: self.time, severity, service, trace_id: ids.trace_id, span_id: ids.span_id }
    }

    /// A word before the client's address, where four words stand before the time.
    #[inline]
    fn virtual_host(&self) -> Option<&'a [u8]> {
        let is_list = self.head.iter().any(|byte| matches!(byte, b',' | b'"'));
        let mut words = words(self.head);
        let (first, _) = (words.next()?, words.nth(2)?);
        (!is_list && first.iter().any(u8::is_ascii_alphabetic)).then_some(first)
    }

    /// The words before the time: addresses, the identity, the user.
    fn parties(&self) -> (&'a [u8], &'a [u8], &'a [u8]) {
        let head = self.head.trim_ascii();
        let split = |text: &'a [u8]| {
            let at = memchr::memrchr(b' ', text)?;
            Some((text.get(..at)?.trim_ascii_end(), text.get(at + 1..)?))
        };
        let ends = split(head).and_then(|(rest, user)| split(rest).map(|(rest, ident)| (rest, ident, user)));
        ends.unwrap_or((head, b"", b""))
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        let (addresses, ident, user) = self.parties();
        let addresses = match self.virtual_host() {
            Some(host) => addresses.get(host.len()..).unwrap_or_default(),
            None => addresses,
        };
        // Each proxy appends whom it was asked by, so the first of a list is the client and the last who asked us.
        let mut all = addresses.split(|byte| b" ,\"".contains(byte)).filter(|word| !word.is_empty());
        let client = all.next().unwrap_or_default();
        unless_nil(give, "client.address", Given::Text(client));
        unless_nil(give, "network.peer.address", Given::Text(all.next_back().unwrap_or_default()));
        unless_nil(give, "ident", Given::Text(ident));
        unless_nil(give, "user.name", Given::Text(user));
        each_of_request(give, self.request);
        unless_nil(give, "http.response.status_code", Given::Number(self.status));
        unless_nil(give, "http.response.body.size", Given::Number(self.size));
        let Some((referrer, rest)) = quoted(self.rest) else {
            unless_nil(give, "extra", Given::Text(self.rest.trim_ascii()));
            return;
        };
        unless_nil(give, "http.request.header.referer", Given::Text(referrer));
        let (agent, extra) = quoted(rest.trim_ascii_start()).unwrap_or((b"", rest));
        unless_nil(give, "user_agent.original", Given::Text(agent));
        let extra = extra.trim_ascii();
        unless_nil(give, "extra", Given::Text(if extra == b"\"-\"" { b"" } else { extra }));
    }
}

/// Whether a line of werkzeug's has what Python's logging puts before it: `INFO:werkzeug:127.0.0.1 - - `.
#[inline]
fn has_level(head: &[u8]) -> bool {
    let capitals = head.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    capitals > 3 && head.get(capitals) == Some(&b':')
}

/// Where the quote stands that closes a request: a status follows it, and no backslash escapes it.
#[inline]
fn request_end(request: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'"', request).find(|at| {
        let escapes = request.get(..*at).unwrap_or_default().iter().rev().take_while(|byte| **byte == b'\\').count();
        let has_status = match request.get(at + 1..) {
            Some([b' ', a, b, c, rest @ ..]) => {
                [a, b, c].into_iter().all(u8::is_ascii_digit) && matches!(rest.first(), None | Some(b' '))
            }
            _ => false,
        };
        has_status && escapes % 2 == 0
    })
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b' ').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "access",
            &[
                (
                    r#"10.112.72.172 - - [11/Feb/2013:06:43:36 +0000] "GET /client/?a=1 HTTP/1.1" 404 5778 "-" "Mozilla/5.0 (X; \"y\")""#,
                    (
                        "2013-02-11T06:43:36Z",
                        13,
                        "",
                        r#""GET /client/?a=1 HTTP/1.1" 404 5778"#,
                        r#"client.address=10.112.72.172 http.request.method=GET url.path=/client/ url.query=a=1 network.protocol.version=1.1 http.response.status_code=404 http.response.body.size=5778 user_agent.original=Mozilla/5.0 (X; \"y\")"#,
                    ),
                ),
                (
                    r#"www.example.com 1.2.3.4 - theuser [10/Feb/2012:16:41:07 -0500] "GET / HTTP/1.0" 500 368 "http://r/" "M""#,
                    (
                        "2012-02-10T21:41:07Z",
                        17,
                        "www.example.com",
                        r#""GET / HTTP/1.0" 500 368"#,
                        "client.address=1.2.3.4 user.name=theuser http.request.method=GET url.path=/ network.protocol.version=1.0 http.response.status_code=500 http.response.body.size=368 http.request.header.referer=http://r/ user_agent.original=M",
                    ),
                ),
                (
                    r#"localhost:443 178.20.184.42 1j0vhgd jsmith [26/Jul/2023:00:01:26 -0700] "GET /s HTTP/2.0" 200 17163 "-" "M" 116075"#,
                    (
                        "2023-07-26T07:01:26Z",
                        9,
                        "localhost:443",
                        r#""GET /s HTTP/2.0" 200 17163"#,
                        "client.address=178.20.184.42 ident=1j0vhgd user.name=jsmith http.request.method=GET url.path=/s network.protocol.version=2.0 http.response.status_code=200 http.response.body.size=17163 user_agent.original=M extra=116075",
                    ),
                ),
            ],
        );
    }

    #[test]
    fn odd_requests_and_fields_are_kept() {
        check(
            "access",
            &[
                (
                    r#"10.1.10.51 -  -  [23/Dec/2014:21:20:35 +0000] "POST /api HTTP/1.1" 200 - "-" "-"  293"#,
                    (
                        "2014-12-23T21:20:35Z",
                        9,
                        "",
                        r#""POST /api HTTP/1.1" 200 -"#,
                        "client.address=10.1.10.51 http.request.method=POST url.path=/api network.protocol.version=1.1 http.response.status_code=200 extra=293",
                    ),
                ),
                (
                    r#"172.18.0.1 - - [29/Aug/2023 22:02:58] "GET / HTTP/1.1" 200 -"#,
                    (
                        "2023-08-29T22:02:58Z",
                        9,
                        "",
                        r#""GET / HTTP/1.1" 200 -"#,
                        "client.address=172.18.0.1 http.request.method=GET url.path=/ network.protocol.version=1.1 http.response.status_code=200",
                    ),
                ),
                (
                    r#"1.2.3.4 - - [29/Aug/2023:22:02:58 +0000] "\x16\x03\x01" 400 157 "-" "-" "-""#,
                    (
                        "2023-08-29T22:02:58Z",
                        13,
                        "",
                        r#""\x16\x03\x01" 400 157"#,
                        r"client.address=1.2.3.4 request=\x16\x03\x01 http.response.status_code=400 http.response.body.size=157",
                    ),
                ),
                (
                    r#"::1 - - [29/Aug/2023:22:02:58 +0000] "GET /\" 200 1 HTTP/1.1" 301 0"#,
                    (
                        "2023-08-29T22:02:58Z",
                        9,
                        "",
                        r#""GET /\" 200 1 HTTP/1.1" 301 0"#,
                        r#"client.address=::1 http.request.method=GET url.path=/\" 200 1 network.protocol.version=1.1 http.response.status_code=301 http.response.body.size=0"#,
                    ),
                ),
                (
                    r#"192.168.202.254 [20/Jul/2009:22:59:29 +0000] "GET http://h/x HTTP/1.0" 404 46210 "-" "gPXE/0.9.7""#,
                    (
                        "2009-07-20T22:59:29Z",
                        13,
                        "",
                        r#""GET http://h/x HTTP/1.0" 404 46210"#,
                        "client.address=192.168.202.254 http.request.method=GET url.full=http://h/x network.protocol.version=1.0 http.response.status_code=404 http.response.body.size=46210 user_agent.original=gPXE/0.9.7",
                    ),
                ),
            ],
        );
    }

    /// The lines of Filebeat's nginx module (Apache-2.0), with what it expects of time, status, size and addresses.
    #[test]
    fn forwarded_addresses_are_told_from_hosts() {
        let cases = [
            (
                "10.0.0.2, 10.0.0.1, 127.0.0.1 - - [07/Dec/2016:11:05:07 +0100] \"GET /ocelot HTTP/1.1\" 200 571 \"-\" \"M\"",
                "10.0.0.2 127.0.0.1",
            ),
            (
                "172.17.0.1 - - [29/May/2017:19:02:48 +0000] \"GET /stringpatch HTTP/1.1\" 404 612 \"-\" \"M\" \"-\"",
                "172.17.0.1 ",
            ),
            (
                "\"10.5.102.222, 199.96.1.1, 204.246.1.1\" 10.2.1.185 - - [22/Jan/2016:13:18:29 +0000] \"GET /a?q=100 HTTP/1.1\" 200 25507 \"-\" \"M\"",
                "10.5.102.222 10.2.1.185",
            ),
            (
                "2a03:0000:10ff:f00f:0000:0000:0:8000, 10.225.192.17 10.2.2.121 - - [30/Dec/2016:06:47:09 +0000] \"GET /t HTTP/1.1\" 404 8571 \"-\" \"M\"",
                "2a03:0000:10ff:f00f:0000:0000:0:8000 10.2.2.121",
            ),
            ("127.0.0.1 - - [12/Apr/2018:09:48:40 +0200] \"\" 400 0 \"-\" \"-\"", "127.0.0.1 "),
        ];
        let access = crate::parse::format_by_name("access").unwrap();
        for (line, addresses) in cases {
            let found = ["client.address", "network.peer.address"].map(|key| {
                crate::parse::field(access, line.as_bytes(), key).map_or(String::new(), |value| value.to_string())
            });
            assert_eq!(found.join(" "), addresses, "{line}");
        }
    }

    #[test]
    fn other_lines_with_such_a_time_are_not_taken() {
        check_not(
            "access",
            &[
                "I [04/Nov/2010:17:37:40 -0400] Allowing up to 100 client connections per host.",
                r#"owner bucket [10/Feb/2012:16:42:07 -0500] 1.2.3.4 arn:aws x "GET /index HTTP/1.1" 200"#,
                r#"1.2.3.4 - - [10/Feb/2012:16:42:07 -0500] "GET / HTTP/1.1" ok"#,
                r#"1.2.3.4 - - [10/Feb/2012:16:42:07 -0500] "GET / HTTP/1.1"#,
                r#"1.2.3.4 - - [30/Feb/2012:16:42:07 -0500] "GET / HTTP/1.1" 200 1"#,
            ],
        );
    }
}
