//! Log lines as text, in the formats that the shop's services write. Pure; appends bytes without formatting machinery,
//! because at high rates nearly all of the simulator's time is spent here.

use super::service::Service;
use crate::model::{Level, Nanos, SpanId, TraceId};

/// A line format of a logger in common use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// JSON of pino's flavour: numeric levels, epoch milliseconds.
    Pino,
    /// JSON of zap's flavour: level words, RFC 3339 times, a caller.
    Zap,
    /// `key=value` pairs.
    Logfmt,
    /// Python's logging with dashes and the ids in brackets.
    Python,
}

/// A part of a message. The texts are the simulator's own: they hold no quotes, backslashes or control characters.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    /// Words.
    Say(&'a str),
    /// A field that structured formats also write apart.
    Field(&'static str, Datum<'a>),
}

/// A value in a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Datum<'a> {
    /// A word without blanks.
    Word(&'a str),
    /// A number.
    Number(i64),
    /// Whole milliseconds, given in nanoseconds: `182ms`.
    Millis(Nanos),
    /// An amount in cents: `42.10`.
    Cents(i64),
    /// An order's number, five hex digits: `8c1f4`.
    Order(u32),
}

/// Who writes a line, when, and about what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// Who writes it, which decides the format.
    pub(super) service: Service,
    /// When.
    pub(super) time: Nanos,
    /// How urgent it is.
    pub(super) level: Level,
    /// The trace and span it belongs to.
    pub(super) ids: Option<(TraceId, SpanId)>,
}

/// Writes one line, without a line end.
pub(super) fn write_line(head: &Head, parts: &[Part<'_>]) -> Box<[u8]> {
    let mut out = Vec::with_capacity(320);
    match head.service.format() {
        Format::Pino => pino(&mut out, head, parts),
        Format::Zap => zap(&mut out, head, parts),
        Format::Logfmt => logfmt(&mut out, head, parts),
        Format::Python => python(&mut out, head, parts),
    }
    out.into_boxed_slice()
}

fn pino(out: &mut Vec<u8>, head: &Head, parts: &[Part<'_>]) {
    put(out, "{\"level\":");
    number(out, i64::try_from(head.level.index() * 10).unwrap_or_default());
    put(out, ",\"time\":");
    number(out, head.time.div_euclid(1_000_000));
    put(out, ",\"pid\":17,\"name\":\"");
    put(out, head.service.name());
    put(out, "\",\"module\":\"");
    put(out, head.service.logger());
    put(out, "\"");
    json_tail(out, head, parts);
}

fn zap(out: &mut Vec<u8>, head: &Head, parts: &[Part<'_>]) {
    put(out, "{\"level\":\"");
    put(out, head.level.name());
    put(out, "\",\"ts\":\"");
    timestamp(out, head.time, b'T', b'.', 6);
    put(out, "Z\",\"service\":\"");
    put(out, head.service.name());
    put(out, "\",\"caller\":\"");
    put(out, head.service.logger());
    put(out, "\"");
    json_tail(out, head, parts);
}

/// Ids, fields and the message of a JSON line.
fn json_tail(out: &mut Vec<u8>, head: &Head, parts: &[Part<'_>]) {
    if let Some((trace, span)) = head.ids {
        put(out, ",\"trace_id\":\"");
        hex(out, trace.bytes());
        put(out, "\",\"span_id\":\"");
        hex(out, span.bytes());
        put(out, "\"");
    }
    for part in parts {
        if let Part::Field(name, value) = part {
            put(out, ",\"");
            put(out, name);
            put(out, "\":");
            let quote = if matches!(value, Datum::Number(_) | Datum::Cents(_)) { "" } else { "\"" };
            put(out, quote);
            datum(out, *value);
            put(out, quote);
        }
    }
    put(out, ",\"msg\":\"");
    message(out, parts);
    put(out, "\"}");
}

fn logfmt(out: &mut Vec<u8>, head: &Head, parts: &[Part<'_>]) {
    put(out, "time=");
    timestamp(out, head.time, b'T', b'.', 3);
    put(out, "Z level=");
    put(out, head.level.name());
    put(out, " service=");
    put(out, head.service.name());
    put(out, " logger=");
    put(out, head.service.logger());
    put(out, " msg=\"");
    // The fields follow as pairs of their own, so the message leaves them out.
    let words = parts.iter().filter_map(|part| match part {
        Part::Say(words) => Some(*words),
        Part::Field(..) => None,
    });
    for (index, words) in words.enumerate() {
        put(out, if index > 0 { " " } else { "" });
        put(out, words);
    }
    put(out, "\"");
    for part in parts {
        if let Part::Field(name, value) = part {
            put(out, " ");
            field(out, name, *value);
        }
    }
    if let Some((trace, span)) = head.ids {
        put(out, " trace_id=");
        hex(out, trace.bytes());
        put(out, " span_id=");
        hex(out, span.bytes());
    }
}

fn python(out: &mut Vec<u8>, head: &Head, parts: &[Part<'_>]) {
    timestamp(out, head.time, b' ', b',', 3);
    put(out, " - ");
    put(out, head.service.logger());
    put(out, " - ");
    put(
        out,
        match head.level {
            Level::Unset | Level::Trace | Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARNING",
            Level::Error => "ERROR",
            Level::Fatal => "CRITICAL",
        },
    );
    put(out, " - ");
    if let Some((trace, span)) = head.ids {
        put(out, "[trace_id=");
        hex(out, trace.bytes());
        put(out, "] [span_id=");
        hex(out, span.bytes());
        put(out, "] - ");
    }
    message(out, parts);
}

/// The message as people read it: words and fields, a blank between.
fn message(out: &mut Vec<u8>, parts: &[Part<'_>]) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        match part {
            Part::Say(words) => put(out, words),
            Part::Field(name, value) => field(out, name, *value),
        }
    }
}

fn field(out: &mut Vec<u8>, name: &str, value: Datum<'_>) {
    put(out, name);
    out.push(b'=');
    datum(out, value);
}

fn datum(out: &mut Vec<u8>, value: Datum<'_>) {
    match value {
        Datum::Word(word) => put(out, word),
        Datum::Number(value) => number(out, value),
        Datum::Millis(nanos) => {
            number(out, nanos / 1_000_000);
            put(out, "ms");
        }
        Datum::Cents(cents) => {
            number(out, cents / 100);
            out.push(b'.');
            padded(out, cents % 100, 2);
        }
        Datum::Order(order) => {
            let [_, a, b, c] = order.to_be_bytes();
            out.push(nibble(a));
            hex(out, &[b, c]);
        }
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        out.extend_from_slice(&[nibble(byte >> 4), nibble(*byte)]);
    }
}

fn nibble(value: u8) -> u8 {
    match value & 15 {
        digit @ 0..=9 => b'0' + digit,
        letter => b'a' + letter - 10,
    }
}

fn number(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    let magnitude = value.unsigned_abs();
    let width = magnitude.checked_ilog10().map_or(1, |log| log + 1);
    digits(out, magnitude, width);
}

/// `value` (not negative) with zeros in front up to `width`.
fn padded(out: &mut Vec<u8>, value: i64, width: u32) {
    digits(out, value.unsigned_abs(), width);
}

fn digits(out: &mut Vec<u8>, value: u64, width: u32) {
    let mut power = 10u64.pow(width.saturating_sub(1));
    while power > 0 {
        // A remainder of a division by ten always fits; the fallback is never taken.
        out.push(b'0' + u8::try_from(value / power % 10).unwrap_or_default());
        power /= 10;
    }
}

/// `2025-12-24T10:30:45.123` in UTC with `places` (1 to 9) digits of the second's fraction.
fn timestamp(out: &mut Vec<u8>, time: Nanos, between: u8, point: u8, places: u32) {
    let (seconds, nanos) = (time.div_euclid(1_000_000_000), time.rem_euclid(1_000_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    padded(out, year, 4);
    out.push(b'-');
    padded(out, month, 2);
    out.push(b'-');
    padded(out, day, 2);
    out.push(between);
    padded(out, second / 3600, 2);
    out.push(b':');
    padded(out, second / 60 % 60, 2);
    out.push(b':');
    padded(out, second % 60, 2);
    out.push(point);
    padded(out, nanos / 10i64.pow(9 - places.clamp(1, 9)), places.clamp(1, 9));
}

/// Year, month and day of a number of days since 1970-01-01, by Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(service: Service) -> String {
        let ids = TraceId::from_hex(b"4bf92f3577b34da6a3ce929d0e0e4736").zip(SpanId::from_hex(b"f067aa0ba902b7"));
        let head = Head { service, time: 1_766_572_245_123_456_789, level: Level::Warn, ids };
        let parts = [
            Part::Say("retrying bank"),
            Part::Field("attempt", Datum::Number(2)),
            Part::Field("backoff", Datum::Millis(200_000_000)),
        ];
        String::from_utf8(write_line(&head, &parts).into_vec()).unwrap()
    }

    #[test]
    fn each_format_is_written_as_its_logger_would() {
        let cases = [
            (
                Service::Payment,
                r#"{"level":40,"time":1766572245123,"pid":17,"name":"payment","module":"charge","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","attempt":2,"backoff":"200ms","msg":"retrying bank attempt=2 backoff=200ms"}"#,
            ),
            (
                Service::Cart,
                r#"{"level":"warn","ts":"2025-12-24T10:30:45.123456Z","service":"cart","caller":"store/cart.go:203","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","attempt":2,"backoff":"200ms","msg":"retrying bank attempt=2 backoff=200ms"}"#,
            ),
            (
                Service::Checkout,
                "time=2025-12-24T10:30:45.123Z level=warn service=checkout logger=orders msg=\"retrying bank\" attempt=2 backoff=200ms trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
            ),
            (
                Service::Inventory,
                "2025-12-24 10:30:45,123 - inventory.app.stock - WARNING - [trace_id=4bf92f3577b34da6a3ce929d0e0e4736] [span_id=00f067aa0ba902b7] - retrying bank attempt=2 backoff=200ms",
            ),
        ];
        for (service, expected) in cases {
            assert_eq!(line(service), expected);
        }
    }

    #[test]
    fn data_are_written_in_their_units() {
        let write = |value| {
            let mut out = Vec::new();
            datum(&mut out, value);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(write(Datum::Cents(4210)), "42.10");
        assert_eq!(write(Datum::Order(0x0008_c1f4)), "8c1f4");
        assert_eq!(write(Datum::Number(-120)), "-120");
        assert_eq!(write(Datum::Number(0)), "0");
        assert_eq!(write(Datum::Number(i64::MIN)), i64::MIN.to_string());
    }

    #[test]
    fn dates_follow_the_calendar() {
        for (days, date) in [(0, (1970, 1, 1)), (-1, (1969, 12, 31)), (19_782, (2024, 2, 29)), (20_446, (2025, 12, 24))]
        {
            assert_eq!(civil(days), date);
        }
    }
}
