//! How X-Ray writes ids (`1-5759e988-bd862e3fe1be46a994272793`) and lengths of time.

use crate::model::TraceId;

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
    fn lengths_are_written_in_seconds() {
        assert_eq!((&*seconds(1_500_000_000), &*seconds(2_000_000_000), &*seconds(1)), ("1.5", "2", "0.000000001"));
        assert_eq!(of_seconds(3.232), 3_232_000_000);
    }
}
