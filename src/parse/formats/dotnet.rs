//! The console logger of .NET: `info: Category[0]` and the message on indented lines, joined to one record.

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Severity, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Dotnet;

impl LineFormat for Dotnet {
    fn name(&self) -> &'static str {
        "dotnet"
    }

    fn about(&self) -> &'static str {
        ".NET's console logger: info: Category[0], and the message on the next line"
    }

    fn samples(&self) -> &'static [&'static str] {
        &["info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://localhost:5000"]
    }

    fn may_begin(&self, first: u8) -> bool {
        b"tdiwfc".contains(&first)
    }

    fn given(&self) -> &'static [&'static str] {
        &["event.id"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let mut at = Cursor { rest: probe.line };
    let level = at.until(b": ").filter(|level| level.len() == 4)?;
    let mut head = Head { level, ..Head::default() };
    head.severity = match level {
        b"trce" => Severity::TRACE,
        b"dbug" => Severity::DEBUG,
        b"info" => Severity::INFO,
        b"warn" => Severity::WARN,
        b"fail" => Severity::ERROR,
        b"crit" => Severity::FATAL,
        _ => return None,
    };
    head.service = Some(at.until(b"[").filter(|name| !name.contains(&b' '))?);
    head.part("event.id", at.until(b"]")?);
    head.message = at.rest.trim_ascii_start();
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check("dotnet", &[("fail: A.B[7]\n      c d=1", "A.B", 17, "c d=1", "event.id=7 d=1")]);
    }
}
