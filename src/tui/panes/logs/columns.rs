//! Where the columns of the log list stand at a width, and what each shows of a line.
//!
//! What is chosen stands in the settings. Here widths are found for those that have none, and where the message would
//! have too little room, columns are left out from the right, and time and level last.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::line::{self, Taken};
use super::{LogsPane, Rows};
use crate::config::{Column, ColumnKind};
use crate::model::{Level, Nanos, Value};
use crate::store::LineId;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::piece::{self, Look, Piece, with_head, wrap};
use crate::tui::text;
use crate::tui::world::{TimeFormat, World};

/// Below this width the columns are written short.
const NARROW: usize = 96;
/// The widest automatic column of names, in wide and in narrow panes.
const MAX_NAME: (usize, usize) = (16, 10);
/// The widest automatic column of a field.
const MAX_FIELD: (usize, usize) = (24, 12);
/// What an automatic column leaves at least for its own name above it.
const MIN_HEADER: (usize, usize) = (12, 8);
/// Cells that the message has at least, where the pane has three times as many.
const MIN_MESSAGE: usize = 24;
/// Lines that one wrapped row takes at most: a row must not fill the screen.
const MAX_WRAPPED: usize = 12;

/// The widest text seen in each column so far; it only grows, so that columns do not jump.
#[derive(Clone, Debug, Default)]
pub(super) struct Widths(Vec<(ColumnKind, usize)>);

/// The columns at one width of the pane.
#[derive(Debug)]
pub(super) struct Columns {
    width: usize,
    before: Vec<Placed>,
    after: Vec<Placed>,
    has_message: bool,
    has_header: bool,
    left_out: usize,
    is_narrow: bool,
}

#[derive(Debug)]
struct Placed {
    kind: ColumnKind,
    width: usize,
}

/// A line as pieces: columns in front of the message, the message with the fields behind it, columns behind that.
pub(super) struct Cells {
    pub(super) head: Vec<Piece>,
    pub(super) message: Vec<Piece>,
    pub(super) tail: Vec<Piece>,
}

impl Widths {
    /// Takes note of a text of so many cells.
    pub(super) fn note(&mut self, kind: &ColumnKind, cells: usize) {
        match self.0.iter_mut().find(|(known, _)| known == kind) {
            Some((_, width)) => *width = cells.max(*width),
            None => self.0.push((kind.clone(), cells)),
        }
    }

    fn of(&self, kind: &ColumnKind) -> usize {
        self.0.iter().find(|(known, _)| known == kind).map_or(0, |(_, width)| *width)
    }

    /// The cells that a column of `kind` takes by itself in a pane of `width` cells.
    pub(super) fn automatic(&self, kind: &ColumnKind, width: usize, world: &World) -> usize {
        let is_narrow = width < NARROW;
        let pick = |(wide, narrow): (usize, usize)| if is_narrow { narrow } else { wide };
        match kind {
            ColumnKind::Time => time(0, 0, is_narrow, world).width(),
            ColumnKind::Level => level_word(Level::Error, is_narrow).width(),
            ColumnKind::Trace => 9,
            ColumnKind::Span => 16,
            ColumnKind::Service | ColumnKind::Source => {
                let least = if has_header(&world.settings.columns) { kind.name().len() } else { 4 };
                self.of(kind).max(least).min(pick(MAX_NAME))
            }
            // A short value must not cut the name above it to nothing.
            ColumnKind::Field(name) => self.of(kind).max(safe(name).width().min(pick(MIN_HEADER))).min(pick(MAX_FIELD)),
            ColumnKind::Message => 0,
        }
    }
}

impl Widths {
    /// Takes note of the columns of one line. Only a field needs it to be read.
    fn see(&mut self, rows: &Rows<'_>, id: LineId, kinds: &[&ColumnKind], world: &World) {
        let Some(line) = rows.line(id).filter(|line| line.loss().is_none()) else { return };
        let has_fields = kinds.iter().any(|kind| matches!(kind, ColumnKind::Field(_)));
        let taken = has_fields.then(|| Taken::of(&line, world));
        for kind in kinds {
            let cells = match kind {
                ColumnKind::Service => safe(line::service_name(&line, world)).width(),
                ColumnKind::Source => safe(line::source_name(&line, world)).width(),
                ColumnKind::Field(name) => {
                    let value = taken.as_ref().and_then(|taken| taken.field(name)).unwrap_or_default();
                    safe(line::clip_text(&value.to_string())).width()
                }
                _ => 0,
            };
            self.note(kind, cells);
        }
    }
}

impl Columns {
    /// The columns of the settings in a pane of `width` cells.
    pub(super) fn for_width(width: usize, seen: &Widths, world: &World) -> Self {
        let chosen = &world.settings.columns;
        let place = |column: &Column| Placed {
            kind: column.kind.clone(),
            width: column.width.map_or_else(|| seen.automatic(&column.kind, width, world), usize::from),
        };
        let mut all: Vec<Placed> = chosen.iter().map(place).collect();
        let has_message = chosen.has(&ColumnKind::Message);
        let least = if has_message { MIN_MESSAGE.min(width / 3) } else { 0 };
        let mut left_out = 0;
        while all.len() > 1 && all.iter().map(Placed::taken).sum::<usize>() + least > width {
            let Some(at) = least_needed(&all) else { break };
            all.remove(at);
            left_out += 1;
        }
        let has_header = has_header(chosen);
        let message = all.iter().position(|placed| placed.kind == ColumnKind::Message);
        let after = message.map_or_else(Vec::new, |at| all.split_off(at + 1));
        all.truncate(message.unwrap_or(all.len()));
        Self { width, before: all, after, has_message, has_header, left_out, is_narrow: width < NARROW }
    }

    /// Whether a field has a column in sight, so that it need not stand behind the message too.
    pub(super) fn shows(&self, field: &str) -> bool {
        let is_it = |placed: &Placed| matches!(&placed.kind, ColumnKind::Field(name) if **name == *field);
        self.before.iter().chain(&self.after).any(is_it)
    }

    /// What stands above the columns: their names, where there are others than the usual ones.
    pub(super) fn header(&self) -> Option<Vec<Piece>> {
        if !self.has_header {
            return None;
        }
        let name = |placed: &Placed| {
            let name = safe(placed.kind.name());
            let name = ending_within(&name, placed.width);
            // A letter says more than an ellipsis alone.
            let letter = name.graphemes(true).next().filter(|_| placed.width < 3).unwrap_or(name);
            Piece::new(Role::Muted, text::fit(letter, placed.width))
        };
        let mut message = if self.has_message { "message".to_owned() } else { String::new() };
        if self.left_out > 0 {
            let hidden = format!(" +{} hidden", self.left_out);
            message.push_str(&hidden);
        }
        let cells = Cells {
            head: spaced(self.before.iter().map(name)),
            message: vec![Piece::new(Role::Muted, message)],
            tail: spaced(self.after.iter().map(name)),
        };
        self.lines(cells, None).into_iter().next()
    }

    /// The cells of the whole row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The cells of a line. `mark` tells of lines that are folded away, `newest` is what relative times refer to.
    pub(super) fn cells(&self, line: &Taken<'_>, mark: Option<Piece>, newest: Nanos, world: &World) -> Cells {
        let cell = |placed: &Placed| self.cell(placed, line, newest, world);
        let (head, mut tail) = (spaced(self.before.iter().map(cell)), spaced(self.after.iter().map(cell)));
        // Behind the message, where there is room for it, else at the end of the row: it must not be cut off.
        let room = self.width.saturating_sub(piece::width(&head) + piece::width(&tail) + 2);
        let needed = |mark: &Piece| line.width() + mark.text.width();
        let (inside, outside) = match mark {
            Some(mark) if self.has_message && needed(&mark) <= room => (Some(mark), None),
            mark => (None, mark),
        };
        tail.extend(outside);
        Cells { head, message: if self.has_message { line.message(self, inside) } else { Vec::new() }, tail }
    }

    fn cell(&self, placed: &Placed, taken: &Taken<'_>, newest: Nanos, world: &World) -> Piece {
        let line = taken.line;
        let plain = |role: Role, text: &str| Piece::new(role, text::fit(&safe(text), placed.width));
        match &placed.kind {
            ColumnKind::Time => plain(Role::Time, &time(line.time(), newest, self.is_narrow, world)),
            ColumnKind::Level => {
                let level = line.severity().level();
                let word = level_word(level, placed.width < 3);
                Piece { text: text::fit(&word, placed.width), look: Look::Level(level) }
            }
            ColumnKind::Service => {
                let name = line::service_name(line, world);
                Piece { text: text::fit(&safe(name), placed.width), look: Look::Service(Arc::from(name)) }
            }
            ColumnKind::Source => plain(Role::Muted, line::source_name(line, world)),
            ColumnKind::Trace => plain(Role::Link, &line.trace_id().map(|id| id.short()).unwrap_or_default()),
            ColumnKind::Span => plain(Role::Link, &line.span_id().map(|id| id.to_string()).unwrap_or_default()),
            ColumnKind::Field(name) => {
                let value = taken.field(name).unwrap_or_default();
                let shown = line::clip_text(&value.to_string()).to_owned();
                match value {
                    // Figures stand with their ones below each other.
                    Value::Int(_) | Value::Double(_) if shown.len() < placed.width => {
                        Piece::new(Role::FieldValue, format!("{shown:>width$}", width = placed.width))
                    }
                    _ => plain(Role::FieldValue, &shown),
                }
            }
            ColumnKind::Message => Piece::new(Role::Text, ""),
        }
    }

    /// Several lines, so many as the message takes in the room that is left for it.
    pub(super) fn wrapped(&self, cells: Cells) -> Vec<Vec<Piece>> {
        let room = self.room(&cells);
        let mut lines = wrap(cells.message, room);
        lines.truncate(MAX_WRAPPED);
        self.lines(Cells { message: Vec::new(), ..cells }, Some(lines))
    }

    /// One line, of whose message the first `scroll` cells are out of sight.
    pub(super) fn cut(&self, cells: Cells, scroll: usize) -> Vec<Vec<Piece>> {
        let message = piece::skip(cells.message, scroll);
        self.lines(Cells { message, ..cells }, None)
    }

    /// Puts head and tail around the lines of a message.
    fn lines(&self, cells: Cells, lines: Option<Vec<Vec<Piece>>>) -> Vec<Vec<Piece>> {
        let room = self.room(&cells);
        let mut lines = lines.unwrap_or_else(|| vec![cells.message]);
        if let Some(first) = lines.first_mut().filter(|_| !cells.tail.is_empty()) {
            let message = std::mem::take(first);
            *first = piece::fit(message, room);
            first.push(Piece::new(Role::Text, " "));
            first.extend(cells.tail);
        }
        let indent = piece::width(&cells.head);
        with_head(cells.head, lines, indent)
    }

    /// The cells that are left for the message.
    fn room(&self, cells: &Cells) -> usize {
        let tail = if cells.tail.is_empty() { 0 } else { piece::width(&cells.tail) + 1 };
        self.width.saturating_sub(piece::width(&cells.head) + tail)
    }
}

impl LogsPane {
    /// Takes note of how wide the columns of `height` rows in sight are that have no width of their own.
    pub(super) fn measure(&mut self, world: &World, height: usize) {
        let chosen = &world.settings.columns;
        let kinds = chosen.iter().filter(|column| column.width.is_none()).map(|column| &column.kind);
        let kinds: Vec<&ColumnKind> = kinds.filter(|kind| is_measured(kind)).collect();
        let mut widths = std::mem::take(&mut self.widths);
        let rows = self.rows(world);
        let mut at = self.top.and_then(|top| rows.nearest(top)).or_else(|| rows.last());
        for _ in 0..height {
            let Some(id) = at.filter(|_| !kinds.is_empty()) else { break };
            widths.see(&rows, id, &kinds, world);
            at = if self.pause.is_some() { rows.next(id) } else { rows.previous(id) };
        }
        self.widths = widths;
    }
}

impl Cells {
    /// Each part as `change` makes it.
    pub(super) fn map(self, change: &dyn Fn(Vec<Piece>) -> Vec<Piece>) -> Self {
        Self { head: change(self.head), message: change(self.message), tail: change(self.tail) }
    }
}

impl Placed {
    /// Its cells with the blank behind it.
    fn taken(&self) -> usize {
        if self.kind == ColumnKind::Message { 0 } else { self.width + 1 }
    }
}

/// The column to be left out first: the rightmost that is neither time nor level, then the level, then the time.
fn least_needed(all: &[Placed]) -> Option<usize> {
    let is_extra = |placed: &Placed| !matches!(placed.kind, ColumnKind::Message | ColumnKind::Time | ColumnKind::Level);
    let of = |kind: &ColumnKind| all.iter().position(|placed| placed.kind == *kind);
    all.iter().rposition(is_extra).or_else(|| of(&ColumnKind::Level)).or_else(|| of(&ColumnKind::Time))
}

/// Whether the names of the columns stand above them: the usual ones are known without.
fn has_header(chosen: &crate::config::Columns) -> bool {
    let usual = crate::config::Columns::default();
    chosen.iter().any(|column| !usual.has(&column.kind))
}

/// As many of the last parts of a dotted name as there is room for: `status_code` of `http.status_code`.
fn ending_within(name: &str, width: usize) -> &str {
    let endings =
        name.match_indices('.').filter_map(|(dot, _)| name.get(dot + 1..)).filter(|ending| !ending.is_empty());
    let mut last = name;
    for ending in std::iter::once(name).chain(endings) {
        last = ending;
        if ending.width() <= width {
            break;
        }
    }
    last
}

/// Whether an automatic width depends on what is in the lines.
fn is_measured(kind: &ColumnKind) -> bool {
    matches!(kind, ColumnKind::Service | ColumnKind::Source | ColumnKind::Field(_))
}

/// Cells with a blank behind each.
fn spaced(cells: impl Iterator<Item = Piece>) -> Vec<Piece> {
    cells.flat_map(|cell| [cell, Piece::new(Role::Text, " ")]).collect()
}

fn time(at: Nanos, newest: Nanos, is_narrow: bool, world: &World) -> String {
    let settings = &world.settings;
    match settings.time {
        TimeFormat::Local | TimeFormat::Utc if is_narrow => text::time_of_day(at, settings, false),
        TimeFormat::Relative => format!("{:>9}", text::time(at, newest, settings)),
        _ => text::time(at, newest, settings),
    }
}

fn level_word(level: Level, is_narrow: bool) -> String {
    let word = if level == Level::Unset { "" } else { level.name() };
    let word = word.to_ascii_uppercase();
    if is_narrow { word.chars().next().unwrap_or(' ').to_string() } else { format!("{word:<5}") }
}
