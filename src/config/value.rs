//! How sizes, durations, addresses and choices are written, in the config file, the environment and the flags alike.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{DropPolicy, diagnostic, nearest};

/// Why a text is not the value that was asked for. Says what would be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct ValueError(pub(super) String);

/// A number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Size(pub u64);

/// How points in time are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TimeZone {
    /// As clocks show it where the program runs.
    #[default]
    Local,
    /// Universal time.
    Utc,
}

/// The address that a receiver listens on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address(pub SocketAddr);

/// Where a source begins, as the config writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum StartWord {
    Tail,
    End,
    Beginning,
}

/// A value that the file writes as a text.
#[derive(Clone, Debug)]
pub(super) struct Text<T>(pub(super) T);

/// A choice among a few words.
pub(super) trait Choice: Copy + PartialEq + 'static {
    /// What is chosen, for messages.
    const WHAT: &'static str;
    /// All words with what they mean.
    const WORDS: &'static [(&'static str, Self)];

    /// The choice that `text` names.
    fn parse(text: &str) -> Result<Self, ValueError> {
        let words = || Self::WORDS.iter().map(|(word, _)| *word);
        if let Some((_, choice)) = Self::WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(*choice);
        }
        let mut why = diagnostic::unknown(Self::WHAT, text, words());
        if nearest(text, words()).is_none() {
            let listed: Vec<_> = words().map(|word| format!("`{word}`")).collect();
            why = format!("{why}; it is one of {}", listed.join(", "));
        }
        Err(ValueError(why))
    }

    /// The word for it.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, choice)| *choice == self).map_or("", |(word, _)| word)
    }
}

impl Choice for DropPolicy {
    const WHAT: &'static str = "drop policy";
    const WORDS: &'static [(&'static str, Self)] =
        &[("oldest", Self::Oldest), ("newest", Self::Newest), ("sample", Self::Sample)];
}

impl Choice for TimeZone {
    const WHAT: &'static str = "time zone";
    const WORDS: &'static [(&'static str, Self)] = &[("local", Self::Local), ("utc", Self::Utc)];
}

impl Choice for StartWord {
    const WHAT: &'static str = "start";
    const WORDS: &'static [(&'static str, Self)] =
        &[("tail", Self::Tail), ("end", Self::End), ("beginning", Self::Beginning)];
}

/// Reading and showing follow from the words.
macro_rules! choices {
    ($($choice:ty),+) => {$(
        impl FromStr for $choice {
            type Err = ValueError;

            fn from_str(text: &str) -> Result<Self, ValueError> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $choice {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    )+};
}

choices!(DropPolicy, TimeZone, StartWord);

/// A number of bytes from a text like `512MiB`. `KiB MiB GiB TiB` and the letters `k M G T` are powers of 1024, as in
/// `du` and Docker; `kB MB GB TB` are powers of 1000; no unit, or `B`, is bytes. Case does not count.
pub fn parse_size(text: &str) -> Result<u64, ValueError> {
    const UNITS: &[(&[&str], u64)] = &[
        (&["", "b"], 1),
        (&["k", "kib"], 1 << 10),
        (&["m", "mib"], 1 << 20),
        (&["g", "gib"], 1 << 30),
        (&["t", "tib"], 1 << 40),
        (&["kb"], 1000),
        (&["mb"], 1_000_000),
        (&["gb"], 1_000_000_000),
        (&["tb"], 1_000_000_000_000),
    ];
    let amount = || {
        let (number, unit) = split_number(text.trim())?;
        let unit = unit.trim().to_lowercase();
        let (_, factor) = UNITS.iter().find(|(names, _)| names.contains(&unit.as_str()))?;
        scaled(number, *factor)
    };
    amount().ok_or_else(|| ValueError(format!("`{text}` is no size; write it like `512MiB`, `64k` or `2GB`")))
}

/// A length of time from a text like `10m`, `1h30m`, `1.5s` or `2 hours`. Units are ns, us, ms, s, m, h, d and w, and
/// the words for them; a number without a unit is refused, since nobody remembers which one would be meant.
pub fn parse_duration(text: &str) -> Result<Duration, ValueError> {
    let total = || {
        let mut rest = text.trim();
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (number, after) = split_number(rest)?;
            let after = after.trim_start();
            let end = after.find(|letter: char| !letter.is_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at_checked(end)?;
            total = total.checked_add(scaled(number, nanos_of(unit)?)?)?;
            rest = after.trim_start();
        }
        (!text.trim().is_empty()).then(|| Duration::from_nanos(total))
    };
    total().ok_or_else(|| ValueError(format!("`{text}` is no duration; write it like `500ms`, `10m` or `1h30m`")))
}

/// How many nanoseconds a unit of time has.
fn nanos_of(unit: &str) -> Option<u64> {
    const SECOND: u64 = 1_000_000_000;
    Some(match unit.to_lowercase().as_str() {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
        "m" | "min" | "mins" | "minute" | "minutes" => 60 * SECOND,
        "h" | "hour" | "hours" => 3_600 * SECOND,
        "d" | "day" | "days" => 86_400 * SECOND,
        "w" | "week" | "weeks" => 604_800 * SECOND,
        _ => return None,
    })
}

/// The decimal number that `text` begins with, and what follows it.
fn split_number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    text.split_at_checked(end).filter(|(number, _)| number.starts_with(|first: char| first.is_ascii_digit()))
}

/// `number` times `factor`, rounded down, in whole numbers so that no large one loses its last digits.
fn scaled(number: &str, factor: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = whole.parse::<u64>().ok()?.checked_mul(factor)?;
    if fraction.is_empty() {
        return (!number.ends_with('.')).then_some(whole);
    }
    // More digits than these are below one unit of anything.
    let digits = fraction.get(..fraction.len().min(18))?;
    let scale = 10_u128.pow(u32::try_from(digits.len()).ok()?);
    let part = digits.parse::<u128>().ok()?.checked_mul(u128::from(factor))? / scale;
    fraction.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    whole.checked_add(u64::try_from(part).ok()?)
}

impl FromStr for Size {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        parse_size(text).map(Self)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("TiB", 1_u64 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        match units.iter().find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor)) {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl FromStr for Address {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // Not looked up: reading a config asks no name server.
        let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        let address = numeric.as_deref().unwrap_or(text).parse();
        address.map(Self).map_err(|_| ValueError(format!("`{text}` is no address; write it like `127.0.0.1:4317`")))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de, T: FromStr<Err = ValueError>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("0", 0),
            ("512MiB", 512 << 20),
            ("512 mib", 512 << 20),
            ("64k", 64 << 10),
            ("64kB", 64_000),
            ("1.5G", 3 << 29),
            ("2GB", 2_000_000_000),
            ("1tib", 1 << 40),
            ("17 B", 17),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for bad in ["", "MiB", "-1", "1.", "1..5k", "1.5.5k", "5 apples", "99999999999999999999", "16777216TiB", ".5k"]
        {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_are_read() {
        for (text, millis) in [
            ("500ms", 500),
            ("10m", 600_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("1.5s", 1500),
            ("2 hours", 7_200_000),
            ("7d", 604_800_000),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for bad in ["", " ", "10", "m", "10x", "1h30", "-1s", "9999999999w", "1é"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn choices_and_addresses_are_read() {
        assert_eq!("sample".parse(), Ok(DropPolicy::Sample));
        assert_eq!(DropPolicy::Newest.to_string(), "newest");
        let near = "newst".parse::<DropPolicy>().unwrap_err().to_string();
        assert_eq!(near, "unknown drop policy `newst`; did you mean `newest`?");
        let far = "random".parse::<DropPolicy>().unwrap_err().to_string();
        assert_eq!(far, "unknown drop policy `random`; it is one of `oldest`, `newest`, `sample`");
        assert_eq!("localhost:4317".parse::<Address>().unwrap().to_string(), "127.0.0.1:4317");
        assert_eq!("[::1]:4317".parse::<Address>().unwrap().to_string(), "[::1]:4317");
        assert!("example.com:80".parse::<Address>().is_err());
    }

    proptest! {
        #[test]
        fn a_size_that_is_shown_reads_back(bytes: u64) {
            prop_assert_eq!(parse_size(&Size(bytes).to_string()), Ok(bytes));
        }

        #[test]
        fn no_text_breaks_the_readers(text in "\\PC{0,20}") {
            drop(parse_size(&text));
            drop(parse_duration(&text));
        }
    }
}
