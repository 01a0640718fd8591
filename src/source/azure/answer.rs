//! What the query API answers: tables of typed columns, each row of one as a line of JSON, or its cells by name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model;
use crate::source::documents::one_line;
use crate::source::json_value::typed;

/// An answer, whole or in part.
#[derive(Default, Deserialize)]
pub(in crate::source) struct Answer {
    #[serde(default)]
    pub(in crate::source) tables: Vec<Table>,
    /// Beside tables: they are not all there is.
    pub(in crate::source) error: Option<Value>,
}

/// A table; the first of an answer has what was asked for.
#[derive(Deserialize)]
pub(in crate::source) struct Table {
    columns: Vec<Column>,
    pub(in crate::source) rows: Vec<Vec<Box<RawValue>>>,
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
    pub(in crate::source) fn line(&self, row: &[Box<RawValue>]) -> String {
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
    pub(in crate::source) fn identity<'a>(&self, row: &'a [Box<RawValue>]) -> Option<&'a str> {
        let place = self.columns.iter().position(|column| column.name == "_ItemId")?;
        row.get(place).map(|id| id.get()).filter(|id| !matches!(*id, "null" | "\"\""))
    }
}

/// The cells of a row that have a value, by the names of their columns.
pub(in crate::source) type Row<'a> = BTreeMap<&'a str, Cell<'a>>;

/// One value, of the type that its column declares. Numbers and truth values come as such or as text.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Cell<'a> {
    kind: &'a str,
    raw: &'a str,
}

impl Table {
    /// All rows, in their order. Where tables of a union declare one column with several types, its names end in these
    /// (`success_bool`), which is taken off.
    pub(in crate::source) fn records(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|row| {
            let cells = self.columns.iter().zip(row).filter_map(|(column, raw)| {
                let (name, kind) = (column.name.as_str(), column.kind.as_str());
                let bare = name.strip_suffix(kind).and_then(|name| name.strip_suffix('_')).unwrap_or(name);
                let is_empty = matches!(raw.get(), "null" | "\"\"");
                (!is_empty).then_some((bare, Cell { kind, raw: raw.get() }))
            });
            cells.collect()
        })
    }
}

impl Cell<'_> {
    /// A text as it is, anything else as JSON writes it.
    pub(in crate::source) fn text(&self) -> String {
        serde_json::from_str(self.raw).unwrap_or_else(|_| self.raw.to_owned())
    }

    /// What is dynamic, which mostly comes as a text of JSON.
    pub(in crate::source) fn json(&self) -> Value {
        match serde_json::from_str(self.raw) {
            Ok(Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            other => other.unwrap_or_default(),
        }
    }

    /// A truth value: `true`, `1`, `"True"`.
    pub(in crate::source) fn truth(&self) -> Option<bool> {
        match self.text().to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// The value, of the type that its column declares; a text where it is none of that type.
    pub(in crate::source) fn value(&self) -> model::Value {
        let text = self.text();
        let typed = match self.kind {
            "bool" => self.truth().map(model::Value::Bool),
            "int" | "long" => text.parse().ok().map(model::Value::Int),
            "real" | "decimal" => text.parse().ok().map(model::Value::Double),
            "dynamic" => return typed(self.json()),
            _ => None,
        };
        typed.unwrap_or_else(|| text.into())
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

/// What the body of a refusal says. The service's own has an object, the one that gives out tokens a word and its
/// description.
pub(in crate::source) fn words(body: &Value) -> Option<String> {
    match body.get("error")? {
        Value::String(word) => {
            let description = body.get("error_description").and_then(Value::as_str).unwrap_or_default();
            Some(format!("{word}: {description}"))
        }
        error => Some(told(error)),
    }
}

/// What an error says: the message of its innermost part, which tells what is wrong.
pub(in crate::source) fn told(error: &Value) -> String {
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
    fn cells_are_what_their_columns_say_from_numbers_and_from_texts() {
        let table = r#"{"columns":[{"name":"b","type":"bool"},{"name":"n_long","type":"long"},{"name":"r","type":"real"},
            {"name":"d","type":"dynamic"},{"name":"s","type":"string"}],
            "rows":[["True","9007199254740993","NaN","{\"a\":[1]}","x"],[0,7,1.5,{"y":1},null],["?","x","3.25","{x",""]]}"#;
        let table: Table = serde_json::from_str(table).unwrap();
        let shown = |row: Row<'_>| {
            let cells = row.iter().map(|(name, cell)| format!("{name}={}:{}", cell.value(), cell.value().type_name()));
            cells.collect::<Vec<_>>().join(" ")
        };
        let rows: Vec<String> = table.records().map(shown).collect();
        assert_eq!(
            rows,
            [
                r#"b=true:bool d={"a":[1]}:map n=9007199254740993:int r=NaN:double s=x:string"#,
                r#"b=false:bool d={"y":1}:map n=7:int r=1.5:double"#,
                "b=?:string d={x:string n=x:string r=3.25:double",
            ]
        );
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
