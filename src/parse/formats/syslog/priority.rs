//! The `<PRI>` that a syslog message begins with: facility × 8 + severity, 0 to 191 (RFC 5424, section 6.2.1).

use crate::model::Severity;
use crate::parse::formats::given::cut;

/// A message's facility and severity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Priority(u8);

/// The keywords of the facilities, as `syslog.conf` and glibc's `SYSLOG_NAMES` spell them. RFC 5424 numbers the facilities and
/// names 12 to 15 only by their use.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

impl Priority {
    /// The priority that `line` begins with, and what follows it.
    #[inline]
    pub(super) fn split(line: &[u8]) -> Option<(Self, &[u8])> {
        let (digits, rest) = match line {
            [b'<', a, b'>', rest @ ..] => ([b'0', b'0', *a], rest),
            [b'<', a, b, b'>', rest @ ..] => ([b'0', *a, *b], rest),
            [b'<', a, b, c, b'>', rest @ ..] => ([*a, *b, *c], rest),
            _ => return None,
        };
        let value = digits
            .iter()
            .try_fold(0u16, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u16::from(digit - b'0')))?;
        let value = u8::try_from(value).ok().filter(|value| usize::from(value / 8) < FACILITIES.len())?;
        Some((Self(value), rest))
    }

    pub(super) fn severity(self) -> Severity {
        Severity::from_syslog(self.0)
    }

    pub(super) fn facility(self) -> &'static str {
        FACILITIES.get(usize::from(self.0 / 8)).copied().unwrap_or_default()
    }
}

/// Facility and severity as a word before the tag, with the part that spells the severity: `user.warn`, `authpriv.notice` (`BusyBox`, Ubiquiti).
pub(super) fn spelled(word: &[u8]) -> Option<(&[u8], &[u8], Severity)> {
    let (facility, name) = cut(word, b'.')?;
    let is_facility = FACILITIES.iter().any(|known| known.as_bytes() == facility);
    Severity::from_name(name).filter(|_| is_facility).map(|severity| (facility, name, severity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_are_facility_and_severity() {
        for (line, facility, severity) in [
            ("<0>x", "kern", 21),
            ("<13>x", "user", 10),
            ("<34>x", "auth", 18),
            ("<165>x", "local4", 10),
            ("<191>x", "local7", 5),
        ] {
            let (priority, rest) = Priority::split(line.as_bytes()).unwrap();
            assert_eq!((priority.facility(), priority.severity().number(), rest), (facility, severity, &b"x"[..]));
        }
        for line in ["<>x", "<192>x", "<1234>x", "<a>x", "<12", "12>", "", "< 1>x"] {
            assert_eq!(Priority::split(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn spelled_priorities_have_a_known_facility() {
        assert_eq!(spelled(b"user.warn"), Some((&b"user"[..], &b"warn"[..], Severity::WARN)));
        for word in ["util.py", "user.", "user", ".warn", "app.warn"] {
            assert_eq!(spelled(word.as_bytes()), None, "{word}");
        }
    }
}
