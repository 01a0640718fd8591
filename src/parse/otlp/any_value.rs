//! AnyValue in OTLP JSON: `{"stringValue":"x"}` and its nested forms, to the model's values, at a bounded depth.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::scalar::{Double, Int, Text, base64};
use super::{MAX_DEPTH, too_deep};
use crate::model::Value;

/// Attributes as written: keys may repeat, nested maps are values of the model already.
#[derive(Default)]
pub(super) struct KeyValues<'a>(pub(super) Vec<(Cow<'a, str>, Value)>);

/// One value of any type; null and the empty object are [`Value::Null`].
#[derive(Default)]
pub(super) struct AnyValue(pub(super) Value);

impl<'de: 'a, 'a> Deserialize<'de> for KeyValues<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        KeyValueList { depth: 0 }.deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for AnyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        OneValue { depth: 0 }.deserialize(deserializer).map(Self)
    }
}

#[derive(Deserialize)]
enum Field {
    #[serde(rename = "stringValue", alias = "string_value")]
    Text,
    #[serde(rename = "boolValue", alias = "bool_value")]
    Bool,
    #[serde(rename = "intValue", alias = "int_value")]
    Int,
    #[serde(rename = "doubleValue", alias = "double_value")]
    Double,
    #[serde(rename = "arrayValue", alias = "array_value")]
    Array,
    #[serde(rename = "kvlistValue", alias = "kvlist_value")]
    Map,
    #[serde(rename = "bytesValue", alias = "bytes_value")]
    Bytes,
    #[serde(rename = "key")]
    Key,
    #[serde(rename = "value")]
    Value,
    #[serde(rename = "values")]
    Values,
    #[serde(other)]
    Unknown,
}

/// An AnyValue that lies `depth` lists or maps below its record's attribute or body.
#[derive(Clone, Copy)]
struct OneValue {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for OneValue {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return IgnoredAny::deserialize(deserializer).map(|_| too_deep());
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an AnyValue object")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut found = None;
        while let Some(field) = map.next_key()? {
            found = self.field(&field, &mut map)?.or(found);
        }
        Ok(found.unwrap_or_default())
    }
}

impl OneValue {
    /// The value of one member; `None` for null and for members unknown.
    fn field<'de, A: MapAccess<'de>>(self, field: &Field, map: &mut A) -> Result<Option<Value>, A::Error> {
        let depth = self.depth + 1;
        Ok(match field {
            Field::Text => map.next_value::<Option<Text<'de>>>()?.map(|text| Value::Str(text.into_box())),
            Field::Bool => map.next_value::<Option<bool>>()?.map(Value::Bool),
            Field::Int => map.next_value::<Option<Int>>()?.map(|number| Value::Int(number.0)),
            Field::Double => map.next_value::<Option<Double>>()?.map(|number| Value::Double(number.0)),
            Field::Array => Some(Value::Array(map.next_value_seed(Wrapped(ValueList { depth }))?)),
            Field::Map => Some(Value::Map(map.next_value_seed(Wrapped(KeyValueList { depth }))?.into_iter().collect())),
            Field::Bytes => map.next_value::<Option<Text<'de>>>()?.map(|text| bytes(&text)).transpose()?,
            _ => {
                map.next_value::<IgnoredAny>()?;
                None
            }
        })
    }
}

fn bytes<E: Error>(text: &Text<'_>) -> Result<Value, E> {
    let bytes = base64(&text.0).ok_or_else(|| E::custom("bytesValue is not base64"))?;
    Ok(Value::Bytes(bytes.into_boxed_slice()))
}

/// `{"values": …}` around a list; null and a missing list are an empty one.
struct Wrapped<S>(S);

impl<'de, S: DeserializeSeed<'de> + Copy> DeserializeSeed<'de> for Wrapped<S>
where
    S::Value: Default,
{
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: DeserializeSeed<'de> + Copy> Visitor<'de> for Wrapped<S>
where
    S::Value: Default,
{
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with values")
    }

    fn visit_unit<E: Error>(self) -> Result<S::Value, E> {
        Ok(S::Value::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<S::Value, A::Error> {
        let mut values = S::Value::default();
        while let Some(field) = map.next_key()? {
            match field {
                Field::Values => values = map.next_value_seed(self.0)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(values)
    }
}

#[derive(Clone, Copy)]
struct ValueList {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for ValueList {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Value>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueList {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of AnyValues")
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<Value>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Value>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(OneValue { depth: self.depth })? {
            values.push(value);
        }
        Ok(values)
    }
}

#[derive(Clone, Copy)]
struct KeyValueList {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for KeyValueList {
    type Value = Vec<(Cow<'de, str>, Value)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for KeyValueList {
    type Value = Vec<(Cow<'de, str>, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of keys and values")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = list.next_element_seed(Pair { depth: self.depth })? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

/// `{"key": …, "value": …}`
struct Pair {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Pair {
    type Value = (Cow<'de, str>, Value);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Pair {
    type Value = (Cow<'de, str>, Value);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of key and value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut key = Text::default();
        let mut value = Value::Null;
        while let Some(field) = map.next_key()? {
            match field {
                Field::Key => key = map.next_value()?,
                Field::Value => value = map.next_value_seed(OneValue { depth: self.depth })?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok((key.0, value))
    }
}
