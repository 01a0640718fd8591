//! Questions to systems that hold traces: each runs in a task of its own, and what comes back is an outcome.

use tokio::sync::mpsc;

use crate::model::{Names, TraceId, TraceQuery, WantedTrace};
use crate::source::backend::BackendHandle;
use crate::tui::event::Outcome;
use crate::tui::inquiry::Said;

/// Asks backends, each by its label, and sends what they say to the screen.
pub(super) struct Asking {
    pub(super) backends: Vec<(String, BackendHandle)>,
    pub(super) outcome: mpsc::Sender<Outcome>,
}

impl Asking {
    /// Asks those of `labels` for a trace. Their spans go into the store by themselves.
    pub(super) fn trace(self, wanted: &WantedTrace, labels: &[String]) {
        for (backend, handle) in self.backends.into_iter().filter(|(label, _)| labels.contains(label)) {
            let (wanted, outcome) = (wanted.clone(), self.outcome.clone());
            tokio::spawn(async move {
                let (said, notes) = match handle.trace(&wanted).await {
                    Ok(fetched) if fetched.spans.is_empty() => (Said::Unknown, fetched.notes),
                    Ok(fetched) => (Said::Spans(fetched.spans.len()), fetched.notes),
                    Err(why) => (Said::Failed(why), Vec::new()),
                };
                // The screen may be gone by now.
                let _told = outcome.send(Outcome::TraceFetched { trace: wanted.id, backend, said, notes }).await;
            });
        }
    }

    /// Asks for these pages of a search.
    pub(super) fn search(self, generation: u64, query: &TraceQuery, pages: Vec<(String, Option<String>)>) {
        for (backend, page) in pages {
            let Some((_, handle)) = self.backends.iter().find(|(label, _)| *label == backend).cloned() else {
                continue;
            };
            let (query, outcome) = (query.clone(), self.outcome.clone());
            tokio::spawn(async move {
                let mut page = handle.search(&query, page.as_deref()).await;
                // Whole traces are in the store; the screen needs what is said of them alone.
                page.iter_mut().flat_map(|page| &mut page.hits).for_each(|hit| hit.whole.clear());
                let _told = outcome.send(Outcome::TracesFound { generation, backend, page }).await;
            });
        }
    }

    /// Asks all for names. What can not be had is left out: names are a help and no answer.
    pub(super) fn names(self, of: &Names) {
        for (_, handle) in self.backends {
            let (of, outcome) = (of.clone(), self.outcome.clone());
            tokio::spawn(async move {
                if let Ok(names) = handle.names(&of).await {
                    let _told = outcome.send(Outcome::NamesTold { of, names }).await;
                }
            });
        }
    }

    /// Where a person looks at this trace, by what each backend knows of links.
    pub(super) fn links(self, trace: TraceId) -> Outcome {
        let links = self.backends.into_iter().filter_map(|(label, handle)| Some((label, handle.link(trace)?)));
        Outcome::LinksFound(links.collect())
    }
}
