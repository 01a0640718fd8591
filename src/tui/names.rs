//! A search by name within a view: what is typed is looked for as it is, in small letters or in capitals.

use super::piece::Piece;
use super::text;
use crate::theme::Role;
use crate::theme::safe::safe;

/// Cells of what is typed, on a frame.
const SHOWN: usize = 24;

/// What is searched for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Typed {
    text: String,
    /// In small letters, without blanks at its ends.
    wanted: String,
}

impl Typed {
    /// What is typed; `None` where that is nothing.
    pub fn new(text: &str) -> Option<Self> {
        let wanted = text.trim().to_lowercase();
        (!wanted.is_empty()).then(|| Self { text: text.to_owned(), wanted })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a name has it.
    pub fn is_in(&self, name: &str) -> bool {
        name.to_lowercase().contains(&self.wanted)
    }

    /// How well a name that has it fits: the least, the better. It is the name, the name begins with it, or has it.
    pub fn fit(&self, name: &str) -> u8 {
        let name = name.to_lowercase();
        u8::from(name != self.wanted) + u8::from(!name.starts_with(&self.wanted))
    }

    /// What a frame says of it: `/ pay  1 of 3`, where `selected` is the place of what is selected among those `found`.
    pub fn told(&self, selected: Option<usize>, found: usize) -> Vec<Piece> {
        let all = text::count(found as u64);
        let (role, count) = match selected {
            Some(place) => (Role::Muted, format!("  {} of {all}", text::count(place as u64 + 1))),
            None if found == 0 => (Role::Warning, "  no match".to_owned()),
            None => (Role::Muted, format!("  {all} found")),
        };
        let typed = text::truncate(&safe(&self.text), SHOWN);
        vec![Piece::new(Role::Prompt, "/ "), Piece::new(Role::Text, typed), Piece::new(role, count)]
    }
}

/// Of rising places the one after `at`, or before it, in a list that goes round. O(log places).
pub fn beside(places: &[usize], at: usize, forward: bool) -> Option<usize> {
    let beside = if forward {
        places.get(places.partition_point(|place| *place <= at)).or(places.first())
    } else {
        let before = places.partition_point(|place| *place < at);
        before.checked_sub(1).and_then(|before| places.get(before)).or(places.last())
    };
    beside.copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_itself_fits_best_then_what_begins_so() {
        let typed = Typed::new(" Pay ").unwrap();
        assert_eq!(
            ["pay", "PAYMENT", "a-pay"].map(|name| (typed.is_in(name), typed.fit(name))),
            [(true, 0), (true, 1), (true, 2)]
        );
        assert!(!typed.is_in("bank") && Typed::new("  ").is_none());
    }

    #[test]
    fn the_list_goes_round() {
        let places = [2, 5, 9];
        assert_eq!([0, 2, 3, 9, 10].map(|at| beside(&places, at, true).unwrap()), [2, 5, 5, 2, 2]);
        assert_eq!([0, 2, 3, 9, 10].map(|at| beside(&places, at, false).unwrap()), [9, 9, 2, 5, 9]);
        assert_eq!(beside(&[], 3, true), None);
    }
}
