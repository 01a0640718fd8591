//! What holds for every registered format: names, samples, agreement of the two ways in, and hostile input.

use std::collections::HashSet;

use proptest::prelude::*;

use super::formats::with_ids;
use super::*;
use crate::model::{Value, Zone};

fn samples() -> impl Iterator<Item = (FormatId, &'static str)> {
    with_ids().flat_map(|(id, format)| format.samples().iter().map(move |sample| (id, *sample)))
}

#[test]
fn names_are_unique_and_found() {
    let mut seen = HashSet::new();
    for (id, format) in with_ids() {
        assert!(seen.insert(format.name()), "{}", format.name());
        assert!(!format.about().is_empty() && !format.samples().is_empty(), "{}", format.name());
        assert_eq!(format_by_name(format.name()), Some(id));
        assert_eq!(format_name(id), format.name());
    }
    assert_eq!(format_by_name("text"), Some(FormatId::TEXT));
    assert_eq!(format_by_name("record"), None);
    assert_eq!([FormatId::RECORD, FormatId::LOSS, FormatId(200)].map(format_name), ["record", "loss", "unknown"]);
}

#[test]
fn every_sample_is_detected_as_its_format_after_lines_of_any_other() {
    for (id, sample) in samples() {
        for (_, before) in samples() {
            let mut parser = LineParser::new(&ParseOptions::default());
            parser.parse(before.as_bytes());
            let facts = parser.parse(sample.as_bytes());
            assert_eq!(format_name(facts.format), format_name(id), "{sample} after {before}");
        }
    }
}

#[test]
fn both_ways_in_agree_on_the_facts() {
    for (_, sample) in samples() {
        let facts = LineParser::new(&ParseOptions::default()).parse(sample.as_bytes());
        assert_eq!(read(facts.format, sample.as_bytes()).facts, facts, "{sample}");
    }
}

#[test]
fn every_field_of_a_reading_is_found_by_its_name() {
    for (id, sample) in samples() {
        for (key, value) in read(id, sample.as_bytes()).fields.iter() {
            let found = field(id, sample.as_bytes(), key);
            // A nested object is shown without what became facts, but found whole.
            let agrees = matches!(value, Value::Map(_) | Value::Array(_)) || found.as_ref() == Some(value);
            assert!(found.is_some() && agrees, "{key} of {sample}: {found:?}");
        }
    }
}

#[test]
fn cut_and_damaged_samples_never_panic_and_always_agree() {
    for (_, sample) in samples() {
        for len in 0..sample.len() {
            let (cut, _) = sample.as_bytes().split_at(len);
            check(cut);
            let mut damaged = sample.as_bytes().to_vec();
            for damage in [0, b'"', b'\\', b'{', b'=', 0xff] {
                if let Some(byte) = damaged.get_mut(len) {
                    *byte = damage;
                }
                check(&damaged);
            }
        }
    }
}

/// Whatever the line: no panic, the two ways in agree, and every format survives it.
fn check(line: &[u8]) {
    let facts = LineParser::new(&ParseOptions::default()).parse(line);
    assert_eq!(read(facts.format, line).facts, facts);
    severity_hint(line);
    for (id, _) in with_ids() {
        read(id, line);
        field(id, line, "a.b");
    }
}

#[test]
fn the_guess_follows_a_stream_but_not_a_stray_line() {
    let json = format_by_name("json").unwrap();
    let mut parser = LineParser::new(&ParseOptions::default());
    assert_eq!(parser.format(), FormatId::TEXT);
    parser.parse(br#"{"level":"info"}"#);
    assert_eq!(parser.format(), json);
    assert_eq!(parser.parse(b"panic: oh no").format, FormatId::TEXT);
    assert_eq!(parser.format(), json);
    for _ in 0..4 {
        parser.parse(b"goroutine 1 [running]:");
    }
    assert_eq!(parser.format(), FormatId::TEXT);
    assert_eq!(parser.parse(br#"{"level":"info"}"#).format, json);
}

#[test]
fn a_forced_format_takes_no_other() {
    let options = ParseOptions { format: format_by_name("logfmt"), ..ParseOptions::default() };
    let mut parser = LineParser::new(&options);
    assert_eq!(parser.parse(br#"{"level":"info"}"#).format, FormatId::TEXT);
    assert_eq!(format_name(parser.parse(b"level=info msg=x").format), "logfmt");
    assert_eq!(format_name(parser.format()), "logfmt");
}

#[test]
fn zone_and_year_come_from_the_options() {
    let options = ParseOptions { zone: Zone::fixed(3600), ..ParseOptions::default() };
    let mut parser = LineParser::new(&options);
    assert_eq!(parser.parse(b"2026-03-01 11:00:00 x").time, Some(1_772_359_200_000_000_000));
    assert_eq!(parser.parse(b"Mar  1 11:00:00 host x").time, None);
    parser.set_year_near(1_772_400_000_000_000_000);
    assert_eq!(parser.parse(b"Mar  1 11:00:00 host x").time, Some(1_772_359_200_000_000_000));
}

proptest! {
    #[test]
    fn no_bytes_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&line);
    }

    #[test]
    fn nothing_like_a_line_panics(line in "[{}\\[\\]\":,\\\\=a-z0-9 .\\-|TZtrace_id<>\u{1b}]{0,160}") {
        check(line.as_bytes());
    }
}
