//! Severity: OpenTelemetry's numbers 0 to 24, and the six levels that people read.
//!
//! Numbers and ranges follow the OpenTelemetry log data model ("SeverityNumber"); the names that map to them are
//! those of appendix B of that model and of the loggers in common use. Numbers written by loggers themselves (pino's
//! 30, syslog's 3) mean different things in different formats, so they are mapped by the format, not here.

use std::fmt;

/// OpenTelemetry's severity number: 1–4 trace, 5–8 debug, 9–12 info, 13–16 warn, 17–20 error, 21–24 fatal; 0 unset.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Severity(u8);

/// The level a severity belongs to, in rising order of urgency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub enum Level {
    /// Nothing was said.
    #[default]
    Unset,
    /// 1–4
    Trace,
    /// 5–8
    Debug,
    /// 9–12
    Info,
    /// 13–16
    Warn,
    /// 17–20
    Error,
    /// 21–24
    Fatal,
}

impl Severity {
    /// No severity was given.
    pub const UNSET: Self = Self(0);
    /// The lowest number of each level.
    pub const TRACE: Self = Self(1);
    /// Debug, 5.
    pub const DEBUG: Self = Self(5);
    /// Info, 9.
    pub const INFO: Self = Self(9);
    /// A notice, between info and warn: 10.
    pub const NOTICE: Self = Self(10);
    /// Warn, 13.
    pub const WARN: Self = Self(13);
    /// Error, 17.
    pub const ERROR: Self = Self(17);
    /// Critical in syslog's terms, 18.
    pub const CRITICAL: Self = Self(18);
    /// Alert in syslog's terms, 19.
    pub const ALERT: Self = Self(19);
    /// Fatal, 21.
    pub const FATAL: Self = Self(21);

    /// A severity from OpenTelemetry's number; what is out of 0..=24 is unset.
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        u8::try_from(number).ok().filter(|n| *n <= 24).map_or(Self::UNSET, Self)
    }

    /// A severity from a syslog priority value's low three bits (RFC 5424, table 2).
    #[must_use]
    pub fn from_syslog(number: u8) -> Self {
        [Self::FATAL, Self::ALERT, Self::CRITICAL, Self::ERROR, Self::WARN, Self::NOTICE, Self::INFO, Self::DEBUG]
            .get(usize::from(number & 7))
            .copied()
            .unwrap_or_default()
    }

    /// A severity from a logger's word, of any case; `None` when it is no level word. Allocates nothing.
    #[must_use]
    pub fn from_name(name: &[u8]) -> Option<Self> {
        let mut lower = [0u8; 16];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        let number = match &*lower {
            b"trace" | b"trc" | b"t" | b"finest" | b"finer" | b"verbose" | b"silly" | b"all" => 1,
            b"trace2" => 2,
            b"trace3" => 3,
            b"trace4" => 4,
            b"debug" | b"dbg" | b"d" | b"fine" | b"debug1" => 5,
            b"debug2" => 6,
            b"debug3" | b"config" => 7,
            b"debug4" => 8,
            b"info" | b"inf" | b"i" | b"information" | b"informational" | b"log" | b"note" => 9,
            b"notice" | b"info2" => 10,
            b"info3" => 11,
            b"info4" => 12,
            b"warn" | b"warning" | b"wrn" | b"w" => 13,
            b"warn2" => 14,
            b"warn3" => 15,
            b"warn4" => 16,
            b"error" | b"err" | b"eror" | b"e" | b"severe" | b"failure" => 17,
            b"crit" | b"dpanic" | b"error2" => 18,
            b"alert" | b"error3" => 19,
            b"error4" => 20,
            b"fatal" | b"ftl" | b"f" | b"emerg" | b"emergency" | b"panic" | b"critical" | b"wtf" => 21,
            b"fatal2" => 22,
            b"fatal3" => 23,
            b"fatal4" => 24,
            _ => return None,
        };
        Some(Self(number))
    }

    /// OpenTelemetry's number, 0 (unset) to 24.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// The level this number belongs to.
    #[must_use]
    pub fn level(self) -> Level {
        match self.0 {
            0 => Level::Unset,
            1..=4 => Level::Trace,
            5..=8 => Level::Debug,
            9..=12 => Level::Info,
            13..=16 => Level::Warn,
            17..=20 => Level::Error,
            _ => Level::Fatal,
        }
    }
}

impl Level {
    /// How many levels there are, `Unset` among them.
    pub const COUNT: usize = 7;
    /// All levels in rising order.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Unset, Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The lower-case word, as the filter language writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The position in [`Level::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// The lowest severity of this level.
    #[must_use]
    pub fn floor(self) -> Severity {
        match self {
            Self::Unset => Severity::UNSET,
            Self::Trace => Severity::TRACE,
            Self::Debug => Severity::DEBUG,
            Self::Info => Severity::INFO,
            Self::Warn => Severity::WARN,
            Self::Error => Severity::ERROR,
            Self::Fatal => Severity::FATAL,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.level().name(), self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_case_map_to_numbers() {
        for (word, number) in
            [("INFO", 9), ("Warning", 13), ("err", 17), ("CRITICAL", 21), ("notice", 10), ("ERROR3", 19), ("I", 9)]
        {
            assert_eq!(Severity::from_name(word.as_bytes()).map(Severity::number), Some(number), "{word}");
        }
        assert_eq!(Severity::from_name(b"errors"), None);
        assert_eq!(Severity::from_name(b""), None);
        assert_eq!(Severity::from_name(b"a word longer than any level"), None);
    }

    #[test]
    fn every_level_is_the_level_of_its_floor() {
        for level in Level::ALL {
            assert_eq!(level.floor().level(), level);
        }
        assert_eq!(Severity::from_number(25), Severity::UNSET);
        assert_eq!(Severity::from_syslog(3), Severity::ERROR);
    }
}
