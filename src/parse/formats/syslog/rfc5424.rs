//! Syslog as RFC 5424 has it: `<PRI>1 TIME HOST APP PROCID MSGID [SD] MSG`, `-` where something is missing.
//!
//! Lenient: what is not as it should be ends the header, and all from there on is the message. Names follow
//! OpenTelemetry's mapping of syslog (log data model, appendix A); a parameter of structured data is `id.name`.

use super::priority::Priority;
use crate::model::{FormatId, Nanos, Severity};
use crate::parse::Facts;
use crate::parse::formats::carrier::{Header, Text, carried};
use crate::parse::formats::given::{Fields, Give, Given, is_digits, unless_nil};
use crate::parse::formats::{LineFormat, Probe};
use crate::parse::time::{self, Hints};

/// The format.
pub(in crate::parse::formats) struct Syslog5424;

impl LineFormat for Syslog5424 {
    fn name(&self) -> &'static str {
        "syslog5424"
    }

    fn about(&self) -> &'static str {
        "syslog messages with a version and structured data (RFC 5424)"
    }

    fn given(&self) -> &'static [&'static str] {
        &["host.name", "process.pid", "syslog.facility", "syslog.msgid", "syslog.procid"]
    }

    fn derived(&self) -> &'static [&'static str] {
        &["syslog.facility"]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \u{feff}'su root' failed for lonvick",
            "<165>1 2026-03-01T10:00:00.5+02:00 höst app 1 - [x@1 k=\"v\"] line one\nline two",
            r#"<29>1 2016-02-21T04:32:57+00:00 web1 shop 12 - [meta sequenceId="14125553"] {"level":"warn","msg":"x"}"#,
            "<0>1 - - - - - -",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'<'
    }

    carried!(Line);
}

/// Whether a line is a message of this protocol.
pub(super) fn takes(probe: &Probe<'_, '_>) -> bool {
    let begin = || {
        let (_, rest) = Priority::split(probe.line)?;
        split_time(split_version(rest)?, probe.hints)
    };
    begin().is_some()
}

/// One message.
struct Line<'a> {
    priority: Priority,
    time: Option<Nanos>,
    host: &'a [u8],
    app: &'a [u8],
    process: &'a [u8],
    message_id: &'a [u8],
    /// All elements, with their brackets.
    data: &'a [u8],
    text: &'a [u8],
}

impl<'a> Header<'a> for Line<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Option<Self> {
        let (priority, rest) = Priority::split(probe.line)?;
        let (time, mut rest) = split_time(split_version(rest)?, probe.hints)?;
        let mut names = [&b""[..]; 4];
        let mut is_whole = true;
        for name in &mut names {
            let Some((found, behind)) = split_name(rest) else {
                is_whole = false;
                break;
            };
            (*name, rest) = (found, behind);
        }
        let [host, app, process, message_id] = names;
        let (data, rest) = if is_whole { split_data(rest) } else { (&b""[..], rest) };
        let text = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
        Some(Self { priority, time, host, app, process, message_id, data, text })
    }

    fn facts(&self, id: FormatId) -> Facts<'a> {
        let service = Some(self.app).filter(|app| !matches!(*app, b"" | b"-"));
        Facts { time: self.time, severity: self.priority.severity(), service, ..Facts::none(id) }
    }

    /// As in [`super::Line`]: a level that the inner line names in its own format goes before the priority.
    #[inline]
    fn join(&self, inner: Facts<'a>, id: FormatId) -> Facts<'a> {
        let severity = if inner.format == FormatId::TEXT { Severity::UNSET } else { inner.severity };
        Facts { severity, ..inner }.or_carrier(self.facts(id))
    }

    fn text(&self) -> Text<'a> {
        Text::Plain(self.text)
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        give("syslog.facility", Given::Text(self.priority.facility().as_bytes()));
        unless_nil(give, "host.name", Given::Text(self.host));
        if is_digits(self.process) {
            give("process.pid", Given::Number(self.process));
        } else {
            unless_nil(give, "syslog.procid", Given::Text(self.process));
        }
        unless_nil(give, "syslog.msgid", Given::Text(self.message_id));
        let mut rest = self.data;
        while let Some((id, mut params)) = rest.strip_prefix(b"[").and_then(split_id) {
            while let Some((name, value, behind)) = split_param(params) {
                let name = [String::from_utf8_lossy(id), String::from_utf8_lossy(name)].join(".");
                give(&name, Given::Parameter(value));
                params = behind;
            }
            rest = params.strip_prefix(b"]").unwrap_or_default();
        }
    }
}

/// What stands behind the version, 1 to 999, and its blank.
fn split_version(rest: &[u8]) -> Option<&[u8]> {
    match rest {
        [b'1'..=b'9', b' ', rest @ ..]
        | [b'1'..=b'9', b'0'..=b'9', b' ', rest @ ..]
        | [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// The time, none when it is nil, and what stands behind it and its blank. `None` when there is neither.
fn split_time<'a>(rest: &'a [u8], hints: &Hints) -> Option<(Option<Nanos>, &'a [u8])> {
    if let Some(rest) = rest.strip_prefix(b"-") {
        return Some((None, rest.strip_prefix(b" ")?));
    }
    let stamp = time::stamp(rest, hints).filter(|_| rest.get(10).is_some_and(u8::is_ascii_alphabetic))?;
    Some((stamp.time, rest.get(stamp.len..)?.strip_prefix(b" ")?))
}

/// One of the header's names and what stands behind it and its blank.
fn split_name(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = rest.iter().position(|byte| *byte <= b' ')?;
    let (name, rest) = rest.split_at_checked(len)?;
    Some((name, rest.strip_prefix(b" ")?)).filter(|_| !name.is_empty())
}

/// The structured data and the message behind it; no data where it is nil or broken, and then it belongs to the message.
fn split_data(rest: &[u8]) -> (&[u8], &[u8]) {
    if let Some(text) = rest.strip_prefix(b"-")
        && matches!(text.first(), None | Some(b' '))
    {
        return (b"", text.get(1..).unwrap_or_default());
    }
    let mut behind = rest;
    while let Some((_, mut params)) = behind.strip_prefix(b"[").and_then(split_id) {
        while let Some((_, _, next)) = split_param(params) {
            params = next;
        }
        match params.strip_prefix(b"]") {
            Some(next) => behind = next,
            None => break,
        }
    }
    let data = rest.get(..rest.len() - behind.len()).unwrap_or_default();
    match behind.split_first() {
        None => (data, behind),
        Some((b' ', text)) if !data.is_empty() => (data, text),
        Some(_) => (b"", rest),
    }
}

/// An element's id, and its parameters with their leading blanks.
fn split_id(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = rest.iter().position(|byte| matches!(byte, 0..=b' ' | b'=' | b']' | b'"'))?;
    rest.split_at_checked(len).filter(|(id, _)| !id.is_empty())
}

/// A parameter's name and raw value, and what stands behind its closing quote.
fn split_param(rest: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let rest = rest.strip_prefix(b" ")?;
    let (name, rest) = split_id(rest)?;
    let value = rest.strip_prefix(b"=\"")?;
    let mut len = 0;
    loop {
        len += memchr::memchr2(b'"', b'\\', value.get(len..)?)?;
        if value.get(len) == Some(&b'"') {
            return Some((name, value.get(..len)?, value.get(len + 1..)?));
        }
        len += 2;
    }
}
