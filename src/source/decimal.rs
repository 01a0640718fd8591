//! Decimal numbers of seconds or milliseconds, as JSON writes them, without a double between.

/// The number that `text` is, with the point moved to the right by `places`: 9 makes nanoseconds of seconds, 6 of
/// milliseconds. What is behind the point then is cut off: `1499473411.677`, `1.499E9`. `None` where it is no number, or does
/// not fit. A double would lose the last two digits of a microsecond.
pub(super) fn scaled(text: &str, places: i64) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix('+').unwrap_or(exponent).parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (is_negative, whole) = whole.strip_prefix('-').map_or((false, whole), |whole| (true, whole));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // So many digits stand in front of the point once it is moved.
    let before = i64::try_from(whole.len()).ok()? + i64::from(exponent) + places;
    let digits = whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat(b'0'));
    let mut total = 0_i64;
    for digit in digits.take(usize::try_from(before.clamp(0, 64)).ok()?) {
        total = total.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    Some(if is_negative { -total } else { total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_is_kept() {
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
            ("1e99999999999", None),
            ("99999999999999", None),
            ("", None),
            ("NaN", None),
            ("\"7\"", None),
            ("1e", None),
        ] {
            assert_eq!(scaled(text, 9), expected, "{text}");
        }
        assert_eq!((scaled("3.3833", 6), scaled("716.2912", 6)), (Some(3_383_300), Some(716_291_200)));
    }
}
