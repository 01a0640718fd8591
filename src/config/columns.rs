//! The columns of the log pane: which, in which order, how wide, and how the config file writes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use super::value::ValueError;

/// The longest name of a field that may be a column, in bytes: names come from log lines, and nobody types longer ones.
const MAX_NAME: usize = 200;
/// The most columns; no terminal shows more.
const MAX_COLUMNS: usize = 50;

/// What a column shows.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ColumnKind {
    /// When the line was written.
    Time,
    /// Where it came from.
    Source,
    /// The service it names, else its source.
    Service,
    /// Its severity.
    Level,
    /// Its message, with the fields behind it that are no columns. Takes the room that the others leave.
    Message,
    /// The trace it belongs to.
    Trace,
    /// The span it belongs to.
    Span,
    /// One of its fields, by name; dotted into nested ones, `[0]` for an element of a list.
    Field(Box<str>),
}

/// One column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// What it shows.
    pub kind: ColumnKind,
    /// Its width in cells, from 1 to [`Column::MAX_WIDTH`]; `None` is as wide as what is in it. The message has none.
    pub width: Option<u16>,
}

/// Some columns from left to right: at least one, none twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Columns(Vec<Column>);

impl ColumnKind {
    /// All that is no field.
    pub const BUILT_IN: [Self; 7] =
        [Self::Time, Self::Source, Self::Service, Self::Level, Self::Message, Self::Trace, Self::Span];

    /// The column of this name: a built-in one, else the field called so. `msg` is the message, as in the filter language.
    pub fn of(name: &str) -> Result<Self, ValueError> {
        if name.trim().is_empty() {
            return Err(ValueError("a column needs a name".to_owned()));
        }
        if name.len() > MAX_NAME {
            return Err(ValueError(format!("a column's name may have {MAX_NAME} bytes, not {}", name.len())));
        }
        let built_in = Self::BUILT_IN.into_iter().find(|kind| kind.name() == name);
        let message = (name == "msg").then_some(Self::Message);
        Ok(built_in.or(message).unwrap_or_else(|| Self::Field(name.into())))
    }

    /// Whether it is no field.
    pub fn is_built_in(&self) -> bool {
        !matches!(self, Self::Field(_))
    }

    /// Its name in the config file.
    pub fn name(&self) -> &str {
        match self {
            Self::Time => "time",
            Self::Source => "source",
            Self::Service => "service",
            Self::Level => "level",
            Self::Message => "message",
            Self::Trace => "trace",
            Self::Span => "span",
            Self::Field(name) => name,
        }
    }
}

impl Column {
    /// The widest column; wider than any terminal.
    pub const MAX_WIDTH: u16 = 500;

    /// A column that is as wide as what is in it.
    pub fn automatic(kind: ColumnKind) -> Self {
        Self { kind, width: None }
    }
}

impl Columns {
    /// These columns; an error says what is wrong with them.
    pub fn new(columns: Vec<Column>) -> Result<Self, ValueError> {
        if columns.is_empty() {
            return Err(ValueError("at least one column is needed".to_owned()));
        }
        if columns.len() > MAX_COLUMNS {
            return Err(ValueError(format!("{} columns are too many; {MAX_COLUMNS} are the most", columns.len())));
        }
        for (at, column) in columns.iter().enumerate() {
            if columns.iter().take(at).any(|known| known.kind == column.kind) {
                return Err(ValueError(format!("the column `{}` is there twice", column.kind.name())));
            }
        }
        Ok(Self(columns))
    }

    /// From left to right.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Column> {
        self.0.iter()
    }

    /// Whether `kind` is among them.
    pub fn has(&self, kind: &ColumnKind) -> bool {
        self.0.iter().any(|column| column.kind == *kind)
    }

    /// With `kind` taken away where it is there, else added: in front of a message that stands last, else at the end.
    pub fn toggled(&self, kind: ColumnKind) -> Result<Self, ValueError> {
        let mut columns = self.0.clone();
        if self.has(&kind) {
            columns.retain(|column| column.kind != kind);
        } else {
            let is_message_last = columns.last().is_some_and(|last| last.kind == ColumnKind::Message);
            columns.insert(columns.len() - usize::from(is_message_last), Column::automatic(kind));
        }
        Self::new(columns)
    }
}

impl Default for Columns {
    /// Time, level, service and message.
    fn default() -> Self {
        let kinds = [ColumnKind::Time, ColumnKind::Level, ColumnKind::Service, ColumnKind::Message];
        Self(kinds.map(Column::automatic).into())
    }
}

/// `NAME` or `NAME:WIDTH`, where a width of 0 is an automatic one.
impl FromStr for Column {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let (name, digits) = match text.rsplit_once(':').filter(|(_, digits)| is_number(digits)) {
            Some((name, digits)) => (name, digits),
            None => (text, "0"),
        };
        let width = digits.parse().ok().filter(|width| *width <= Self::MAX_WIDTH);
        let width = width.ok_or_else(|| {
            ValueError(format!("`{digits}` is no width of a column; the most is {}", Self::MAX_WIDTH))
        })?;
        let kind = ColumnKind::of(name)?;
        let width = Some(width).filter(|width| *width > 0 && kind != ColumnKind::Message);
        Ok(Self { kind, width })
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.kind.name();
        match self.width {
            Some(width) => write!(f, "{name}:{width}"),
            // What would be read as a width is a part of the name.
            None if name.rsplit_once(':').is_some() => write!(f, "{name}:0"),
            None => f.write_str(name),
        }
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, column) in self.0.iter().enumerate() {
            write!(f, "{}{column}", if at > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let columns: Result<Vec<Column>, ValueError> = texts.iter().map(|text| text.parse()).collect();
        columns.and_then(Self::new).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_and_written_in_one_form() {
        for (written, kind, width, shown) in [
            ("time", ColumnKind::Time, None, "time"),
            ("service:20", ColumnKind::Service, Some(20), "service:20"),
            ("msg", ColumnKind::Message, None, "message"),
            ("message:30", ColumnKind::Message, None, "message"),
            ("http.route:7", ColumnKind::Field("http.route".into()), Some(7), "http.route:7"),
            ("a:b", ColumnKind::Field("a:b".into()), None, "a:b:0"),
            ("port:80:0", ColumnKind::Field("port:80".into()), None, "port:80:0"),
            ("items[0].id", ColumnKind::Field("items[0].id".into()), None, "items[0].id"),
        ] {
            let column: Column = written.parse().unwrap();
            assert_eq!((column.kind.clone(), column.width), (kind, width), "{written}");
            assert_eq!(column.to_string(), shown);
            assert_eq!(shown.parse(), Ok(column), "{shown} reads back");
        }
        for wrong in ["", " ", ":5", "x:501", &"x".repeat(201)] {
            assert!(wrong.parse::<Column>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_column_is_added_in_front_of_the_message_and_taken_away_again() {
        let field = ColumnKind::Field("user".into());
        let with = Columns::default().toggled(field.clone()).unwrap();
        assert_eq!(with.to_string(), "time level service user message");
        assert_eq!(with.toggled(field.clone()), Ok(Columns::default()));
        let one = Columns::new(vec![Column::automatic(field.clone())]).unwrap();
        assert!(one.toggled(field).is_err(), "the last column stays");
        assert_eq!(one.toggled(ColumnKind::Time).unwrap().to_string(), "user time");
    }
}
