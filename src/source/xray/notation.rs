//! How X-Ray writes ids (`1-5759e988-bd862e3fe1be46a994272793`) and times (decimal seconds).

use crate::model::{Nanos, TraceId};

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// The id that X-Ray writes as `1-` 8 hex digits `-` 24 hex digits.
pub(super) fn trace_id(written: &str) -> Option<TraceId> {
    let (time, rest) = written.strip_prefix("1-")?.split_once('-')?;
    TraceId::from_hex(format!("{time}{rest}").as_bytes()).filter(|_| (time.len(), rest.len()) == (8, 24))
}

/// As X-Ray writes an id.
pub(super) fn written(id: TraceId) -> String {
    let digits = id.to_string();
    let (time, rest) = digits.split_at(8);
    format!("1-{time}-{rest}")
}

/// The second that an id of X-Ray's own begins with. Ids of others begin with any number.
pub(super) fn second(id: TraceId) -> i64 {
    let [a, b, c, d, ..] = *id.bytes();
    i64::from(u32::from_be_bytes([a, b, c, d]))
}

/// Decimal seconds, as JSON writes numbers, in nanoseconds: `1499473411.677`, `1.499E9`. What is below a nanosecond is cut
/// off. A double would lose the last two digits of a microsecond.
pub(super) fn nanos(text: &str) -> Option<Nanos> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix('+').unwrap_or(exponent).parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (is_negative, whole) = whole.strip_prefix('-').map_or((false, whole), |whole| (true, whole));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // So many digits stand in front of the point of a count of nanoseconds.
    let before = i64::try_from(whole.len()).ok()? + i64::from(exponent) + 9;
    let digits = whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat(b'0'));
    let mut total = 0_i64;
    for digit in digits.take(usize::try_from(before.clamp(0, 64)).ok()?) {
        total = total.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    Some(if is_negative { -total } else { total })
}

/// Seconds of the service's answers, in nanoseconds.
#[expect(clippy::cast_possible_truncation, reason = "rounded, and clamped by the conversion")]
pub(super) fn of_seconds(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64
}

/// A time in the seconds that expressions and requests are written in: `1.5`.
pub(super) fn seconds(nanos: i64) -> String {
    let (whole, part) = (nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND));
    format!("{whole}.{part:09}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_the_service_does() {
        let id = trace_id("1-4bf92f35-77b34da6a3ce929d0e0e4736").unwrap();
        assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!((&*written(id), second(id)), ("1-4bf92f35-77b34da6a3ce929d0e0e4736", 0x4bf9_2f35));
        for wrong in ["", "1-", "4bf92f3577b34da6a3ce929d0e0e4736", "1-4bf92f3-577b34da6a3ce929d0e0e4736", "1-é-x"] {
            assert_eq!(trace_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_keep_every_digit() {
        for (text, expected) in [
            ("1596566305.5928545", Some(1_596_566_305_592_854_500)),
            ("1499473411.677", Some(1_499_473_411_677_000_000)),
            ("1.499473411677123456E9", Some(1_499_473_411_677_123_456)),
            ("1.499E9", Some(1_499_000_000_000_000_000)),
            ("1.4999999999999e+3", Some(1_499_999_999_999)),
            ("14994734116771e-4", Some(1_499_473_411_677_100_000)),
            ("0.0000000019", Some(1)),
            ("5e-12", Some(0)),
            ("-2.5", Some(-2_500_000_000)),
            ("7", Some(7_000_000_000)),
            ("1e400", None),
            ("99999999999999", None),
            ("", None),
            ("\"7\"", None),
            ("1e", None),
        ] {
            assert_eq!(nanos(text), expected, "{text}");
        }
        assert_eq!((&*seconds(1_500_000_000), &*seconds(2_000_000_000), &*seconds(1)), ("1.5", "2", "0.000000001"));
        assert_eq!(of_seconds(3.232), 3_232_000_000);
    }
}
