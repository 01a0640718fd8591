//! Levels by name to sets of severities.

use super::scan::level_numbers;
use super::test::LevelSet;
use crate::model::{Level, Severity};
use crate::query::ast::{Comparison, Item, ItemKind};
use crate::query::error::QueryError;

/// All severities, 0 to 24.
const ALL: u32 = (1 << 25) - 1;

/// The severities that any of `items` means.
pub(super) fn level_set(items: &[Item]) -> Result<LevelSet, QueryError> {
    let sets = items.iter().map(item_set).collect::<Result<Vec<_>, _>>()?;
    Ok(LevelSet(sets.into_iter().fold(0, |all, set| all | set)))
}

fn item_set(item: &Item) -> Result<u32, QueryError> {
    let read = |name: &str| numbers(name).ok_or_else(|| unknown(name, item));
    Ok(match &item.kind {
        ItemKind::Exists => ALL & !1,
        ItemKind::Equals(name) => read(name)?,
        ItemKind::Compare(Comparison::AtLeast, name) => at_least(read(name)?),
        ItemKind::Compare(Comparison::More, name) => above(read(name)?),
        ItemKind::Compare(Comparison::AtMost, name) => ALL & !above(read(name)?),
        ItemKind::Compare(Comparison::Less, name) => ALL & !at_least(read(name)?),
        ItemKind::Range(from, to) => {
            let from = from.as_deref().map(read).transpose()?.map_or(ALL, at_least);
            let to = to.as_deref().map(read).transpose()?.map_or(ALL, |to| ALL & !above(to));
            if from & to == 0 {
                let message = "the range ends before it begins";
                return Err(QueryError::new(item.span.clone(), message, "the lower level first"));
            }
            from & to
        }
        ItemKind::Glob(text) | ItemKind::Regex(text) => return Err(unknown(text, item)),
    })
}

/// The severities of a name: a whole level by the level's name, else the one number (`notice` is 10 alone).
fn numbers(name: &str) -> Option<u32> {
    if name.eq_ignore_ascii_case(Level::Unset.name()) {
        return Some(level_numbers(Level::Unset));
    }
    let severity = Severity::from_name(name.as_bytes())?;
    let level = severity.level();
    Some(if severity == level.floor() { level_numbers(level) } else { 1 << severity.number() })
}

/// From the lowest of `set` on.
fn at_least(set: u32) -> u32 {
    ALL & !((1 << set.trailing_zeros()) - 1)
}

/// Above the highest of `set`.
fn above(set: u32) -> u32 {
    ALL & !(u32::MAX >> set.leading_zeros())
}

fn unknown(name: &str, item: &Item) -> QueryError {
    let lower = name.to_lowercase();
    let nearest = Level::ALL.into_iter().min_by_key(|level| strsim::damerau_levenshtein(&lower, level.name()));
    let near = nearest.filter(|level| name.len() < 32 && strsim::damerau_levenshtein(&lower, level.name()) <= 2);
    let names = Level::ALL.map(Level::name).join(", ");
    let expected = match near {
        Some(level) => format!("one of {names}; did you mean {level}?"),
        None => format!("one of {names}"),
    };
    QueryError::new(item.span.clone(), format!("'{name}' is no level"), expected)
}
