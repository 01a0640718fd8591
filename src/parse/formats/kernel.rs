//! The kernel's ring buffer as dmesg prints it: `[12345.678901] usb 1-1: new device`.
//!
//! The number is seconds since the start of the machine, which a line alone can not make a time of: it is a field. A
//! kernel that tells who printed (`CONFIG_PRINTK_CALLER`) puts a second bracket behind: `[T1]` or `[C0]`.

use super::given::{self, Fields, Give, Given, cut, find, first_line, is_digits, unless_nil};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::pairs::{self, text_of};
use crate::parse::{Facts, Reading, level};

/// The format.
pub(super) struct Kernel;

impl LineFormat for Kernel {
    fn name(&self) -> &'static str {
        "kernel"
    }

    fn about(&self) -> &'static str {
        "the kernel's messages as dmesg prints them, with seconds since the start"
    }

    fn given(&self) -> &'static [&'static str] {
        &["kernel.uptime", "kernel.caller"]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "[12345.678901] usb 1-1: new high-speed USB device number 4 using xhci_hcd",
            "[    0.000000] Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)",
            "[    1.234567][    T1] Freeing unused kernel image memory: 2796K",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'['
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
        Some(Line::of(probe.line)?.facts(id))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
        let line = Line::of(probe.line)?;
        Some(Reading {
            facts: line.facts(id),
            severity_text: text_of(line.level().map_or(b"", |(_, word)| word)),
            message: text_of(line.text),
            fields: given::with_pairs(&line, line.text),
        })
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        let line = Line::of(line)?;
        pairs::loose_field(line.text, key).or_else(|| find(&line, key))
    }
}

/// The seconds since the start that `text` begins with, and what stands behind their bracket and a blank.
#[inline]
pub(super) fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (uptime, rest) = cut(text.strip_prefix(b"[").filter(|text| may_be_uptime(text))?, b']')?;
    let uptime = uptime.trim_ascii_start();
    let (seconds, fraction) = cut(uptime, b'.')?;
    (is_digits(seconds) && is_digits(fraction)).then_some((uptime, rest.strip_prefix(b" ").unwrap_or(rest)))
}

/// Whether digits and a point stand where they have to, before a bracket is looked for.
fn may_be_uptime(text: &[u8]) -> bool {
    let head = text.get(..MAX_UPTIME).unwrap_or(text).trim_ascii_start();
    let digits = head.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && head.get(digits) == Some(&b'.')
}

/// Seconds are padded to five digits and have six behind the point.
const MAX_UPTIME: usize = 20;

struct Line<'a> {
    uptime: &'a [u8],
    caller: &'a [u8],
    text: &'a [u8],
}

impl<'a> Line<'a> {
    #[inline]
    fn of(line: &'a [u8]) -> Option<Self> {
        let (uptime, rest) = split(line)?;
        let caller = rest.strip_prefix(b"[").and_then(|rest| cut(rest, b']')).filter(|(caller, _)| {
            let caller = caller.trim_ascii_start();
            matches!(caller.split_first(), Some((b'T' | b'C', number)) if is_digits(number))
        });
        let (caller, text) = caller.map_or((&b""[..], rest), |(caller, rest)| (caller, rest));
        let text = text.strip_prefix(b" ").filter(|_| !caller.is_empty()).unwrap_or(text);
        Some(Self { uptime, caller: caller.trim_ascii_start(), text })
    }

    fn level(&self) -> Option<(crate::model::Severity, &'a [u8])> {
        level::near_start(first_line(self.text))
    }

    fn facts(&self, id: FormatId) -> Facts<'a> {
        let severity = self.level().map(|(severity, _)| severity).unwrap_or_default();
        Facts { severity, ..Facts::none(id) }
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        give("kernel.uptime", Given::Number(self.uptime));
        unless_nil(give, "kernel.caller", Given::Text(self.caller));
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "kernel",
            &[
                (
                    "[12345.678901] usb 1-1: new device",
                    ("", 0, "", "usb 1-1: new device", "kernel.uptime=12345.678901"),
                ),
                ("[    0.000000] Linux version", ("", 0, "", "Linux version", "kernel.uptime=0")),
                (
                    "[    1.234567][    T1] WARNING: CPU: 0 PID: 1",
                    ("", 13, "", "WARNING: CPU: 0 PID: 1", "kernel.uptime=1.234567 kernel.caller=T1"),
                ),
                (
                    "[  979.679369] [FW] IN=br96 OUT=",
                    ("", 0, "", "[FW] IN=br96 OUT=", "kernel.uptime=979.679369 IN=br96"),
                ),
            ],
        );
    }

    #[test]
    fn other_brackets_are_not_taken() {
        check_not("kernel", &["[12345] x", "[1.2.3] x", "[10.30 16:49:06] x", "[.5] x", "[12.5", "[INFO] x"]);
    }
}
