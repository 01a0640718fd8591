//! `key:value` to a test, by what the key means; here values get their types, and mistakes in them their messages.

use std::ops::{Bound, RangeInclusive};

use super::Node;
use super::attribute::{AttributeTest, Interval, Literal, ValueTest, unescaped_part};
use super::compile::{Compiler, regex_at};
use super::level::level_set;
use super::test::{
    IdTest, MessagePattern, MessageTest, NameColumn, NamePattern, NameTest, Test, TimeSet, attribute_names,
};
use crate::model::Nanos;
use crate::parse::context::{span_ids, trace_ids};
use crate::parse::is_derived;
use crate::query::ast::{Comparison, Field, Item, ItemKind};
use crate::query::error::QueryError;
use crate::query::glob::Glob;
use crate::query::key::Key;
use crate::query::needle::Needle;
use crate::query::number::{self, Quantity, Unit};
use crate::query::pattern::Pattern;
use crate::query::time;

/// The test that a field stands for.
pub(super) fn compile_field(compiler: &mut Compiler<'_>, field: &Field) -> Result<Node, QueryError> {
    let items = &field.items;
    let test = match Key::of(&field.key) {
        Key::Level => Test::Level(level_set(items)?),
        Key::Time => {
            let read = |item| time_range(compiler, item);
            Test::Time(TimeSet(items.iter().map(read).collect::<Result<_, _>>()?))
        }
        Key::Service => Test::Name(name_test(compiler, NameColumn::Service, items)?),
        Key::Source => Test::Name(name_test(compiler, NameColumn::Source, items)?),
        Key::Trace => Test::Trace(id_tests(items, "trace", trace_ids)?),
        Key::Span => Test::Span(id_tests(items, "span", span_ids)?),
        Key::Msg => Test::Message(message_test(compiler, items)?),
        Key::Template => {
            let any_of = items.iter().map(|item| template(item).map(|it| Node::from(Test::Text(Box::new(it)))));
            return Ok(Node::Any(any_of.collect::<Result<_, _>>()?));
        }
        key => Test::Attribute(attribute_test(compiler, key, &field.key, items)?),
    };
    Ok(Node::from(test))
}

/// An error for an item that is of no use to its key.
fn unfit(item: &Item, message: &str, expected: &str) -> QueryError {
    QueryError::new(item.span.clone(), message, expected)
}

fn name_test(compiler: &mut Compiler<'_>, column: NameColumn, items: &[Item]) -> Result<NameTest, QueryError> {
    let slot = compiler.name_slots;
    compiler.name_slots += 1;
    let read = |item: &Item| {
        Ok(match &item.kind {
            ItemKind::Exists => NamePattern::Exists,
            ItemKind::Equals(text) => NamePattern::Is(text.as_str().into()),
            ItemKind::Glob(glob) => NamePattern::Glob(Glob::any_case(glob)),
            ItemKind::Regex(regex) => NamePattern::Regex(Box::new(regex_at(regex, &item.span)?)),
            ItemKind::Compare(..) | ItemKind::Range(..) => {
                return Err(unfit(item, "a name has no order", "a name, with * for any part of it"));
            }
        })
    };
    Ok(NameTest { column, slot, any_of: items.iter().map(read).collect::<Result<_, _>>()? })
}

fn id_tests<T>(items: &[Item], what: &str, read: fn(&str) -> Vec<T>) -> Result<Vec<IdTest<T>>, QueryError> {
    let mut tests = Vec::new();
    for item in items {
        let found = match &item.kind {
            ItemKind::Exists => vec![IdTest::Exists],
            ItemKind::Glob(glob) => vec![IdTest::Glob(Glob::any_case(glob))],
            ItemKind::Equals(text) => read(text).into_iter().map(IdTest::Is).collect(),
            ItemKind::Regex(_) | ItemKind::Compare(..) | ItemKind::Range(..) => Vec::new(),
        };
        if found.is_empty() {
            return Err(unfit(item, &format!("this is no {what} id"), "hex digits that are not all zero"));
        }
        tests.extend(found);
    }
    Ok(tests)
}

fn message_test(compiler: &mut Compiler<'_>, items: &[Item]) -> Result<MessageTest, QueryError> {
    let mut any_of = Vec::new();
    let mut required = Some(Vec::new());
    for item in items {
        let (pattern, literal) = match &item.kind {
            ItemKind::Exists => (MessagePattern::Exists, None),
            ItemKind::Equals(text) if text.is_empty() => (MessagePattern::Exists, None),
            ItemKind::Equals(text) => {
                (MessagePattern::Contains(Box::new(Pattern::literal(text))), unescaped_part(text))
            }
            ItemKind::Glob(glob) => {
                let compiled =
                    if glob.chars().any(char::is_uppercase) { Glob::new(glob) } else { Glob::any_case(glob) };
                (MessagePattern::Glob(compiled), unescaped_part(glob))
            }
            ItemKind::Regex(regex) => (MessagePattern::Contains(Box::new(regex_at(regex, &item.span)?)), None),
            ItemKind::Compare(..) | ItemKind::Range(..) => {
                return Err(unfit(item, "a message has no order", "text that the message contains"));
            }
        };
        if let MessagePattern::Contains(pattern) = &pattern {
            compiler.highlight(pattern);
        }
        any_of.push(pattern);
        require(&mut required, literal.map(Needle::any_case));
    }
    let rules = compiler.context.rules.giving_messages();
    Ok(MessageTest { any_of, required: required.unwrap_or_default(), rules })
}

/// Keeps the literals of which every match has one; there are none as soon as one alternative does without.
fn require(all: &mut Option<Vec<Needle>>, literal: Option<Needle>) {
    match (all.as_mut(), literal) {
        (Some(known), Some(literal)) => known.push(literal),
        _ => *all = None,
    }
}

/// A template as a regex: what is written stands as it is, placeholders and blanks for any run.
fn template(item: &Item) -> Result<Pattern, QueryError> {
    let text = match &item.kind {
        ItemKind::Equals(text) | ItemKind::Glob(text) => text.clone(),
        ItemKind::Exists => return regex_at("", &item.span),
        ItemKind::Regex(regex) => return regex_at(regex, &item.span),
        ItemKind::Compare(Comparison::Less, rest) => format!("<{rest}"),
        ItemKind::Compare(..) | ItemKind::Range(..) => {
            return Err(unfit(item, "a template has no order", "a message with <*> where it varies"));
        }
    };
    let mut regex = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = around_placeholder(rest) {
        regex.push_str(&regex::escape(before));
        regex.push_str(".*?");
        rest = after;
    }
    regex.push_str(&regex::escape(rest));
    regex_at(&format!("(?-i){regex}"), &item.span)
}

/// What stands before and after the first `<*>` or `<name>`.
fn around_placeholder(text: &str) -> Option<(&str, &str)> {
    text.match_indices('<').find_map(|(open, _)| {
        let (name, after) = text.get(open + 1..)?.split_once('>')?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "*_-".contains(c));
        is_name.then_some((text.get(..open)?, after))
    })
}

fn attribute_test(
    compiler: &Compiler<'_>,
    key: Key,
    written: &str,
    items: &[Item],
) -> Result<AttributeTest, QueryError> {
    let any_case = matches!(key, Key::Host | Key::Status);
    let mut any_of = Vec::new();
    let mut required = Some(Vec::new());
    for item in items {
        let (test, literal) = match &item.kind {
            ItemKind::Exists => (ValueTest::Exists, None),
            ItemKind::Equals(_) if matches!(key, Key::Duration | Key::Spans) => {
                (ValueTest::Between(interval(key, item)?), None)
            }
            ItemKind::Equals(text) => {
                let literal = Literal::new(text, any_case);
                let needle = if any_case { Needle::any_case } else { Needle::exact };
                let part = literal.stands_as_written().then(|| unescaped_part(text)).flatten();
                (ValueTest::Equals(literal), part.map(needle))
            }
            ItemKind::Glob(glob) => {
                let compiled = if any_case { Glob::any_case(glob) } else { Glob::new(glob) };
                (ValueTest::Glob(compiled), unescaped_part(glob).map(Needle::any_case))
            }
            ItemKind::Regex(regex) => {
                let pattern = regex_at(regex, &item.span)?;
                let part = pattern.required().and_then(|needle| unescaped_part(needle.text())).map(Needle::any_case);
                (ValueTest::Regex(Box::new(pattern)), part)
            }
            ItemKind::Compare(..) | ItemKind::Range(..) => (ValueTest::Between(interval(key, item)?), None),
        };
        any_of.push(test);
        require(&mut required, literal.filter(|_| !is_derived(written)));
    }
    let names = attribute_names(key, written, &compiler.context.aliases);
    let values = required.filter(|known| !known.is_empty());
    Ok(AttributeTest::new(key, names, any_of, values, &compiler.context.rules))
}

/// The numbers that a comparison, a range or, of a key that is a number, a value means.
fn interval(key: Key, item: &Item) -> Result<Interval, QueryError> {
    let read = |text: &str| quantity(key, text, item);
    let ends = match &item.kind {
        ItemKind::Equals(text) => {
            let value = read(text)?;
            (Bound::Included(value), Bound::Included(value))
        }
        ItemKind::Compare(comparison, text) => comparison.bounds(read(text)?),
        ItemKind::Range(from, to) => {
            let end = |text: &Option<String>| {
                text.as_deref().map(read).transpose().map(|value| value.map_or(Bound::Unbounded, Bound::Included))
            };
            (end(from)?, end(to)?)
        }
        ItemKind::Exists | ItemKind::Glob(_) | ItemKind::Regex(_) => (Bound::Unbounded, Bound::Unbounded),
    };
    if let (Bound::Included(from), Bound::Included(to)) = ends {
        if from.unit != to.unit {
            return Err(unfit(item, "the ends of the range have different units", "the same kind of unit at both"));
        }
        if from.value > to.value {
            return Err(unfit(item, "the range ends before it begins", "the smaller end first"));
        }
    }
    let unit = match ends {
        (Bound::Included(end) | Bound::Excluded(end), _) | (_, Bound::Included(end) | Bound::Excluded(end)) => end.unit,
        _ => Unit::None,
    };
    Ok(Interval { unit, from: ends.0.map(|end| end.value), to: ends.1.map(|end| end.value) })
}

fn quantity(key: Key, text: &str, item: &Item) -> Result<Quantity, QueryError> {
    let quantity = number::quantity(text)
        .ok_or_else(|| unfit(item, &format!("'{text}' is not a number with a known unit"), number::EXPECTED))?;
    match (key, quantity.unit) {
        (Key::Duration, Unit::Duration) | (Key::Spans, Unit::None) => Ok(quantity),
        (Key::Duration, _) if quantity.value == 0.0 => Ok(Quantity { unit: Unit::Duration, ..quantity }),
        (Key::Duration, _) => {
            Err(unfit(item, "a duration needs a unit of time", &format!("{text}ms, or another of ns us ms s m h d")))
        }
        (Key::Spans, _) => Err(unfit(item, "a number of spans has no unit", "a plain number")),
        _ => Ok(quantity),
    }
}

fn time_range(compiler: &Compiler<'_>, item: &Item) -> Result<RangeInclusive<Nanos>, QueryError> {
    let read = |text: &str| {
        time::time_point(text, compiler.context)
            .ok_or_else(|| unfit(item, &format!("'{text}' is not a time"), time::EXPECTED))
    };
    Ok(match &item.kind {
        ItemKind::Exists => Nanos::MIN..=Nanos::MAX,
        ItemKind::Equals(text) if time::ago(text).is_some() => read(text)?.start..=Nanos::MAX,
        ItemKind::Equals(text) => {
            let moment = read(text)?;
            moment.start..=moment.end - 1
        }
        ItemKind::Compare(Comparison::More, text) => read(text)?.start.saturating_add(1)..=Nanos::MAX,
        ItemKind::Compare(Comparison::AtLeast, text) => read(text)?.start..=Nanos::MAX,
        ItemKind::Compare(Comparison::Less, text) => Nanos::MIN..=read(text)?.start.saturating_sub(1),
        ItemKind::Compare(Comparison::AtMost, text) => Nanos::MIN..=read(text)?.end - 1,
        ItemKind::Range(from, to) => {
            let from = from.as_deref().map(read).transpose()?.map_or(Nanos::MIN, |moment| moment.start);
            let to = to.as_deref().map(read).transpose()?.map_or(Nanos::MAX, |moment| moment.end - 1);
            if from <= to { from..=to } else { past_midnight(item, from, to)? }
        }
        ItemKind::Glob(_) | ItemKind::Regex(_) => return Err(unfit(item, "this is no time", time::EXPECTED)),
    })
}

/// A range whose end is a time of day that was taken for yesterday's: it is the next one after its beginning.
fn past_midnight(item: &Item, from: Nanos, to: Nanos) -> Result<RangeInclusive<Nanos>, QueryError> {
    const DAY: Nanos = 86_400_000_000_000;
    let is_clock = matches!(&item.kind, ItemKind::Range(_, Some(to)) if !to.contains('-') && to.contains(':'));
    to.checked_add(DAY)
        .filter(|to| is_clock && from <= *to)
        .map(|to| from..=to)
        .ok_or_else(|| unfit(item, "the range ends before it begins", "the earlier end first"))
}
