//! Syslog as it is really sent and kept: RFC 3164 and its dialects, and what journalctl prints in its place.
//!
//! `[<PRI>]<time> [<host>] <tag>[pid]: <line>`. The time may be the classic one, one with a year or a fraction, or ISO 8601
//! as rsyslog and `journalctl -o short-iso` write it; host, tag and, behind a priority, the time may be missing. The inner
//! line is of any format. RFC 5424 is in [`rfc5424`].

mod priority;
mod rfc5424;
mod tag;
#[cfg(test)]
mod tests;

use self::priority::Priority;
pub(super) use self::rfc5424::Syslog5424;
use self::tag::Tag;
use super::carrier::{Header, Text, carried};
use super::given::{Fields, Give, Given, unless_nil, word};
use super::kernel;
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos, Severity};
use crate::parse::Facts;
use crate::parse::time::{self, Hints, Stamp};

/// The format.
pub(super) struct Syslog;

/// The longest host name (RFC 5424, section 6).
const MAX_HOST: usize = 255;

impl LineFormat for Syslog {
    fn name(&self) -> &'static str {
        "syslog"
    }

    fn about(&self) -> &'static str {
        "syslog files and messages (RFC 3164 and dialects), and journalctl's short output"
    }

    fn given(&self) -> &'static [&'static str] {
        &["host.name", "process.pid", "syslog.facility", "syslog.module", "kernel.uptime"]
    }

    fn derived(&self) -> &'static [&'static str] {
        &["syslog.facility"]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "Mar  1 10:00:00 web-1 sshd[634]: Accepted publickey for root",
            "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
            "2025-08-31T09:36:55.418891-07:00 stack-pc2 rsyslogd: rsyslogd was HUPed",
            "2026-03-01T10:00:00+0100 web-1 systemd[1]: Started Daily apt upgrade and clean activities.",
            r#"Mar  1 10:00:00 host app[12]: {"level":"warn","msg":"x"}"#,
            "Mar  1 10:00:00 db-2 su(pam_unix)[811]: session opened for user postgres by (uid=0)",
            "Apr 4 03:39:57 --- last message repeated 1 time ---",
            "<6>[12345.678901] usb 1-1: new device",
            "<190>Jun 08 2022 14:46:28: %ASA-6-302013: Built outbound TCP connection",
            "Mar  2 23:24:28 UDM-Pro user.warn kernel: [    979.679369] conntrack: helper won't handle protocol 47",
            "Nov  3 09:23:38 veridian lookup for opt failed",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        // The initials of the months.
        first.is_ascii_digit() || b"<*JFMASOND".contains(&first)
    }

    carried!(Line);
}

/// One message.
#[derive(Default)]
struct Line<'a> {
    priority: Option<Priority>,
    time: Option<Nanos>,
    host: &'a [u8],
    /// A facility spelled before the tag.
    facility: &'a [u8],
    severity_text: &'a [u8],
    severity: Severity,
    tag: Tag<'a>,
    uptime: &'a [u8],
    text: &'a [u8],
}

impl<'a> Header<'a> for Line<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Option<Self> {
        match Priority::split(probe.line) {
            Some(_) if rfc5424::takes(probe) => None,
            Some((priority, rest)) => Some(Self::behind_priority(priority, rest, probe.hints)),
            None => Self::of_file(probe),
        }
    }

    fn facts(&self, id: FormatId) -> Facts<'a> {
        let service = Some(self.tag.program).filter(|program| !program.is_empty());
        Facts { time: self.time, service, severity: self.severity(), ..Facts::none(id) }
    }

    /// A level that the inner line names in its own format goes before the priority, which relays and daemons set for all
    /// lines alike; a level guessed from words does not.
    #[inline]
    fn join(&self, inner: Facts<'a>, id: FormatId) -> Facts<'a> {
        let own = self.severity();
        let is_guess = inner.format == FormatId::TEXT && own != Severity::UNSET;
        let joined = inner.or_carrier(self.facts(id));
        if is_guess { Facts { severity: own, ..joined } } else { joined }
    }

    fn severity_text(&self) -> &'a [u8] {
        self.severity_text
    }

    fn text(&self) -> Text<'a> {
        Text::Plain(self.text)
    }
}

impl<'a> Line<'a> {
    fn severity(&self) -> Severity {
        self.priority.map_or(self.severity, Priority::severity)
    }

    /// A message as it is sent: all that is behind its priority may be missing.
    fn behind_priority(priority: Priority, rest: &'a [u8], hints: &Hints) -> Self {
        let rest = behind_sequence(rest);
        let stamp = time::stamp(rest, hints).or_else(|| time::year_behind_day(rest, hints));
        let stamp = stamp.filter(|stamp| is_end(rest, stamp));
        let line = match stamp.and_then(|stamp| Some((stamp, rest.get(stamp.len..)?))) {
            Some((stamp, rest)) => {
                Self { time: stamp.time, ..Self::behind_time(rest).unwrap_or_else(|| Self::plain(rest)) }
            }
            None => match Tag::split(rest) {
                Some((tag, text)) => Self { tag, ..Self::plain(text) },
                None => Self::plain(rest),
            },
        };
        Self { priority: Some(priority), ..line }.with_inner_header()
    }

    /// A line of a file: it begins with its time.
    #[inline]
    fn of_file(probe: &Probe<'a, '_>) -> Option<Self> {
        let line = probe.line;
        let is_classic = matches!(line, [b'A'..=b'Z', b'a'..=b'z', b'a'..=b'z', b' ', b' ' | b'0'..=b'9', ..]);
        if line.first() == Some(&b'*') {
            // Cisco's mark of a clock that is not set; behind it everything is as ever, but there is a tag.
            let rest = behind_sequence(line);
            let stamp = time::stamp(rest, probe.hints)?;
            let found = Self::behind_time(rest.get(stamp.len..)?)?;
            return found
                .tag
                .program
                .starts_with(b"%")
                .then_some(Self { time: stamp.time, ..found }.with_inner_header());
        }
        // An ISO stamp has a zone, and its T stands at a known place.
        if !is_classic && !matches!(line.get(10), Some(b'T' | b'.')) {
            return None;
        }
        let stamp = probe.stamp().filter(|stamp| is_end(line, stamp) && line.get(6) != Some(&b','))?;
        let rest = line.get(stamp.len..)?;
        let found = Self::behind_time(rest);
        let found = if is_classic {
            found.unwrap_or_else(|| Self::plain(rest.trim_ascii_start()))
        } else {
            found.filter(|found| found.is_surely_syslog(line.get(..stamp.len).unwrap_or_default()))?
        };
        Some(Self { time: stamp.time, ..found }.with_inner_header())
    }

    /// `host tag: text` or `tag: text`; `None` without a tag.
    #[inline]
    fn behind_time(rest: &'a [u8]) -> Option<Self> {
        let rest = rest.strip_prefix(b":").unwrap_or(rest).strip_prefix(b" ")?;
        let (host, behind) = word(rest);
        let is_tag = matches!(host.last(), Some(b':' | b']')) && !host.starts_with(b"[");
        if is_tag && let Some((tag, text)) = Tag::split(rest) {
            return Some(Self { tag, ..Self::plain(text) });
        }
        let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:%".contains(byte) || !byte.is_ascii();
        if host.is_empty() || host.len() > MAX_HOST || !host.iter().all(is_host) {
            return None;
        }
        let (first, behind_first) = word(behind);
        let (facility, severity_text, severity, behind) = match priority::spelled(first) {
            Some((facility, word, severity)) => (facility, word, severity, behind_first),
            None => (&b""[..], &b""[..], Severity::UNSET, behind),
        };
        let (tag, text) = Tag::split(behind).or_else(|| {
            // cloud-init's `[CLOUDINIT] util.py[DEBUG]: text`.
            let (_, behind) = word(behind.strip_prefix(b"[")?);
            Tag::split(behind)
        })?;
        Some(Self { host, facility, severity_text, severity, tag, ..Self::plain(text) })
    }

    /// A message of which nothing but its text is known.
    fn plain(text: &'a [u8]) -> Self {
        Self { text, ..Self::default() }
    }

    /// Many programs write an ISO time and two words before a colon. Those of syslog name a process, or have a zone in digits
    /// as rsyslog and journald write it, and no level where the host would be.
    fn is_surely_syslog(&self, stamp: &[u8]) -> bool {
        let has_offset = stamp.iter().rev().take(6).any(|byte| matches!(byte, b'+' | b'-'));
        let is_level = Severity::from_name(self.host).is_some_and(|_| self.host.len() > 1);
        !self.host.is_empty() && !is_level && (!self.tag.pid.is_empty() || has_offset)
    }

    /// The kernel's own clock, and Cisco's severity in its tag, belong to the header too. So does the cookie before JSON.
    fn with_inner_header(mut self) -> Self {
        if let Some((uptime, text)) = kernel::split(self.text) {
            (self.uptime, self.text) = (uptime, text);
        }
        if let Some(json) = self.text.strip_prefix(b"@cee:") {
            self.text = json.trim_ascii_start();
        }
        if let [b'%', mnemonic @ ..] = self.tag.program {
            let digit = mnemonic.split(|byte| *byte == b'-').find(|part| matches!(part, [b'0'..=b'7']));
            if let Some([digit]) = digit {
                self.severity = Severity::from_syslog(digit - b'0');
            }
        }
        self
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        if let Some(priority) = self.priority {
            give("syslog.facility", Given::Text(priority.facility().as_bytes()));
        }
        unless_nil(give, "host.name", Given::Text(self.host));
        unless_nil(give, "syslog.facility", Given::Text(self.facility));
        unless_nil(give, "process.pid", Given::Number(self.tag.pid));
        unless_nil(give, "syslog.module", Given::Text(self.tag.module));
        unless_nil(give, "kernel.uptime", Given::Number(self.uptime));
    }
}

/// What stands behind the sequence number and the mark of an unset clock that Cisco's devices put before the time.
fn behind_sequence(rest: &[u8]) -> &[u8] {
    let digits = rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let behind = match rest.get(digits..) {
        Some([b':', b' ', behind @ ..]) if digits > 0 => behind,
        _ => rest,
    };
    behind.strip_prefix(b"*").unwrap_or(behind)
}

/// Whether a word ends where the stamp does.
fn is_end(line: &[u8], stamp: &Stamp) -> bool {
    matches!(line.get(stamp.len), None | Some(b' ' | b':'))
}
