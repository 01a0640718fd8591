//! The conversation with one cluster: the last documents before now, then round after round what is new.
//!
//! Nothing pushes here. Each round searches from some seconds before the newest document on, as documents can be found
//! only after a while and agents deliver late; what was there already is known by its index and id. A round that some
//! shards did not answer is repeated from where it began.

use std::collections::HashMap;
use std::sync::Arc;

use super::answer::{Found, Hit, innermost};
use super::client::{Asker, Cluster, Refused};
use super::pages::{Pages, query};
use super::settings::Settings;
use crate::config::StartAt;
use crate::model::{Attributes, Nanos, Resource};
use crate::source::documents::{Documents, one_line, shorten, with_time};
use crate::source::http;
use crate::source::recent::{Recent, floor, nanos};
use crate::source::retry::{Backoff, Connection, Trouble};
use crate::source::{Signal, SourceContext, SourceState};

/// For so long what an answer in part left out is asked for again.
const HOLD: Nanos = 900 * 1_000_000_000;
/// So many indices are remembered by name.
const MAX_INDICES: usize = 1000;

/// One index pattern of one cluster, and what has been read of it.
pub(super) struct Reading {
    settings: Settings,
    cx: SourceContext,
    recent: Recent,
    has_history: bool,
    /// So many documents from before now; fewer where they do not fit into an answer.
    wanted: usize,
    writers: HashMap<String, (Arc<str>, Arc<Resource>)>,
    /// Whether points in time may be opened, as far as is known.
    may_open: bool,
    /// Documents are not kept here, only their fields.
    wants_fields: bool,
    /// What the state says of the last answers.
    remark: String,
    /// What the state says of documents that are missing.
    gap: String,
}

impl Reading {
    pub(super) fn new(settings: Settings, cx: SourceContext) -> Self {
        let now = cx.clock.now();
        let floor = floor(settings.start, now, settings.lookback, 0);
        Self {
            recent: Recent::new(nanos(settings.overlap), floor),
            has_history: settings.start != StartAt::Tail,
            wanted: settings.history,
            settings,
            cx,
            writers: HashMap::new(),
            may_open: true,
            wants_fields: false,
            remark: String::new(),
            gap: String::new(),
        }
    }

    fn is_live(&self, cluster: &Cluster) {
        let Settings { place, index, .. } = &self.settings;
        self.cx.status.set(SourceState::Live(format!(
            "{place}, {index} ({}){}{}",
            cluster.shown(),
            self.remark,
            self.gap
        )));
    }

    /// The last documents before now, in the order of time.
    async fn history(&mut self, asker: &Asker<'_>, cluster: &Cluster) -> Result<(), Trouble> {
        let (from, wanted) = (self.recent.from(), self.wanted);
        let body = query(&self.settings, cluster, from.div_euclid(1_000_000), "desc", wanted, self.wants_fields);
        let mut found = match asker.search(&body).await {
            Ok(found) => found,
            Err(Refused::Trouble(trouble)) if http::is_too_long(&trouble) && wanted > 1 => {
                self.wanted = wanted / 2;
                return Ok(());
            }
            Err(Refused::Trouble(trouble)) => return Err(trouble),
            Err(Refused::PointIsGone) => return Err(Trouble::passing("the search was lost by the server")),
        };
        if self.should_ask_for_fields(&found, cluster) {
            // Asked again, they have their fields.
            return Ok(());
        }
        found.hits.hits.reverse();
        if found.hits.hits.len() >= wanted
            && let Some(oldest) = found.hits.hits.first().and_then(Hit::time)
        {
            self.recent.raise_floor(oldest.saturating_add(1));
        }
        if self.note(&found, None) {
            self.recent.hold(Some(self.recent.from()));
        }
        self.hand_over(found, cluster, from).await;
        self.has_history = true;
        Ok(())
    }

    /// All that is new.
    async fn round(&mut self, asker: &Asker<'_>, cluster: &Cluster, backoff: &mut Backoff) -> Result<(), Trouble> {
        self.recent.it_is(self.cx.clock.now());
        let from = self.recent.from();
        let mut is_whole = true;
        let mut pages = Pages::since(from, self.may_open && cluster.has_points());
        self.remark.clear();
        let outcome = loop {
            let page = match pages.next(asker, cluster, self.wants_fields).await {
                Ok(page) => page,
                Err(trouble) => break Err(trouble),
            };
            backoff.is_good();
            if self.should_ask_for_fields(&page.found, cluster) {
                pages.close(asker, cluster).await;
                pages = Pages::since(from, pages.may_open());
                continue;
            }
            if self.note(&page.found, page.torn) {
                is_whole = false;
                self.recent.hold(Some(from.max(self.cx.clock.now().saturating_sub(HOLD))));
            }
            let is_last = page.is_last;
            self.hand_over(page.found, cluster, from).await;
            if is_last {
                break Ok(());
            }
            self.is_live(cluster);
        };
        self.may_open = pages.may_open() || !cluster.has_points();
        // After trouble it would be waited for in vain; the server gives up points in time by itself.
        if outcome.is_ok() {
            pages.close(asker, cluster).await;
            if is_whole {
                self.recent.hold(None);
            }
            self.recent.forget();
        }
        outcome
    }

    /// Whether documents come without themselves, and their fields could be had instead.
    fn should_ask_for_fields(&mut self, found: &Found, cluster: &Cluster) -> bool {
        let is_bare = |hit: &Hit| hit.source.is_none() && hit.fields.is_empty();
        let should = !self.wants_fields && cluster.has_fields() && found.hits.hits.iter().any(is_bare);
        self.wants_fields |= should;
        should
    }

    /// Takes into the state what an answer says of itself. Whether it may lack documents that come later.
    fn note(&mut self, found: &Found, torn: Option<Nanos>) -> bool {
        let shards = &found.shards;
        if let Some(time) = torn {
            let second = chrono::DateTime::from_timestamp_nanos(time).format("%H:%M:%SZ");
            self.gap = format!(" · some documents of {second} are missing, as too many share it");
        }
        if shards.failed > 0 {
            let why = shards.failures.first().map(|failure| innermost(&failure.reason, 0)).unwrap_or_default();
            let why: String = why.chars().take(120).collect();
            self.remark = format!(" · {} of {} shards failed: {why}", shards.failed, shards.total);
        } else if found.timed_out {
            " · the search timed out; what is missing is asked for again".clone_into(&mut self.remark);
        } else if shards.total == 0 && found.hits.hits.is_empty() {
            " · no index matches yet".clone_into(&mut self.remark);
        }
        shards.failed > 0 || found.timed_out
    }

    /// Hands over the documents that are new, in their order. They were asked for from the millisecond of `from` on.
    async fn hand_over(&mut self, found: Found, cluster: &Cluster, from: Nanos) {
        // No document comes twice in one answer, and any may come again in the next.
        self.recent.begin_reading(self.cx.clock.now());
        let intake = Arc::clone(&self.cx.intake);
        let mut documents = Documents::new(&*intake);
        for hit in found.hits.hits {
            let Some(time) = hit.time() else {
                self.cx.intake.reject(Signal::Logs, 1);
                continue;
            };
            // What is older than the cursor in its millisecond is no longer remembered.
            if time < from || !self.recent.is_new(time, &(&hit.index, &hit.id)) {
                continue;
            }
            let Some(document) = hit.document() else {
                self.cx.intake.reject(Signal::Logs, 1);
                continue;
            };
            let mut line = one_line(&with_time(&document, time)).into_owned();
            shorten(&mut line);
            let (origin, resource) = self.writer(&hit.index, cluster);
            documents.push(&line, &origin, &resource).await;
        }
        documents.flush().await;
    }

    /// What is the same for all documents of an index.
    fn writer(&mut self, index: &str, cluster: &Cluster) -> (Arc<str>, Arc<Resource>) {
        if self.writers.len() >= MAX_INDICES {
            self.writers.clear();
        }
        let writer = self.writers.entry(index.to_owned()).or_insert_with(|| {
            let mut attributes = Attributes::default();
            attributes.set("elasticsearch.index.name", index);
            if !cluster.name.is_empty() {
                attributes.set("elasticsearch.cluster.name", cluster.name.as_str());
            }
            (index.into(), Arc::new(Resource { attributes }))
        });
        (Arc::clone(&writer.0), Arc::clone(&writer.1))
    }
}

impl Connection for Reading {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let settings = self.settings.clone();
        let asker = Asker::new(&settings).await?;
        let cluster = asker.cluster().await?;
        while !self.has_history {
            self.history(&asker, &cluster).await?;
            backoff.is_good();
        }
        if !settings.follow && settings.start == StartAt::Tail {
            return Ok(());
        }
        loop {
            self.round(&asker, &cluster, backoff).await?;
            self.is_live(&cluster);
            if !settings.follow {
                return Ok(());
            }
            tokio::time::sleep(settings.interval).await;
        }
    }
}
