//! One event to one log line.
//!
//! A record of fields becomes a line of JSON, which is read as any logger's JSON is: times, levels, messages and trace ids
//! under all their usual names. The event's time is put in as `time` where the record names none itself.
//!
//! A record that only carries a program's line (`log`, as Fluent Bit, Docker's driver and Kubernetes' collectors have it)
//! becomes a log record: its text is read as the line that it is, its other fields are attributes.

use chrono::{DateTime, SecondsFormat};
use rmpv::ValueRef;

use super::message::{hex, text};
use crate::model::{Attributes, LogRecord, Nanos, Value};

const SECOND: Nanos = 1_000_000_000;

/// Names under which a record says itself when it happened.
const TIMES: &[&str] = &["time", "@timestamp", "timestamp", "ts", "@t", "t", "date", "datetime"];
/// Names of which a record has one that is more than a program's line.
const OWN: &[&str] = &["message", "msg", "level", "severity"];
/// The name of a program's line.
const LINE: &str = "log";
/// Seconds from which on an event is none: Fluent Bit marks the beginning and the end of groups so.
const MARKS: u32 = u32::MAX - 1;

/// What an event becomes.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Line {
    /// A line of JSON.
    Json(Vec<u8>),
    /// A program's line with attributes.
    Record(Box<LogRecord>),
}

/// When an event happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum When {
    /// Then.
    At(Nanos),
    /// Nobody says.
    Unknown,
    /// It is no event.
    Mark,
}

/// The line that an event is. `Ok(None)` for one that marks a group, `Err` for what is no event.
pub(super) fn line(time: &ValueRef<'_>, record: &ValueRef<'_>) -> Result<Option<Line>, &'static str> {
    let (time, metadata) = match time {
        ValueRef::Array(parts) => (parts.first().unwrap_or(&ValueRef::Nil), parts.get(1)),
        time => (time, None),
    };
    let at = match when(time).ok_or("a time that is none")? {
        When::Mark => return Ok(None),
        When::At(at) => Some(at),
        When::Unknown => None,
    };
    let ValueRef::Map(fields) = record else { return Err("a record that is no map") };
    let metadata = metadata.filter(|metadata| matches!(metadata, ValueRef::Map(fields) if !fields.is_empty()));
    let has = |names: &[&str]| fields.iter().any(|(key, _)| is_one_of(key, names));
    let line = fields.iter().find(|(key, _)| is_one_of(key, &[LINE])).and_then(|(_, value)| text(value));
    Ok(Some(match line {
        Some(line) if !has(OWN) => Line::Record(Box::new(log_record(line, fields, metadata, at))),
        _ => Line::Json(json(fields, metadata, at.filter(|_| !has(TIMES)))),
    }))
}

/// A time in any of the forms that senders have for it.
fn when(time: &ValueRef<'_>) -> Option<When> {
    let at = |seconds: i64, nanos: i64| match seconds.checked_mul(SECOND).and_then(|time| time.checked_add(nanos)) {
        Some(time) if time > 0 => Some(When::At(time)),
        _ => Some(When::Unknown),
    };
    match time {
        ValueRef::Nil => Some(When::Unknown),
        ValueRef::Integer(seconds) => at(seconds.as_i64()?, 0),
        ValueRef::Ext(0, bytes) => {
            let (seconds, nanos) = bytes.split_first_chunk::<4>()?;
            let (seconds, nanos) = (u32::from_be_bytes(*seconds), u32::from_be_bytes(nanos.try_into().ok()?));
            if seconds >= MARKS { Some(When::Mark) } else { at(seconds.into(), nanos.into()) }
        }
        ValueRef::F64(seconds) => {
            #[expect(clippy::cast_possible_truncation, reason = "what is out of range becomes the end of the range")]
            let (whole, nanos) = (seconds.trunc() as i64, (seconds.fract() * 1e9) as i64);
            at(whole, nanos)
        }
        _ => None,
    }
}

fn is_one_of(key: &ValueRef<'_>, names: &[&str]) -> bool {
    let bytes = match key {
        ValueRef::String(key) => key.as_bytes(),
        ValueRef::Binary(key) => key,
        _ => return false,
    };
    names.iter().any(|name| name.as_bytes() == bytes)
}

type Field<'a> = (ValueRef<'a>, ValueRef<'a>);

fn log_record(mut line: String, fields: &[Field<'_>], metadata: Option<&ValueRef<'_>>, at: Option<Nanos>) -> LogRecord {
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    let mut attributes = Vec::new();
    for (key, field) in fields.iter().filter(|(key, _)| !is_one_of(key, &[LINE])) {
        flatten(&key_text(key), field, &mut attributes);
    }
    if let Some(metadata) = metadata {
        flatten("metadata", metadata, &mut attributes);
    }
    LogRecord {
        body: Value::Str(line.into()),
        observed_time: at.unwrap_or_default(),
        attributes: attributes.into_iter().collect::<Attributes>(),
        ..LogRecord::default()
    }
}

/// A field's values by dotted names, as a filter asks for them.
fn flatten(name: &str, field: &ValueRef<'_>, out: &mut Vec<(String, Value)>) {
    match field {
        ValueRef::Map(fields) => {
            for (key, field) in fields {
                flatten(&format!("{name}.{}", key_text(key)), field, out);
            }
        }
        field => out.push((name.to_owned(), value(field))),
    }
}

fn value(field: &ValueRef<'_>) -> Value {
    match field {
        ValueRef::Nil => Value::Null,
        ValueRef::Boolean(it) => Value::Bool(*it),
        ValueRef::Integer(it) => it.as_i64().map_or_else(|| Value::Double(it.as_f64().unwrap_or(f64::MAX)), Value::Int),
        ValueRef::F32(it) => Value::Double(f64::from(*it)),
        ValueRef::F64(it) => Value::Double(*it),
        ValueRef::Array(items) => Value::Array(items.iter().map(value).collect()),
        ValueRef::Map(fields) => Value::Map(fields.iter().map(|(key, field)| (key_text(key), value(field))).collect()),
        ValueRef::String(_) | ValueRef::Binary(_) => Value::Str(text(field).unwrap_or_default().into()),
        ValueRef::Ext(..) => Value::Str(ext_text(field).into()),
    }
}

fn json(fields: &[Field<'_>], metadata: Option<&ValueRef<'_>>, at: Option<Nanos>) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    out.push(b'{');
    for (key, field) in fields {
        member(&key_text(key), field, &mut out);
    }
    if let Some(at) = at {
        let time = DateTime::from_timestamp_nanos(at).to_rfc3339_opts(SecondsFormat::Nanos, true);
        member("time", &ValueRef::from(time.as_str()), &mut out);
    }
    if let Some(metadata) = metadata {
        member("metadata", metadata, &mut out);
    }
    out.push(b'}');
    out
}

fn member(key: &str, field: &ValueRef<'_>, out: &mut Vec<u8>) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    quote(key, out);
    out.push(b':');
    write(field, out);
}

/// Writes a value as JSON. It is at most [`super::wire::MAX_DEPTH`] deep.
fn write(field: &ValueRef<'_>, out: &mut Vec<u8>) {
    match field {
        ValueRef::Nil => out.extend(b"null"),
        ValueRef::Boolean(it) => out.extend(it.to_string().as_bytes()),
        ValueRef::Integer(it) => out.extend(it.to_string().as_bytes()),
        ValueRef::F32(it) => number(f64::from(*it), out),
        ValueRef::F64(it) => number(*it, out),
        ValueRef::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        ValueRef::Map(fields) => {
            out.push(b'{');
            for (key, field) in fields {
                member(&key_text(key), field, out);
            }
            out.push(b'}');
        }
        ValueRef::String(_) | ValueRef::Binary(_) => quote(&text(field).unwrap_or_default(), out),
        ValueRef::Ext(..) => quote(&ext_text(field), out),
    }
}

/// JSON has no number for what is none.
fn number(it: f64, out: &mut Vec<u8>) {
    if it.is_finite() { out.extend(it.to_string().as_bytes()) } else { quote(&it.to_string(), out) }
}

fn quote(text: &str, out: &mut Vec<u8>) {
    // Writing a text to memory does not fail.
    serde_json::to_writer(out, text).ok();
}

/// A time where the extension is one; else what it is, in hexadecimal digits.
fn ext_text(field: &ValueRef<'_>) -> String {
    if let Some(When::At(at)) = when(field) {
        return DateTime::from_timestamp_nanos(at).to_rfc3339_opts(SecondsFormat::Nanos, true);
    }
    let ValueRef::Ext(kind, bytes) = field else { return String::new() };
    format!("ext {kind}: {}", hex(bytes))
}

/// A key as a name. Anything can be a key, but hardly ever is one that is no text.
fn key_text(key: &ValueRef<'_>) -> String {
    text(key).unwrap_or_else(|| {
        let mut out = Vec::new();
        write(key, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use rmpv::Value as Packed;

    use super::*;

    fn map(fields: &[(&str, Packed)]) -> Packed {
        Packed::Map(fields.iter().map(|(key, value)| (Packed::from(*key), value.clone())).collect())
    }

    fn of(time: &Packed, record: &Packed) -> Option<Line> {
        line(&time.as_ref(), &record.as_ref()).unwrap()
    }

    fn event_time(seconds: u32, nanos: u32) -> Packed {
        Packed::Ext(0, [seconds.to_be_bytes(), nanos.to_be_bytes()].concat())
    }

    fn json_of(time: &Packed, record: &Packed) -> String {
        let Some(Line::Json(json)) = of(time, record) else { panic!("json") };
        String::from_utf8(json).unwrap()
    }

    #[test]
    fn fields_keep_their_types_and_the_time_is_put_in_once() {
        let record = map(&[
            ("msg", "say \"hi\"\n\u{1b}".into()),
            ("n", (-7).into()),
            ("big", u64::MAX.into()),
            ("x", 1.5.into()),
            ("none", Packed::Nil),
            ("nan", f64::NAN.into()),
            ("raw", Packed::Binary(b"caf\xe9".to_vec())),
            ("list", Packed::Array(vec![true.into(), map(&[("k", "v".into())])])),
            ("at", event_time(1_771_000_000, 5)),
            ("ext", Packed::Ext(9, vec![1, 255])),
        ]);
        let json = json_of(&event_time(1_771_000_000, 123_456_789), &record);
        assert_eq!(
            json,
            concat!(
                r#"{"msg":"say \"hi\"\n\u001b","n":-7,"big":18446744073709551615,"x":1.5,"none":null,"nan":"NaN","#,
                r#""raw":"caf�","list":[true,{"k":"v"}],"at":"2026-02-13T16:26:40.000000005Z","ext":"ext 9: 01ff","#,
                r#""time":"2026-02-13T16:26:40.123456789Z"}"#
            )
        );
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
        let own = map(&[("msg", "x".into()), ("ts", 5.into())]);
        assert_eq!(json_of(&1_771_000_000.into(), &own), r#"{"msg":"x","ts":5}"#);
        assert_eq!(json_of(&Packed::Nil, &map(&[])), "{}");
        assert_eq!(json_of(&1.5.into(), &map(&[])), r#"{"time":"1970-01-01T00:00:01.500000000Z"}"#);
        let odd = Packed::Map(vec![(Packed::from(1), Packed::Nil)]);
        assert_eq!(json_of(&0.into(), &odd), r#"{"1":null}"#);
    }

    #[test]
    fn a_programs_line_is_a_record_with_attributes() {
        let kubernetes = map(&[("pod_name", "web-1".into()), ("labels", map(&[("app", "web".into())]))]);
        let record = map(&[("log", "WARN disk\n".into()), ("stream", "stderr".into()), ("kubernetes", kubernetes)]);
        let metadata = Packed::Array(vec![event_time(7, 1), map(&[("m", 1.into())])]);
        let Some(Line::Record(record)) = of(&metadata, &record) else { panic!("a record") };
        assert_eq!((record.body.as_str(), record.observed_time, record.time), (Some("WARN disk"), 7_000_000_001, 0));
        let names: Vec<String> = record.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(names, ["stream=stderr", "kubernetes.pod_name=web-1", "kubernetes.labels.app=web", "metadata.m=1"]);
        let both = map(&[("log", "x".into()), ("level", "info".into())]);
        assert!(matches!(of(&1.into(), &both), Some(Line::Json(_))));
        let other = map(&[("log", map(&[("level", "info".into())]))]);
        assert!(matches!(of(&1.into(), &other), Some(Line::Json(_))));
    }

    #[test]
    fn marks_of_groups_are_no_lines_and_garbage_is_an_error() {
        assert_eq!(of(&event_time(u32::MAX, 0), &map(&[])), None);
        assert_eq!(of(&Packed::Array(vec![event_time(u32::MAX - 1, 0), map(&[])]), &map(&[])), None);
        for (time, record) in
            [(Packed::from("x"), map(&[])), (1.into(), "x".into()), (Packed::Ext(0, vec![1]), map(&[]))]
        {
            assert!(line(&time.as_ref(), &record.as_ref()).is_err());
        }
    }
}
