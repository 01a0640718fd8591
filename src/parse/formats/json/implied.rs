//! What no field of a line says, but the line as a whole: writers that leave out the usual level, or say it their way.

use super::cursor::Raw;
use super::value::last_member;
use crate::model::Severity;
use crate::parse::found::Found;
use crate::parse::level::{self, Scale};

/// The severity of a line without one that is understood under its name.
pub(super) fn severity(found: &Found<'_>, object: &[u8]) -> Severity {
    match (found.time.map(|time| time.key), found.message.map(|message| message.key)) {
        // Serilog's CLEF leaves out the level of information, journald a priority that nobody gave.
        (Some(b"@t" | b"__REALTIME_TIMESTAMP" | b"_SOURCE_REALTIME_TIMESTAMP"), _) => Severity::INFO,
        // GELF's levels are syslog's, which elsewhere mean nothing.
        (_, Some(b"short_message")) => last_member(object, b"level")
            .and_then(|raw| level::from_value(raw.bytes(), Scale::Syslog))
            .unwrap_or_default(),
        (Some(b"ts"), Some(b"msg")) => of_klog(object),
        _ if found.is_transcript && has_failed_tool(object) => Severity::ERROR,
        _ => Severity::UNSET,
    }
}

/// Kubernetes' klog has a verbosity instead of a level, and an error only where there is one.
fn of_klog(object: &[u8]) -> Severity {
    let verbosity = last_member(object, b"v");
    match verbosity {
        _ if last_member(object, b"err").is_some() => Severity::ERROR,
        Some(Raw::Bare(b"0")) => Severity::INFO,
        Some(Raw::Bare([b'1'..=b'9', ..])) => Severity::DEBUG,
        _ => Severity::UNSET,
    }
}

/// Whether an entry of a transcript holds the result of a tool that failed. Within a text the quotes would be escaped.
fn has_failed_tool(object: &[u8]) -> bool {
    [&br#""is_error":true"#[..], br#""is_error": true"#].iter().any(|mark| memchr::memmem::find(object, mark).is_some())
}

/// Who speaks in a line of a transcript.
pub(super) fn service<'a>(found: &Found<'a>, object: &'a [u8]) -> Option<&'a [u8]> {
    if !found.is_transcript {
        return None;
    }
    match last_member(object, b"type")? {
        Raw::Text(name) if !name.is_empty() => Some(name),
        _ => None,
    }
}
