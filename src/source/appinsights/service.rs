//! Who is asked: a connection that is kept while it is good, and the ids that only their texts can be asked by.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::settings::Settings;
use crate::model::{Nanos, TraceId, WantedTrace};
use crate::source::Clock;
use crate::source::azure::{Answer, Asker};
use crate::source::retry::Trouble;

/// So many texts of ids are remembered, then none of those.
const MAX_WRITTEN: usize = 10_000;

/// One application or workspace.
pub(super) struct Service {
    pub(super) settings: Settings,
    clock: Clock,
    /// Signing in may run a program, and tokens hold for an hour.
    asker: tokio::sync::Mutex<Option<Arc<Asker>>>,
    /// What ids that were handed out are called there, where that is no number.
    written: Mutex<HashMap<TraceId, String>>,
}

impl Service {
    pub(super) fn new(settings: Settings, clock: Clock) -> Self {
        Self { settings, clock, asker: tokio::sync::Mutex::default(), written: Mutex::default() }
    }

    /// What time it is.
    pub(super) fn now(&self) -> Nanos {
        self.clock.now()
    }

    /// Runs a query. After trouble it signs in anew.
    pub(super) async fn ask(&self, query: &str) -> Result<Answer, Trouble> {
        let answer = self.asker().await?.ask(query).await;
        if answer.is_err() {
            *self.asker.lock().await = None;
        }
        answer
    }

    async fn asker(&self) -> Result<Arc<Asker>, Trouble> {
        let mut kept = self.asker.lock().await;
        if let Some(asker) = &*kept {
            return Ok(Arc::clone(asker));
        }
        let Settings { server, audience, timeout, key, .. } = &self.settings;
        let asker = Arc::new(Asker::new(server, audience, &self.settings.path(), *timeout, key.as_ref()).await?);
        *kept = Some(Arc::clone(&asker));
        Ok(asker)
    }

    /// Remembers what an id is called there.
    pub(super) fn remember(&self, id: TraceId, text: &str) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() >= MAX_WRITTEN {
            written.clear();
        }
        written.insert(id, text.to_owned());
    }

    /// What a trace that is asked for is called there.
    pub(super) fn written(&self, wanted: &WantedTrace) -> String {
        let known = || self.written.lock().unwrap_or_else(PoisonError::into_inner).get(&wanted.id).cloned();
        wanted.written.clone().or_else(known).unwrap_or_else(|| wanted.id.to_string())
    }
}
