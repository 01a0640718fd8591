//! Attributes: an ordered list of keys and values with unique keys.

use std::sync::Arc;

use super::Value;

/// A key, shared between the records that carry it.
pub type Key = Arc<str>;

/// Keys and values in the order they were first set. Small: looking up is linear.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Attributes(Vec<(Key, Value)>);

impl Attributes {
    /// Sets `key`, replacing the value it may have: of a repeated key the last one stays, as OpenTelemetry asks.
    pub fn set(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        let key = key.into();
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key, value)),
        }
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| &**known == key).map(|(_, value)| value)
    }

    /// The value of `key` if it is a text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// All pairs, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// How many pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<Key>, V: Into<Value>> FromIterator<(K, V)> for Attributes {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(pairs: T) -> Self {
        let mut attributes = Self::default();
        for (key, value) in pairs {
            attributes.set(key, value);
        }
        attributes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_repeated_key_stays_in_the_first_place() {
        let attributes: Attributes =
            [("a", 1), ("b", 2), ("a", 3)].map(|(k, v)| (k, Value::Int(v))).into_iter().collect();
        assert_eq!(attributes.len(), 2);
        assert_eq!(attributes.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(), ["a=3", "b=2"]);
    }
}
