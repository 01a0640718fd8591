//! A query compiled: what it means, ready to be run over lines and traces.
//!
//! Compiling resolves keys, levels, times, units and regexes once, and orders what must hold together by cost:
//! columns, then literals, then regexes, then attributes. [`scan`] runs a plan over the store, [`trace`] over traces.

mod attribute;
mod compile;
mod field;
mod level;
mod mask;
mod scan;
mod test;
mod trace;

pub(super) use scan::Bound;

use std::borrow::Cow;
use std::ops::{ControlFlow, Range};

use self::test::{NameTables, Test};
use super::ast::Query;
use super::error::QueryError;
use super::key::BUILT_IN_ALIASES;
use super::parse::parse;
use super::pattern::Pattern;
use crate::model::{FormatId, Nanos, Value, Zone};
use crate::parse::{self as line_format, Rules};
use crate::store::{Line, LineId, Names, Snapshot};

/// What a query's meaning depends on beside its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompileContext {
    /// What "ago" counts back from.
    pub now: Nanos,
    /// The user's zone, for times that name none.
    pub zone: Zone,
    /// Keys as typed, and the attribute that each means as well.
    pub aliases: Vec<(String, String)>,
    /// The rules whose fields can be asked for.
    pub rules: Rules,
}

/// A compiled query. Immutable; share it behind an `Arc`.
#[derive(Clone, Debug)]
pub struct Plan {
    text: Box<str>,
    query: Query,
    root: Node,
    highlights: Vec<Pattern>,
    fields: FieldReader,
    passes_losses: bool,
}

/// Tests joined by logic. Children are in the order in which they are to be tried.
#[derive(Clone, Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Box<Test>),
}

/// How the fields of a line of text are read: a seam, so that the language can be tested without the line formats.
#[derive(Clone, Copy, Debug)]
struct FieldReader {
    field: fn(FormatId, &[u8], &str) -> Option<Value>,
    message: for<'a> fn(FormatId, &'a [u8]) -> Cow<'a, str>,
}

/// What a test of a line's fields needs beside the line.
#[derive(Clone, Copy, Debug)]
struct Reader<'a> {
    fields: FieldReader,
    /// The names of sources, which say what rules a line has.
    sources: &'a Names,
}

/// Matches that [`Plan::highlights`] returns for one text, at most.
const MAX_HIGHLIGHTS: usize = 1000;

impl CompileContext {
    /// A context with the built-in aliases.
    pub fn new(now: Nanos, zone: Zone) -> Self {
        let aliases = BUILT_IN_ALIASES.map(|(key, attribute)| (key.to_owned(), attribute.to_owned()));
        Self { now, zone, aliases: aliases.into(), rules: Rules::default() }
    }

    /// The same with more aliases: keys as typed, and the attribute that each means as well. Where several stand for
    /// one key, each attribute is asked, these before the built-in ones.
    #[must_use]
    pub fn with_aliases(mut self, aliases: &[(String, String)]) -> Self {
        self.aliases.splice(0..0, aliases.iter().cloned());
        self
    }

    /// The same with rules, whose fields are asked for where a line has no such field of its own.
    #[must_use]
    pub fn with_rules(self, rules: &Rules) -> Self {
        Self { rules: rules.clone(), ..self }
    }
}

impl Plan {
    /// Reads and compiles a query. Empty input compiles to a plan that matches everything.
    pub fn compile(text: &str, context: &CompileContext) -> Result<Self, QueryError> {
        let fields =
            FieldReader { field: line_format::field, message: |format, text| line_format::read(format, text).message };
        Self::compile_with(text, context, fields)
    }

    fn compile_with(text: &str, context: &CompileContext, fields: FieldReader) -> Result<Self, QueryError> {
        let query = parse(text)?;
        let (root, highlights) = compile::compile(&query, context)?;
        Ok(Self { text: text.into(), query, root, highlights, fields, passes_losses: true })
    }

    /// The same plan as a search: rows that stand for lost lines do not match it, for nothing is found in them.
    #[must_use]
    pub fn without_losses(self) -> Self {
        Self { passes_losses: false, ..self }
    }

    /// The query as it was written.
    pub fn source_text(&self) -> &str {
        &self.text
    }

    /// The query as a tree.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Whether nothing is asked, so that everything matches.
    pub fn is_empty(&self) -> bool {
        self.query.root.is_none()
    }

    /// Whether `line` matches. `services` and `sources` are the names of its store. Rows of loss match unless
    /// they are left out.
    pub fn matches(&self, line: &Line<'_>, services: &Names, sources: &Names) -> bool {
        if line.format() == FormatId::LOSS {
            return self.passes_losses;
        }
        self.root.matches(line, &NameTables { services, sources }, self.fields)
    }

    /// Calls `each` with the matching lines of `ids` that are held, in rising order, until it breaks.
    ///
    /// Segments whose summary rules them out are passed over; of the others, one after the other, columns are looked
    /// at first and bytes last, so `each` is called in bursts.
    pub fn scan(
        &self,
        snapshot: &Snapshot,
        ids: Range<LineId>,
        each: &mut dyn FnMut(LineId) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let bound = Bound::new(self, snapshot);
        for segment in snapshot.segments().filter(|segment| segment.first() < ids.end && segment.end() > ids.start) {
            if let Some(run) = bound.search(segment, ids.clone()) {
                run.iter().try_for_each(&mut *each)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Byte ranges of `text` in which a word, phrase or regex that is asked for stands; sorted, not overlapping. What
    /// is negated is not highlighted.
    pub fn highlights(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for pattern in &self.highlights {
            let mut from = 0;
            while let Some(hit) = text.as_bytes().get(from..).and_then(|rest| pattern.find(rest)) {
                let hit = from + hit.start..from + hit.end;
                from = hit.end.max(hit.start + 1);
                if !hit.is_empty() && text.get(hit.clone()).is_some() {
                    found.push(hit);
                }
                if found.len() >= MAX_HIGHLIGHTS {
                    break;
                }
            }
        }
        found.sort_by_key(|range| range.start);
        found.dedup_by(|next, kept| {
            let joined = next.start <= kept.end;
            if joined {
                kept.end = kept.end.max(next.end);
            }
            joined
        });
        found
    }
}

impl From<Test> for Node {
    fn from(test: Test) -> Self {
        Self::Test(Box::new(test))
    }
}

impl Node {
    fn matches(&self, line: &Line<'_>, names: &NameTables<'_>, fields: FieldReader) -> bool {
        match self {
            Self::All(all) => all.iter().all(|node| node.matches(line, names, fields)),
            Self::Any(any) => any.iter().any(|node| node.matches(line, names, fields)),
            Self::Not(inner) => !inner.matches(line, names, fields),
            Self::Test(test) => test.matches(line, names, fields),
        }
    }

    /// How long it takes to test, as a rank.
    fn cost(&self) -> u8 {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().map(Self::cost).max().unwrap_or(0),
            Self::Not(inner) => inner.cost(),
            Self::Test(test) => test.cost(),
        }
    }
}

#[cfg(test)]
mod tests;
