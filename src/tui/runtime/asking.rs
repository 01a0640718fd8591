//! Questions to systems that hold traces: each runs in a task of its own, and what comes back is an outcome.

use tokio::sync::mpsc;

use crate::model::{Names, TraceId, TraceQuery, WantedTrace, Window};
use crate::source::backend::BackendHandle;
use crate::tui::event::Outcome;
use crate::tui::inquiry::Said;

/// What is said for a backend that was removed.
const GONE: &str = "it is not there any more";

/// Asks backends, each by its label, and sends what they say to the screen.
pub(super) struct Asking {
    pub(super) backends: Vec<(String, BackendHandle)>,
    pub(super) outcome: mpsc::Sender<Outcome>,
}

impl Asking {
    /// Asks those of `labels` for a trace. Their spans go into the store by themselves. Each is answered for, also one that
    /// is not there any more.
    pub(super) fn trace(self, wanted: &WantedTrace, labels: Vec<String>) {
        for backend in labels {
            let (handle, wanted, outcome) = (self.handle(&backend), wanted.clone(), self.outcome.clone());
            tokio::spawn(async move {
                let answer = match handle {
                    Some(handle) => handle.trace(&wanted).await,
                    None => Err(GONE.to_owned()),
                };
                let (said, notes) = match answer {
                    Ok(fetched) if fetched.spans.is_empty() => (Said::Unknown, fetched.notes),
                    Ok(fetched) => (Said::Spans(fetched.spans.len()), fetched.notes),
                    Err(why) => (Said::Failed(why), Vec::new()),
                };
                // The screen may be gone by now.
                let _told = outcome.send(Outcome::TraceFetched { trace: wanted.id, backend, said, notes }).await;
            });
        }
    }

    /// Asks for these pages of a search; each is answered for.
    pub(super) fn search(self, generation: u64, query: &TraceQuery, pages: Vec<(String, Option<String>)>) {
        for (backend, page) in pages {
            let (handle, query, outcome) = (self.handle(&backend), query.clone(), self.outcome.clone());
            tokio::spawn(async move {
                let mut page = match handle {
                    Some(handle) => handle.search(&query, page.as_deref()).await,
                    None => Err(GONE.to_owned()),
                };
                // Whole traces are in the store; the screen needs what is said of them alone.
                page.iter_mut().flat_map(|page| &mut page.hits).for_each(|hit| hit.whole.clear());
                let _told = outcome.send(Outcome::TracesFound { generation, backend, page }).await;
            });
        }
    }

    /// Asks those of `labels` who called whom; each is answered for.
    pub(super) fn calls(self, window: Window, labels: Vec<String>) {
        for backend in labels {
            let (handle, outcome) = (self.handle(&backend), self.outcome.clone());
            tokio::spawn(async move {
                let calls = match handle {
                    Some(handle) => handle.dependencies(window).await,
                    None => Err(GONE.to_owned()),
                };
                let _told = outcome.send(Outcome::CallsTold { backend, calls }).await;
            });
        }
    }

    fn handle(&self, label: &str) -> Option<BackendHandle> {
        self.backends.iter().find(|(known, _)| known == label).map(|(_, handle)| handle.clone())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_was_removed_is_answered_for() {
        let (outcome, mut outcomes) = mpsc::channel(4);
        let asking = || Asking { backends: Vec::new(), outcome: outcome.clone() };
        let id = TraceId::from_low64(1).unwrap();
        asking().trace(&WantedTrace::of(id), vec!["gone".to_owned()]);
        let Some(Outcome::TraceFetched { backend, said: Said::Failed(why), .. }) = outcomes.recv().await else {
            panic!("nothing is said")
        };
        assert_eq!((&*backend, &*why), ("gone", GONE));
        let query = TraceQuery::all(Window { from: 0, to: 1 }, 1);
        asking().search(7, &query, vec![("gone".to_owned(), Some("2".to_owned()))]);
        let found = outcomes.recv().await;
        assert!(matches!(found, Some(Outcome::TracesFound { generation: 7, page: Err(why), .. }) if why == GONE));
        asking().calls(Window { from: 0, to: 1 }, vec!["gone".to_owned()]);
        let told = outcomes.recv().await;
        assert!(
            matches!(told, Some(Outcome::CallsTold { backend, calls: Err(why) }) if backend == "gone" && why == GONE)
        );
    }
}
