//! A query as a tree, with the place of every part in the input; printing it gives a query that reads back the same.

use std::fmt::{self, Write as _};
use std::ops::{Bound, Range};

use super::key::Key;

/// A whole query.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query {
    /// What must hold; `None` for the empty query.
    pub root: Option<Expr>,
}

/// A part of a query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expr {
    /// Byte columns of the input.
    pub span: Range<usize>,
    /// What it says.
    pub kind: ExprKind,
}

/// What a part of a query says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExprKind {
    /// All hold; two or more.
    And(Vec<Expr>),
    /// One holds; two or more.
    Or(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// A word or phrase occurs.
    Text(String),
    /// A regex matches somewhere.
    Regex(String),
    /// A field has one of some values.
    Field(Field),
}

/// `key:item,item`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// The key as written.
    pub key: String,
    /// The alternatives; one or more.
    pub items: Vec<Item>,
}

/// One of the alternatives of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Byte columns of the input.
    pub span: Range<usize>,
    /// What it asks for.
    pub kind: ItemKind,
}

/// What is asked of a field's value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ItemKind {
    /// That there is one.
    Exists,
    /// That it is this.
    Equals(String),
    /// That it looks like this, `*` standing for anything.
    Glob(String),
    /// That a regex matches in it.
    Regex(String),
    /// That it is beyond this.
    Compare(Comparison, String),
    /// That it is not before the first and not after the second.
    Range(Option<String>, Option<String>),
}

/// How a value is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
}

impl Comparison {
    /// All, the longer signs first so that the first that fits is right.
    pub(super) const ALL: [Self; 4] = [Self::AtLeast, Self::AtMost, Self::More, Self::Less];

    /// The values that compare so with `value`.
    pub(super) fn bounds<T>(self, value: T) -> (Bound<T>, Bound<T>) {
        match self {
            Self::More => (Bound::Excluded(value), Bound::Unbounded),
            Self::AtLeast => (Bound::Included(value), Bound::Unbounded),
            Self::Less => (Bound::Unbounded, Bound::Excluded(value)),
            Self::AtMost => (Bound::Unbounded, Bound::Included(value)),
        }
    }

    /// The sign.
    pub fn sign(self) -> &'static str {
        match self {
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::AtMost => "<=",
        }
    }
}

/// `text` as a word or value of a query: as it is where that is safe, else in quotes.
pub fn quote(text: &str) -> String {
    let mut out = String::new();
    if is_plain(text) && !text.contains(':') {
        out.push_str(text);
    } else {
        push_quoted(&mut out, text);
    }
    out
}

/// The query that asks for just this value of this field.
pub fn field_text(key: &str, value: &str) -> String {
    format!("{key}:{}", quote(value))
}

/// Whether `text` is read back as itself without quotes, as a value. Conservative.
fn is_plain(text: &str) -> bool {
    let safe = |c: char| c.is_alphanumeric() || "_-.:@#%+=&$/".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    starts_well && text.chars().all(safe) && !text.contains("..") && !["AND", "OR", "NOT"].contains(&text)
}

/// Whether the lexer takes `end` for the end of a range without quotes.
pub(super) fn is_number_like(end: &str) -> bool {
    end.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_digit())
}

fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

fn push_value(out: &mut String, text: &str, bare: bool) {
    if bare { out.push_str(text) } else { push_quoted(out, text) }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.as_ref().map_or(Ok(()), |root| write!(f, "{root}"))
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::And(all) => join(f, all, " "),
            ExprKind::Or(any) => join(f, any, " OR "),
            ExprKind::Not(inner) => {
                f.write_str("NOT ")?;
                grouped(f, inner)
            }
            ExprKind::Text(text) => f.write_str(&quote(text)),
            ExprKind::Regex(regex) => write!(f, "/{regex}/"),
            ExprKind::Field(field) => write!(f, "{field}"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Expr], between: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        grouped(f, part)?;
    }
    Ok(())
}

fn grouped(f: &mut fmt::Formatter<'_>, part: &Expr) -> fmt::Result {
    match part.kind {
        ExprKind::And(_) | ExprKind::Or(_) => write!(f, "({part})"),
        _ => write!(f, "{part}"),
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ordered = Key::of(&self.key).is_ordered();
        write!(f, "{}:", self.key)?;
        for (index, item) in self.items.iter().enumerate() {
            if index > 0 {
                f.write_char(',')?;
            }
            f.write_str(&print_item(&item.kind, ordered))?;
        }
        Ok(())
    }
}

fn print_item(item: &ItemKind, ordered: bool) -> String {
    let mut out = String::new();
    match item {
        ItemKind::Exists => out.push('*'),
        ItemKind::Equals(text) => push_value(&mut out, text, is_plain(text)),
        ItemKind::Glob(glob) => out.push_str(glob),
        ItemKind::Regex(regex) => {
            out.push('/');
            out.push_str(regex);
            out.push('/');
        }
        ItemKind::Compare(comparison, text) => {
            out.push_str(comparison.sign());
            push_value(&mut out, text, is_plain(text));
        }
        ItemKind::Range(from, to) => {
            let bare = |end: &str| is_plain(end) && !end.ends_with('.') && (ordered || is_number_like(end));
            if let Some(from) = from {
                push_value(&mut out, from, bare(from));
            }
            out.push_str("..");
            if let Some(to) = to {
                push_value(&mut out, to, bare(to));
            }
        }
    }
    out
}
