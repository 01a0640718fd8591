//! OpenStack's services (oslo.log): `2026-03-01 10:00:00.008 25746 INFO nova.api [req-1 user tenant - - -] message`.

use super::head::{Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Oslo;

impl LineFormat for Oslo {
    fn name(&self) -> &'static str {
        "oslo"
    }

    fn about(&self) -> &'static str {
        "OpenStack's services: time pid LEVEL module [request] message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01 10:00:00.008 25746 INFO nova.osapi_compute.wsgi.server [req-38101a0b user tenant - - -] 10.11.10.1 status: 200",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        &["process.pid", "request_id", "context"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, mut at) = Head::stamped(probe)?;
    at.eat(b" ")?;
    head.part("process.pid", at.digits()?);
    at.eat(b" ")?;
    head.level(at.word()?)?;
    at.eat(b" ")?;
    head.service = Some(at.word().filter(|module| !module.ends_with(b":"))?);
    at.eat(b" ")?;
    let request = at.brackets()?;
    let id = request.split(|byte| *byte == b' ').next().filter(|id| id.starts_with(b"req-"));
    head.part("request_id", id.unwrap_or_default());
    head.part("context", request.get(id.map_or(0, <[u8]>::len)..)?.trim_ascii());
    at.blanks();
    head.message = at.rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "oslo",
            &[
                (
                    "2026-03-01 10:00:00.008 7 WARNING nova.x [-] a=1",
                    "nova.x",
                    13,
                    "a=1",
                    "process.pid=7 context=- a=1",
                ),
                (
                    "2026-03-01 10:00:00.008 7 INFO nova.x [req-1 a b - - -] [instance: c] d",
                    "nova.x",
                    9,
                    "[instance: c] d",
                    "process.pid=7 request_id=req-1 context=a b - - -",
                ),
            ],
        );
    }
}
