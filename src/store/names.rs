//! Names given numbers: services and sources repeat on every line, so lines carry two bytes each instead.

use std::collections::HashMap;
use std::sync::Arc;

/// The number of an interned name. 0 is the empty name.
pub type NameId = u16;

/// Names by number. Append only; a snapshot shares it, so numbers stay valid for as long as a line does.
#[derive(Clone, Debug)]
pub struct Names {
    list: Arc<Vec<Arc<str>>>,
}

/// The writer's side: finds or gives a number. After 65,535 names all new ones share the last number, so a sender
/// that makes names up can not grow it without end.
#[derive(Debug)]
pub(super) struct Interner {
    list: Arc<Vec<Arc<str>>>,
    ids: HashMap<Box<[u8]>, NameId>,
    /// The number given last: names come in runs.
    last: NameId,
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
        let empty: Arc<str> = Arc::from("");
        Self { list: Arc::new(vec![empty]), ids: HashMap::from([(Box::default(), 0)]), last: 0 }
    }

    /// The number of `name`, which is made valid UTF-8 when it is new. Allocates only then.
    pub(super) fn intern(&mut self, name: &[u8]) -> NameId {
        let last = self.list.get(usize::from(self.last));
        if last.is_some_and(|last| last.as_bytes() == name) {
            return self.last;
        }
        let id = match self.ids.get(name) {
            Some(id) => *id,
            None => self.add(name),
        };
        self.last = id;
        id
    }

    fn add(&mut self, name: &[u8]) -> NameId {
        let Ok(id) = NameId::try_from(self.list.len()) else { return NameId::MAX };
        let list = Arc::make_mut(&mut self.list);
        if id == NameId::MAX {
            list.push(Arc::from(OVERFLOW));
            return id;
        }
        list.push(Arc::from(&*String::from_utf8_lossy(name)));
        self.ids.insert(name.into(), id);
        id
    }

    pub(super) fn names(&self) -> Names {
        Names { list: Arc::clone(&self.list) }
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
        let b = interner.intern(b"bank\xff");
        assert_eq!(interner.intern(b"checkout"), a);
        let early = interner.names();
        for n in 0..70_000 {
            interner.intern(format!("made up {n}").as_bytes());
        }
        assert_eq!(interner.names().len(), 65_536);
        assert_eq!(interner.names().get(interner.intern(b"one more")), OVERFLOW);
        assert_eq!(early.get(a), "checkout");
        assert_eq!(early.get(b), "bank\u{fffd}");
    }
}
