//! Changing one setting of the config file's text: comments, order and everything else in it stay as they are.

use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::value::ValueError;
use super::{Columns, Config, Flags};

/// `text`, the config `file` or nothing, with these columns in it. An error says why the file can not be changed; a text
/// that is no valid config is not touched.
pub fn with_columns(file: &str, text: &str, columns: &Columns) -> Result<String, ValueError> {
    let refused = |why: String| ValueError(why);
    // Whoever broke the file is about to mend it; writing to it now would only be in the way.
    Config::resolve(Some((file, text)), &|_| None, &Flags::default()).map_err(|error| refused(error.to_string()))?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| refused(error.to_string()))?;
    let section = document.entry("logs").or_insert_with(|| {
        let mut table = Table::new();
        table.decor_mut().set_prefix(if text.trim().is_empty() { "" } else { "\n" });
        Item::Table(table)
    });
    let section = section.as_table_like_mut().ok_or_else(|| refused(format!("{file}: `logs` is no table")))?;
    let mut written = Value::Array(columns.iter().map(ToString::to_string).collect::<Array>());
    match section.get_mut("columns").and_then(Item::as_value_mut) {
        Some(old) => {
            // A comment behind the list belongs to it.
            *written.decor_mut() = old.decor().clone();
            *old = written;
        }
        None => {
            section.insert("columns", Item::Value(written));
        }
    }
    let edited = document.to_string();
    // Line ends are not kept, so those of Windows are put back.
    let is_crlf = text.contains("\r\n") && !text.replace("\r\n", "").contains('\n');
    Ok(if is_crlf { edited.replace('\n', "\r\n") } else { edited })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::EXAMPLE;

    fn columns() -> Columns {
        let written = ["time", "http.route:12", "a \"b\"\u{1b}", "message"];
        Columns::new(written.iter().map(|text| text.parse().unwrap()).collect()).unwrap()
    }

    #[test]
    fn only_the_columns_change() {
        for (before, after) in [
            ("", "[logs]\ncolumns = LIST\n"),
            ("[ui]\ntheme = \"light\" # mine\n", "[ui]\ntheme = \"light\" # mine\n\n[logs]\ncolumns = LIST\n"),
            (
                "# top\n[logs] # here\n# why\ncolumns  = [\n  \"time\", # a\n] # behind\n\n[ui]\nascii=true\n",
                "# top\n[logs] # here\n# why\ncolumns  = LIST # behind\n\n[ui]\nascii=true\n",
            ),
            ("logs.columns = [\"time\"]\r\n", "logs.columns = LIST\r\n"),
            ("logs = {}\n", "logs = { columns = LIST }\n"),
            ("[logs]\n", "[logs]\ncolumns = LIST\n"),
        ] {
            let edited = with_columns("x.toml", before, &columns()).unwrap();
            let list = r#"["time", "http.route:12", "a \"b\"\u001B", "message"]"#;
            assert_eq!(edited, after.replace("LIST", list), "{before:?}");
            let config = Config::resolve(Some(("x.toml", &edited)), &|_| None, &Flags::default()).unwrap();
            assert_eq!(config.logs.columns, columns(), "it reads back");
            assert_eq!(with_columns("x.toml", &edited, &columns()).unwrap(), edited, "and stays so");
        }
    }

    #[test]
    fn the_example_keeps_all_its_comments() {
        let edited = with_columns("x.toml", EXAMPLE, &columns()).unwrap();
        let changed: Vec<_> = EXAMPLE.lines().zip(edited.lines()).filter(|(before, after)| before != after).collect();
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert_eq!(EXAMPLE.lines().count(), edited.lines().count());
    }

    #[test]
    fn a_file_that_is_wrong_is_not_touched() {
        for (text, expected) in [
            ("[ui]\nthem = \"x\"\n", "x.toml:2:1: ui.them: unknown key `them`; did you mean `theme`?"),
            ("logs = 3\n", "x.toml:1:8: logs: invalid type: integer `3`, expected a table"),
        ] {
            assert_eq!(with_columns("x.toml", text, &columns()).unwrap_err().to_string(), expected);
        }
    }
}
