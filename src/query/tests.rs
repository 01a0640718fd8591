//! Queries over segments against the same predicate asked line by line, by an evaluator that shares only the tree.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Comparison, CompileContext, Expr, ExprKind, Field, ItemKind, LiveQuery, Matches, Plan, parse};
use crate::model::{FormatId, Level, Nanos, Severity, Zone};
use crate::store::{LineId, NewLine, Snapshot, log_store};

const NOON: Nanos = 1_777_636_800_000_000_000;
const MINUTE: Nanos = 60_000_000_000;
const SERVICES: [&str; 3] = ["", "cart", "Bank"];
const SOURCES: [&str; 2] = ["app.log", "web.log"];

/// A line as it was before it was stored.
#[derive(Clone, Debug)]
struct Told {
    level: Level,
    service: &'static str,
    source: &'static str,
    /// Minutes after noon.
    minute: i64,
    words: String,
    fields: Vec<(&'static str, String)>,
    /// Terminal sequences, and before which character of the text they are written.
    sequences: Vec<(usize, &'static str)>,
}

impl Told {
    fn text(&self) -> String {
        let fields = self.fields.iter().map(|(key, value)| format!("{key}={value}"));
        std::iter::once(self.words.clone()).chain(fields).collect::<Vec<_>>().join(" ")
    }

    /// The text with its sequences.
    fn written(&self) -> String {
        let mut out = String::new();
        for (at, c) in self.text().chars().enumerate() {
            self.sequences.iter().filter(|(before, _)| *before == at).for_each(|(_, sequence)| out.push_str(sequence));
            out.push(c);
        }
        out
    }

    fn field(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }
}

fn told() -> impl Strategy<Value = Told> {
    let fields = (prop::option::of(0..12i64), prop::option::of(prop::sample::select(vec!["ann", "Bob", "bo"])));
    let head = (prop::sample::select(Level::ALL.to_vec()), 0..3usize, 0..2usize, 0..10i64, "[abAé]{1,3}( [abc]{1,3})?");
    // What stands in a sequence must not be found.
    let sequence = prop::sample::select(vec!["\x1b[31m", "\x1b]0;ab bo\x07", "\x1b[m"]);
    let sequences = prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::collection::vec((0..12usize, sequence), 1..4),
    ];
    (head, fields, sequences).prop_map(|((level, service, source, minute, words), (k, user), sequences)| Told {
        sequences,
        level,
        service: SERVICES[service],
        source: SOURCES[source],
        minute,
        words,
        fields: [("k", k.map(|k| k.to_string())), ("user", user.map(str::to_owned))]
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect(),
    })
}

/// Whether a line matches. Slow, plain, and without any part of a plan.
fn holds(expr: &Expr, line: &Told) -> bool {
    match &expr.kind {
        ExprKind::And(all) => all.iter().all(|part| holds(part, line)),
        ExprKind::Or(any) => any.iter().any(|part| holds(part, line)),
        ExprKind::Not(inner) => !holds(inner, line),
        ExprKind::Text(text) if text.chars().any(char::is_uppercase) => line.text().contains(text),
        ExprKind::Text(text) => line.text().to_lowercase().contains(text),
        ExprKind::Regex(regex) => {
            let any_case = !regex.chars().any(char::is_uppercase);
            regex::RegexBuilder::new(regex).case_insensitive(any_case).build().unwrap().is_match(&line.text())
        }
        ExprKind::Field(field) => field.items.iter().any(|item| item_holds(field, &item.kind, line)),
    }
}

fn item_holds(field: &Field, item: &ItemKind, line: &Told) -> bool {
    match (field.key.as_str(), item) {
        ("level", ItemKind::Equals(name)) => line.level.name() == name,
        ("level", ItemKind::Compare(sign, name)) => {
            let wanted = Level::ALL.into_iter().find(|level| level.name() == name).unwrap();
            compares(*sign, line.level.index(), wanted.index())
        }
        ("service", item) => name_holds(item, line.service),
        ("source", item) => name_holds(item, line.source),
        ("time", ItemKind::Compare(sign, text)) => {
            let minute: i64 = text.get(15..16).unwrap().parse().unwrap();
            compares(*sign, line.minute, minute)
        }
        (key, item) => line.field(key).is_some_and(|value| value_holds(item, value)),
    }
}

fn name_holds(item: &ItemKind, name: &str) -> bool {
    match item {
        ItemKind::Exists => !name.is_empty(),
        ItemKind::Equals(wanted) => name.to_lowercase() == wanted.to_lowercase(),
        ItemKind::Glob(glob) => fits(&glob.to_lowercase(), &name.to_lowercase()),
        other => panic!("{other:?}"),
    }
}

fn value_holds(item: &ItemKind, value: &str) -> bool {
    let number = value.parse::<i64>().ok();
    match item {
        ItemKind::Exists => true,
        ItemKind::Equals(wanted) => value == wanted,
        ItemKind::Glob(glob) => fits(glob, value),
        ItemKind::Compare(sign, than) => number.is_some_and(|number| compares(*sign, number, than.parse().unwrap())),
        ItemKind::Range(Some(from), Some(to)) => {
            number.is_some_and(|number| (from.parse().unwrap()..=to.parse().unwrap()).contains(&number))
        }
        other => panic!("{other:?}"),
    }
}

fn compares<T: Ord + Copy>(sign: Comparison, value: T, than: T) -> bool {
    match sign {
        Comparison::More => value > than,
        Comparison::AtLeast => value >= than,
        Comparison::Less => value < than,
        Comparison::AtMost => value <= than,
    }
}

/// A glob by trying every way to cut the text.
fn fits(glob: &str, text: &str) -> bool {
    fn bytes_fit(glob: &[u8], text: &[u8]) -> bool {
        match (glob, text) {
            ([], text) => text.is_empty(),
            ([b'*', rest @ ..], text) => (0..=text.len()).any(|at| bytes_fit(rest, &text[at..])),
            ([wanted, glob @ ..], [byte, text @ ..]) => wanted == byte && bytes_fit(glob, text),
            (_, []) => false,
        }
    }
    bytes_fit(glob.as_bytes(), text.as_bytes())
}

fn queries() -> impl Strategy<Value = String> {
    let level = prop::sample::select(Level::ALL.to_vec()).prop_map(Level::name);
    let sign = || prop::sample::select(vec![">", ">=", "<", "<="]);
    let leaf = prop_oneof![
        "[abAcé]{1,2}",
        "\"[ab]{1,2} [abc]\"",
        "/[ab]\\.[a-c ]+/",
        (sign(), level.clone()).prop_map(|(sign, level)| format!("level:{sign}{level}")),
        (level.clone(), level).prop_map(|(one, other)| format!("level:{one},{other}")),
        prop::sample::select(vec!["service:*", "service:BANK", "service:c*t,bank", "source:app.log", "source:*.log"])
            .prop_map(str::to_owned),
        (prop::sample::select(vec![">=", "<"]), 0..10u8)
            .prop_map(|(sign, minute)| format!("time:{sign}2026-05-01T12:0{minute}:00Z")),
        (0..12u8).prop_map(|k| format!("k:{k}")),
        (sign(), 0..12u8).prop_map(|(sign, k)| format!("k:{sign}{k}")),
        (0..6u8, 6..12u8).prop_map(|(from, to)| format!("k:{from}..{to}")),
        prop::sample::select(vec!["k:*", "user:*", "user:ann", "user:Bob,bo", "user:b*", "user:*o*", "nobody:*"])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            inner.prop_map(|a| format!("NOT {a}")),
        ]
    })
}

/// The lines in order, published by so many.
fn stored(lines: &[Told], together: usize) -> Snapshot {
    let (mut writer, reader) = log_store(1 << 20, 0);
    let services = SERVICES.map(|name| writer.service(name.as_bytes()));
    for some in lines.chunks(together) {
        for line in some {
            let source = writer.source(line.source);
            writer.push(&NewLine {
                time: NOON + line.minute * MINUTE,
                severity: if line.level == Level::Unset { Severity::UNSET } else { line.level.floor() },
                source,
                service: services[SERVICES.iter().position(|name| *name == line.service).unwrap()],
                format: FormatId::TEXT,
                text: line.written().as_bytes(),
                trace_id: None,
                span_id: None,
                record: None,
                resource: None,
            });
        }
        writer.publish();
    }
    reader.snapshot()
}

proptest! {
    #[test]
    fn segments_answer_as_a_line_by_line_reference_does(
        mut lines in prop::collection::vec(told(), 0..80),
        together in 1..40usize,
        text in queries(),
        budget in 1..50usize,
    ) {
        // What is published together is put into the order of its times.
        lines.sort_by_key(|line| line.minute);
        let snapshot = stored(&lines, together);
        let query = parse(&text).unwrap();
        let expected: Vec<LineId> = (0..).zip(&lines)
            .filter(|(_, line)| query.root.as_ref().is_none_or(|root| holds(root, line)))
            .map(|(id, _)| id)
            .collect();
        let plan = Arc::new(Plan::compile(&text, &CompileContext::new(NOON, Zone::UTC)).unwrap());
        let mut live = LiveQuery::new(plan);
        let mut found = Matches::new();
        loop {
            let progress = live.advance(&snapshot, budget);
            let is_done = progress.is_done();
            progress.runs.into_iter().for_each(|run| found.insert(run));
            if is_done {
                break;
            }
        }
        prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{}", text);
    }
}
