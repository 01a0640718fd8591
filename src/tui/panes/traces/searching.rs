//! Which of the rows or frames of a view have a name that is searched for, and what was selected before one began to type.

use crate::tui::names::{Typed, beside};
use crate::tui::piece::Piece;

/// A search by name in a view; `S` says what is selected there.
#[derive(Clone, Debug)]
pub(super) struct Searching<S> {
    typed: Option<Typed>,
    /// The places that match, rising.
    found: Vec<usize>,
    /// What was searched for and selected before one began to type.
    before: Option<(String, S)>,
}

impl<S> Default for Searching<S> {
    fn default() -> Self {
        Self { typed: None, found: Vec::new(), before: None }
    }
}

impl<S: Clone> Searching<S> {
    /// Takes what is typed while `selected` is; answers what was selected before one began to type where that is to be selected
    /// again: it is given up, or nothing matches.
    pub(super) fn type_text(&mut self, text: &str, selected: S, names: impl Iterator<Item = String>) -> Option<S> {
        let (given_up, selected) = self.before.get_or_insert_with(|| {
            let text = self.typed.as_ref().map_or_else(String::new, |typed| typed.text().to_owned());
            (text, selected)
        });
        let (is_given_up, selected) = (given_up == text, selected.clone());
        self.typed = Typed::new(text);
        self.renew(names);
        (is_given_up || self.found.is_empty()).then_some(selected)
    }

    /// Looks again, for there are others now.
    pub(super) fn renew(&mut self, names: impl Iterator<Item = String>) {
        self.found.clear();
        if let Some(typed) = &self.typed {
            self.found.extend(names.enumerate().filter(|(_, name)| typed.is_in(name)).map(|(at, _)| at));
        }
    }

    /// Typing has ended: something else is done.
    pub(super) fn settle(&mut self) {
        self.before = None;
    }

    /// Searches no more; answers whether something was searched for.
    pub(super) fn end(&mut self) -> bool {
        self.found.clear();
        self.typed.take().is_some()
    }

    /// Whether something is searched for.
    pub(super) fn is_active(&self) -> bool {
        self.typed.is_some()
    }

    /// As it was typed, and how many match.
    pub(super) fn searched(&self) -> (&str, usize) {
        (self.typed.as_ref().map_or("", Typed::text), self.found.len())
    }

    /// The places that match, rising.
    pub(super) fn found(&self) -> &[usize] {
        &self.found
    }

    /// Whether a place matches. O(log matches).
    pub(super) fn is_match(&self, at: usize) -> bool {
        self.found.binary_search(&at).is_ok()
    }

    /// The first match from `at` on, in a list that goes round.
    pub(super) fn from(&self, at: usize) -> Option<usize> {
        if self.is_match(at) { Some(at) } else { beside(&self.found, at, true) }
    }

    /// The next match, or the one before, in a list that goes round.
    pub(super) fn beside(&self, at: usize, forward: bool) -> Option<usize> {
        beside(&self.found, at, forward)
    }

    /// What the frame says of it; nothing where nothing is searched for.
    pub(super) fn told(&self, selected: usize) -> Vec<Piece> {
        let place = self.found.binary_search(&selected).ok();
        self.typed.as_ref().map(|typed| typed.told(place, self.found.len())).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_selected_comes_back_when_one_gives_up() {
        let names = || ["db SELECT", "api GET", "db INSERT"].into_iter().map(str::to_owned);
        let mut searching = Searching::<usize>::default();
        assert_eq!((searching.type_text("d", 1, names()), searching.found()), (None, &[0, 2][..]));
        assert_eq!([0, 1, 2].map(|at| searching.from(at)), [Some(0), Some(2), Some(2)]);
        assert_eq!(searching.type_text("dx", 0, names()), Some(1), "nothing matches");
        assert_eq!(searching.type_text("", 0, names()), Some(1), "it is given up");
        searching.settle();
        assert_eq!(searching.type_text("get", 2, names()), None);
        searching.settle();
        assert_eq!(searching.type_text("x", 1, names()), Some(1));
        assert_eq!((searching.type_text("get", 1, names()), searching.found()), (Some(1), &[1][..]));
    }
}
