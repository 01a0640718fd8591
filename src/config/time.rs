//! Points in time as people write them: `10m`, `2h ago`, `today 14:00`, RFC 3339.
//!
//! Reads no clock: what is relative is put in place by whoever knows the time.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeZone as _};

use super::value::{ValueError, parse_duration};
use crate::model::Nanos;

/// A point in time as written, perhaps relative to now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct When(Written);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Written {
    /// So long before now.
    Ago(Duration),
    /// So many days before today, at that local time.
    DaysAgo(u64, NaiveTime),
    /// On that day, at that local time.
    Local(NaiveDate, NaiveTime),
    /// Exactly then.
    Exact(Nanos),
}

/// The years that nanoseconds since 1970 can say in full.
const YEARS: RangeInclusive<i32> = 1678..=2261;

/// The point in time that `text` means when it is `now` and local clocks are `offset` from universal time.
pub fn parse_time(text: &str, now: Nanos, offset: FixedOffset) -> Result<Nanos, ValueError> {
    text.parse::<When>()?.at(now, offset).ok_or_else(|| ValueError(format!("`{text}` is too far from now")))
}

impl When {
    /// The point in time when it is `now` and local clocks are `offset` from universal time. `None` only where
    /// the clock itself stands at the edge of what nanoseconds can say.
    pub fn at(&self, now: Nanos, offset: FixedOffset) -> Option<Nanos> {
        let local = |date: NaiveDate, time| offset.from_local_datetime(&date.and_time(time)).single();
        match self.0 {
            Written::Ago(ago) => now.checked_sub(Nanos::try_from(ago.as_nanos()).ok()?),
            Written::DaysAgo(days, time) => {
                let today = DateTime::from_timestamp_nanos(now).with_timezone(&offset).date_naive();
                local(today.checked_sub_days(Days::new(days))?, time)?.timestamp_nanos_opt()
            }
            Written::Local(date, time) => local(date, time)?.timestamp_nanos_opt(),
            Written::Exact(nanos) => Some(nanos),
        }
    }
}

impl FromStr for When {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let written = read(text.trim()).ok_or_else(|| {
            let how = "write it like `10m`, `2h ago`, `today 14:00` or `2026-05-01T14:00:00Z`";
            ValueError(format!("`{text}` is no point in time; {how}"))
        })?;
        Ok(Self(written))
    }
}

fn read(text: &str) -> Option<Written> {
    if text == "now" {
        return Some(Written::Ago(Duration::ZERO));
    }
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return exact.timestamp_nanos_opt().map(Written::Exact);
    }
    if let Ok(ago) = parse_duration(text.strip_suffix("ago").unwrap_or(text)) {
        // Half of what nanoseconds can say: longer ago than that is before any clock that a log was written by.
        return (ago <= Duration::from_nanos(u64::MAX / 4)).then_some(Written::Ago(ago));
    }
    if let Some(time) = time_of_day(text) {
        return Some(Written::DaysAgo(0, time));
    }
    let (day, time) = text.split_once([' ', 'T']).map_or((text, None), |(day, time)| (day, Some(time)));
    let time = time.map_or(Some(NaiveTime::MIN), |time| time_of_day(time.trim()))?;
    match day {
        "today" => Some(Written::DaysAgo(0, time)),
        "yesterday" => Some(Written::DaysAgo(1, time)),
        date => {
            let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
            YEARS.contains(&date.year()).then_some(Written::Local(date, time))
        }
    }
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S%.f"].into_iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: &str = "2026-05-02T01:30:00+02:00";

    fn parsed(text: &str) -> Result<String, ValueError> {
        let now = DateTime::parse_from_rfc3339(NOW).unwrap();
        let nanos = parse_time(text, now.timestamp_nanos_opt().unwrap(), *now.offset())?;
        Ok(DateTime::from_timestamp_nanos(nanos).with_timezone(now.offset()).to_rfc3339())
    }

    #[test]
    fn points_in_time_are_read_where_the_user_is() {
        for (text, expected) in [
            ("now", NOW),
            ("10m", "2026-05-02T01:20:00+02:00"),
            ("2h ago", "2026-05-01T23:30:00+02:00"),
            ("1h30m ago", "2026-05-02T00:00:00+02:00"),
            ("today", "2026-05-02T00:00:00+02:00"),
            ("today 14:00", "2026-05-02T14:00:00+02:00"),
            ("yesterday 23:59:10", "2026-05-01T23:59:10+02:00"),
            ("01:05", "2026-05-02T01:05:00+02:00"),
            ("2026-04-30", "2026-04-30T00:00:00+02:00"),
            ("2026-04-30 12:00", "2026-04-30T12:00:00+02:00"),
            ("2026-04-30T12:00:00.25", "2026-04-30T12:00:00.250+02:00"),
            ("2026-04-30T12:00:00Z", "2026-04-30T14:00:00+02:00"),
            (" 2026-04-30T12:00:00-05:00 ", "2026-04-30T19:00:00+02:00"),
        ] {
            assert_eq!(parsed(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_point_in_time_is_refused() {
        for bad in ["", "10", "ago", "soon", "today 25:00", "tomorrow", "2026-13-01", "9999-01-01", "600 weeks hence"] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
        let error = parse_time("10m", Nanos::MIN, FixedOffset::east_opt(0).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "`10m` is too far from now");
    }

    proptest! {
        #[test]
        fn no_text_and_no_clock_break_the_reader(text in "[0-9a-zT: .+-]{0,24}", now: i64, east in -86_399..86_399) {
            drop(parse_time(&text, now, FixedOffset::east_opt(east).unwrap()));
        }
    }
}
