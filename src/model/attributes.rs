//! Attributes: an ordered list of keys and values with unique keys.

use std::collections::HashMap;
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

/// How many attributes a list has before building it looks keys up in a map.
const FEW: usize = 32;

/// Like [`Attributes::set`] for each pair, but in linear time however many there are: senders decide how many.
impl<K: Into<Key>, V: Into<Value>> FromIterator<(K, V)> for Attributes {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(pairs: T) -> Self {
        let pairs = pairs.into_iter();
        let mut attributes = Self(Vec::with_capacity(pairs.size_hint().0.min(FEW)));
        let mut places = HashMap::new();
        for (key, value) in pairs {
            if attributes.0.len() < FEW {
                attributes.set(key, value);
                continue;
            }
            if places.is_empty() {
                places.extend(attributes.0.iter().enumerate().map(|(place, (key, _))| (Key::clone(key), place)));
            }
            let (key, value) = (key.into(), value.into());
            let place = *places.entry(Key::clone(&key)).or_insert(attributes.0.len());
            match attributes.0.get_mut(place) {
                Some((_, old)) => *old = value,
                None => attributes.0.push((key, value)),
            }
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

    #[test]
    fn long_lists_follow_the_same_rule_as_short_ones() {
        let pairs = (0..1000_i64).chain(500..700).map(|n| (format!("k{n}"), Value::Int(n)));
        let long: Attributes = pairs.clone().chain([("k7".to_owned(), Value::Int(-7))]).collect();
        let mut one_by_one = Attributes::default();
        pairs.for_each(|(key, value)| one_by_one.set(key, value));
        one_by_one.set("k7", -7);
        assert_eq!(long, one_by_one);
        assert_eq!((long.len(), long.get("k7")), (1000, Some(&Value::Int(-7))));
    }
}
