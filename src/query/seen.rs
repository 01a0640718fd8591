//! What the newest lines name: the fields that they have and the values of those, for completion.

use std::collections::HashMap;

use super::complete::Vocabulary;
use super::correlation::correlation_of;
use crate::model::{Attributes, FormatId, Value};
use crate::parse::Rules;
use crate::store::{Line, Snapshot};

/// Lines that are looked at: a millisecond or two.
const LINES: u64 = 512;
/// Names that are remembered.
const MAX_NAMES: usize = 256;
/// Values that are remembered of each.
const MAX_VALUES: usize = 64;
/// Longer values are nothing to choose by.
const MAX_VALUE: usize = 64;
/// Objects within objects that are looked into.
const MAX_DEPTH: usize = 3;

/// Names and values of the fields of the newest lines, what is seen most first.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    snapshot: &'a Snapshot,
    fields: HashMap<String, Counted>,
}

/// How often a field was seen, and how often with which value.
#[derive(Clone, Debug, Default)]
struct Counted {
    lines: usize,
    values: HashMap<String, usize>,
}

impl<'a> Seen<'a> {
    /// Looks at the newest lines, with what `rules` find in them.
    pub fn of(snapshot: &'a Snapshot, rules: &Rules) -> Self {
        let mut seen = Self { snapshot, fields: HashMap::new() };
        let newest = snapshot.end().saturating_sub(LINES).max(snapshot.first())..snapshot.end();
        for line in newest.rev().filter_map(|id| snapshot.line(id)) {
            let fields = fields_of(&line, snapshot.sources.get(line.source()), rules);
            for (key, value) in correlation_of(&fields) {
                seen.count(key, &value);
            }
            seen.count_all("", &fields, MAX_DEPTH);
            if let Some((resource, _)) = line.context() {
                seen.count_all("", &resource.attributes, MAX_DEPTH);
            }
        }
        seen
    }

    fn count_all(&mut self, prefix: &str, fields: &Attributes, depth: usize) {
        for (key, value) in fields.iter() {
            let name = if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") };
            match value {
                Value::Map(inner) if depth > 0 => self.count_all(&name, inner, depth - 1),
                // Those were counted under every name that they go by.
                _ if super::correlation::Correlation::of(&name).is_some() => {}
                value => self.count(&name, value),
            }
        }
    }

    fn count(&mut self, name: &str, value: &Value) {
        if self.fields.len() >= MAX_NAMES && !self.fields.contains_key(name) {
            return;
        }
        let counted = self.fields.entry(name.to_owned()).or_default();
        counted.lines += 1;
        let values = if let Value::Array(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
        for text in values.iter().map(ToString::to_string) {
            let fits = !text.is_empty() && text.len() <= MAX_VALUE;
            if fits && (counted.values.len() < MAX_VALUES || counted.values.contains_key(&text)) {
                *counted.values.entry(text).or_default() += 1;
            }
        }
    }
}

/// The fields of a line as the record view shows them.
fn fields_of(line: &Line<'_>, source: &str, rules: &Rules) -> Attributes {
    match line.format() {
        FormatId::LOSS | FormatId::GONE => Attributes::default(),
        FormatId::RECORD => {
            let parts = line.parts().unwrap_or_default();
            let mut fields = parts.attributes;
            rules.read_body(&mut fields, parts.body_format, source, &line.text());
            fields
        }
        format => rules.read(format, source, &line.text()).fields,
    }
}

/// What was seen most first, else by name.
fn ranked<'s>(counts: impl Iterator<Item = (&'s String, usize)>) -> Vec<String> {
    let mut ranked: Vec<(&String, usize)> = counts.collect();
    ranked.sort_unstable_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
    ranked.into_iter().map(|(text, _)| text.clone()).collect()
}

impl Vocabulary for Seen<'_> {
    fn services(&self) -> Vec<String> {
        self.snapshot.services()
    }

    fn sources(&self) -> Vec<String> {
        self.snapshot.sources()
    }

    fn attributes(&self) -> Vec<String> {
        ranked(self.fields.iter().map(|(name, counted)| (name, counted.lines)))
    }

    fn values(&self, key: &str) -> Vec<String> {
        let values = self.fields.get(key).map(|counted| &counted.values);
        ranked(values.into_iter().flatten().map(|(value, count)| (value, *count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Severity;
    use crate::parse::rules::RuleSpec;
    use crate::query::completions;
    use crate::store::{NewLine, log_store};

    #[test]
    fn names_and_values_of_the_newest_lines_are_offered_most_frequent_first() {
        let (mut writer, reader) = log_store(1 << 20, 0);
        let source = writer.source("a.log");
        for text in ["x reqId=r1 shade=red", "x reqId=r2 shade=blue", "x request_id=r2 shade=blue", "Tool Bash called"]
        {
            writer.push(&NewLine {
                time: 0,
                severity: Severity::UNSET,
                source,
                service: 0,
                format: FormatId::TEXT,
                text: text.as_bytes(),
                trace_id: None,
                span_id: None,
                record: None,
                resource: None,
            });
        }
        writer.publish();
        let snapshot = reader.snapshot();
        let mut rules = Rules::default();
        let spec = RuleSpec { name: "t".into(), pattern: r"Tool (?<tool>\w+)".into(), ..RuleSpec::default() };
        rules.push(spec, true).unwrap();
        let seen = Seen::of(&snapshot, &rules);
        for (typed, expected) in [
            ("request_id:", "r2 r1"),
            ("shade:", "blue red"),
            ("too", "tool:"),
            ("tool:B", "Bash"),
            ("rule:", "t"),
            ("req", "request_id: reqId:"),
            ("tenant_", "tenant_id:"),
            ("source:", "a.log"),
        ] {
            let found = completions(typed, typed.len(), &seen);
            let found: Vec<&str> = found.iter().map(|completion| completion.text.as_str()).collect();
            assert_eq!(found.join(" "), expected, "{typed}");
        }
        let empty = completions("", 0, &seen);
        assert_eq!(empty.first().map(|first| first.text.as_str()), Some("request_id:"));
    }
}
