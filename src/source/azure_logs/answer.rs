//! What the query API answers: tables of typed columns, and each row of one as a line of JSON.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::source::documents::one_line;

/// An answer, whole or in part.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) tables: Vec<Table>,
    /// Beside tables: they are not all there is.
    pub(super) error: Option<Value>,
}

/// A table; the first of an answer has what was asked for.
#[derive(Deserialize)]
pub(super) struct Table {
    columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
}

impl Table {
    /// A row as an object of JSON, in the order of the columns and without those that have no value; numbers and truth
    /// values are such, and what is dynamic is what it is.
    pub(super) fn line(&self, row: &[Box<RawValue>]) -> String {
        let mut line = String::from("{");
        for (column, value) in self.columns.iter().zip(row) {
            let value = column.value(value.get());
            if matches!(&*value, "null" | "\"\"") {
                continue;
            }
            if line.len() > 1 {
                line.push(',');
            }
            line.extend([&*Value::from(column.name.as_str()).to_string(), ":", &*one_line(&value)]);
        }
        line.push('}');
        line
    }

    /// What tells a row from all others: its id, where the table has one.
    pub(super) fn identity<'a>(&self, row: &'a [Box<RawValue>]) -> Option<&'a str> {
        let place = self.columns.iter().position(|column| column.name == "_ItemId")?;
        row.get(place).map(|id| id.get()).filter(|id| !matches!(*id, "null" | "\"\""))
    }
}

impl Column {
    fn value<'a>(&self, raw: &'a str) -> Cow<'a, str> {
        match (&*self.kind, raw) {
            ("bool", "0") => return Cow::Borrowed("false"),
            ("bool", "1") => return Cow::Borrowed("true"),
            ("dynamic", _) => {}
            _ => return Cow::Borrowed(raw),
        }
        let Ok(text) = serde_json::from_str::<String>(raw) else { return Cow::Borrowed(raw) };
        let is_json = text.starts_with(['{', '[']) && serde_json::from_str::<&RawValue>(&text).is_ok();
        if is_json { Cow::Owned(text) } else { Cow::Borrowed(raw) }
    }
}

/// What an error says: the message of its innermost part, which tells what is wrong.
pub(super) fn told(error: &Value) -> String {
    let mut part = error;
    for _ in 0..8 {
        let inner = part.get("innererror").or_else(|| part.get("details")?.get(0));
        let Some(inner) = inner.filter(|inner| inner.get("message").is_some()) else { break };
        part = inner;
    }
    let text = |name: &str| part.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("{}: {}", text("code"), text("message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_an_object_with_typed_values() {
        let answer = include_str!("../../../tests/fixtures/azure/query_response.json");
        let answer: Answer = serde_json::from_str(answer).unwrap();
        let table = &answer.tables[0];
        let lines: Vec<String> = table.rows.iter().map(|row| table.line(row)).collect();
        assert_eq!(
            lines,
            [
                r#"{"TimeGenerated":"2026-03-01T10:00:00.1234567Z","SeverityLevel":3,"Message":"boom","Properties":{"a":1},"_ItemId":"id-1"}"#,
                r#"{"TimeGenerated":"2026-03-01T10:00:01Z","_ItemId":"id-2"}"#,
            ]
        );
        assert_eq!(table.identity(&table.rows[1]), Some("\"id-2\""));
        let told = told(&answer.error.unwrap());
        assert_eq!(told, "EngineError: Something went wrong processing your query on the server.");
    }

    #[test]
    fn odd_values_stay_what_they_are() {
        let table = r#"{"columns":[{"name":"a\"b","type":"bool"},{"name":"d","type":"dynamic"},{"name":"n","type":"long"}],
            "rows":[[1,"{broken",12345678901234567890],[0,"plain\ntext",null],["x",{"y":1},3,4]]}"#;
        let table: Table = serde_json::from_str(table).unwrap();
        let lines: Vec<String> = table.rows.iter().map(|row| table.line(row)).collect();
        assert_eq!(
            lines,
            [
                r#"{"a\"b":true,"d":"{broken","n":12345678901234567890}"#,
                r#"{"a\"b":false,"d":"plain\ntext"}"#,
                r#"{"a\"b":"x","d":{"y":1},"n":3}"#,
            ]
        );
    }
}
