//! Calendar arithmetic of the proleptic Gregorian calendar, without a time zone data base.
//!
//! The algorithms are Howard Hinnant's `days_from_civil` and `civil_from_days`
//! (<https://howardhinnant.github.io/date_algorithms.html>): exact over the whole range of years used here.

use crate::model::{Nanos, Zone};

/// Nanoseconds in a second.
pub(super) const SECOND: i64 = 1_000_000_000;
/// Seconds in a day; there are no leap seconds in this count.
const DAY_SECONDS: i64 = 86_400;

/// A point in time as a line spells it, before it is checked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Civil {
    /// The year, 0 to 9999.
    pub(super) year: i64,
    /// The month, 1 to 12.
    pub(super) month: i64,
    /// The day of the month, from 1.
    pub(super) day: i64,
    /// The hour, 0 to 23.
    pub(super) hour: i64,
    /// The minute, 0 to 59.
    pub(super) minute: i64,
    /// The second, 0 to 60: a leap second counts as the first of the next minute.
    pub(super) second: i64,
    /// Nanoseconds within the second.
    pub(super) nanos: i64,
}

impl Civil {
    /// The instant, for a clock `offset` seconds east of UTC; `None` for a date or time of day that does not exist and
    /// for what 64 bits of nanoseconds can not hold (years before 1678 and after 2262).
    #[inline]
    pub(super) fn instant(&self, offset: i32) -> Option<Nanos> {
        self.instant_of(self.local()?, offset)
    }

    /// The instant, for a clock in `zone`.
    #[inline]
    pub(super) fn instant_in(&self, zone: &Zone) -> Option<Nanos> {
        let local = self.local()?;
        self.instant_of(local, zone.offset_of_local(local))
    }

    #[inline]
    fn instant_of(&self, local: i64, offset: i32) -> Option<Nanos> {
        (local - i64::from(offset)).checked_mul(SECOND)?.checked_add(self.nanos)
    }

    /// Seconds since 1970 as if the clock showed universal time.
    #[inline]
    fn local(&self) -> Option<i64> {
        let is_date = (1..=12).contains(&self.month) && 1 <= self.day && self.day <= days_in(self.year, self.month);
        let is_time = self.hour < 24 && self.minute < 60 && self.second <= 60;
        let days = days_from_civil(self.year, self.month, self.day);
        (is_date && is_time).then_some(days * DAY_SECONDS + self.hour * 3600 + self.minute * 60 + self.second)
    }

    /// The instant of a time without a year: of the years around `near` the one that puts it closest, but not more
    /// than a day after it, since a log does not tell of the future. A 29 February waits for a leap year.
    pub(super) fn instant_near(&self, near: Nanos, zone: &Zone) -> Option<Nanos> {
        let this_year = year_of(near);
        let latest = near.saturating_add(DAY_SECONDS * SECOND);
        let years_apart = -8..=1;
        years_apart
            .rev()
            .filter_map(|years| Self { year: this_year + years, ..*self }.instant_in(zone))
            .find(|instant| *instant <= latest)
    }

    /// The instant of a time of day without a date: the last that is not more than an hour after `near`, which leaves room
    /// for clocks that disagree. A file written for longer than a day before its last change can not be told apart from
    /// one that was not, by its lines one by one: its older lines are put on its last day.
    pub(super) fn instant_today(&self, near: Nanos, zone: &Zone) -> Option<Nanos> {
        let latest = near.checked_add(3600 * SECOND)?;
        let local = latest.div_euclid(SECOND) + i64::from(zone.offset_at(latest));
        let today = local.div_euclid(DAY_SECONDS);
        [today, today - 1].into_iter().find_map(|day| {
            let local = day * DAY_SECONDS + self.hour * 3600 + self.minute * 60 + self.second;
            self.instant_of(local, zone.offset_of_local(local)).filter(|instant| *instant <= latest)
        })
    }
}

/// Days from 1970-01-01 to the given date.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The year, in UTC, that `instant` lies in.
fn year_of(instant: Nanos) -> i64 {
    let days = instant.div_euclid(SECOND * DAY_SECONDS) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let is_after_december = day_of_year >= 306;
    era * 400 + year_of_era + i64::from(is_after_december)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}
