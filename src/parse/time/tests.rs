//! Every form of timestamp by table, and round trips against chrono.

use chrono::{DateTime, FixedOffset, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use proptest::prelude::*;

use super::*;

const NEAR: Hints = Hints { zone_offset_seconds: 0, year_near: Some(1_772_400_000_000_000_000) };

fn utc(text: &str) -> Nanos {
    DateTime::parse_from_rfc3339(text).unwrap().timestamp_nanos_opt().unwrap()
}

#[test]
fn prefixes_of_lines() {
    let cases = [
        ("2026-03-01T10:00:00Z rest", "2026-03-01T10:00:00Z", 20),
        ("2026-03-01t10:00:00z", "2026-03-01T10:00:00Z", 20),
        ("2026-03-01 10:00:00,123 [main]", "2026-03-01T10:00:00.123Z", 23),
        ("2026-03-01 10:00:00.1234567891234 x", "2026-03-01T10:00:00.123456789Z", 33),
        ("2026-03-01 10:00:00. x", "2026-03-01T10:00:00Z", 19),
        ("2026-03-01T10:00:00.5+02 x", "2026-03-01T08:00:00.5Z", 24),
        ("2026-03-01T10:00:00+0230 x", "2026-03-01T07:30:00Z", 24),
        ("2026-03-01T10:00:00-02:30", "2026-03-01T12:30:00Z", 25),
        ("2026-03-01T10:00:00-00:00", "2026-03-01T10:00:00Z", 25),
        ("2014-03-10 19:57:38.562264131 -0400 EDT", "2014-03-10T23:57:38.562264131Z", 35),
        ("2026-03-01 10:00:00.123 UTC [12] LOG:", "2026-03-01T10:00:00.123Z", 27),
        ("2026-03-01 10:00:00 - name - INFO", "2026-03-01T10:00:00Z", 19),
        ("2026-03-01 10:00:00-worker", "2026-03-01T10:00:00Z", 19),
        ("2015-04-24T21:08:10.313913FOO err", "2015-04-24T21:08:10.313913Z", 26),
        ("2026/03/01 10:00:00 [error]", "2026-03-01T10:00:00Z", 19),
        ("2026-06-30T23:59:60Z", "2026-07-01T00:00:00Z", 20),
        ("01/Mar/2026:10:00:00 -0700] \"GET", "2026-03-01T17:00:00Z", 26),
        ("Sun Mar  1 10:00:00 2026", "2026-03-01T10:00:00Z", 24),
        ("Sun Mar 01 10:00:00.123456 2026] [core:error]", "2026-03-01T10:00:00.123456Z", 31),
        ("1772359200 x", "2026-03-01T10:00:00Z", 10),
        ("1772359200.123456 x", "2026-03-01T10:00:00.123456Z", 17),
        ("1772359200123 x", "2026-03-01T10:00:00.123Z", 13),
        ("1772359200123456789", "2026-03-01T10:00:00.123456789Z", 19),
    ];
    for (line, expected, len) in cases {
        assert_eq!(parse_prefix(line.as_bytes(), 0), Some((utc(expected), len)), "{line}");
    }
}

#[test]
fn what_is_no_time_is_not_taken() {
    let cases = [
        "",
        "2026",
        "2026-03-01",
        "2026-13-01 10:00:00",
        "2026-02-29 10:00:00",
        "2026-03-01 24:00:00",
        "2026-03-01 10:60:00",
        "2026-03-01x10:00:00",
        "2026-03/01 10:00:00",
        "20a6-03-01 10:00:00",
        "1600-01-01 00:00:00",
        "2300-01-01 00:00:00",
        "00/Mar/2026:10:00:00",
        "01/Mrz/2026:10:00:00",
        "12345 x",
        "123456789 x",
        "1772359200x",
        "May the force be with you",
        "Mar  1 10:00:00 host",
        "Feb 30 10:00:00",
    ];
    for line in cases {
        assert_eq!(parse_prefix(line.as_bytes(), 0), None, "{line}");
    }
}

#[test]
fn a_missing_zone_and_year_come_from_the_hints() {
    assert_eq!(parse_prefix(b"2026-03-01 10:00:00", 3600), Some((utc("2026-03-01T09:00:00Z"), 19)));
    assert_eq!(parse_prefix(b"2026-03-01 10:00:00Z", 3600), Some((utc("2026-03-01T10:00:00Z"), 20)));
    // NEAR is 2026-03-01T21:20Z.
    let cases = [
        ("Mar  1 10:00:00 host", "2026-03-01T10:00:00Z", 15),
        ("Mar 1 10:00:00 host", "2026-03-01T10:00:00Z", 14),
        ("Mar 02 10:00:00 host", "2026-03-02T10:00:00Z", 15),
        ("Mar  4 10:00:00 host", "2025-03-04T10:00:00Z", 15),
        ("Dec 31 23:59:59.5 host", "2025-12-31T23:59:59.5Z", 17),
        ("Feb 29 10:00:00 host", "2024-02-29T10:00:00Z", 15),
    ];
    for (line, expected, len) in cases {
        assert_eq!(parse_prefix_with(line.as_bytes(), &NEAR), Some((utc(expected), len)), "{line}");
    }
}

#[test]
fn values_of_fields() {
    let cases = [
        ("1761019822.3152757", Some("2025-10-21T04:10:22.3152757Z")),
        ("1.7610198223152757e9", Some("2025-10-21T04:10:22.3152757Z")),
        ("1761019822315", Some("2025-10-21T04:10:22.315Z")),
        ("1761019822315275", Some("2025-10-21T04:10:22.315275Z")),
        ("1761019822315275700", Some("2025-10-21T04:10:22.315275700Z")),
        ("1761019822315.2757", Some("2025-10-21T04:10:22.3152757Z")),
        (" 2026-03-01T10:00:00Z ", Some("2026-03-01T10:00:00Z")),
        ("2014-03-10 19:57:38 -0400 EDT m=+0.001", Some("2014-03-10T23:57:38Z")),
        ("12345.678", None),
        ("0", None),
        ("0.0000000000", None),
        ("-1761019822", None),
        ("1e400", None),
        ("99999999999999999999999999999999999999999999", None),
        ("9999999999999999999", None),
        ("1761019822 seconds", Some("2025-10-21T04:10:22Z")),
        ("yesterday", None),
    ];
    for (value, expected) in cases {
        assert_eq!(parse_value(value.as_bytes(), &Hints::default()), expected.map(utc), "{value}");
    }
}

proptest! {
    #[test]
    fn what_chrono_writes_is_read_back(nanos in any::<i64>(), offset in -86_399..86_399i32) {
        let zone = FixedOffset::east_opt(offset / 60 * 60).unwrap();
        let time = Utc.timestamp_nanos(nanos).with_timezone(&zone);
        for text in [time.to_rfc3339_opts(SecondsFormat::Nanos, true), time.format("%Y-%m-%d %H:%M:%S,%f%z").to_string()] {
            prop_assert_eq!(parse_prefix(text.as_bytes(), 0), Some((nanos, text.len())), "{}", text);
        }
    }

    #[test]
    fn naive_times_are_those_of_the_given_zone(seconds in -9_000_000_000..9_000_000_000i64, offset in -50_000..50_000i32) {
        let naive: NaiveDateTime = Utc.timestamp_opt(seconds, 0).unwrap().naive_utc();
        let text = naive.format("%d/%b/%Y:%H:%M:%S").to_string();
        let expected = (seconds - i64::from(offset)) * 1_000_000_000;
        prop_assert_eq!(parse_prefix(text.as_bytes(), offset), Some((expected, text.len())));
    }

    #[test]
    fn numbers_keep_every_digit(nanos in 1_000_000_000_000_000_000..i64::MAX) {
        let seconds = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
        let hints = Hints::default();
        prop_assert_eq!(parse_value(seconds.as_bytes(), &hints), Some(nanos));
        prop_assert_eq!(parse_value(nanos.to_string().as_bytes(), &hints), Some(nanos));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Some((_, len)) = parse_prefix_with(&bytes, &NEAR) {
            prop_assert!(len <= bytes.len());
        }
        parse_value(&bytes, &NEAR);
    }

    #[test]
    fn no_digits_panic(text in "[0-9eE+.:/ TZ-]{0,48}") {
        if let Some((_, len)) = parse_prefix_with(text.as_bytes(), &NEAR) {
            prop_assert!(len <= text.len());
        }
        parse_value(text.as_bytes(), &NEAR);
    }
}
