//! The projection: which rows are visible at this size, and everything that is drawn around them.

use ratatui::layout::Size;

use super::columns::Columns;
use super::line::{self, Taken};
use super::timeline::Timeline;
use super::{LogsPane, Rows};
use crate::model::SourceState;
use crate::store::LineId;
use crate::theme::{Role, safe::safe};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::piece::{self, Look, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// Cells by which one key scrolls to the side.
pub(super) const SCROLL_STEP: usize = 8;
/// What stands on the screen when there is no source at all: what can be typed, and what it does.
const START: &[(&str, &str)] = &[
    ("spantail app.log", "follow a file; globs work too"),
    ("kubectl logs -f pod | spantail", "read what is piped in"),
    ("spantail otlp: otlp+http:", "receive from OpenTelemetry SDKs"),
    ("spantail open FILE", "reopen a saved session"),
    ("spantail --help", "list every kind of source"),
];

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) rows: Vec<Row>,
    /// Rows of text that fit.
    pub(super) height: usize,
    /// Cells of a row.
    pub(super) width: usize,
    pub(super) title: Vec<Piece>,
    pub(super) position: String,
    pub(super) mode: Vec<Piece>,
    pub(super) timeline: Option<Timeline>,
    /// The names of the columns, where they stand above the rows.
    pub(super) header: Option<Vec<Piece>>,
    pub(super) empty: Vec<String>,
}

/// What a row stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RowKind {
    /// A line.
    Line,
    /// Lines that are missing: they were lost, or their text is gone.
    Gap,
}

/// One row, of one or several lines of text.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: LineId,
    pub(super) lines: Vec<Vec<Piece>>,
    pub(super) is_selected: bool,
    pub(super) is_marked: bool,
    pub(super) kind: RowKind,
    /// Whether a rule stands above it, since lines before it are left out.
    pub(super) has_rule: bool,
}

impl Row {
    /// Lines of the screen that it takes.
    pub(super) fn height(&self) -> usize {
        self.lines.len() + usize::from(self.has_rule)
    }
}

impl LogsPane {
    /// Copies what is visible at `size`, borders included.
    pub(super) fn project_list(&mut self, world: &World, size: Size) {
        let body = usize::from(size.height.saturating_sub(2 + self.timeline_rows(size.height)));
        let width = usize::from(size.width.saturating_sub(3));
        self.measure(world, body);
        let columns = Columns::for_width(width, &self.widths, world);
        self.view.header = columns.header().filter(|_| body > 1);
        let body = body - usize::from(self.view.header.is_some());
        self.view.height = body;
        self.view.width = width;
        let selected = self.selected(world);
        let rows = self.visible(world, selected, body, &columns);
        self.view.rows = rows;
        if self.pause.is_some() {
            self.top = self.view.rows.first().map(|row| row.id).or(self.top);
            self.pin(world);
        }
        self.view.timeline = self.timeline(world, size);
        self.view.title = self.title(world);
        self.view.position = self.position(world);
        self.view.mode = self.mode(world);
        self.view.empty = if self.is_barren(world) { self.empty(world) } else { Vec::new() };
    }

    /// The visible rows: from the bottom up while following, else from the top so that the selection is in sight.
    fn visible(&self, world: &World, selected: Option<LineId>, height: usize, columns: &Columns) -> Vec<Row> {
        let Some(selected) = selected.filter(|_| height > 0) else { return Vec::new() };
        let rows = self.rows(world);
        let make = |id: LineId| self.row(&rows, id, selected, columns, world);
        let top = self.top.filter(|_| self.pause.is_some()).and_then(|top| rows.nearest(top));
        let anchor = match top.or(self.settle.and(Some(selected))) {
            None => return upwards(&rows, selected, height, &make),
            Some(top) => top.min(selected),
        };
        let anchor = self.settle.map_or(anchor, |above| climb(&rows, selected, above, &make));
        let mut out: Vec<Row> = Vec::new();
        let mut used = 0;
        let mut at = Some(anchor);
        while let Some(id) = at.filter(|_| used < height) {
            let row = make(id);
            used += row.height();
            out.push(row);
            at = rows.next(id);
        }
        let is_cut = used > height && out.len() > 1;
        let in_sight = out.last().is_some_and(|last| if is_cut { last.id > selected } else { last.id >= selected });
        // Too few rows below, or the selection below the screen: then the bottom is what is fixed.
        if !in_sight {
            return upwards(&rows, selected, height, &make);
        }
        if used < height
            && let Some(last) = out.last().map(|row| row.id)
        {
            return upwards(&rows, last, height, &make);
        }
        out
    }

    fn row(&self, rows: &Rows<'_>, id: LineId, selected: LineId, columns: &Columns, world: &World) -> Row {
        let is_selected = id == selected && self.pause.is_some();
        let is_marked = self.marks.contains(&id);
        let has_rule = rows.begins_group(id);
        let Some(line) = rows.line(id) else {
            return Row { id, lines: vec![Vec::new()], is_selected, is_marked, kind: RowKind::Line, has_rule };
        };
        if let Some(loss) = line.loss() {
            let pieces = vec![Piece::new(Role::Loss, line::loss_text(&loss, &world.settings))];
            return Row { id, lines: vec![pieces], is_selected, is_marked, kind: RowKind::Gap, has_rule };
        }
        if let Some(text) = line::gone_text(&line, world) {
            let lines = vec![vec![Piece::new(Role::Loss, text)]];
            return Row { id, lines, is_selected, is_marked, kind: RowKind::Gap, has_rule };
        }
        let newest = rows.last().and_then(|id| rows.line(id)).map_or(0, |line| line.time());
        let taken = Taken::of(&line, world);
        let mut cells = columns.cells(&taken, self.fold_mark(id, &taken), newest, world);
        let indent = piece::width(&cells.head);
        if rows.is_context(id) {
            cells = cells.map(&dimmed);
        } else {
            let field = |piece: Piece| match piece.look {
                Look::Role(Role::FieldValue) => self.highlighted(vec![piece]),
                _ => vec![piece],
            };
            cells.head = cells.head.into_iter().flat_map(field).collect();
            cells.tail = cells.tail.into_iter().flat_map(field).collect();
            cells.message = self.highlighted(cells.message);
        }
        let mut lines = if self.is_wrapped { columns.wrapped(cells) } else { columns.cut(cells, self.scroll) };
        let below = self.unfolded(id, &taken, indent, columns.width());
        lines.extend(below.into_iter().map(|line| if rows.is_context(id) { dimmed(line) } else { line }));
        Row { id, lines, is_selected, is_marked, kind: RowKind::Line, has_rule }
    }

    fn title(&self, world: &World) -> Vec<Piece> {
        let mut pieces = vec![Piece::new(Role::Title, "Logs")];
        pieces.extend(self.scope_title(world));
        for (sign, query) in [("&", &self.filter), ("/", &self.search)] {
            if !query.text.is_empty() {
                pieces.push(Piece::new(Role::Faint, " ── "));
                pieces.push(Piece::new(Role::Prompt, format!("{sign} ")));
                pieces.push(Piece::new(Role::Text, safe(&query.text)));
                if sign == "&" && self.context > 0 {
                    pieces.push(Piece::new(Role::Muted, format!(" ±{}", self.context)));
                }
            }
        }
        if self.search.plan.is_some() {
            let dots = if self.search.is_complete { "" } else { "…" };
            let found = text::count(self.search.ids.len());
            pieces.push(Piece::new(Role::Muted, format!(" {found}{dots} matches")));
        }
        pieces
    }

    fn position(&self, world: &World) -> String {
        if self.scope.is_some() {
            return String::new(); // The title says how many lines the column under the cursor has.
        }
        let rows = self.rows(world);
        // While older lines are still being read there are more than these.
        let more = if world.accounting.indexing().is_some() { "+" } else { "" };
        let all = text::count(world.snapshot.len()) + more;
        if self.filter.plan.is_none() {
            return format!("{all} lines");
        }
        let dots = if self.filter.is_complete { "" } else { "…" };
        format!("{}{dots} of {all}", text::count(rows.len()))
    }

    fn mode(&self, world: &World) -> Vec<Piece> {
        if let Some(scope) = &self.scope {
            return scope.hints(world);
        }
        let Some(pause) = self.pause else { return vec![Piece::new(Role::Ok, "following ▼")] };
        let mut pieces = vec![Piece::new(Role::Warning, format!("paused {}", text::age(world.now - pause.since)))];
        let newer = self.rows(world).count_after(pause.end.saturating_sub(1));
        let gone = world.snapshot.evicted.saturating_sub(pause.evicted);
        for (count, what) in [(newer, "newer"), (gone, "evicted")] {
            if count > 0 {
                pieces.push(Piece::new(Role::Muted, format!(" · {} {what}", text::count(count))));
            }
        }
        pieces
    }

    /// Whether there is no row, or a filter let nothing through but the gaps, which it never hides.
    fn is_barren(&self, world: &World) -> bool {
        let rows = &self.view.rows;
        let are_all = self.filter.plan.is_some() && self.rows(world).len() == rows.len() as u64;
        rows.is_empty() || (are_all && rows.iter().all(|row| row.kind == RowKind::Gap))
    }

    /// What stands where the rows would be.
    fn empty(&self, world: &World) -> Vec<String> {
        if self.filter.plan.is_some() && !world.snapshot.is_empty() {
            let hidden = text::count(world.snapshot.len());
            return if self.filter.is_complete {
                let (clear, filter) =
                    (world.key(Context::Logs, Action::ClearFilter), world.key(Context::Logs, Action::Filter));
                let hides = format!("No line matches; the filter hides all {hidden}.");
                vec![hides, format!("{clear} clears it, {filter} changes it.")]
            } else {
                vec![format!("Looking through {hidden} lines …")]
            };
        }
        let sources = &world.accounting.sources;
        if sources.is_empty() {
            return start(world);
        }
        let has_ended = |state: &SourceState| matches!(state, SourceState::Ended(_) | SourceState::Off);
        let mut out = vec![match sources.len() {
            _ if sources.iter().all(|source| has_ended(&source.state)) => "No line came.".to_owned(),
            1 => "Waiting for the first line from 1 source:".to_owned(),
            n => format!("Waiting for the first line from {n} sources:"),
        }];
        out.push(String::new());
        for source in sources {
            let (word, detail) = crate::tui::text::state(&source.state);
            out.push(safe(&format!("{}  {word}", source.label)).into_owned());
            if !detail.is_empty() {
                out.push(format!("  {}", safe(&detail)));
            }
        }
        if !world.traces.is_empty() {
            let traces = crate::tui::text::counted(world.traces.len() as u64, "trace");
            out.extend([String::new(), format!("{} shows {traces}.", world.key(Context::Logs, Action::FocusTraces))]);
        }
        out
    }
}

fn start(world: &World) -> Vec<String> {
    let row = |(what, does): (&str, &str)| format!("{what:<32}{does}");
    let demo = (world.key(Context::Logs, Action::DrillDown), "open the demo, a simulated web shop");
    let head = ["spantail tails logs and traces, and goes from one to the other.".to_owned(), String::new()];
    let add = (world.key(Context::Logs, Action::AddSource), "add a source here");
    let rows =
        [demo, add].into_iter().chain(START.iter().copied()).chain([(world.key(Context::Logs, Action::Quit), "quit")]);
    head.into_iter().chain(rows.map(row)).collect()
}

/// A line that is shown only for the match near it.
fn dimmed(pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.into_iter().map(|piece| Piece { look: Look::Role(Role::Faint), ..piece }).collect()
}

/// The row from which on `above` lines of the screen stand above line `selected`, or as many as there are.
fn climb(rows: &Rows<'_>, selected: LineId, above: usize, make: &dyn Fn(LineId) -> Row) -> LineId {
    let (mut top, mut used) = (selected, 0);
    while let Some(before) = rows.previous(top).filter(|_| used < above) {
        used += make(before).height();
        if used > above {
            break;
        }
        top = before;
    }
    top
}

/// Rows that end with `last` at the bottom and fill `height`; the first may be cut at its top.
fn upwards(rows: &Rows<'_>, last: LineId, height: usize, make: &dyn Fn(LineId) -> Row) -> Vec<Row> {
    let mut out = Vec::new();
    let mut used = 0;
    let mut at = Some(last);
    while let Some(id) = at.filter(|_| used < height) {
        let row = make(id);
        if used + row.height() > height && used > 0 {
            break;
        }
        used += row.height();
        out.push(row);
        at = rows.previous(id);
    }
    out.reverse();
    out
}
