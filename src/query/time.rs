//! Points in time as people write them: by the clock, by the date, or counted back from now.

use std::ops::Range;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime};

use super::number;
use super::plan::CompileContext;
use crate::model::{Nanos, Zone};

/// What a time may look like, for messages.
pub(super) const EXPECTED: &str =
    "a time: 12:03, 12:03:04, 2026-05-01, 2026-05-01T12:03:04Z, \"today 14:00\", 10m or \"2h ago\"";

const SECOND: Nanos = 1_000_000_000;

/// The moments that `text` means: `12:03` is a minute long, `2026-05-01` a day, `10m` and `now` an instant, given as
/// one nanosecond. A time of day without a date is the latest that has begun. Times without an offset are of the
/// context's zone. `None` when it is no time that fits into [`Nanos`].
pub fn time_point(text: &str, context: &CompileContext) -> Option<Range<Nanos>> {
    let text = text.trim();
    if text == "now" {
        return instant(context.now);
    }
    if let Some(ago) = ago(text) {
        return instant(context.now.checked_sub(ago)?);
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return instant(time.timestamp_nanos_opt()?);
    }
    let local_now = context.now.checked_add(Nanos::from(context.zone.offset_at(context.now)) * SECOND)?;
    let today = DateTime::from_timestamp_nanos(local_now).date_naive();
    let (day, clock) = text.split_once(['T', ' ']).map_or((text, None), |(day, clock)| (day, Some(clock.trim())));
    if let Some(date) = date(day, today) {
        let Some(clock) = clock else {
            return span(date.and_time(NaiveTime::MIN), 86_400 * SECOND, &context.zone);
        };
        let (clock, zone) = clock.strip_suffix('Z').map_or((clock, context.zone.clone()), |clock| (clock, Zone::UTC));
        let (time, width) = time_of_day(clock)?;
        return span(date.and_time(time), width, &zone);
    }
    let (time, width) = time_of_day(text)?;
    let moment = span(today.and_time(time), width, &context.zone)?;
    if moment.start <= context.now {
        return Some(moment);
    }
    span(today.checked_sub_days(Days::new(1))?.and_time(time), width, &context.zone)
}

/// How long ago `10m` or `2h ago` is, in nanoseconds; `None` for what is no duration.
pub(super) fn ago(text: &str) -> Option<Nanos> {
    let duration = number::duration(text.strip_suffix("ago").unwrap_or(text).trim())?;
    #[expect(clippy::cast_possible_truncation, reason = "checked to fit; fractions of a nanosecond do not matter")]
    (0.0..9e18).contains(&duration).then_some(duration as Nanos)
}

fn instant(at: Nanos) -> Option<Range<Nanos>> {
    Some(at..at.checked_add(1)?)
}

fn span(local: NaiveDateTime, width: Nanos, zone: &Zone) -> Option<Range<Nanos>> {
    let local = local.and_utc().timestamp_nanos_opt()?;
    let start = local.checked_sub(Nanos::from(zone.offset_of_local(local.div_euclid(SECOND))) * SECOND)?;
    Some(start..start.checked_add(width)?)
}

fn date(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    match text {
        "today" => Some(today),
        "yesterday" => today.checked_sub_days(Days::new(1)),
        _ => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
    }
}

/// A time of day and how long the named moment is, by how exactly it is given.
fn time_of_day(text: &str) -> Option<(NaiveTime, Nanos)> {
    let fraction = text.split_once(['.', ',']).map(|(_, digits)| digits.len());
    let width = match (text.matches(':').count(), fraction) {
        (1, None) => 60 * SECOND,
        (2, None) => SECOND,
        (2, Some(digits @ 1..=9)) => SECOND / 10_i64.pow(u32::try_from(digits).ok()?),
        _ => return None,
    };
    let text = text.replace(',', ".");
    let time = NaiveTime::parse_from_str(&text, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(&text, "%H:%M"));
    Some((time.ok()?, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Nanos {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_nanos_opt().unwrap()
    }

    #[test]
    fn times_are_read_in_the_zone_of_the_user() {
        let context = CompileContext::new(utc("2026-05-01T12:30:00Z"), Zone::fixed(7200));
        for (text, from, seconds) in [
            ("14:03", "2026-05-01T12:03:00Z", 60),
            ("14:03:04", "2026-05-01T12:03:04Z", 1),
            ("23:00", "2026-04-30T21:00:00Z", 60),
            ("2026-05-01", "2026-04-30T22:00:00Z", 86_400),
            ("yesterday", "2026-04-29T22:00:00Z", 86_400),
            ("today 14:00", "2026-05-01T12:00:00Z", 60),
            ("2026-04-01 08:00", "2026-04-01T06:00:00Z", 60),
            ("2026-04-01T08:00Z", "2026-04-01T08:00:00Z", 60),
        ] {
            let from = utc(from);
            assert_eq!(time_point(text, &context), Some(from..from + seconds * SECOND), "{text}");
        }
        for (text, at) in [
            ("10m", "2026-05-01T12:20:00Z"),
            ("2h ago", "2026-05-01T10:30:00Z"),
            ("now", "2026-05-01T12:30:00Z"),
            ("2026-04-01T08:00:00.5+01:00", "2026-04-01T07:00:00.5Z"),
        ] {
            assert_eq!(time_point(text, &context).map(|time| time.start), Some(utc(at)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        let context = CompileContext::new(0, Zone::UTC);
        for bad in ["", "noon", "25:00", "12:60", "2026-13-01", "9999-01-01", "1:2:3:4", "é", "10", "99999999999999h"]
        {
            assert_eq!(time_point(bad, &context), None, "{bad}");
        }
    }
}
