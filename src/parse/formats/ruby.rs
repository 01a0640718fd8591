//! Ruby's Logger, which Rails uses: `I, [2026-03-01T10:00:00.123456 #12]  INFO -- prog: message`. Rails puts the request's id
//! before its message and tells of each request twice: `Started GET "/x" for 127.0.0.1 at …`, `Completed 200 OK in 5ms`.

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe, request};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading, time};

/// The format.
pub(super) struct Ruby;

impl LineFormat for Ruby {
    fn name(&self) -> &'static str {
        "ruby"
    }

    fn about(&self) -> &'static str {
        "Ruby's Logger, as of Rails: L, [time #pid] LEVEL -- program: message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "I, [2026-03-01T10:00:00.123456 #12]  INFO -- : Started GET \"/\" for 127.0.0.1",
            "I, [2026-03-01T10:00:00.123456 #12]  INFO -- : [0cae1a6e-7d0b-4bd5-a4a4-7b2a5f5a1c0e] Completed 200 OK in 5ms",
            "E, [2026-03-01T10:00:00.123456 #12] ERROR -- sidekiq: job failed",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        b"DIWEFAU".contains(&first)
    }

    fn given(&self) -> &'static [&'static str] {
        &[
            "process.pid",
            "request_id",
            "http.request.method",
            "url.path",
            "url.query",
            "client.address",
            "http.response.status_code",
        ]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let mut at = Cursor { rest: probe.line.get(1..)? };
    at.eat(b", [")?;
    let stamp = time::stamp(at.rest, probe.hints)?;
    let mut head = Head { time: stamp.time, ..Head::default() };
    at.rest = at.rest.get(stamp.len..)?;
    at.blanks();
    at.eat(b"#")?;
    head.part("process.pid", at.until(b"]")?);
    at.blanks();
    let level = at.word()?;
    // Its word for no level.
    if level != b"ANY" {
        head.level(level)?;
    }
    at.eat(b" -- ")?;
    head.service = Some(at.until(b":")?);
    head.message = at.rest.strip_prefix(b" ").unwrap_or(at.rest);
    rails(&mut head);
    Some(head)
}

/// What Rails' messages say of a request.
#[inline]
fn rails(head: &mut Head<'_>) {
    let mut at = Cursor { rest: head.message };
    if let Some(id) = at.brackets().filter(|id| is_request(id)) {
        head.part("request_id", id);
        at.blanks();
        head.message = at.rest;
    }
    if at.eat(b"Started ").is_some() {
        request::started(head, at);
    } else if at.eat(b"Completed ").is_some() {
        head.part("http.response.status_code", at.digits().filter(|status| status.len() == 3).unwrap_or_default());
    }
}

/// Whether it is the id of a request and no other tag: a UUID.
fn is_request(id: &[u8]) -> bool {
    id.len() == 36 && id.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "ruby",
            &[
                ("W, [2026-03-01T10:00:00.1 #12]  WARN -- app: a b=1", "app", 13, "a b=1", "process.pid=12 b=1"),
                ("I, [2026-03-01T10:00:00.1 #12]  INFO -- : [web] up", "", 9, "[web] up", "process.pid=12"),
                (
                    "I, [2026-03-01T10:00:00.1 #12]  INFO -- : [0cae1a6e-7d0b-4bd5-a4a4-7b2a5f5a1c0e] Started GET \"/a?b=1\" for 127.0.0.1 at 2026-03-01 10:00:00 +0000",
                    "",
                    9,
                    "Started GET \"/a?b=1\" for 127.0.0.1 at 2026-03-01 10:00:00 +0000",
                    "process.pid=12 request_id=0cae1a6e-7d0b-4bd5-a4a4-7b2a5f5a1c0e http.request.method=GET url.path=/a url.query=b=1 client.address=127.0.0.1",
                ),
                (
                    "I, [2026-03-01T10:00:00.1 #12]  INFO -- : Completed 404 Not Found in 5ms",
                    "",
                    9,
                    "Completed 404 Not Found in 5ms",
                    "process.pid=12 http.response.status_code=404",
                ),
            ],
        );
    }
}
