//! The lines around matches, as `grep -C` shows them.

use std::ops::Range;

use crate::store::LineId;

/// The stretches of lines that lie at most `rows` before or after one of `ids`, which must rise, and within `bounds`.
/// Stretches that touch or overlap come as one, so what lies between two of them is left out of the view. Lazy: a
/// stretch is yielded as soon as the next match is known not to belong to it.
pub fn context(
    ids: impl Iterator<Item = LineId>,
    rows: u64,
    bounds: Range<LineId>,
) -> impl Iterator<Item = Range<LineId>> {
    let around = move |id: LineId| {
        let start = id.saturating_sub(rows).max(bounds.start);
        start..id.saturating_add(rows).saturating_add(1).min(bounds.end)
    };
    let mut stretches = ids.map(around).filter(|stretch| !stretch.is_empty()).peekable();
    std::iter::from_fn(move || {
        let mut stretch = stretches.next()?;
        while let Some(next) = stretches.next_if(|next| next.start <= stretch.end) {
            stretch.end = next.end.max(stretch.end);
        }
        Some(stretch)
    })
}
