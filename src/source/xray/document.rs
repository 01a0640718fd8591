//! Segment documents: JSON whose subsegments nest to any depth, and what they say beside their place in the tree.
//!
//! Source: "AWS X-Ray segment documents" in the X-Ray developer guide.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::model::{Nanos, SpanId};
use crate::source::decimal::scaled;

/// How deep subsegments nest; what lies deeper is left out. Programs nest them a few levels deep.
const MAX_DEPTH: usize = 100;
/// No trace has more segments and subsegments; those of X-Ray itself are below a megabyte.
pub(super) const MAX_PIECES: usize = 200_000;

/// A segment or a subsegment.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) id: SpanId,
    /// What encloses it, or what it names itself.
    pub(super) parent: Option<SpanId>,
    /// The whole document that it stands in.
    pub(super) root: SpanId,
    /// Whether it is a service's own segment and no subsegment.
    pub(super) is_segment: bool,
    pub(super) name: String,
    pub(super) start: Nanos,
    /// `None` while it runs.
    pub(super) end: Option<Nanos>,
    pub(super) fields: Fields,
}

/// What else stands in a piece, by name.
#[derive(Debug, Default)]
pub(super) struct Fields(pub(super) BTreeMap<String, Json>);

impl Fields {
    /// Takes a field out.
    pub(super) fn take(&mut self, name: &str) -> Option<Json> {
        self.0.remove(name)
    }

    /// Takes a text out.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name) {
            Some(Json::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether a field is true.
    pub(super) fn is(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Json::Bool(true))
    }
}

/// What is still to be read of a document.
struct Waiting<'a> {
    text: &'a RawValue,
    parent: Option<SpanId>,
    root: Option<SpanId>,
    depth: usize,
}

/// Reads a document's pieces, each enclosing one before what it encloses, to the end of `pieces`. Answers how many could
/// not be read: they have no id or no time, or are no JSON, or there are too many.
pub(super) fn read(document: &str, pieces: &mut Vec<Piece>) -> usize {
    let Ok(text) = serde_json::from_str::<&RawValue>(document) else { return 1 };
    let mut waiting = vec![Waiting { text, parent: None, root: None, depth: 0 }];
    let mut unread = 0;
    while let Some(next) = waiting.pop() {
        let Ok(mut members) = serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(next.text.get()) else {
            unread += 1;
            continue;
        };
        let inner = members.remove("subsegments").map(|list| serde_json::from_str::<Vec<&RawValue>>(list.get()));
        let mut here = (next.parent, next.root);
        match piece(members, &next).filter(|_| pieces.len() < MAX_PIECES) {
            Some(piece) => {
                here = (Some(piece.id), Some(piece.root));
                pieces.push(piece);
            }
            None => unread += 1,
        }
        let inner = inner.and_then(Result::ok).unwrap_or_default();
        if next.depth >= MAX_DEPTH {
            unread += inner.len();
            continue;
        }
        let depth = next.depth + 1;
        waiting.extend(inner.into_iter().rev().map(|text| Waiting { text, parent: here.0, root: here.1, depth }));
    }
    unread
}

fn piece(members: BTreeMap<Cow<'_, str>, &RawValue>, place: &Waiting<'_>) -> Option<Piece> {
    let time = |name: &str| members.get(name).and_then(|raw| scaled(raw.get(), 9));
    let text = |name: &str| members.get(name).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    let span_id = |name: &str| text(name).and_then(|id| SpanId::from_hex(id.as_bytes()));
    let (id, start, end) = (span_id("id")?, time("start_time")?, time("end_time"));
    let is_whole = place.depth == 0;
    Some(Piece {
        id,
        parent: if is_whole { span_id("parent_id") } else { place.parent },
        root: place.root.unwrap_or(id),
        is_segment: is_whole && text("type").as_deref() != Some("subsegment"),
        name: text("name").unwrap_or_default(),
        start,
        end,
        fields: Fields(rest(members)),
    })
}

fn rest(members: BTreeMap<Cow<'_, str>, &RawValue>) -> BTreeMap<String, Json> {
    const TAKEN: &[&str] = &["id", "name", "start_time", "end_time", "parent_id", "trace_id", "type"];
    let others = members.into_iter().filter(|(name, _)| !TAKEN.contains(&&**name));
    others
        .filter_map(|(name, raw)| Some((name.into_owned(), serde_json::from_str(raw.get()).ok()?)))
        .filter(|(_, value)| *value != Json::Null)
        .collect()
}
