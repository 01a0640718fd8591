//! Ids that may be any text: those of old SDKs are (`0qRud6jz3k0=`, `|root.c32c2659_`). Such a text is made an id by its hash,
//! so that it is the same id wherever it stands.

use crate::model::{SpanId, TraceId};
use crate::parse::context::{span_of_text, trace_of_text};

/// The id of an operation; and whether its text says more than that.
pub(super) fn trace_id(text: &str) -> Option<(TraceId, bool)> {
    if text.len() == 32
        && let Some(id) = TraceId::from_hex(text.as_bytes())
    {
        return Some((id, false));
    }
    Some((trace_of_text(text)?, true))
}

/// The id of a span; and whether its text says more than that.
pub(super) fn span_id(text: &str) -> Option<(SpanId, bool)> {
    if text.len() == 16
        && let Some(id) = SpanId::from_hex(text.as_bytes())
    {
        return Some((id, false));
    }
    Some((span_of_text(text)?, true))
}

/// The span that the last piece of a hierarchical id names, where a new SDK was called by an old one: `|trace.span.`.
pub(super) fn last_piece(text: &str) -> Option<SpanId> {
    let piece = text.strip_prefix('|')?.trim_end_matches(['.', '_']).rsplit('.').next()?;
    SpanId::from_hex(piece.as_bytes()).filter(|_| piece.len() == 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_an_id_and_always_the_same() {
        let (id, more) = trace_id("e5d21caf619d4ef564a4b5920cadce47").unwrap();
        assert_eq!((id.to_string(), more), ("e5d21caf619d4ef564a4b5920cadce47".to_owned(), false));
        let (old, more) = trace_id("0qRud6jz3k0=").unwrap();
        assert!(more && !old.is_64_bit());
        assert_eq!(trace_id("0qRud6jz3k0="), Some((old, true)));
        assert_ne!(trace_id("0qRud6jz3k1=").unwrap().0, old);
        assert_eq!(trace_id(""), None);
        assert_eq!(span_id("a3273b160f86b5c4").unwrap().0.to_string(), "a3273b160f86b5c4");
        assert!(span_id("|0qRud6jz3k0=.c32c2659_").unwrap().1 && span_id("0000000000000000").unwrap().1);
        for (text, piece) in [
            ("|cfae497bfd7a44169f35643940820938.b52403c55b2743a8.", Some("b52403c55b2743a8")),
            ("|cfae497bfd7a44169f35643940820938.b52403c55b2743a8_", Some("b52403c55b2743a8")),
            ("|cfae497bfd7a44169f35643940820938.", None),
            ("b52403c55b2743a8", None),
            ("|", None),
        ] {
            assert_eq!(last_piece(text).map(|id| id.to_string()).as_deref(), piece, "{text}");
        }
    }
}
