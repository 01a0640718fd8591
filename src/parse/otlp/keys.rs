//! Attribute keys, each kept once: a request, or a trace, repeats the same few names on every record.

use std::collections::HashSet;

use crate::model::{Attributes, Key, Value};

/// The keys seen in one request. Grows at most as the request does.
#[derive(Default)]
pub(in crate::parse) struct Keys(HashSet<Key>);

impl Keys {
    /// The shared form of `name`.
    pub(in crate::parse) fn intern(&mut self, name: &str) -> Key {
        if let Some(known) = self.0.get(name) {
            return Key::clone(known);
        }
        let key: Key = name.into();
        self.0.insert(Key::clone(&key));
        key
    }

    /// Attributes of these pairs, keys shared; of a repeated key the last one stays.
    pub(in crate::parse) fn attributes<S: AsRef<str>>(
        &mut self,
        pairs: impl IntoIterator<Item = (S, Value)>,
    ) -> Attributes {
        pairs.into_iter().map(|(name, value)| (self.intern(name.as_ref()), value)).collect()
    }
}
