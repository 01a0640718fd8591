//! Where a list that others push to and pop from has grown: what is new is found by laying the old end of the list over the
//! new one, as positions in a list mean nothing a moment later.

use super::options::End;

/// How many elements of each end are remembered.
pub(super) const WINDOW: usize = 256;

/// The end of a list, the newest element last.
pub(super) type Tail = Vec<Vec<u8>>;

/// How many elements at the end of `new` were not in `old`: the fewest for which what is before them is the end of `old`.
/// `grown`, by how much the list is longer, is tried first, which tells apart elements that are equal. `None`: nothing of
/// `old` is left, so nobody knows. O(n · m) at worst, for ends that are all alike; usually O(n).
pub(super) fn news(old: &[Vec<u8>], new: &[Vec<u8>], grown: usize) -> Option<usize> {
    if old.is_empty() || new.is_empty() {
        return Some(new.len());
    }
    let fits = |count: &usize| {
        let kept = new.get(..new.len().saturating_sub(*count)).unwrap_or_default();
        let overlap = kept.len().min(old.len());
        overlap > 0 && kept.iter().rev().zip(old.iter().rev()).take(overlap).all(|(new, old)| new == old)
    };
    std::iter::once(grown).chain(0..new.len()).find(fits)
}

/// At which end a list grew, by what is new at its left end and at its right one; `None` while both may be.
pub(super) fn grown_end(left: Option<usize>, right: Option<usize>) -> Option<End> {
    match (left, right) {
        (Some(0), Some(count)) if count > 0 => Some(End::Right),
        (Some(count), Some(0)) if count > 0 => Some(End::Left),
        (None, Some(_)) => Some(End::Right),
        (Some(_), None) => Some(End::Left),
        _ => None,
    }
}
