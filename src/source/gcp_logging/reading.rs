//! The conversation with Cloud Logging: the last entries before now, then round after round what is new.
//!
//! Each round lists from some seconds before the newest entry on, as entries can be found only after a while; what was
//! there already is known by its log, its time and its insertion id, by which the service itself tells entries apart.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::client::{Asker, Question};
use super::entry::{Entry, Monitored};
use super::settings::Settings;
use crate::config::StartAt;
use crate::model::{Nanos, Resource};
use crate::source::documents::{Documents, one_line, shorten};
use crate::source::recent::{Recent, floor, nanos};
use crate::source::retry::{Backoff, Connection, Trouble};
use crate::source::{Signal, SourceContext, SourceState};

/// So many logs and resources are remembered.
const MAX_WRITERS: usize = 1000;

/// One project, and what has been read of it.
pub(super) struct Reading {
    settings: Settings,
    cx: SourceContext,
    recent: Recent,
    has_history: bool,
    origins: HashMap<String, Arc<str>>,
    resources: HashMap<Monitored, Arc<Resource>>,
}

impl Reading {
    pub(super) fn new(settings: Settings, cx: SourceContext) -> Self {
        let floor = floor(settings.start, cx.clock.now(), settings.lookback, 0);
        Self {
            recent: Recent::new(nanos(settings.overlap), floor),
            has_history: settings.start != StartAt::Tail,
            settings,
            cx,
            origins: HashMap::new(),
            resources: HashMap::new(),
        }
    }

    fn is_live(&self) {
        let filter = self.settings.filter.as_ref().map(|filter| format!(", {filter}")).unwrap_or_default();
        self.cx.status.set(SourceState::Live(format!("{}{filter}", self.settings.resources.join(", "))));
    }

    /// The last entries before now, in the order of time.
    async fn history(&mut self, asker: &mut Asker<'_>, backoff: &mut Backoff) -> Result<(), Trouble> {
        let wanted = self.settings.history;
        let mut question = Question::since(&self.settings, &rfc3339(self.recent.from()), Some(wanted));
        let mut found: Vec<Box<RawValue>> = Vec::new();
        loop {
            let (page, is_last) = asker.ask(&mut question).await?;
            backoff.is_good();
            found.extend(page.entries);
            if is_last || found.len() >= wanted {
                break;
            }
        }
        found.truncate(wanted);
        found.reverse();
        let oldest = found.first().and_then(|entry| serde_json::from_str::<Entry>(entry.get()).ok()?.time());
        if found.len() >= wanted
            && let Some(oldest) = oldest
        {
            self.recent.raise_floor(oldest.saturating_add(1));
        }
        self.hand_over(&found).await;
        self.has_history = true;
        Ok(())
    }

    /// All that is new.
    async fn round(&mut self, asker: &mut Asker<'_>, backoff: &mut Backoff) -> Result<(), Trouble> {
        self.recent.it_is(self.cx.clock.now());
        let mut question = Question::since(&self.settings, &rfc3339(self.recent.from()), None);
        loop {
            let (page, is_last) = asker.ask(&mut question).await?;
            backoff.is_good();
            self.is_live();
            self.hand_over(&page.entries).await;
            if is_last {
                self.recent.forget();
                return Ok(());
            }
        }
    }

    /// Hands over the entries that are new, in their order.
    async fn hand_over(&mut self, entries: &[Box<RawValue>]) {
        // No entry comes twice in one page, and any may come again in the next.
        self.recent.begin_reading(self.cx.clock.now());
        let intake = Arc::clone(&self.cx.intake);
        let mut documents = Documents::new(&*intake);
        for raw in entries {
            let entry = serde_json::from_str::<Entry>(raw.get()).ok();
            let Some((entry, time)) = entry.and_then(|entry| entry.time().map(|time| (entry, time))) else {
                self.cx.intake.reject(Signal::Logs, 1);
                continue;
            };
            if self.recent.is_new(time, &(&entry.log_name, &entry.insert_id)) {
                let mut line = one_line(raw.get()).into_owned();
                shorten(&mut line);
                let (origin, resource) = self.writer(&entry);
                documents.push(&line, &origin, &resource).await;
            }
        }
        documents.flush().await;
    }

    /// What is the same for all entries of a log and a resource.
    fn writer(&mut self, entry: &Entry) -> (Arc<str>, Arc<Resource>) {
        if self.origins.len() >= MAX_WRITERS {
            self.origins.clear();
        }
        if self.resources.len() >= MAX_WRITERS {
            self.resources.clear();
        }
        let origin = self.origins.entry(entry.log_name.clone()).or_insert_with(|| entry.log().into());
        let monitored = entry.monitored();
        let resource = self.resources.entry(monitored.clone()).or_insert_with(|| monitored.resource());
        (Arc::clone(origin), Arc::clone(resource))
    }
}

impl Connection for Reading {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let settings = self.settings.clone();
        let mut asker = Asker::new(&settings).await?;
        if !self.has_history {
            self.history(&mut asker, backoff).await?;
        }
        if !settings.follow && settings.start == StartAt::Tail {
            return Ok(());
        }
        loop {
            self.round(&mut asker, backoff).await?;
            if !settings.follow {
                return Ok(());
            }
            tokio::time::sleep(settings.interval).await;
        }
    }
}

fn rfc3339(time: Nanos) -> String {
    chrono::DateTime::from_timestamp_nanos(time).to_rfc3339_opts(chrono::SecondsFormat::Nanos, true)
}
