//! What a search found: the traces that backends told of, and those in memory that it means.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::entry::Entry;
use crate::model::{Nanos, TraceId};
use crate::query::Plan;
use crate::store::Trace;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::inquiry::{SearchState, TraceSearch};
use crate::tui::piece::Piece;
use crate::tui::text;
use crate::tui::world::World;

/// Traces in memory that are searched: the latest.
const MAX_SEARCHED: usize = 2000;
/// How often the traces in memory are searched anew while more come.
const SEARCH_EVERY: Nanos = 1_000_000_000;

/// What is known of the search in force.
#[derive(Clone, Debug)]
pub(super) struct Searched {
    /// Which search it is.
    pub(super) generation: u64,
    /// Whether the traces in memory are to be searched again, when it is time.
    pub(super) is_due: bool,
    /// What is looked for.
    pub(super) title: String,
    /// How far each backend is.
    pub(super) backends: Vec<Piece>,
    /// All that was found, before the filter of the list.
    pub(super) count: usize,
    /// Which traces in memory are meant.
    looked: Looked,
    /// When the traces in memory were searched last.
    at: Nanos,
    /// What the filter of the list said of each trace, and in which state that was: none of what a backend told of alone.
    verdicts: HashMap<TraceId, (Option<u64>, bool)>,
}

/// What a search finds in memory.
#[derive(Clone, Debug, Default)]
struct Looked {
    /// The traces that it means.
    meant: HashSet<TraceId>,
    /// The traces that a backend told of, and of which all that it has is in memory and is not meant.
    others: HashSet<TraceId>,
}

impl Searched {
    /// What is found by now, in no order, and what is known of the search then; `known` is what was known of it before.
    pub(super) fn take(
        search: &TraceSearch,
        known: Option<Self>,
        filter: Option<&Arc<Plan>>,
        world: &World,
    ) -> (Self, Vec<Arc<Entry>>) {
        let known = known.filter(|known| known.generation == search.generation);
        let is_due = known.as_ref().is_none_or(|known| world.now - known.at >= SEARCH_EVERY || known.at == world.now);
        let at = if is_due { world.now } else { known.as_ref().map_or(world.now, |known| known.at) };
        let (had, mut verdicts) = known.map(|known| (known.looked, known.verdicts)).unwrap_or_default();
        let looked = if is_due { in_memory(search, world) } else { had };
        let mut entries = entries(search, &looked, world);
        let count = entries.len();
        if let Some(plan) = filter {
            entries.retain(|entry| {
                let held = world.traces.get(entry.id).filter(|_| entry.is_held);
                let state = held.map(|trace| trace.revision());
                let known = verdicts.get(&entry.id).filter(|(known, _)| *known == state);
                let verdict = known.map_or_else(|| entry.matches(plan, world), |(_, verdict)| *verdict);
                verdicts.insert(entry.id, (state, verdict));
                verdict
            });
        }
        let searched = Self {
            generation: search.generation,
            is_due: !is_due,
            title: title_of(search),
            backends: backends_of(search, world.traces.len()),
            count,
            looked,
            at,
            verdicts,
        };
        (searched, entries.into_iter().map(Arc::new).collect())
    }

    /// The filter of the list is another one.
    pub(super) fn forget_verdicts(&mut self) {
        self.verdicts.clear();
    }
}

/// All that is found, each trace once, with whoever has it.
fn entries(search: &TraceSearch, looked: &Looked, world: &World) -> Vec<Entry> {
    let held = looked.meant.iter().filter_map(|id| world.traces.get(*id)).map(|trace| Entry::of(trace.summary()));
    let mut entries: HashMap<TraceId, Entry> = held.map(|entry| (entry.id, entry)).collect();
    let told = search.found().iter().filter(|found| !looked.others.contains(&found.hit.id));
    for found in told {
        entries.entry(found.hit.id).or_insert_with(|| Entry::found(found, world)).add_origins(&found.backends);
    }
    entries.into_values().collect()
}

/// Which traces in memory a search means, of the latest ones and of those that it found.
fn in_memory(search: &TraceSearch, world: &World) -> Looked {
    let is_meant = |trace: &Arc<Trace>| {
        let summary = trace.summary();
        search.query.window.contains(summary.start) && search.plan.matches_trace(&summary, trace.spans())
    };
    let latest = world.traces.latest(MAX_SEARCHED);
    let meant: HashSet<TraceId> = latest.iter().filter(|trace| is_meant(trace)).map(|trace| trace.id).collect();
    let others = search.found().iter().filter(|found| !meant.contains(&found.hit.id)).filter_map(|found| {
        let trace = world.traces.get(found.hit.id)?;
        let origins = trace.summary().origins;
        let is_here = |backend: &String| origins.iter().any(|origin| **origin == **backend);
        // What a backend was asked for it knows best, and a part of a trace says nothing of the whole.
        let is_wanted = |rest: &Arc<Plan>| rest.matches_trace(&trace.summary(), trace.spans());
        let is_refused = search.rest.as_ref().is_some_and(|rest| !is_wanted(rest));
        (is_refused && found.backends.iter().all(is_here)).then_some(found.hit.id)
    });
    Looked { others: others.collect(), meant }
}

/// What is looked for, as the filter language has it.
fn title_of(search: &TraceSearch) -> String {
    match search.plan.source_text() {
        "" => " of that time".to_owned(),
        text => format!(" {}", safe(text)),
    }
}

/// How far each backend is, and which of the `held` traces in memory were looked at, where not all were.
fn backends_of(search: &TraceSearch, held: usize) -> Vec<Piece> {
    let mut out = Vec::new();
    if held > MAX_SEARCHED {
        out.push(Piece::new(Role::Muted, format!("latest {} in memory", text::count(MAX_SEARCHED as u64))));
    }
    for (backend, state) in search.backends() {
        let count = search.found().iter().filter(|found| found.backends.contains(backend)).count();
        let (role, said) = match state {
            SearchState::Asked(_) => (Role::Accent, "…".to_owned()),
            SearchState::More(_) => (Role::Muted, format!("{count}+")),
            SearchState::Done => (Role::Muted, count.to_string()),
            SearchState::Failed(_) => (Role::Error, "failed".to_owned()),
        };
        let between = if out.is_empty() { "" } else { " · " };
        out.push(Piece::new(role, format!("{between}{} {said}", safe(backend))));
    }
    out
}
