//! What goes wrong in the shop, and when: a rotation of incidents as a pure function of time.
//!
//! To add an incident: a variant, its place in [`Incident::ALL`], its script here, and its effect in `flow`, which
//! asks [`Weather`].

use super::service::Service;
use crate::model::{Level, Nanos};

/// One second in nanoseconds.
pub(super) const SECOND: Nanos = 1_000_000_000;

/// When the first incident begins, after the start of the simulation.
const FIRST: Nanos = 10 * SECOND;
/// From the beginning of one incident to that of the next.
const PERIOD: Nanos = 55 * SECOND;
/// How long an incident lasts.
const LENGTH: Nanos = 30 * SECOND;
/// How long an incident takes to reach its full force, and to lose it.
const RAMP: f64 = 5e9;

/// Something that goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Incident {
    /// The bank answers late or with 503: payment retries and gives up, orders fail up to the frontend.
    BankSlow,
    /// The carts' cache is gone: every cart is read from the database, slowly.
    CacheOutage,
    /// A new version of the inventory service raises an exception on some reservations.
    BadDeploy,
}

/// How hard each incident blows at one moment: 0.0 is calm, 1.0 its full force.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Weather {
    /// Of [`Incident::BankSlow`].
    pub(super) bank: f64,
    /// Of [`Incident::CacheOutage`].
    pub(super) cache: f64,
    /// Of [`Incident::BadDeploy`].
    pub(super) deploy: f64,
}

/// A log line outside any trace that announces an incident or its end.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Announcement {
    /// When, relative to the incident's beginning.
    pub(super) offset: Nanos,
    /// Who writes it.
    pub(super) service: Service,
    /// How urgent it is.
    pub(super) level: Level,
    /// The message, without quotes.
    pub(super) text: &'static str,
}

impl Incident {
    /// All incidents in the order of their turns.
    pub const ALL: [Self; 3] = [Self::BankSlow, Self::CacheOutage, Self::BadDeploy];

    /// The incident of turn `turn`, counted from 0, and when it begins after the start of the simulation.
    pub fn of_turn(turn: u32) -> (Self, Nanos) {
        let kind = match turn % 3 {
            0 => Self::BankSlow,
            1 => Self::CacheOutage,
            _ => Self::BadDeploy,
        };
        (kind, FIRST + i64::from(turn) * PERIOD)
    }

    /// Its announcements in the order of time. The first may be before the beginning.
    pub(super) fn script(self) -> &'static [Announcement] {
        match self {
            Self::BankSlow => &BANK_SLOW,
            Self::CacheOutage => &CACHE_OUTAGE,
            Self::BadDeploy => &BAD_DEPLOY,
        }
    }
}

impl Weather {
    /// The weather at `time` after the start of the simulation.
    #[expect(clippy::cast_precision_loss, reason = "times within an incident are far below 2^53 nanoseconds")]
    pub(super) fn at(time: Nanos) -> Self {
        let mut weather = Self::default();
        let since_first = time - FIRST;
        if since_first < 0 || since_first % PERIOD >= LENGTH {
            return weather;
        }
        let age = (since_first % PERIOD) as f64;
        let force = (age / RAMP).min((LENGTH as f64 - age) / RAMP).min(1.0);
        match Incident::of_turn(u32::try_from(since_first / PERIOD % 3).unwrap_or_default()).0 {
            Incident::BankSlow => weather.bank = force,
            Incident::CacheOutage => weather.cache = force,
            // A deploy has no ramp: the new version is there or it is not.
            Incident::BadDeploy => weather.deploy = 1.0,
        }
        weather
    }
}

const fn say(seconds: i64, service: Service, level: Level, text: &'static str) -> Announcement {
    Announcement { offset: seconds * SECOND, service, level, text }
}

/// The earliest announcement of any incident, relative to its beginning.
pub(super) const EARLIEST: Nanos = -8 * SECOND;

const BANK_SLOW: [Announcement; 4] = [
    say(1, Service::Bank, Level::Warn, "worker pool saturated active=64 queued=212"),
    say(6, Service::Payment, Level::Warn, "circuit breaker half-open peer=bank failure_rate=0.38"),
    say(14, Service::Bank, Level::Warn, "hsm session pool exhausted waiting=97"),
    say(31, Service::Payment, Level::Info, "circuit breaker closed peer=bank"),
];

const CACHE_OUTAGE: [Announcement; 5] = [
    say(0, Service::Cart, Level::Error, "redis connection lost host=redis-0:6379 error=ECONNRESET"),
    say(1, Service::Cart, Level::Warn, "redis reconnect failed attempt=1 backoff=500ms"),
    say(3, Service::Cart, Level::Warn, "redis reconnect failed attempt=4 backoff=2000ms"),
    say(12, Service::Cart, Level::Warn, "db pool near its limit in_use=47 max=50"),
    say(30, Service::Cart, Level::Info, "redis connection restored host=redis-0:6379 after=30s"),
];

const BAD_DEPLOY: [Announcement; 7] = [
    say(-8, Service::Inventory, Level::Warn, "memory pressure rss=462MiB limit=512MiB share=0.90"),
    say(-5, Service::Inventory, Level::Warn, "memory pressure rss=478MiB limit=512MiB share=0.93"),
    say(-3, Service::Inventory, Level::Warn, "memory pressure rss=497MiB limit=512MiB share=0.97"),
    say(-1, Service::Inventory, Level::Info, "deploy started version=2.14.0 previous=2.13.4 revision=9fd01c2"),
    say(0, Service::Inventory, Level::Info, "worker booted version=2.14.0 pid=1"),
    say(29, Service::Inventory, Level::Info, "rollback started version=2.13.4 reason=error-rate"),
    say(30, Service::Inventory, Level::Info, "worker booted version=2.13.4 pid=1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_incident_has_its_turn_within_three_minutes() {
        let at = |seconds: i64| Weather::at(seconds * SECOND);
        assert_eq!(at(0), Weather::default());
        assert_eq!(at(20), Weather { bank: 1.0, ..Weather::default() });
        assert_eq!(at(75), Weather { cache: 1.0, ..Weather::default() });
        assert_eq!(at(130), Weather { deploy: 1.0, ..Weather::default() });
        assert_eq!(at(10 + 3 * 55 + 15), at(20));
        assert_eq!(at(50), Weather::default());
        let half = Weather::at(FIRST + 2_500_000_000).bank;
        assert!((half - 0.5).abs() < 1e-9, "{half}");
    }

    #[test]
    fn scripts_are_in_order_and_not_before_the_earliest() {
        for incident in Incident::ALL {
            let script = incident.script();
            assert!(script.is_sorted_by_key(|line| line.offset), "{incident:?}");
            assert!(script.iter().all(|line| line.offset >= EARLIEST), "{incident:?}");
        }
    }
}
