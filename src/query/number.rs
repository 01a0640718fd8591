//! Numbers with units: `1.5s`, `1m30s`, `10kb`, `4mib`.

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    /// Nothing in particular.
    None,
    /// Nanoseconds.
    Duration,
    /// Bytes.
    Size,
}

/// A number in the base of its unit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Quantity {
    pub(super) value: f64,
    pub(super) unit: Unit,
}

/// What a number may look like, for messages.
pub(super) const EXPECTED: &str = "a number, with a unit if it has one: 100, 1.5s, 20ms, 1m30s, 10kb, 4mib";

/// Nanoseconds in each unit of time.
const DURATIONS: [(&str, f64); 9] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("\u{b5}s", 1e3),
    ("\u{3bc}s", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
    ("d", 86_400e9),
];

/// Bytes in each unit of size: powers of 1000, and of 1024 with an `i` (IEC 80000-13).
const SIZES: [(&str, f64); 9] = [
    ("b", 1.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("kib", 1024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
    ("tib", 1_099_511_627_776.0),
];

/// Reads a number with or without a unit. Durations may have several parts, the units of sizes are of any case.
pub(super) fn quantity(text: &str) -> Option<Quantity> {
    if let Some(value) = plain(text) {
        return Some(Quantity { value, unit: Unit::None });
    }
    if let Some(value) = duration(text) {
        return Some(Quantity { value, unit: Unit::Duration });
    }
    let (number, unit) = split(text)?;
    let (_, factor) = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    Some(Quantity { value: plain(number)? * factor, unit: Unit::Size })
}

/// A finite decimal number.
pub(super) fn plain(text: &str) -> Option<f64> {
    let starts_well = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    text.parse().ok().filter(|number: &f64| starts_well && number.is_finite())
}

/// A duration in nanoseconds; several parts add up.
pub(super) fn duration(text: &str) -> Option<f64> {
    let (negative, mut rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut sum = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = split(rest)?;
        let len = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(len)?;
        let (_, factor) = DURATIONS.iter().find(|(name, _)| *name == unit.trim())?;
        sum += plain(number)? * factor;
        rest = next;
    }
    Some(if negative { -sum } else { sum })
}

/// The digits at the start, and what follows them, which is not empty.
fn split(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c))?;
    text.split_at_checked(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        for (text, value, unit) in [
            ("100", 100.0, Unit::None),
            ("-5", -5.0, Unit::None),
            ("1e3", 1000.0, Unit::None),
            ("1.5s", 1.5e9, Unit::Duration),
            ("20ms", 2e7, Unit::Duration),
            ("7\u{b5}s", 7e3, Unit::Duration),
            ("7\u{3bc}s", 7e3, Unit::Duration),
            ("1m30s", 90e9, Unit::Duration),
            ("2h", 7200e9, Unit::Duration),
            ("10kb", 1e4, Unit::Size),
            ("4MiB", 4_194_304.0, Unit::Size),
        ] {
            assert_eq!(quantity(text), Some(Quantity { value, unit }), "{text}");
        }
        for bad in ["", "s", "1.5q", "abc", "1..2", "inf", "NaN", "1e999", "ms10", "-", "1s2"] {
            assert_eq!(quantity(bad), None, "{bad}");
        }
    }
}
