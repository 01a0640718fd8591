//! How much of what is there already is wanted.

use std::time::Duration;

use super::target::Target;
use crate::config::StartAt;
use crate::model::Nanos;

/// How many lines of history all containers have together, where nothing else is said.
const HISTORY: u64 = 1000;
/// Each has at least so many.
const LEAST: u64 = 20;

/// From where on a log, or a list of events, is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Start {
    /// So many lines from its end.
    pub(super) tail: Option<u64>,
    /// Nothing older.
    pub(super) since: Option<Since>,
    /// Whether what comes is waited for.
    pub(super) follows: bool,
}

/// A time to begin at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Since {
    /// By the server's clock.
    Ago(Duration),
    /// By everybody's clock.
    At(Nanos),
}

impl Start {
    /// For what begins while we look: all of it.
    pub(super) fn of_new(target: &Target) -> Self {
        Self { follows: target.options.follow, ..Self::default() }
    }

    /// For what is there when we first look, of which there are `count`. The source's own parameters win.
    pub(super) fn of_known(target: &Target, count: usize) -> Self {
        let new = Self::of_new(target);
        if target.tail.is_some() || target.since.is_some() {
            return Self { tail: target.tail, since: target.since.map(Since::Ago), ..new };
        }
        let shared = HISTORY / u64::try_from(count.max(1)).unwrap_or(u64::MAX);
        match target.options.start {
            StartAt::Tail if new.follows => Self { tail: Some(shared.max(LEAST)), ..new },
            StartAt::End => Self { tail: Some(0), ..new },
            StartAt::Tail | StartAt::Beginning => new,
            StartAt::Since(time) => Self { since: Some(Since::At(time)), ..new },
        }
    }

    /// Whether something that happened at `time` is wanted. `now`: the time.
    pub(super) fn has(&self, time: Option<Nanos>, now: Nanos) -> bool {
        let Some(time) = time else { return self.tail != Some(0) };
        match self.since {
            Some(Since::At(from)) => time >= from,
            Some(Since::Ago(ago)) => time >= now.saturating_sub(Nanos::try_from(ago.as_nanos()).unwrap_or(Nanos::MAX)),
            None => self.tail != Some(0),
        }
    }
}
