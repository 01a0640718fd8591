//! Requests as web frameworks tell of them in a message: `127.0.0.1:50052 - "GET /x HTTP/1.1" 200 OK`.

use super::given::{cut, is_digits};
use super::head::{Cursor, Head};
use super::http::{is_method, quoted};
use crate::parse::time::{self, Hints, Stamp};

/// The names of the fields that a request has.
pub(super) const GIVEN: &[&str] = &[
    "client.address",
    "client.port",
    "http.request.method",
    "url.path",
    "url.query",
    "network.protocol.version",
    "http.response.status_code",
];

/// Names the parts of a message that tells of a request as uvicorn does (`address:port - "request" status`) or as werkzeug
/// does (`address - - [time] "request" status`), and takes the time. Any other message is left alone.
#[inline]
pub(super) fn logged(head: &mut Head<'_>, hints: &Hints) {
    // Nearly all other messages begin with a letter.
    if head.message.first().is_some_and(|first| first.is_ascii_digit() || *first == b'[' || *first == b':') {
        let _: Option<()> = name_parts(head, hints);
    }
}

fn name_parts(head: &mut Head<'_>, hints: &Hints) -> Option<()> {
    let mut at = Cursor { rest: head.message };
    let client = at.until(b" - ")?;
    let stamp = if at.eat(b"- ").is_some() { dated(at.brackets()?, hints) } else { None };
    at.blanks();
    let (request, rest) = quoted(at.rest)?;
    let (method, target) = cut(request, b' ').filter(|(method, _)| is_method(method))?;
    let status = rest.strip_prefix(b" ")?.get(..3).filter(|status| is_digits(status))?;
    head.time = head.time.or(stamp.and_then(|stamp| stamp.time));
    let colon = memchr::memrchr(b':', client).filter(|at| client.get(at + 1..).is_some_and(is_digits));
    let (address, port) = client.split_at_checked(colon.unwrap_or(client.len()))?;
    head.part("client.address", address);
    head.part("client.port", port.get(1..).unwrap_or_default());
    head.part("http.request.method", method);
    let version = memchr::memmem::rfind(target, b" HTTP/");
    let (target, version) = target.split_at_checked(version.unwrap_or(target.len()))?;
    path_and_query(head, target);
    head.part("network.protocol.version", version.get(b" HTTP/".len()..).unwrap_or_default());
    head.part("http.response.status_code", status);
    Some(())
}

/// werkzeug has a blank between day and hour.
fn dated(text: &[u8], hints: &Hints) -> Option<Stamp> {
    time::stamp(text, hints).or_else(|| time::spaced_access_log(text, hints))
}

/// Names the parts of Rails' `GET "/x" for 127.0.0.1 at …`.
pub(super) fn started<'a>(head: &mut Head<'a>, mut at: Cursor<'a>) {
    let Some(method) = at.word().filter(|word| is_method(word)) else { return };
    at.blanks();
    let Some((target, rest)) = quoted(at.rest) else { return };
    head.part("http.request.method", method);
    path_and_query(head, target);
    let mut at = Cursor { rest };
    if at.eat(b" for ").is_some() {
        head.part("client.address", at.word().unwrap_or_default());
    }
}

fn path_and_query<'a>(head: &mut Head<'a>, target: &'a [u8]) {
    let (path, query) = cut(target, b'?').unwrap_or((target, b""));
    head.part("url.path", path);
    head.part("url.query", query);
}
