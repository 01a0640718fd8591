//! What holds for every registered format: names, samples, agreement of the two ways in, hostile input, and that a
//! reading neither loses what the line says nor says what the line does not.

use std::collections::HashSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::formats::with_ids;
use super::pairs::text_of;
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

/// Else a line would be of another format when it is read again, without those before it.
#[test]
fn no_line_is_of_a_format_whose_lines_begin_otherwise() {
    for (id, sample) in samples() {
        let mut parser = LineParser::new(&ParseOptions::default());
        parser.parse(sample.as_bytes());
        // Of a line with terminal sequences the text counts.
        for first in (0..=u8::MAX).filter(|first| *first != 0x1b) {
            let line = [&[first], sample.as_bytes()].concat();
            let format = parser.clone().parse(&line).format;
            let may_be = formats::format_of(format).is_some_and(|format| format.may_begin(first));
            assert!(may_be, "{:?} behind {}", String::from_utf8_lossy(&line), format_name(id));
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

/// The names of fields whose last part does not stand in the line, although no format says that it gives them. A filter on
/// such a field would pass over the line.
fn unannounced(id: FormatId, line: &[u8]) -> Vec<String> {
    let seen = seen(line);
    let stands = |name: &str| seen.iter().any(|line| line.contains(&name.to_ascii_lowercase()));
    let fields = read(id, line).fields;
    let names = fields.iter().map(|(key, _)| key).filter(|key| !is_given(key));
    names.filter(|key| !stands(key.rsplit('.').next().unwrap_or(key))).map(ToString::to_string).collect()
}

#[test]
fn every_name_of_a_field_stands_in_the_line_or_is_announced() {
    let found = samples().filter_map(|(id, sample)| {
        let names = unannounced(id, sample.as_bytes());
        (!names.is_empty()).then(|| format!("{names:?} as {} of {sample:?}", format_name(id)))
    });
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
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
fn a_long_plain_text_is_still_looked_at_now_and_then() {
    let mut parser = LineParser::new(&ParseOptions::default());
    let plain = b"2026-03-01 10:00:00 nothing that any logger writes";
    let known = |n: usize| format!("2026-03-01 10:00:00,123 - worker - ERROR - job {} failed", "x".repeat(n));
    (0..1000).for_each(|_| assert_eq!(parser.parse(plain).format, FormatId::TEXT));
    assert_eq!(parser.parse(br#"{"level":"info"}"#).format, format_by_name("json").unwrap());
    (0..1000).for_each(|_| assert_eq!(parser.parse(plain).format, FormatId::TEXT));
    let until = (0..100).position(|n| parser.parse(known(n).as_bytes()).format != FormatId::TEXT).unwrap();
    assert!(until < 16, "{until}");
    assert_eq!(format_name(parser.parse(known(0).as_bytes()).format), "python");
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

/// The line as a reader sees it: as it stands, with JSON's escapes resolved, with those that only take a sign for itself, and
/// with the pieces that a container runtime cut it into put together.
fn seen(line: &[u8]) -> [String; 4] {
    let line = ansi::strip(line);
    let mut plain = String::new();
    let text = text_of(&line);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    let whole = text.replace('\n', "");
    [text.to_string(), formats::unescape(&line).into_owned(), plain, whole].map(|text| text.to_ascii_lowercase())
}

/// Whether a number stands in the text, however it is written.
fn has_number(text: &str, number: f64) -> bool {
    const LONGEST: usize = 40;
    let starts = text.char_indices().filter(|(_, c)| c.is_ascii_digit() || *c == '-').map(|(at, _)| at);
    starts.flat_map(|at| (at..(at + LONGEST).min(text.len())).map(move |to| at..=to)).any(|range| {
        let parsed = text.get(range).and_then(|digits| digits.parse::<f64>().ok());
        parsed.is_some_and(|parsed| parsed.to_bits() == number.to_bits())
    })
}

/// The first value within `value` that does not stand in the line. Truth values are left out: a bare word means one.
fn made_up<'a>(value: &'a Value, seen: &[String]) -> Option<&'a Value> {
    let stands = match value {
        Value::Null | Value::Bool(_) => true,
        Value::Str(text) => seen.iter().any(|line| line.contains(&text.to_ascii_lowercase())),
        Value::Int(number) => seen.iter().any(|line| line.contains(&number.to_string())),
        Value::Double(number) => seen.iter().any(|line| has_number(line, *number)),
        Value::Bytes(_) => false,
        Value::Array(items) => return items.iter().find_map(|item| made_up(item, seen)),
        Value::Map(map) => return map.iter().find_map(|(_, item)| made_up(item, seen)),
    };
    (!stands).then_some(value)
}

/// What any format attributes to a line although it does not stand in it.
fn attributed(line: &[u8]) -> Vec<String> {
    let seen = seen(line);
    let mut found = Vec::new();
    for (id, format) in with_ids() {
        let reading = read(id, line);
        let mut add = |what: &str, value: &dyn std::fmt::Debug| {
            found.push(format!("{what} {value:?} as {} of {:?}", format.name(), text_of(line)));
        };
        if let Some(service) = reading.facts.service.filter(|name| memchr::memmem::find(line, name).is_none()) {
            add("service", &text_of(service));
        }
        let level = reading.severity_text.to_ascii_lowercase();
        if !seen.iter().any(|line| line.contains(&level)) {
            add("level", &level);
        }
        for (key, value) in reading.fields.iter().filter(|(key, _)| !is_derived(key)) {
            if let Some(value) = made_up(value, &seen) {
                add(key, value);
            }
        }
    }
    found
}

/// All that a reading says, in lower case.
fn told(reading: &Reading<'_>) -> String {
    let service = reading.facts.service.map(formats::unescape).unwrap_or_default();
    let ids = reading.facts.trace_id.map(|id| id.to_string()).unwrap_or_default()
        + &reading.facts.span_id.map(|id| id.to_string()).unwrap_or_default();
    let mut out = format!("{} {service} {} {ids}", reading.message, reading.severity_text);
    for (key, value) in reading.fields.iter() {
        write!(out, " {key} {}", formats::unescape(value.to_string().as_bytes())).unwrap();
    }
    out.to_ascii_lowercase()
}

/// Whether a word says nothing but what a fact is called, or that there is none.
fn is_name_of_a_fact(word: &str) -> bool {
    key::names()
        .any(|name| name.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphabetic()).any(|part| part == word))
        || word == "null"
}

/// The words of a line (four letters and more; times have shorter ones) that its reading does not tell.
fn lost_words(id: FormatId, line: &[u8]) -> Vec<String> {
    let reading = read(id, line);
    let told = told(&reading);
    let is_level = |word: &str| Severity::from_name(word.as_bytes()) == Some(reading.facts.severity);
    let [_, seen, ..] = seen(line);
    let words = seen.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() >= 4);
    let is_lost = |word: &&str| !told.contains(word) && !is_name_of_a_fact(word) && !is_level(word);
    words.filter(is_lost).map(str::to_owned).collect()
}

#[test]
fn every_word_of_a_sample_is_told_wherever_it_is_cut() {
    let mut lost = Vec::new();
    for (id, sample) in samples() {
        // The whole line first: what it loses, its beginnings do too.
        for len in (0..=sample.len()).rev().filter(|len| sample.is_char_boundary(*len)) {
            let cut = sample.get(..len).unwrap_or_default();
            let words = lost_words(id, cut.as_bytes());
            if !words.is_empty() {
                lost.push(format!("{words:?} as {} of {cut:?}", format_name(id)));
                break;
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn nothing_is_attributed_to_a_sample_that_does_not_stand_in_it() {
    let found: Vec<String> = samples().flat_map(|(_, sample)| attributed(sample.as_bytes())).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Lines that are almost of a format: two samples cut and joined, and a few bytes of it replaced.
fn almost_samples() -> impl Strategy<Value = Vec<u8>> {
    let all: Vec<&'static str> = samples().map(|(_, sample)| sample).collect();
    let sample = prop::sample::select(all);
    let damage = (any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[]=:,. \n\x1b\xff0a-|".to_vec()));
    let cuts = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    (sample.clone(), sample, cuts, prop::collection::vec(damage, 0..4)).prop_map(|(one, other, (to, from), damages)| {
        let head = one.as_bytes().get(..to.index(one.len() + 1)).unwrap_or_default();
        let tail = other.as_bytes().get(from.index(other.len() + 1)..).unwrap_or_default();
        let mut line = [head, tail].concat();
        for (at, byte) in damages.into_iter().filter(|_| !head.is_empty()) {
            let at = at.index(line.len());
            line[at] = byte;
        }
        line
    })
}

#[test]
fn colours_change_nothing_that_is_read() {
    for (id, sample) in samples().filter(|(_, sample)| !sample.contains('\x1b')) {
        let coloured: String = sample.chars().flat_map(|c| ['\x1b', '[', '3', '1', 'm', c]).collect();
        let (plain, coloured) = (read(id, sample.as_bytes()), read(id, coloured.as_bytes()));
        assert_eq!(Facts { service: None, ..coloured.facts }, Facts { service: None, ..plain.facts }, "{sample}");
        assert_eq!((coloured.message, coloured.fields), (plain.message, plain.fields), "{sample}");
    }
}

#[test]
fn a_parser_forgets_one_coloured_line_over_the_next() {
    let mut parser = LineParser::new(&ParseOptions::default());
    let lines = [
        ("\x1b[2mts=2026-03-01T10:00:00Z\x1b[m level=\x1b[31merror\x1b[m logger=cart msg=x", 17, Some("cart")),
        ("\x1b[mlevel=info logger=\x1b[1mca\x1b[mrt msg=x", 9, None),
        ("level=warn logger=bank msg=x", 13, Some("bank")),
    ];
    for (line, severity, service) in lines {
        let facts = parser.parse(line.as_bytes());
        assert_eq!(format_name(facts.format), "logfmt", "{line:?}");
        assert_eq!((facts.severity.number(), facts.service), (severity, service.map(str::as_bytes)), "{line:?}");
    }
    assert_eq!(field(format_by_name("logfmt").unwrap(), lines[1].0.as_bytes(), "logger"), Some("cart".into()));
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

    #[test]
    fn what_is_almost_a_sample_is_read_as_what_stands_there(line in almost_samples()) {
        check(&line);
        prop_assert_eq!(attributed(&line), Vec::<String>::new());
    }
}
