//! What the logs of web servers share: the request's line, the status, quoted texts.

use super::given::{Give, Given, cut, is_digits, unless_nil};
use crate::model::Severity;

/// What a format of requests does beside naming itself: everything follows from its `Line`, whose `$message` is the part of
/// the first line that is shown. Such lines spell no level; it follows from the status.
macro_rules! requested {
    ($line:ident, $message:ident) => {
        #[inline]
        fn scan<'a>(
            &self,
            probe: &crate::parse::formats::Probe<'a, '_>,
            id: crate::model::FormatId,
        ) -> Option<crate::parse::Facts<'a>> {
            Some($line::of(probe.line, probe.hints)?.facts(probe.line, id))
        }

        fn read<'a>(
            &self,
            probe: &crate::parse::formats::Probe<'a, '_>,
            id: crate::model::FormatId,
        ) -> Option<crate::parse::Reading<'a>> {
            let line = $line::of(probe.line, probe.hints)?;
            Some(crate::parse::Reading {
                facts: line.facts(probe.line, id),
                severity_text: std::borrow::Cow::Borrowed(""),
                message: crate::parse::formats::given::message(probe.line, line.$message),
                fields: crate::parse::formats::given::attributes(&line),
            })
        }

        fn field(&self, line: &[u8], key: &str) -> Option<crate::model::Value> {
            crate::parse::formats::given::find(&$line::of(line, &crate::parse::time::Hints::default())?, key)
        }
    };
}
pub(super) use requested;

/// Hands out the parts of `GET /path?query HTTP/1.1`. Anything else that a client may have sent is kept as `request`.
pub(super) fn each_of_request<'a>(give: &mut Give<'_, 'a>, request: &'a [u8]) {
    let Some((method, target, version)) = split_request(request) else {
        unless_nil(give, "request", Given::Text(request));
        return;
    };
    give("http.request.method", Given::Text(method));
    each_of_target(give, target);
    unless_nil(give, "network.protocol.version", Given::Text(version));
}

/// Hands out a request's target: path and query, or a whole address.
pub(super) fn each_of_target<'a>(give: &mut Give<'_, 'a>, target: &'a [u8]) {
    if target.starts_with(b"/") {
        let (path, query) = cut(target, b'?').unwrap_or((target, b""));
        give("url.path", Given::Text(path));
        unless_nil(give, "url.query", Given::Text(query));
    } else {
        give("url.full", Given::Text(target));
    }
}

/// Method, target and version, the last empty in HTTP/0.9.
fn split_request(request: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (method, rest) = cut(request, b' ')?;
    let is_method = is_method(method) && !rest.is_empty();
    let version = memchr::memmem::rfind(rest, b" HTTP/").and_then(|at| Some((rest.get(..at)?, rest.get(at + 6..)?)));
    let (target, version) = version.unwrap_or((rest, b""));
    is_method.then_some((method, target, version))
}

/// Whether `word` may be a method: capitals, perhaps with a dash (`M-SEARCH`).
pub(super) fn is_method(word: &[u8]) -> bool {
    (3..=20).contains(&word.len()) && word.iter().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_'))
}

/// How severe a request with this status is: the server's failures are errors, the client's are warnings. Unset for what
/// is no status.
pub(super) fn severity_of_status(status: &[u8]) -> Severity {
    match status {
        [b'5', _, _] => Severity::ERROR,
        [b'4', _, _] => Severity::WARN,
        [_, _, _] if is_digits(status) => Severity::INFO,
        _ => Severity::UNSET,
    }
}

/// The text in quotes that `rest` begins with, escapes and all, and what stands behind the closing quote.
pub(super) fn quoted(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = rest.strip_prefix(b"\"")?;
    let mut len = 0;
    loop {
        len += memchr::memchr2(b'"', b'\\', text.get(len..)?)?;
        if text.get(len) == Some(&b'"') {
            return Some((text.get(..len)?, text.get(len + 1..)?));
        }
        len += 2;
    }
}

/// Hands out `address:port`, the port if there is one. An IPv6 address with a port is in brackets or has a port behind its last
/// colon only where the writer always gives one.
pub(super) fn each_of_endpoint<'a>(give: &mut Give<'_, 'a>, names: [&str; 2], endpoint: &'a [u8]) {
    let [address_name, port_name] = names;
    let at = memchr::memrchr(b':', endpoint).filter(|at| endpoint.get(at + 1..).is_some_and(is_digits));
    let (address, port) = at.map_or((endpoint, &b""[..]), |at| {
        (endpoint.get(..at).unwrap_or_default(), endpoint.get(at + 1..).unwrap_or_default())
    });
    unless_nil(give, address_name, Given::Text(address));
    unless_nil(give, port_name, Given::Number(port));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_apart() {
        let cases = [
            ("GET / HTTP/1.1", Some(("GET", "/", "1.1"))),
            ("GET /a b HTTP/1.1", Some(("GET", "/a b", "1.1"))),
            ("GET /old", Some(("GET", "/old", ""))),
            ("M-SEARCH * HTTP/2.0", Some(("M-SEARCH", "*", "2.0"))),
            ("-", None),
            ("", None),
            ("\\x16\\x03\\x01 x", None),
            ("get /", None),
            ("GET ", None),
        ];
        for (request, parts) in cases {
            let parts =
                parts.map(|(method, target, version)| (method.as_bytes(), target.as_bytes(), version.as_bytes()));
            assert_eq!(split_request(request.as_bytes()), parts, "{request}");
        }
    }

    #[test]
    fn quotes_end_where_they_are_not_escaped() {
        assert_eq!(quoted(br#""a \" b\\" c"#), Some((&br#"a \" b\\"#[..], &b" c"[..])));
        for open in [r#""a"#, r#""a\"#, "a", ""] {
            assert_eq!(quoted(open.as_bytes()), None, "{open}");
        }
    }
}
