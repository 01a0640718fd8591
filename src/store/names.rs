//! Names given numbers: services and sources repeat on every line, so lines carry two bytes each instead.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The number of an interned name. 0 is the empty name.
pub type NameId = u16;

/// Names by number. Append only; a snapshot shares it, so numbers stay valid for as long as a line does.
#[derive(Clone, Debug)]
pub struct Names {
    list: Arc<Vec<Arc<str>>>,
}

/// Finds or gives a name its number. After 65,535 names all new ones share the last number, so a sender that makes
/// names up can not grow it without end. Clones share the numbers and each remembers what it was asked, so that
/// threads that parse side by side wait for each other only over names that are new to them.
#[derive(Clone, Debug)]
pub struct Interner {
    table: Arc<Mutex<Table>>,
    known: HashMap<Arc<[u8]>, NameId>,
    /// Names asked lately, each in the place that its bytes lead to: most lines name one of a few.
    recent: Vec<Option<Numbered>>,
}

/// A name and its number.
type Numbered = (Arc<[u8]>, NameId);

/// Names that are remembered in front of the map.
const RECENT: usize = 64;

#[derive(Debug)]
struct Table {
    list: Arc<Vec<Arc<str>>>,
    ids: HashMap<Arc<[u8]>, NameId>,
}

/// What the names beyond the limit are called.
const OVERFLOW: &str = "(other)";

impl Names {
    /// The name of `id`, empty for a number that was never given.
    pub fn get(&self, id: NameId) -> &str {
        self.list.get(usize::from(id)).map_or("", |name| name)
    }

    /// All names with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, &Arc<str>)> {
        (0..).zip(self.list.iter())
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no name but the empty one.
    pub fn is_empty(&self) -> bool {
        self.list.len() <= 1
    }
}

impl Interner {
    pub(super) fn new() -> Self {
        let empty: Arc<[u8]> = Arc::default();
        let table = Table { list: Arc::new(vec![Arc::from("")]), ids: HashMap::from([(Arc::clone(&empty), 0)]) };
        Self { table: Arc::new(Mutex::new(table)), known: HashMap::new(), recent: Vec::new() }
    }

    /// The number of `name`, which is made valid UTF-8 when it is new. Allocates only for a name that this clone was
    /// not asked before.
    pub fn intern(&mut self, name: &[u8]) -> NameId {
        let place = place_of(name);
        if let Some(Some((known, id))) = self.recent.get(place)
            && **known == *name
        {
            return *id;
        }
        let (name, id) = match self.known.get_key_value(name) {
            Some((name, id)) => (Arc::clone(name), *id),
            None => self.table().intern(name),
        };
        if id != NameId::MAX {
            self.known.insert(Arc::clone(&name), id);
            self.recent.resize(RECENT, None);
            self.recent[place] = Some((name, id));
        }
        id
    }

    /// Another one with the same numbers, for another thread or for later. It remembers nothing yet: there may be one
    /// for each of many files.
    pub(super) fn sibling(&self) -> Self {
        Self { table: Arc::clone(&self.table), known: HashMap::new(), recent: Vec::new() }
    }

    pub(super) fn names(&self) -> Names {
        Names { list: Arc::clone(&self.table().list) }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a name is remembered: by its length and its last eight bytes, in which names of one family differ.
fn place_of(name: &[u8]) -> usize {
    let tail = name.get(name.len().saturating_sub(8)..).unwrap_or_default();
    let word = tail.iter().fold(name.len() as u64, |word, byte| word << 8 | u64::from(*byte));
    // Fibonacci hashing: Knuth, The Art of Computer Programming 3, 6.4.
    usize::try_from(word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58).unwrap_or(0)
}

impl Table {
    fn intern(&mut self, name: &[u8]) -> Numbered {
        if let Some((name, id)) = self.ids.get_key_value(name) {
            return (Arc::clone(name), *id);
        }
        let Ok(id) = NameId::try_from(self.list.len()) else { return (Arc::default(), NameId::MAX) };
        let list = Arc::make_mut(&mut self.list);
        if id == NameId::MAX {
            list.push(Arc::from(OVERFLOW));
            return (Arc::default(), id);
        }
        list.push(Arc::from(&*String::from_utf8_lossy(name)));
        let name: Arc<[u8]> = name.into();
        self.ids.insert(Arc::clone(&name), id);
        (name, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_stable_and_bounded() {
        let mut interner = Interner::new();
        assert_eq!(interner.intern(b""), 0);
        let a = interner.intern(b"checkout");
        let mut other = interner.sibling();
        assert!(other.known.is_empty(), "a sibling for each of many files costs nothing");
        let b = other.intern(b"bank\xff");
        assert_eq!((interner.intern(b"checkout"), other.intern(b"checkout"), interner.intern(b"bank\xff")), (a, a, b));
        let early = interner.names();
        for n in 0..70_000 {
            interner.intern(format!("made up {n}").as_bytes());
        }
        assert_eq!(interner.names().len(), 65_536);
        assert_eq!(interner.names().get(interner.intern(b"one more")), OVERFLOW);
        assert_eq!(other.intern(b"made up 69999"), NameId::MAX);
        assert_eq!(early.get(a), "checkout");
        assert_eq!(early.get(b), "bank\u{fffd}");
    }
}
