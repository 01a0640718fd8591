//! Points in time as the output contracts have them: RFC 3339, universal time, nine digits.

use chrono::{DateTime, SecondsFormat};

use crate::model::Nanos;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Writes times; lines in a row are mostly of one day, so the date is worked out once.
#[derive(Debug, Default)]
pub(super) struct Stamp {
    day: Option<i64>,
    date: String,
}

impl Stamp {
    /// Appends `2025-12-24T10:30:45.000000001Z`.
    pub(super) fn write(&mut self, time: Nanos, out: &mut Vec<u8>) {
        let day = time.div_euclid(DAY);
        if self.day != Some(day) {
            let midnight = DateTime::from_timestamp_nanos(time).to_rfc3339_opts(SecondsFormat::Secs, true);
            midnight.split_inclusive('T').next().unwrap_or_default().clone_into(&mut self.date);
            self.day = Some(day);
        }
        out.extend_from_slice(self.date.as_bytes());
        let of_day = time.rem_euclid(DAY);
        let seconds = of_day / SECOND;
        digits(seconds / 3600, 2, out);
        out.push(b':');
        digits(seconds / 60 % 60, 2, out);
        out.push(b':');
        digits(seconds % 60, 2, out);
        out.push(b'.');
        digits(of_day % SECOND, 9, out);
        out.push(b'Z');
    }
}

/// One time as a text of its own.
pub(super) fn rfc3339(time: Nanos) -> String {
    let mut out = Vec::new();
    Stamp::default().write(time, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// The last `width` decimal digits of `number`, which is not negative.
fn digits(mut number: i64, width: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + width, b'0');
    for place in out.iter_mut().skip(start).rev() {
        *place = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn times_are_written_as_the_calendar_has_them(first: i64, second: i64) {
            let mut stamp = Stamp::default();
            for time in [first, second, first.saturating_add(1)] {
                let mut out = Vec::new();
                stamp.write(time, &mut out);
                let expected = DateTime::from_timestamp_nanos(time).to_rfc3339_opts(SecondsFormat::Nanos, true);
                prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
            }
        }
    }
}
