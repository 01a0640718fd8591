//! A plan run over segments.
//!
//! A segment is decided by its summary if possible. Else the tree of tests narrows a set of its rows, cheap tests
//! first: columns by a pass over the column; a literal by one search over each text that holds lines, whose
//! hits are mapped back to rows; what is left, row by row. In a text that has terminal sequences, what is looked for may
//! stand across one: there the lines that have some are asked one by one, too. Text in files is read when a test first needs it; a segment
//! whose columns were given up is parsed again only if its text has all the literals that are asked for.

use std::cell::OnceCell;
use std::ops::Range;

use super::mask::Mask;
use super::test::{IdTest, NameColumn, NameTest, Test, text_matches};
use super::{Node, Plan, Reader};
use crate::model::{FormatId, Level};
use crate::parse::ansi;
use crate::query::matches::Run;
use crate::query::needle::Needle;
use crate::query::pattern::Pattern;
use crate::store::{Line, LineId, NameId, Names, Segment, Snapshot, View};

/// A plan whose tests of names are resolved for a snapshot.
pub(in crate::query) struct Bound<'a> {
    plan: &'a Plan,
    /// For each test of names, by its slot: whether each number's name passes.
    names: Vec<Vec<bool>>,
    sources: Names,
}

/// Some rows of a segment.
struct Block<'a> {
    view: View<'a>,
    /// The same with the text of files.
    loaded: OnceCell<View<'a>>,
    rows: Range<usize>,
}

/// Up to so many lines of a file are read one by one rather than all of them at once.
const FEW: usize = 16;
/// One in how many rows must still be in question for a search over all bytes to be faster than one by row.
const DENSE: usize = 4;

impl<'a> Bound<'a> {
    pub(in crate::query) fn new(plan: &'a Plan, snapshot: &Snapshot) -> Self {
        let mut tests = Vec::new();
        collect_names(&plan.root, &mut tests);
        tests.sort_by_key(|test| test.slot);
        let pass = |test: &&NameTest| {
            let names: &Names = match test.column {
                NameColumn::Service => &snapshot.services,
                NameColumn::Source => &snapshot.sources,
            };
            names.iter().map(|(_, name)| test.matches(name)).collect()
        };
        Self { plan, names: tests.iter().map(pass).collect(), sources: snapshot.sources.clone() }
    }

    /// The matching lines of `segment` within `ids`; `None` when there is none.
    pub(in crate::query) fn search(&self, segment: &Segment, ids: Range<LineId>) -> Option<Run> {
        let row = |id: LineId| usize::try_from(id.saturating_sub(segment.first())).unwrap_or(usize::MAX);
        let rows = row(ids.start)..row(ids.end).min(segment.len());
        if rows.is_empty() {
            return None;
        }
        let first = segment.first() + rows.start as LineId;
        let verdict = self.verdict(&self.plan.root, segment);
        let has_losses = has_losses(segment);
        if !has_losses && (verdict == Some(false) || (segment.is_cold() && !has_literals(&self.plan.root, segment))) {
            return None;
        }
        if !has_losses && verdict == Some(true) {
            return Mask::all(rows.len()).run(first);
        }
        let block = Block { view: segment.view(), loaded: OnceCell::new(), rows };
        let mut mask = match verdict {
            Some(true) => Mask::all(block.len()),
            Some(false) => Mask::none(block.len()),
            None => self.narrow(&self.plan.root, &block, Mask::all(block.len())),
        };
        if has_losses {
            if self.plan.passes_losses {
                (0..block.len()).filter(|row| block.format(*row) == FormatId::LOSS).for_each(|row| mask.set(row));
            } else {
                mask.retain(|row| block.format(row) != FormatId::LOSS);
            }
        }
        mask.run(first)
    }

    /// Whether all or no lines of the segment match, as far as its summary tells. Loss rows are not meant.
    fn verdict(&self, node: &Node, segment: &Segment) -> Option<bool> {
        let test = match node {
            Node::All(all) => return joined(all.iter().map(|node| self.verdict(node, segment)), false),
            Node::Any(any) => return joined(any.iter().map(|node| self.verdict(node, segment)), true),
            Node::Not(inner) => return self.verdict(inner, segment).map(|all| !all),
            Node::Test(test) => &**test,
        };
        match test {
            Test::Level(set) => {
                let there = Level::ALL.into_iter().zip(segment.levels()).filter(|(_, count)| **count > 0);
                let whole = there.map(|(level, _)| {
                    let numbers = level_numbers(level);
                    unanimous(numbers & set.0 == 0, numbers & !set.0 == 0)
                });
                all_the_same(whole)
            }
            Test::Time(set) => {
                let (from, to) = segment.time_range()?;
                let inside = set.0.iter().any(|range| range.contains(&from) && range.contains(&to));
                let outside = set.0.iter().all(|range| to < *range.start() || from > *range.end());
                unanimous(outside, inside)
            }
            Test::Name(test) => {
                let names = match test.column {
                    NameColumn::Source => segment.per_source(),
                    NameColumn::Service => segment.per_service()?,
                };
                all_the_same(names.iter().map(|(name, _)| Some(self.name_passes(test, *name))))
            }
            Test::Trace(ids) => {
                let may_hold = |id: &IdTest<_>| !matches!(id, IdTest::Is(id) if !segment.may_hold_trace(*id));
                unanimous(!ids.iter().any(may_hold), false)
            }
            _ => None,
        }
    }

    fn name_passes(&self, test: &NameTest, id: NameId) -> bool {
        self.names.get(test.slot).and_then(|pass| pass.get(usize::from(id))).copied().unwrap_or(false)
    }

    /// The rows of `mask` that match. Rows of loss come out either way.
    fn narrow(&self, node: &Node, block: &Block<'_>, mut mask: Mask) -> Mask {
        match node {
            Node::All(all) => {
                for node in all {
                    if mask.is_empty() {
                        break;
                    }
                    mask = self.narrow(node, block, mask);
                }
                mask
            }
            Node::Any(any) => {
                let mut found = Mask::none(mask.len());
                for node in any {
                    let matching = self.narrow(node, block, mask.clone());
                    mask.remove(&matching);
                    found.add(&matching);
                }
                found
            }
            Node::Not(inner) => {
                let matching = self.narrow(inner, block, mask.clone());
                mask.remove(&matching);
                mask
            }
            Node::Test(test) => self.apply(test, block, mask),
        }
    }

    fn apply(&self, test: &Test, block: &Block<'_>, mut mask: Mask) -> Mask {
        let view = &block.view;
        match test {
            Test::Level(set) => {
                mask.retain_column(column(view.severities(), block), |severity| set.contains(severity));
            }
            Test::Time(set) => mask.retain_column(column(view.times(), block), |time| set.contains(time)),
            Test::Name(test) => {
                let ids = match test.column {
                    NameColumn::Service => view.services(),
                    NameColumn::Source => view.sources(),
                };
                mask.retain_column(column(ids, block), |id| self.name_passes(test, id));
            }
            Test::Text(pattern) => mask = block.with_text(pattern, mask),
            // Who wrote a line does not stand in its bytes.
            Test::Attribute(test) if view.contexts().iter().any(|it| test.context_passes(it) == Some(true)) => {}
            Test::Attribute(test) => mask = block.with_any(&test.required, mask),
            Test::Message(test) => mask = block.with_any(&test.required, mask),
            Test::Trace(_) | Test::Span(_) => {}
        }
        if matches!(test, Test::Trace(_) | Test::Span(_) | Test::Attribute(_) | Test::Message(_)) {
            let reader = Reader { fields: self.plan.fields, sources: &self.sources };
            block.retain(&mut mask, |line| test.matches_nameless(line, reader));
        }
        mask
    }
}

impl<'a> Block<'a> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn loaded(&self) -> &View<'a> {
        self.loaded.get_or_init(|| self.view.clone().load())
    }

    /// Drops the rows whose line `keep` does not want.
    fn retain(&self, mask: &mut Mask, keep: impl Fn(&Line<'_>) -> bool) {
        let view = if mask.count() > FEW { self.loaded() } else { self.loaded.get().unwrap_or(&self.view) };
        mask.retain(|row| view.line(self.rows.start + row).is_some_and(|line| keep(&line)));
    }

    fn format(&self, row: usize) -> FormatId {
        self.view.formats().get(self.rows.start + row).copied().unwrap_or(FormatId::LOSS)
    }

    /// The rows of `mask` in which the pattern stands.
    fn with_text(&self, pattern: &Pattern, mut mask: Mask) -> Mask {
        let dense = mask.count() * DENSE >= self.len();
        let Some(needle) = pattern.required().filter(|_| dense) else {
            self.retain(&mut mask, |line| text_matches(pattern, line));
            return mask;
        };
        let mut hits = self.search(needle);
        if needle.fits_a_scalar() {
            self.add_records(&mask, &mut hits);
        }
        let has_escapes = self.add_escaped(&mut hits);
        mask.intersect(&hits);
        let literal = matches!(pattern, Pattern::Literal(_));
        self.retain(&mut mask, |line| {
            let is_proved = literal && line.format() != FormatId::RECORD;
            (is_proved && !(has_escapes && ansi::has_sequences(&line.text()))) || text_matches(pattern, line)
        });
        mask
    }

    /// The rows of `mask` that have one of the literals or are structured records; all if no literal is known.
    fn with_any(&self, required: &[Needle], mut mask: Mask) -> Mask {
        if required.is_empty() || mask.count() * DENSE < self.len() {
            return mask;
        }
        let mut hits = Mask::none(self.len());
        for needle in required {
            hits.add(&self.search(needle));
        }
        self.add_records(&mask, &mut hits);
        self.add_escaped(&mut hits);
        mask.intersect(&hits);
        mask
    }

    /// Adds the structured records of `among`: their numbers do not stand there as text.
    fn add_records(&self, among: &Mask, hits: &mut Mask) {
        among.rows().filter(|row| self.format(*row) == FormatId::RECORD).for_each(|row| hits.set(row));
    }

    /// Adds the rows that may have terminal sequences. Tells whether there may be any.
    fn add_escaped(&self, hits: &mut Mask) -> bool {
        let has_escapes = self.view.segment().has_escapes();
        if has_escapes {
            hits.add(&self.rows_with(&mut |rest| memchr::memchr(0x1b, rest).map(|at| at..at + 1)));
        }
        has_escapes
    }

    /// The rows in whose bytes the literal stands.
    fn search(&self, needle: &Needle) -> Mask {
        self.rows_with(&mut |rest| needle.find(rest))
    }

    /// The rows in whose bytes `find` finds something, by one search over all bytes.
    fn rows_with(&self, find: &mut dyn FnMut(&[u8]) -> Option<Range<usize>>) -> Mask {
        let mut hits = Mask::none(self.len());
        for text in self.loaded().text_lines(self.rows.clone()) {
            text.search(self.rows.clone(), find, &mut |row| hits.set(row - self.rows.start));
        }
        hits
    }
}

/// Summaries leave rows of loss out, so a difference to the number of rows tells that there are some.
fn has_losses(segment: &Segment) -> bool {
    segment.levels().iter().map(|count| *count as usize).sum::<usize>() != segment.len()
}

/// Whether the segment's text has every literal that each of its matching lines must have.
fn has_literals(node: &Node, segment: &Segment) -> bool {
    match node {
        Node::All(all) => all.iter().all(|node| has_literals(node, segment)),
        Node::Any(any) => any.iter().any(|node| has_literals(node, segment)),
        Node::Not(_) => true,
        Node::Test(test) => {
            let any_of = |needles: &[Needle]| {
                needles.is_empty()
                    || segment.may_hold(&mut |bytes| needles.iter().any(|needle| needle.find(bytes).is_some()))
            };
            match &**test {
                Test::Text(pattern) => {
                    pattern.required().is_none_or(|needle| segment.may_hold(&mut |bytes| needle.find(bytes).is_some()))
                }
                Test::Attribute(test) => any_of(&test.required),
                Test::Message(test) => any_of(&test.required),
                _ => true,
            }
        }
    }
}

fn column<'a, T>(values: &'a [T], block: &Block<'_>) -> &'a [T] {
    values.get(block.rows.clone()).unwrap_or_default()
}

fn collect_names<'a>(node: &'a Node, out: &mut Vec<&'a NameTest>) {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| collect_names(node, out)),
        Node::Not(inner) => collect_names(inner, out),
        Node::Test(test) => {
            if let Test::Name(test) = &**test {
                out.push(test);
            }
        }
    }
}

/// The bits of a level's severity numbers.
pub(super) fn level_numbers(level: Level) -> u32 {
    match level {
        Level::Unset => 1,
        other => 0b1111 << other.floor().number(),
    }
}

/// Verdicts joined: one that equals `decisive` decides; the other way needs all.
fn joined(verdicts: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut certain = true;
    for verdict in verdicts {
        match verdict {
            Some(decided) if decided == decisive => return Some(decisive),
            Some(_) => {}
            None => certain = false,
        }
    }
    certain.then_some(!decisive)
}

fn unanimous(none: bool, all: bool) -> Option<bool> {
    if none { Some(false) } else { all.then_some(true) }
}

/// The verdict that all parts share.
fn all_the_same(mut parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = parts.next()??;
    parts.all(|part| part == Some(first)).then_some(first)
}
