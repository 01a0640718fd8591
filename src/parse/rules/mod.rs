//! The user's rules: named patterns that find fields, levels and other facts in lines of any format.
//!
//! What a rule finds are more fields of the line, read from its bytes when a row is drawn or a filter asks; what the store
//! keeps in columns (a time, a level, a service, ids) is found when the line comes ([`ingest`]). A pattern is tried only
//! where one of the literals stands that each of its matches has ([`literals`]), for all rules by one search
//! ([`finder`]). The line's own fields win over those of a rule.
//!
//! A set of rules is a value: made once, cheap to clone, handed to whoever reads lines. Where they are written down, and
//! which are built in, is the configuration's business.

mod finder;
mod ingest;
mod literals;
mod rule;
mod sieve;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use self::finder::Finder;
pub(in crate::parse) use self::ingest::IngestRules;
use self::rule::{Found, Role, Rule};
pub use self::rule::{RuleError, RuleSpec};
use super::{Reading, ansi, read};
use crate::model::{Attributes, FormatId, Value};

/// The field that names the rules which matched a line.
pub const RULE: &str = "rule";

/// Rules that are told of one line at most.
const MAX_MATCHES: usize = 16;

/// An immutable set of rules, in the order in which they are asked; empty by default. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    set: Arc<Set>,
}

#[derive(Debug, Default)]
struct Set {
    rules: Vec<Arc<Rule>>,
    /// Made when the first line is asked about.
    finder: OnceLock<Finder>,
}

impl Set {
    fn finder(&self) -> &Finder {
        self.finder.get_or_init(|| Finder::new(self.rules.iter().map(|rule| &**rule)))
    }

    /// The matches in `line`, whatever its source.
    fn matches<'s, 'a: 's>(&'s self, line: &'a [u8]) -> impl Iterator<Item = Found<'s, 'a>> {
        let candidates = if self.rules.is_empty() { Vec::new() } else { self.finder().candidates(line) };
        candidates.into_iter().filter_map(move |at| self.rules.get(at)?.find(line)).take(MAX_MATCHES)
    }
}

impl Rules {
    /// A set with one more rule at its end. With `is_checked` its pattern is compiled at once, so that one which is too
    /// large is told here; without, when a line first needs it, and such a rule then matches nothing.
    pub fn push(&mut self, spec: RuleSpec, is_checked: bool) -> Result<(), RuleError> {
        let rule = Rule::new(spec)?;
        if is_checked {
            rule.compile()?;
        }
        let rule = Arc::new(rule);
        match Arc::get_mut(&mut self.set) {
            Some(set) => {
                set.rules.push(rule);
                set.finder = OnceLock::new();
            }
            None => *self = Self::of(self.set.rules.iter().cloned().chain([rule]).collect()),
        }
        Ok(())
    }

    fn of(rules: Vec<Arc<Rule>>) -> Self {
        Self { set: Arc::new(Set { rules, finder: OnceLock::new() }) }
    }

    /// Whether there is no rule.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.set.rules.is_empty()
    }

    /// The names of the rules, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.set.rules.iter().map(|rule| rule.spec.name.as_str())
    }

    /// The names of the fields that any rule gives, each once, in the order of the rules.
    pub fn field_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for name in self.set.rules.iter().flat_map(|rule| rule.field_names()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The rules that `wanted` wants; the same set where it wants all.
    fn keeping(&self, wanted: impl Fn(&Rule) -> bool) -> Self {
        if self.set.rules.iter().all(|rule| wanted(rule)) {
            return self.clone();
        }
        Self::of(self.set.rules.iter().filter(|rule| wanted(rule)).cloned().collect())
    }

    /// The rules for lines of the source of this name.
    #[must_use]
    pub fn for_source(&self, source: &str) -> Self {
        self.keeping(|rule| rule.is_for(source))
    }

    /// The rules that may give the field `key` a value that `accepts` takes: by a capture, or a constant that it takes.
    #[must_use]
    pub fn giving(&self, key: &str, accepts: &dyn Fn(&Value) -> bool) -> Self {
        self.keeping(|rule| {
            let name = || Value::from(&*rule.spec.name);
            let constant = || rule.spec.fields.get(key).is_some_and(accepts);
            rule.captures(key) || if key == RULE { accepts(&name()) } else { constant() }
        })
    }

    /// The rules that tell what of a line is its message.
    #[must_use]
    pub fn giving_messages(&self) -> Self {
        self.keeping(Rule::has_message)
    }

    /// Literals of which one stands, in any case of its ASCII letters, in every line that any of the rules matches; `None`
    /// when nothing is known of one of them.
    pub fn literals(&self) -> Option<Vec<&str>> {
        let mut all = Vec::new();
        for rule in &self.set.rules {
            if rule.literals.is_empty() {
                return None;
            }
            all.extend(rule.literals.iter().map(String::as_str));
        }
        all.sort_unstable();
        all.dedup();
        Some(all)
    }

    #[inline]
    fn may_match(&self, line: &[u8]) -> bool {
        self.set.finder().may_match(line)
    }

    fn matches<'s, 'a: 's>(&'s self, source: &str, line: &'a [u8]) -> impl Iterator<Item = Found<'s, 'a>> {
        self.set.matches(line).filter(move |found| found.rule.is_for_all() || found.rule.is_for(source))
    }

    /// What the rules find in a line of `source` under the name `key`: the value, a list where several rules find several,
    /// `None` when none matches that gives it. Terminal sequences are left out, here and below. Linear in the line for each rule whose literals stand in it.
    pub fn field(&self, source: &str, line: &[u8], key: &str) -> Option<Value> {
        let line = ansi::strip(line);
        let mut fields = Attributes::default();
        for found in self.matches(source, &line) {
            if key == RULE {
                add(&mut fields, key, Value::from(&*found.rule.spec.name));
            }
            found.fields().filter(|(name, _)| *name == key).for_each(|(name, value)| add(&mut fields, name, value));
        }
        fields.get(key).cloned()
    }

    /// All fields that the rules find in a line of `source`, the names of those that matched under [`RULE`] last.
    pub fn fields(&self, source: &str, line: &[u8]) -> Attributes {
        let line = ansi::strip(line);
        let mut fields = Attributes::default();
        let mut names = Attributes::default();
        for found in self.matches(source, &line) {
            found.fields().for_each(|(name, value)| add(&mut fields, name, value));
            add(&mut names, RULE, Value::from(&*found.rule.spec.name));
        }
        join(&mut fields, &names);
        fields
    }

    /// What a rule says is the message of a line.
    pub fn message<'a>(&self, source: &str, line: &'a [u8]) -> Option<Cow<'a, str>> {
        let in_text = |found: Found<'_, 'a>| found.fact(Role::Message).map(String::from_utf8_lossy);
        match ansi::strip(line) {
            Cow::Borrowed(line) => self.matches(source, line).find_map(in_text),
            Cow::Owned(text) => self.message(source, &text).map(|message| Cow::Owned(message.into_owned())),
        }
    }

    /// [`read`] with what the rules find: more fields, and the message that a rule tells. The facts are those of the line
    /// itself; with the rules' they stand in the store.
    pub fn read<'a>(&self, format: FormatId, source: &str, line: &'a [u8]) -> Reading<'a> {
        let mut reading = read(format, line);
        if !self.is_empty() {
            join(&mut reading.fields, &self.fields(source, line));
            if let Some(message) = self.message(source, line) {
                reading.message = message;
            }
        }
        reading
    }

    /// Adds to the attributes of a structured record what its body says beside them, where that is a line of a `format`,
    /// and what the rules find in it; answers the message. A body of no format is a message as it is.
    pub fn read_body<'a>(
        &self,
        attributes: &mut Attributes,
        format: FormatId,
        source: &str,
        body: &'a [u8],
    ) -> Cow<'a, str> {
        if format == FormatId::TEXT {
            if !self.is_empty() {
                join(attributes, &self.fields(source, body));
            }
            return String::from_utf8_lossy(body);
        }
        let reading = self.read(format, source, body);
        join(attributes, &reading.fields);
        reading.message
    }

    /// Everything that the rules find in `line`, facts as text under their names: for checking examples.
    pub fn everything(&self, line: &[u8]) -> Option<Attributes> {
        let mut all = Attributes::default();
        let mut has_match = false;
        for found in self.set.matches(line) {
            has_match = true;
            for (name, _, text) in found.captured().filter(|(_, role, _)| !matches!(role, Role::Field | Role::Text)) {
                add(&mut all, name, Value::from(&*String::from_utf8_lossy(text)));
            }
            found.fields().for_each(|(name, value)| add(&mut all, name, value));
            if let Some(severity) = found.rule.spec.severity.filter(|_| all.get("level").is_none()) {
                all.set("level", severity.level().name());
            }
        }
        has_match.then_some(all)
    }
}

/// The same rules, wherever they were made.
impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, two): (&Arc<Rule>, &Arc<Rule>)| Arc::ptr_eq(one, two) || one.spec == two.spec;
        Arc::ptr_eq(&self.set, &other.set)
            || (self.set.rules.len() == other.set.rules.len() && self.set.rules.iter().zip(&other.set.rules).all(same))
    }
}

impl Eq for Rules {}

/// Adds a value to those that `key` has: different ones become a list, so that nothing is hidden.
fn add(fields: &mut Attributes, key: &str, value: Value) {
    let joined = match fields.get(key) {
        None => value,
        Some(known) if *known == value => return,
        Some(Value::Array(known)) if known.contains(&value) => return,
        Some(Value::Array(known)) => Value::Array(known.iter().cloned().chain([value]).collect()),
        Some(known) => Value::Array(vec![known.clone(), value]),
    };
    fields.set(key, joined);
}

/// Adds `more` to `fields`, whose own values stay.
fn join(fields: &mut Attributes, more: &Attributes) {
    for (key, value) in more.iter() {
        if fields.get(key).is_none() {
            fields.set(Arc::clone(key), value.clone());
        }
    }
}
