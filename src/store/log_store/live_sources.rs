//! Which sources are live: whether lines have to wait for those of others.

use crate::store::NameId;

/// A source that brought nothing in so many publications is not waited for.
const SILENT_AFTER: u64 = 64;
/// Sources that are remembered; of more than one it does not matter how many there are.
const MAX_SOURCES: usize = 8;

/// The sources that brought lines lately.
#[derive(Debug, Default)]
pub(super) struct LiveSources {
    turn: u64,
    /// Each with the turn in which it brought something last.
    seen: Vec<(NameId, u64)>,
}

impl LiveSources {
    /// Notes the sources of the lines that wait now, and answers whether only one source has brought any lately. Called
    /// once a publication; linear in the lines.
    pub(super) fn is_one(&mut self, sources: &[NameId]) -> bool {
        self.turn += 1;
        self.seen.retain(|(_, turn)| self.turn - turn <= SILENT_AFTER);
        let mut last = None;
        for source in sources {
            if last != Some(source) {
                self.note(*source);
                last = Some(source);
            }
        }
        self.seen.len() < 2
    }

    fn note(&mut self, source: NameId) {
        if let Some((_, turn)) = self.seen.iter_mut().find(|(known, _)| *known == source) {
            *turn = self.turn;
        } else if self.seen.len() < MAX_SOURCES {
            self.seen.push((source, self.turn));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_alone_when_the_others_have_been_silent_for_long() {
        let mut live = LiveSources::default();
        assert!(live.is_one(&[]) && live.is_one(&[1, 1]));
        assert!(!live.is_one(&[2]));
        assert!((0..SILENT_AFTER - 1).all(|_| !live.is_one(&[2])));
        assert!(live.is_one(&[2]));
        assert!(!live.is_one(&[1, 2, 1]));
    }
}
