//! Ids that are any text, where a system has such: made an id of the model by a hash of it, so that one text is the same id
//! wherever it stands.

use sha2::{Digest as _, Sha256};

use crate::model::{SpanId, TraceId};

/// The trace that a text names: the first sixteen bytes of its SHA-256. `None` for no text.
#[must_use]
pub fn trace_of_text(text: &str) -> Option<TraceId> {
    TraceId::from_bytes(hash(text)?.get(..16)?)
}

/// The span that a text names: the first eight bytes of its SHA-256. `None` for no text.
#[must_use]
pub fn span_of_text(text: &str) -> Option<SpanId> {
    SpanId::from_bytes(hash(text)?.get(..8)?)
}

fn hash(text: &str) -> Option<[u8; 32]> {
    (!text.is_empty()).then(|| Sha256::digest(text).into())
}
