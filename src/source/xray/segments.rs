//! The segments of one trace as its spans: which of several documents of one segment counts, what X-Ray inferred, who ran
//! what.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::cause::Causes;
use super::document::{Piece, read};
use super::span::{resource, span};
use crate::model::{Resource, Span, SpanId, TraceId};

/// How far up an independent subsegment's service is looked for.
const MAX_STEPS: usize = 100;

/// What became of the documents of a trace.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) spans: Vec<Span>,
    /// How many segments and subsegments could not be read.
    pub(super) unread: usize,
}

/// The spans of a trace's documents.
pub(super) fn spans<'a>(documents: impl Iterator<Item = &'a str>, trace_id: TraceId) -> Read {
    let mut pieces = Vec::new();
    let unread = documents.map(|document| read(document, &mut pieces)).sum();
    let mut pieces = merge_inferred(latest(pieces));
    let causes = Causes::of(&pieces);
    let runners = runners(&mut pieces);
    let nobody = Arc::<Resource>::default();
    let spans = pieces.into_iter().map(|piece| {
        let runner = runners.get(&piece.root).unwrap_or(&nobody);
        span(piece, trace_id, Arc::clone(runner), &causes)
    });
    Read { spans: spans.collect(), unread }
}

/// One piece for each id: a finished one replaces one that was sent while it ran, a later one an earlier.
fn latest(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut places: HashMap<SpanId, usize> = HashMap::new();
    let mut kept: Vec<Piece> = Vec::new();
    for piece in pieces {
        let place = *places.entry(piece.id).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(known) if known.end.is_none() || piece.end.is_some() => *known = piece,
            Some(_) => {}
            None => kept.push(piece),
        }
    }
    kept
}

/// For a callee that sends nothing X-Ray makes a segment that repeats the caller's subsegment. It is left out, and the
/// subsegment says what it was; one whose caller is missing stays.
fn merge_inferred(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let places: HashMap<SpanId, usize> = pieces.iter().enumerate().map(|(at, piece)| (piece.id, at)).collect();
    let mut replaced: HashMap<SpanId, SpanId> = HashMap::new();
    for at in 0..pieces.len() {
        let Some(inferred) = pieces.get_mut(at).filter(|piece| piece.fields.is("inferred")) else { continue };
        let (id, name, parent) = (inferred.id, inferred.name.clone(), inferred.parent);
        let Some(caller) = parent.filter(|parent| *parent != id).and_then(|parent| places.get(&parent)) else {
            continue;
        };
        let said = std::mem::take(&mut inferred.fields.0);
        let Some(caller) = pieces.get_mut(*caller) else { continue };
        if caller.fields.is("inferred") || caller.fields.0.contains_key("peer") {
            // It stays, with what was taken from it.
            if let Some(inferred) = pieces.get_mut(at) {
                inferred.fields.0 = said;
            }
            continue;
        }
        replaced.insert(id, caller.id);
        let fields = &mut caller.fields.0;
        fields.insert("peer".to_owned(), Json::from(name));
        for (name, value) in said.into_iter().filter(|(name, _)| name != "inferred") {
            add(fields.entry(name).or_insert(Json::Null), value);
        }
    }
    pieces.retain(|piece| !replaced.contains_key(&piece.id));
    for piece in &mut pieces {
        piece.parent = piece.parent.map(|parent| replaced.get(&parent).copied().unwrap_or(parent));
    }
    pieces
}

/// Adds what `known` does not say. serde_json reads at most 128 levels, which bounds the recursion.
fn add(known: &mut Json, more: Json) {
    match (known, more) {
        (known @ Json::Null, more) => *known = more,
        (Json::Object(known), Json::Object(more)) => {
            more.into_iter().for_each(|(name, value)| add(known.entry(name).or_insert(Json::Null), value));
        }
        _ => {}
    }
}

/// Who ran each document: a segment says so itself, an independent subsegment belongs to what it hangs from.
fn runners(pieces: &mut [Piece]) -> HashMap<SpanId, Arc<Resource>> {
    let mut runners: HashMap<SpanId, Arc<Resource>> = HashMap::new();
    for piece in pieces.iter_mut().filter(|piece| piece.is_segment) {
        runners.insert(piece.id, resource(piece));
    }
    let up: HashMap<SpanId, (SpanId, Option<SpanId>)> =
        pieces.iter().map(|piece| (piece.id, (piece.root, piece.parent))).collect();
    for piece in pieces.iter().filter(|piece| piece.root == piece.id && !piece.is_segment) {
        let mut at = piece.parent;
        // Foreign parents may go round in a circle.
        for _ in 0..MAX_STEPS {
            let Some((root, parent)) = at.and_then(|id| up.get(&id)) else { break };
            if let Some(found) = runners.get(root).cloned() {
                runners.insert(piece.id, found);
                break;
            }
            at = *parent;
        }
    }
    runners
}
