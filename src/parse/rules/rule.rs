//! One rule: what it is made of, what is wrong with it, and what it finds in a line.

use std::sync::OnceLock;

use glob::Pattern as Glob;
use regex::bytes::{Captures, Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

use super::literals;
use crate::model::{Attributes, Severity, Value};
use crate::parse::pairs;

/// Bytes of a line that are looked at; a longer one has what it says of itself in front.
const MAX_TEXT: usize = 64 << 10;
/// Bytes of a value that are kept.
const MAX_VALUE: usize = 1024;
/// Named captures of one rule.
const MAX_CAPTURES: usize = 32;
/// Bytes that a compiled pattern may take.
const MAX_COMPILED: usize = 2 << 20;

/// A rule as it is written.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RuleSpec {
    /// Its name: the value of the field [`super::RULE`] of what it matches.
    pub name: String,
    /// A regex of Rust's syntax. It is found anywhere in a line; `^` and `$` match at each line of a record of several.
    pub pattern: String,
    /// The severity of the lines that it matches and that name none.
    pub severity: Option<Severity>,
    /// Globs of the names of the sources that it is for; empty for all. `*` stands for slashes too, and the last part of a
    /// path is enough.
    pub sources: Vec<String>,
    /// Fields that every line has that it matches.
    pub fields: Attributes,
    /// Captures that stay text although they look like numbers.
    pub text: Vec<String>,
}

/// What is wrong with a rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RuleError {
    /// The pattern can not be read; the regex library's own drawing of where, in several lines.
    #[error("{0}")]
    Pattern(String),
    /// The pattern matches nothing at all, and so every line.
    #[error("the pattern matches the empty text and so every line")]
    Empty,
    /// More captures than are kept.
    #[error("the pattern has more than {MAX_CAPTURES} named captures")]
    Captures,
    /// A source's glob can not be read.
    #[error("the source `{0}` is no glob: {1}")]
    Source(String, String),
    /// A field that is to stay text and that the pattern does not capture.
    #[error("the pattern has no capture `{0}` that could stay text")]
    Text(String),
}

/// What a capture is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Time,
    Level,
    Message,
    Service,
    Trace,
    Span,
    /// A field of its own name, a number if it looks like one.
    Field,
    /// A field that stays text.
    Text,
}

/// The names of captures that are facts of the line and no fields.
const FACTS: [(&str, Role); 6] = [
    ("time", Role::Time),
    ("level", Role::Level),
    ("message", Role::Message),
    ("service", Role::Service),
    ("trace_id", Role::Trace),
    ("span_id", Role::Span),
];

/// A named group of the pattern.
#[derive(Debug)]
struct Capture {
    group: usize,
    name: Box<str>,
    role: Role,
}

/// A rule that was understood.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) spec: RuleSpec,
    /// Literals of which one stands in every match, in any case; empty when nothing is known.
    pub(super) literals: Vec<String>,
    sources: Vec<Glob>,
    captures: Vec<Capture>,
    /// Compiled when it is first needed: most rules never are.
    regex: OnceLock<Option<Regex>>,
}

impl Rule {
    /// Understands a rule, but does not compile its pattern yet.
    pub(super) fn new(spec: RuleSpec) -> Result<Self, RuleError> {
        let hir =
            regex_syntax::ParserBuilder::new().utf8(false).multi_line(true).crlf(true).build().parse(&spec.pattern);
        let hir = hir.map_err(|error| RuleError::Pattern(error.to_string()))?;
        if hir.properties().minimum_len().is_none_or(|len| len == 0) {
            return Err(RuleError::Empty);
        }
        let glob =
            |source: &String| Glob::new(source).map_err(|error| RuleError::Source(source.clone(), error.to_string()));
        let sources = spec.sources.iter().map(glob).collect::<Result<_, _>>()?;
        let captures = captures(&spec, &hir)?;
        let literals = literals::needed(&hir).unwrap_or_default();
        Ok(Self { spec, literals, sources, captures, regex: OnceLock::new() })
    }

    /// Compiles the pattern, which fails where it is too large.
    pub(super) fn compile(&self) -> Result<(), RuleError> {
        match self.regex.get_or_init(|| build(&self.spec.pattern)) {
            Some(_) => Ok(()),
            None => Err(RuleError::Pattern("the pattern is too large".to_owned())),
        }
    }

    /// Whether it is for lines of the source of this name.
    pub(super) fn is_for(&self, source: &str) -> bool {
        let file = source.rsplit('/').next().unwrap_or(source);
        self.sources.is_empty() || self.sources.iter().any(|glob| glob.matches(source) || glob.matches(file))
    }

    pub(super) fn is_for_all(&self) -> bool {
        self.sources.is_empty()
    }

    /// Whether it tells more than fields: what the store keeps of a line, its severity aside.
    pub(super) fn has_facts(&self) -> bool {
        let is_fact = |role: Role| matches!(role, Role::Time | Role::Level | Role::Service | Role::Trace | Role::Span);
        self.captures.iter().any(|capture| is_fact(capture.role))
    }

    pub(super) fn has_message(&self) -> bool {
        self.captures.iter().any(|capture| capture.role == Role::Message)
    }

    /// Whether it has a capture for the field `key`.
    pub(super) fn captures(&self, key: &str) -> bool {
        self.captures.iter().any(|capture| capture.is_field() && *capture.name == *key)
    }

    /// The names of the fields that it gives, those of its captures first.
    pub(super) fn field_names(&self) -> impl Iterator<Item = &str> {
        let captured = self.captures.iter().filter(|capture| capture.is_field()).map(|capture| &*capture.name);
        captured.chain(self.spec.fields.iter().map(|(key, _)| &**key))
    }

    /// What it finds in `line`. Linear in the line.
    pub(super) fn find<'a>(&self, line: &'a [u8]) -> Option<Found<'_, 'a>> {
        let regex = self.regex.get_or_init(|| build(&self.spec.pattern)).as_ref()?;
        let captures = regex.captures(line.get(..MAX_TEXT).unwrap_or(line))?;
        Some(Found { rule: self, captures })
    }
}

impl Capture {
    fn is_field(&self) -> bool {
        matches!(self.role, Role::Field | Role::Text)
    }
}

/// A rule's match in one line.
#[derive(Debug)]
pub(super) struct Found<'r, 'a> {
    pub(super) rule: &'r Rule,
    captures: Captures<'a>,
}

impl<'a> Found<'_, 'a> {
    /// The captures that take part in the match, with what they are.
    pub(super) fn captured(&self) -> impl Iterator<Item = (&str, Role, &'a [u8])> {
        let text = |capture: &Capture| self.captures.get(capture.group).map(|found| found.as_bytes());
        self.rule.captures.iter().filter_map(move |capture| Some((&*capture.name, capture.role, text(capture)?)))
    }

    /// The first capture of this role.
    pub(super) fn fact(&self, role: Role) -> Option<&'a [u8]> {
        self.captured().find(|(_, known, _)| *known == role).map(|(.., text)| text)
    }

    /// Its fields, captured ones before constants.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, Value)> {
        let captured = self.captured().filter_map(|(name, role, text)| match role {
            Role::Field => Some((name, number(text).unwrap_or_else(|| clipped(text)))),
            Role::Text => Some((name, clipped(text))),
            _ => None,
        });
        captured.chain(self.rule.spec.fields.iter().map(|(key, value)| (&**key, value.clone())))
    }
}

fn number(text: &[u8]) -> Option<Value> {
    if text.len() > 32 { None } else { pairs::number(text) }
}

/// A text of bounded length; invalid UTF-8 is replaced.
fn clipped(text: &[u8]) -> Value {
    Value::from(&*String::from_utf8_lossy(text.get(..MAX_VALUE).unwrap_or(text)))
}

fn build(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .multi_line(true)
        .crlf(true)
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(MAX_COMPILED)
        .build()
        .ok()
}

/// The named groups of the pattern with their roles.
fn captures(spec: &RuleSpec, hir: &Hir) -> Result<Vec<Capture>, RuleError> {
    let mut found = Vec::new();
    named_groups(hir, &mut found);
    if found.len() > MAX_CAPTURES {
        return Err(RuleError::Captures);
    }
    if let Some(missing) = spec.text.iter().find(|text| !found.iter().any(|(_, name)| name == text)) {
        return Err(RuleError::Text(missing.clone()));
    }
    let role = |name: &str| {
        let fact = FACTS.iter().find(|(fact, _)| *fact == name).map(|(_, role)| *role);
        fact.unwrap_or(if spec.text.iter().any(|text| text == name) { Role::Text } else { Role::Field })
    };
    Ok(found.into_iter().map(|(group, name)| Capture { group, role: role(name), name: name.into() }).collect())
}

/// Goes as deep as the pattern is nested, which its parser bounds.
fn named_groups<'h>(hir: &'h Hir, out: &mut Vec<(usize, &'h str)>) {
    match hir.kind() {
        HirKind::Capture(group) => {
            if let (Ok(index), Some(name)) = (usize::try_from(group.index), &group.name) {
                out.push((index, name));
            }
            named_groups(&group.sub, out);
        }
        HirKind::Repetition(repetition) => named_groups(&repetition.sub, out),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().for_each(|part| named_groups(part, out)),
        _ => {}
    }
}
