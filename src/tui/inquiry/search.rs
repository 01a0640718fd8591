//! A search over all backends: what is looked for, how far each of them is, and the traces that were found.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{TraceHit, TraceId, TracePage, TraceQuery};
use crate::query::Plan;

/// Traces that are kept of one search. Nobody reads so many; a narrower search finds the others.
const MAX_FOUND: usize = 10_000;

/// A search.
#[derive(Clone, Debug)]
pub struct TraceSearch {
    /// Comes back with every answer.
    pub generation: u64,
    /// What the backends are asked for.
    pub query: TraceQuery,
    /// What holds of the traces that are in memory.
    pub plan: Arc<Plan>,
    /// The form that it came from, to begin the next one with.
    pub form: Vec<String>,
    backends: Vec<(String, SearchState)>,
    found: Vec<Found>,
    places: HashMap<TraceId, usize>,
}

/// How far one backend is with a search.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SearchState {
    /// It is asked for its next page.
    Asked,
    /// It has more, which this asks for.
    More(String),
    /// It has no more.
    Done,
    /// Something is wrong.
    Failed(String),
}

/// A trace that was found.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// What the backends say of it; the spans themselves are in the store.
    pub hit: TraceHit,
    /// The backends that have it.
    pub backends: Vec<String>,
}

impl TraceSearch {
    /// A search that begins at these backends.
    pub fn new(generation: u64, query: TraceQuery, plan: Arc<Plan>, form: Vec<String>, backends: Vec<String>) -> Self {
        let backends = backends.into_iter().map(|backend| (backend, SearchState::Asked)).collect();
        Self { generation, query, plan, form, backends, found: Vec::new(), places: HashMap::new() }
    }

    /// Takes in what a backend answered; gives what it has to say beside. Backends are merged by trace, and the traces are in
    /// the order of their beginning, the latest first. O(found).
    pub fn answered(&mut self, backend: &str, page: Result<TracePage, String>) -> Vec<String> {
        let Some((_, state)) = self.backends.iter_mut().find(|(label, _)| label == backend) else { return Vec::new() };
        let page = match page {
            Ok(page) => page,
            Err(why) => {
                *state = SearchState::Failed(why);
                return Vec::new();
            }
        };
        // An empty page need not be the last: what there was may have been left out.
        *state = page.next.map_or(SearchState::Done, SearchState::More);
        for hit in page.hits {
            self.add(hit, backend);
        }
        self.found.sort_by_key(|found| (std::cmp::Reverse(found.hit.start), found.hit.id));
        self.found.truncate(MAX_FOUND);
        self.places = self.found.iter().enumerate().map(|(at, found)| (found.hit.id, at)).collect();
        page.notes
    }

    fn add(&mut self, hit: TraceHit, backend: &str) {
        let hit = TraceHit { whole: Vec::new(), ..hit };
        if let Some(found) = self.places.get(&hit.id).and_then(|at| self.found.get_mut(*at)) {
            if !found.backends.iter().any(|known| known == backend) {
                found.backends.push(backend.to_owned());
            }
            found.hit = merged(&found.hit, &hit);
            return;
        }
        self.places.insert(hit.id, self.found.len());
        self.found.push(Found { hit, backends: vec![backend.to_owned()] });
    }

    /// What was found, the latest first.
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// Each backend with how far it is.
    pub fn backends(&self) -> &[(String, SearchState)] {
        &self.backends
    }

    /// The backends that have more, with what to ask them; they count as asked from now on.
    pub fn more(&mut self) -> Vec<(String, String)> {
        let has_more = |(backend, state): &mut (String, SearchState)| match state {
            SearchState::More(next) => {
                let next = std::mem::take(next);
                *state = SearchState::Asked;
                Some((backend.clone(), next))
            }
            _ => None,
        };
        self.backends.iter_mut().filter_map(has_more).collect()
    }

    /// Whether a backend has not answered yet.
    pub fn is_waiting(&self) -> bool {
        self.backends.iter().any(|(_, state)| *state == SearchState::Asked)
    }
}

/// What two backends say of one trace: whoever knows more of it is believed.
fn merged(known: &TraceHit, other: &TraceHit) -> TraceHit {
    let is_fuller = other.spans.unwrap_or(0) > known.spans.unwrap_or(0);
    let (first, second) = if is_fuller { (other, known) } else { (known, other) };
    let text = |a: &String, b: &String| if a.is_empty() { b.clone() } else { a.clone() };
    TraceHit {
        id: known.id,
        start: first.start.min(second.start),
        duration: first.duration.max(second.duration),
        service: text(&first.service, &second.service),
        operation: text(&first.operation, &second.operation),
        spans: first.spans.or(second.spans),
        errors: first.errors.max(second.errors),
        services: first.services.or(second.services),
        whole: Vec::new(),
    }
}
