//! The offset of a clock from universal time, and when it changes: what a local time needs to become an instant.
//!
//! Knows no data base of zones and no operating system; whoever does makes the table (`config`).

use std::sync::Arc;

use super::Nanos;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// How far local clocks are from universal time, in the past and to come. Cheap to clone.
///
/// Where clocks are set back, an hour comes twice: its times are those of the first. Where they are set forward, an hour
/// does not exist: its times move forward by what the clocks were moved by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone(Rule);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Rule {
    Fixed(i32),
    Changing(Arc<Table>),
}

#[derive(PartialEq, Eq, Debug)]
struct Table {
    /// The offset before the first change.
    before: i32,
    changes: Vec<Change>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Change {
    /// Seconds since 1970 at which it happens.
    at: i64,
    /// From what a local clock shows, in seconds since 1970 as if it were of universal time, the offset counts. The later
    /// one of what it shows before and after the change, which makes the choices that [`Zone`] tells of.
    local_from: i64,
    offset: i32,
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl Zone {
    /// Universal time.
    pub const UTC: Self = Self::fixed(0);

    /// A clock that is always `offset` seconds east of UTC.
    #[must_use]
    pub const fn fixed(offset: i32) -> Self {
        Self(Rule::Fixed(offset))
    }

    /// A clock that is `before` seconds east of UTC, and changes as often as `changes` say: each at so many seconds since
    /// 1970 to so many seconds east, in rising order.
    #[must_use]
    pub fn changing(before: i32, changes: impl IntoIterator<Item = (i64, i32)>) -> Self {
        let mut last = before;
        let changes: Vec<_> = changes
            .into_iter()
            .map(|(at, offset)| {
                let local_from = at + i64::from(offset.max(last));
                last = offset;
                Change { at, local_from, offset }
            })
            .collect();
        if changes.is_empty() { Self::fixed(before) } else { Self(Rule::Changing(Arc::new(Table { before, changes }))) }
    }

    /// The offset at `instant`, in seconds east of UTC. O(log changes).
    #[inline]
    #[must_use]
    pub fn offset_at(&self, instant: Nanos) -> i32 {
        match &self.0 {
            Rule::Fixed(offset) => *offset,
            Rule::Changing(table) => table.offset(instant.div_euclid(SECOND), |change| change.at),
        }
    }

    /// The offset when a local clock shows `local`, given in seconds since 1970 as if it showed universal time. O(log
    /// changes).
    #[inline]
    #[must_use]
    pub fn offset_of_local(&self, local: i64) -> i32 {
        match &self.0 {
            Rule::Fixed(offset) => *offset,
            Rule::Changing(table) => table.offset(local, |change| change.local_from),
        }
    }
}

impl Table {
    fn offset(&self, seconds: i64, from: impl Fn(&Change) -> i64) -> i32 {
        let passed = self.changes.partition_point(|change| from(change) <= seconds);
        passed.checked_sub(1).and_then(|last| self.changes.get(last)).map_or(self.before, |change| change.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026 in Berlin: forward on 29 March and back on 25 October, each at 01:00 UTC.
    const SPRING: i64 = 1_774_746_000;
    const AUTUMN: i64 = 1_792_890_000;

    fn berlin() -> Zone {
        Zone::changing(3600, [(SPRING, 7200), (AUTUMN, 3600)])
    }

    #[test]
    fn an_instant_has_the_offset_of_its_season() {
        for (at, offset) in
            [(0, 3600), (SPRING - 1, 3600), (SPRING, 7200), (AUTUMN - 1, 7200), (AUTUMN, 3600), (AUTUMN * 2, 3600)]
        {
            assert_eq!(berlin().offset_at(at * SECOND), offset, "{at}");
        }
        assert_eq!(Zone::fixed(-3600).offset_at(SPRING * SECOND), -3600);
    }

    #[test]
    fn a_missing_hour_moves_forward_and_a_double_one_is_the_first() {
        let hour = 3600;
        for (local, instant) in [
            // 01:59:59 and 03:00:00 of the spring change, and 02:30 between them, which is 03:30.
            (SPRING + hour - 1, SPRING - 1),
            (SPRING + hour + 1800, SPRING + 1800),
            (SPRING + 2 * hour, SPRING),
            // 01:59:59, 02:30 (twice) and 03:00:00 of the autumn change.
            (AUTUMN + hour - 1, AUTUMN - hour - 1),
            (AUTUMN + hour + 1800, AUTUMN - 1800),
            (AUTUMN + 2 * hour, AUTUMN + hour),
        ] {
            assert_eq!(local - i64::from(berlin().offset_of_local(local)), instant, "{local}");
        }
    }

    #[test]
    fn a_table_without_changes_is_a_fixed_offset() {
        assert_eq!(Zone::changing(60, []), Zone::fixed(60));
        assert_eq!(Zone::default(), Zone::UTC);
    }
}
