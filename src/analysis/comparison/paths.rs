//! The common tree of several traces: the places that their spans are at, and what is there in each.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{Hash, Hasher};
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::{Change, ComparedRow, Figures, UsualRange, median};
use crate::analysis::self_time::self_times;
use crate::analysis::trace_tree::{TraceTree, TreeRow};
use crate::model::{Nanos, Span, SpanKind};
use crate::store::Trace;

/// Where in its caller's time a call begins is told in so many parts of that.
const PARTS: i128 = 1_000_000;

/// What spans of one place have in common, beside their caller.
type Name<'t> = (&'t str, &'t str, SpanKind);

/// All places, callers before those that they call.
#[derive(Debug, Default)]
pub(super) struct Paths<'t> {
    names: HashMap<Name<'t>, u32>,
    /// By the caller's place and the name's number.
    known: HashMap<(Option<usize>, u32), usize>,
    places: Vec<Place<'t>>,
}

#[derive(Debug)]
struct Place<'t> {
    caller: Option<usize>,
    name: Name<'t>,
    id: u64,
    /// Where in its caller's time it begins, in millionths: what siblings are ordered by, at whichever pace each trace ran.
    begin: i64,
    /// One of each trace that has it.
    a: Vec<Figures>,
    b: Option<Figures>,
}

/// One span at its place.
#[derive(Clone, Copy)]
struct Call {
    place: usize,
    start: Nanos,
    end: Nanos,
    self_ns: i64,
    span: usize,
    begin: i64,
}

impl<'t> Paths<'t> {
    /// Adds the trace that is looked at. It comes first, as siblings stand in its order as far as it has them.
    pub(super) fn add_b(&mut self, trace: &'t Trace) {
        for (place, figures, begin) in self.walk(trace) {
            if let Some(place) = self.places.get_mut(place) {
                (place.b, place.begin) = (Some(figures), begin);
            }
        }
    }

    /// Adds a trace that is measured by.
    pub(super) fn add_a(&mut self, trace: &'t Trace) {
        for (place, figures, begin) in self.walk(trace) {
            let Some(place) = self.places.get_mut(place) else { continue };
            if place.a.is_empty() && place.b.is_none() {
                place.begin = begin;
            }
            place.a.push(figures);
        }
    }

    /// Notes the places of a trace's spans; answers what is at each, and where in its caller's time it begins.
    fn walk(&mut self, trace: &'t Trace) -> Vec<(usize, Figures, i64)> {
        let spans = trace.spans();
        let tree = TraceTree::of(trace);
        let own = self_times(spans, &tree);
        let mut place_of_row: Vec<usize> = Vec::with_capacity(spans.len());
        let mut calls = Vec::with_capacity(spans.len());
        for row in tree.rows() {
            let Some(span) = spans.get(row.span) else { continue };
            let place = self.place(row.parent.and_then(|parent| place_of_row.get(parent).copied()), span);
            place_of_row.push(place);
            calls.push(Call {
                place,
                start: span.start,
                end: span.end,
                self_ns: own.get(row.span).copied().unwrap_or(0),
                span: row.span,
                begin: begin_within(span, row, &tree, spans),
            });
        }
        calls.sort_unstable_by_key(|call| (call.place, call.start, call.span));
        let alike = calls.chunk_by(|one, next| one.place == next.place);
        alike.filter_map(|calls| Some((calls.first()?.place, figures(calls, trace)?, calls.first()?.begin))).collect()
    }

    /// The place of a span whose caller's place is known.
    fn place(&mut self, caller: Option<usize>, span: &'t Span) -> usize {
        let name = (span.service(), &*span.name, span.kind);
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let number = *self.names.entry(name).or_insert(next);
        match self.known.entry((caller, number)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                let at = *free.insert(self.places.len());
                let mut hasher = DefaultHasher::new();
                (caller.and_then(|caller| self.places.get(caller)).map(|caller| caller.id), name).hash(&mut hasher);
                self.places.push(Place { caller, name, id: hasher.finish(), begin: 0, a: Vec::new(), b: None });
                at
            }
        }
    }

    /// The places as rows of a tree, of `traces` that are measured by. What is in few of these and not in the trace that
    /// is looked at is left out.
    pub(super) fn into_rows(self, traces: usize) -> Vec<ComparedRow> {
        let usual: Vec<Option<Figures>> = self.places.iter().map(|place| usual(&place.a, traces)).collect();
        let is_shown = |at: usize| usual[at].is_some() || self.places[at].b.is_some();
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); self.places.len()];
        let mut roots = Vec::new();
        for at in (0..self.places.len()).filter(|at| is_shown(*at)) {
            match self.places[at].caller {
                Some(caller) => below[caller].push(at),
                None => roots.push(at),
            }
        }
        let order = |at: &usize| (self.places[*at].begin, self.places[*at].name.1, self.places[*at].id);
        below.iter_mut().chain([&mut roots]).for_each(|siblings| siblings.sort_by_key(order));
        let mut texts = Texts::default();
        let mut rows: Vec<ComparedRow> = Vec::with_capacity(self.places.len());
        // What is still to be laid out, the next on top: the place, its caller's row, and whether it is the last sibling.
        let mut stack: Vec<(usize, Option<usize>, bool)> = Vec::new();
        stack.extend(siblings(&roots, None));
        while let Some((at, parent, is_last)) = stack.pop() {
            let (place, row) = (&self.places[at], rows.len());
            rows.push(ComparedRow {
                id: place.id,
                service: texts.of(place.name.0),
                operation: texts.of(place.name.1),
                kind: place.name.2,
                parent,
                depth: parent.map_or(0, |parent| rows[parent].depth + 1),
                end: row + 1,
                is_last,
                a: usual[at],
                b: place.b,
                seen_permille: permille(place.a.len(), traces),
                usual: UsualRange {
                    count: range(place.a.iter().map(|it| it.count)),
                    self_ns: range(place.a.iter().map(|it| it.self_ns)),
                },
                change: Change::Same,
            });
            stack.extend(siblings(&below[at], Some(row)));
        }
        // Callers stand before what they call, so one pass from the back sees every subtree whole.
        for row in (0..rows.len()).rev() {
            if let Some(parent) = rows[row].parent {
                rows[parent].end = rows[parent].end.max(rows[row].end);
            }
        }
        rows
    }
}

/// Siblings under their caller's row, the last first, as a stack wants them.
fn siblings(places: &[usize], parent: Option<usize>) -> impl Iterator<Item = (usize, Option<usize>, bool)> {
    places.iter().rev().enumerate().map(move |(from_last, at)| (*at, parent, from_last == 0))
}

/// Where in its caller's time a span begins, in millionths of that; of a root, and of an orphan, 0.
fn begin_within(span: &Span, row: &TreeRow, tree: &TraceTree, spans: &[Arc<Span>]) -> i64 {
    let caller = row.parent.and_then(|parent| tree.rows().get(parent)).and_then(|row| spans.get(row.span));
    let Some(caller) = caller else { return 0 };
    let after = i128::from(span.start) - i128::from(caller.start);
    i64::try_from(after * PARTS / i128::from(caller.duration().max(1))).unwrap_or(i64::MAX)
}

/// What the calls at one place come to. They are in the order of their begin.
fn figures(calls: &[Call], trace: &Trace) -> Option<Figures> {
    let (mut covered_ns, mut covered_to) = (0_i64, Nanos::MIN);
    for call in calls {
        let from = call.start.max(covered_to);
        if call.end > from {
            covered_ns = covered_ns.saturating_add(call.end.saturating_sub(from));
            covered_to = call.end;
        }
    }
    // The first of equals.
    let longest = calls.iter().rev().max_by_key(|call| call.end.saturating_sub(call.start))?;
    let spans = trace.spans();
    Some(Figures {
        count: calls.len() as u64,
        duration_ns: covered_ns,
        self_ns: calls.iter().fold(0, |sum: i64, call| sum.saturating_add(call.self_ns)),
        errors: calls.iter().filter(|call| spans.get(call.span).is_some_and(|span| span.is_error())).count() as u64,
        longest: (trace.id, spans.get(longest.span)?.span_id),
    })
}

/// What is usual at a place which those of `traces` that have it are given for; `None` where fewer than half do.
fn usual(seen: &[Figures], traces: usize) -> Option<Figures> {
    if seen.is_empty() || seen.len() * 2 < traces {
        return None;
    }
    let mut by_duration: Vec<&Figures> = seen.iter().collect();
    let (_, middle, _) = by_duration.select_nth_unstable_by_key(seen.len() / 2, |it| (it.duration_ns, it.longest));
    Some(Figures {
        count: median(seen.iter().map(|it| it.count)),
        duration_ns: middle.duration_ns,
        self_ns: median(seen.iter().map(|it| it.self_ns)),
        errors: median(seen.iter().map(|it| it.errors)),
        longest: middle.longest,
    })
}

/// Where nine of ten of the values lie.
fn range<T: Ord + Copy + Default>(values: impl Iterator<Item = T>) -> RangeInclusive<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    let beyond = values.len() / 20;
    let at = |place: usize| values.get(place).copied().unwrap_or_default();
    at(beyond)..=at(values.len().saturating_sub(1 + beyond))
}

fn permille(part: usize, whole: usize) -> u16 {
    u16::try_from(part * 1000 / whole.max(1)).unwrap_or(1000)
}

/// One `Arc` for all occurrences of a text.
#[derive(Default)]
struct Texts<'t>(HashMap<&'t str, Arc<str>>);

impl<'t> Texts<'t> {
    fn of(&mut self, text: &'t str) -> Arc<str> {
        Arc::clone(self.0.entry(text).or_insert_with(|| Arc::from(text)))
    }
}
