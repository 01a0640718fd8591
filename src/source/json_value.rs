//! JSON of foreign systems as values of attributes.

use serde_json::Value as Json;

use crate::model::{Attributes, Value};

/// The value that a piece of JSON is. Whole numbers beyond 64 bits with a sign stay texts, so that no digit is lost.
/// serde_json reads at most 128 levels, which bounds the recursion.
pub(super) fn typed(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(large)) => Value::Str(large.to_string().into()),
            (None, None) => number.as_f64().map_or(Value::Null, Value::Double),
        },
        Json::String(text) => Value::from(text),
        Json::Array(items) => Value::Array(items.into_iter().map(typed).collect()),
        Json::Object(members) => Value::Map(members.into_iter().map(|(key, item)| (key, typed(item))).collect()),
    }
}

/// Gives `take` every member below `json` with its path, dots between: `{"a": {"b": 1}}` has `a.b`. What is no object is
/// a member, as is an empty one; null is none. Members of members are found down to `depth` levels.
pub(super) fn flatten(json: Json, path: &str, depth: usize, take: &mut impl FnMut(String, Value)) {
    match json {
        Json::Object(members) if depth > 0 && !members.is_empty() => {
            for (key, member) in members {
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                flatten(member, &path, depth - 1, take);
            }
        }
        Json::Null => {}
        other => take(path.to_owned(), typed(other)),
    }
}

/// The members below `json`, by their paths.
pub(super) fn flat(json: Json, path: &str, depth: usize) -> Attributes {
    let mut all = Vec::new();
    flatten(json, path, depth, &mut |path, value| all.push((path, value)));
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_and_no_type_is_lost() {
        let json =
            serde_json::json!({"a": {"b": 1, "c": {"d": [true, null]}}, "e": 1.5, "n": u64::MAX, "o": {}, "z": null});
        let flat = flat(json, "", 2);
        let shown: Vec<String> =
            flat.iter().map(|(key, value)| format!("{key}={value}:{}", value.type_name())).collect();
        assert_eq!(
            shown,
            ["a.b=1:int", r#"a.c={"d":[true,null]}:map"#, "e=1.5:double", "n=18446744073709551615:string", "o={}:map"]
        );
    }
}
