//! Time zones by name: `local`, `UTC`, `+02:00`, `Europe/Berlin`, made into tables that need no data base later on.

use std::ops::Range;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, Local, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::nearest;
use super::value::ValueError;
use crate::model::Zone;

/// The years whose changes of clocks are known, in seconds since 1970: 1990 to 2060. Before and after them the offset is
/// that of the first and of the last moment.
const KNOWN: Range<i64> = 631_152_000..2_840_140_800;
/// No zone changes its clocks twice within a week and undoes it.
const STEP: i64 = 7 * 86_400;

/// A zone as the config writes it.
#[derive(Clone, Debug)]
pub(super) struct ZoneName(pub(super) Zone);

/// The zone of clocks where the program runs. Some thousand look-ups: below a millisecond.
pub fn local_zone() -> Zone {
    table(&Local)
}

impl FromStr for ZoneName {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let zone = match text {
            _ if text.eq_ignore_ascii_case("local") => Some(local_zone()),
            _ if text.eq_ignore_ascii_case("utc") || text == "Z" => Some(Zone::UTC),
            _ => offset(text).or_else(|| Tz::from_str(text).ok().map(|zone| table(&zone))),
        };
        zone.map(Self).ok_or_else(|| {
            let near = nearest(text, TZ_VARIANTS.iter().map(|zone| zone.name()));
            let hint = near.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            ValueError(format!(
                "`{text}` is no time zone{hint}; write it like `local`, `UTC`, `+02:00` or `Europe/Berlin`"
            ))
        })
    }
}

fn offset(text: &str) -> Option<Zone> {
    text.starts_with(['+', '-'])
        .then(|| FixedOffset::from_str(text).ok())?
        .map(|offset| Zone::fixed(offset.local_minus_utc()))
}

/// The changes of a zone, found by looking at a moment of every week and then for the second between two that differ.
fn table(zone: &impl TimeZone) -> Zone {
    let mut changes = Vec::new();
    let first = offset_at(zone, KNOWN.start);
    let mut seen = (KNOWN.start, first);
    while seen.0 < KNOWN.end {
        let next = seen.0 + STEP;
        let offset = offset_at(zone, next);
        if offset != seen.1 {
            changes.push((change_between(zone, seen.0, next, seen.1), offset));
        }
        seen = (next, offset);
    }
    Zone::changing(first, changes)
}

/// The first second after `from` at which the offset is no longer `before`; it is none at `to`.
fn change_between(zone: &impl TimeZone, mut from: i64, mut to: i64, before: i32) -> i64 {
    while to - from > 1 {
        let middle = from.midpoint(to);
        if offset_at(zone, middle) == before { from = middle } else { to = middle }
    }
    to
}

fn offset_at(zone: &impl TimeZone, seconds: i64) -> i32 {
    let at: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(name: &str, days: &[&str]) -> Vec<i32> {
        let ZoneName(zone) = name.parse().unwrap();
        let at = |day: &&str| DateTime::parse_from_rfc3339(day).unwrap().timestamp_nanos_opt().unwrap();
        days.iter().map(|day| zone.offset_at(at(day))).collect()
    }

    #[test]
    fn zones_are_read_by_name() {
        let days = ["2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z", "2003-07-15T12:00:00Z"];
        for (name, expected) in [
            ("UTC", [0, 0, 0]),
            ("utc", [0, 0, 0]),
            ("+02:00", [7200, 7200, 7200]),
            ("-0330", [-12_600, -12_600, -12_600]),
            ("Europe/Berlin", [3600, 7200, 7200]),
            ("America/New_York", [-18_000, -14_400, -14_400]),
            ("Australia/Lord_Howe", [39_600, 37_800, 37_800]),
            ("Asia/Kolkata", [19_800, 19_800, 19_800]),
        ] {
            assert_eq!(offsets(name, &days), expected, "{name}");
        }
    }

    #[test]
    fn clocks_change_at_the_very_second() {
        let days = ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z"];
        assert_eq!(offsets("Europe/Berlin", &days), [3600, 7200, 7200, 3600]);
    }

    #[test]
    fn what_is_no_zone_is_told_with_the_nearest() {
        let error = "Europe/Berln".parse::<ZoneName>().unwrap_err().to_string();
        assert!(error.contains("did you mean `Europe/Berlin`?"), "{error}");
        for bad in ["", "+", "+25:00", "CEST", "here"] {
            assert!(bad.parse::<ZoneName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_local_zone_is_that_of_chrono() {
        let zone = local_zone();
        for seconds in [1_000_000_000, 1_500_000_000, 1_790_000_000, 1_800_000_000] {
            assert_eq!(zone.offset_at(seconds * 1_000_000_000), offset_at(&Local, seconds));
        }
    }
}
