//! What the source says of itself: what it is connected to, how much it follows, and what is not as it should be.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Local};

use super::instance::Key;
use crate::source::{SourceState, StatusReporter};

/// The report of one source. Shared by all that follow something for it.
#[derive(Clone)]
pub(super) struct Report {
    status: StatusReporter,
    facts: Arc<Mutex<Facts>>,
}

#[derive(Default)]
struct Facts {
    /// Context and namespace, while the API server answers.
    place: Option<String>,
    pods: usize,
    containers: usize,
    left_out: usize,
    /// Why there are no events.
    events: Option<String>,
    /// Whose logs do not come, and why.
    troubles: BTreeMap<Key, (Arc<str>, String)>,
    /// After which second lines are missing.
    gap: Option<i64>,
}

impl Report {
    pub(super) fn new(status: StatusReporter) -> Self {
        Self { status, facts: Arc::default() }
    }

    /// The API server has answered.
    pub(super) fn connected(&self, place: String) {
        self.change(|facts| facts.place = Some(place));
    }

    /// It is not reached any more; what is said until it is again is not said here.
    pub(super) fn disconnected(&self) {
        self.lock().place = None;
    }

    /// How many pods there are, how many containers are followed, and how many are over the limit.
    pub(super) fn followed(&self, pods: usize, containers: usize, left_out: usize) {
        self.change(|facts| (facts.pods, facts.containers, facts.left_out) = (pods, containers, left_out));
    }

    /// Why there are no events, or that there are.
    pub(super) fn events(&self, why: Option<String>) {
        self.change(|facts| facts.events = why);
    }

    /// Why the log of a container does not come.
    pub(super) fn trouble(&self, key: &Key, origin: &Arc<str>, why: &str) {
        self.change(|facts| {
            facts.troubles.insert(key.clone(), (Arc::clone(origin), why.to_owned()));
        });
    }

    /// The log of a container comes, or nobody waits for it any more.
    pub(super) fn well(&self, key: &Key) {
        if self.lock().troubles.contains_key(key) {
            self.change(|facts| drop(facts.troubles.remove(key)));
        }
    }

    /// Lines are missing after this second since 1970.
    pub(super) fn gap(&self, second: i64) {
        self.change(|facts| facts.gap = Some(second));
    }

    /// What there is to remark, without where it is.
    pub(super) fn remarks(&self) -> String {
        self.lock().remarks().trim_start_matches(" · ").to_owned()
    }

    fn change(&self, change: impl FnOnce(&mut Facts)) {
        let mut facts = self.lock();
        change(&mut facts);
        if let Some(place) = &facts.place {
            let text = format!("{place}, {}{}", facts.count(), facts.remarks());
            self.status.set(SourceState::Live(text));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Facts {
    fn count(&self) -> String {
        if self.pods == 0 {
            return "no pods yet".to_owned();
        }
        let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        format!("{}, {}", counted(self.pods, "pod"), counted(self.containers, "container"))
    }

    fn remarks(&self) -> String {
        let mut text = String::new();
        let mut remark = |remark: std::fmt::Arguments<'_>| {
            // A String takes everything.
            write!(text, " · {remark}").ok();
        };
        if self.left_out > 0 {
            remark(format_args!("{} more are not followed, choose fewer by a selector", self.left_out));
        }
        if let Some((_, (origin, why))) = self.troubles.first_key_value() {
            let more = self.troubles.len() - 1;
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            remark(format_args!("no log of {origin}{more}: {why}"));
        }
        if let Some(why) = &self.events {
            remark(format_args!("no events: {why}"));
        }
        if let Some(at) = self.gap.and_then(|second| DateTime::from_timestamp(second, 0)) {
            let at = at.with_timezone(&Local).format("%H:%M:%S");
            remark(format_args!("a gap of unknown size at {at}"));
        }
        text
    }
}
