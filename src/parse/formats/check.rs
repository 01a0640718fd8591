//! Tables of lines and of what they are to be read as: the tests of several formats.

use chrono::DateTime;

use crate::model::Attributes;
use crate::parse::{Facts, LineParser, ParseOptions, field, format_name, is_derived, is_given, read};

/// The first of March 2026 in the evening, near which stamps without a year lie.
const NEAR: i64 = 1_772_400_000_000_000_000;

/// A line and what it says: its time in RFC 3339, the number of its severity, its service, its message, and all other
/// fields as [`shown`] writes them. What it does not say is empty or 0.
pub(super) type Case<'a> = (&'a str, (&'a str, u8, &'a str, &'a str, &'a str));

/// Reads `line` as the first of a stream.
pub(super) fn facts_of(line: &str) -> Facts<'_> {
    let options = ParseOptions { year_near: Some(NEAR), ..ParseOptions::default() };
    LineParser::new(&options).parse(line.as_bytes())
}

/// Every line is detected as `format` and read as its row says, by all ways in.
pub(super) fn check(format: &str, cases: &[Case<'_>]) {
    for (line, (time, severity, service, message, fields)) in cases {
        let facts = facts_of(line);
        assert_eq!(format_name(facts.format), format, "{line}");
        let time = (!time.is_empty()).then(|| DateTime::parse_from_rfc3339(time).unwrap());
        assert_eq!(facts.time, time.and_then(|time| time.timestamp_nanos_opt()), "{line}");
        assert_eq!(facts.severity.number(), *severity, "{line}");
        assert_eq!(String::from_utf8_lossy(facts.service.unwrap_or_default()), *service, "{line}");
        let reading = read(facts.format, line.as_bytes());
        assert_eq!((&*reading.message, &*shown(&reading.fields)), (*message, *fields), "{line}");
        for (key, value) in reading.fields.iter() {
            assert_eq!(field(facts.format, line.as_bytes(), key).as_ref(), Some(value), "{key} of {line}");
            let name = key.rsplit('.').next().unwrap_or(key);
            assert!(line.contains(name) || is_given(key), "{key} is not in {line}");
            let stands = value.as_str().is_none_or(|text| line.contains(text)) || line.contains('\\');
            assert!(stands || is_derived(key), "{key}={value} is not in {line}");
        }
    }
}

/// None of the lines is detected as `format`.
pub(super) fn check_not(format: &str, lines: &[&str]) {
    for line in lines {
        assert_ne!(format_name(facts_of(line).format), format, "{line}");
    }
}

/// Fields as `key=value`, blanks between them.
pub(super) fn shown(fields: &Attributes) -> String {
    fields.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
}
