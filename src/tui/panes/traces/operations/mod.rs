//! What each operation costs, as a table that sorts: of one trace, or of all that are listed.

mod columns;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use self::columns::{Order, What};
use super::aggregated::Aggregated;
use super::searching::Searching;
use super::table::{self, Row, Table};
use super::turning::slowest_traces;
use super::view::{Scope, SideView};
use crate::analysis::operations::OperationStats;
use crate::query::field_text;
use crate::theme::Role;
use crate::tui::action::Action;
use crate::tui::frame::{self, Frame};
use crate::tui::keymap::Context;
use crate::tui::list::List;
use crate::tui::pane::{Cx, Paint, Reply, Request};
use crate::tui::piece::Piece;
use crate::tui::text;
use crate::tui::world::World;

/// Times shorter than this are not told, in nanoseconds.
const LEAST_TOLD: i64 = 1_000_000_000;
/// From this width on the frame says more.
const WIDE: u16 = 100;
/// Below this width it says less.
const NARROW: u16 = 72;

/// The view.
#[derive(Clone, Debug)]
pub(super) struct OperationsView {
    scope: Scope,
    asked: Aggregated,
    order: Order,
    /// The operations in the order that is shown, by their place in the answer.
    sorted: Vec<usize>,
    /// The largest share of an operation, which takes a whole bar.
    most: f64,
    /// The selected operation; the selection stays on it while others pass it.
    selected: Option<(Arc<str>, Arc<str>)>,
    searching: Searching<Option<(Arc<str>, Arc<str>)>>,
    list: List,
    height: usize,
    header: Vec<Piece>,
    rows: Vec<Row>,
    nothing: Vec<String>,
    keys: String,
}

impl OperationsView {
    /// The view of `scope`.
    pub(super) fn new(scope: Scope, cx: &mut Cx<'_>) -> Self {
        let asked = Aggregated::ask(&scope, cx);
        let mut view = Self {
            scope,
            asked,
            order: Order::default(),
            sorted: Vec::new(),
            most: 0.0,
            selected: None,
            searching: Searching::default(),
            list: List::default(),
            height: 0,
            header: Vec::new(),
            rows: Vec::new(),
            nothing: Vec::new(),
            keys: String::new(),
        };
        view.sort();
        view
    }

    fn at(&self, row: usize) -> Option<&OperationStats> {
        self.asked.get()?.operations.get(*self.sorted.get(row)?)
    }

    /// Sorts anew; the selection stays on its operation, and on the first row where nobody has moved it.
    fn sort(&mut self) {
        let operations = self.asked.get().map_or(&[][..], |aggregate| &aggregate.operations);
        let mut sorted: Vec<usize> = (0..operations.len()).collect();
        // What stands for many others is no rival to a single one.
        sorted.sort_by(|a, b| {
            let (a, b) = (&operations[*a], &operations[*b]);
            a.is_rest.cmp(&b.is_rest).then_with(|| self.order.compare(a, b))
        });
        self.most = operations.iter().map(|it| it.share).fold(0.0, f64::max);
        self.sorted = sorted;
        let is_it = |row: &usize| {
            let name = self.at(*row).map(|stats| (&stats.service, &stats.operation));
            name == self.selected.as_ref().map(|(service, operation)| (service, operation))
        };
        let place = self.selected.as_ref().and_then(|_| (0..self.sorted.len()).find(is_it));
        self.list.select(place.unwrap_or(0));
        let names = self.names();
        self.searching.renew(names);
    }

    /// What is searched, row by row.
    fn names(&self) -> impl Iterator<Item = String> + use<> {
        let rows = (0..self.sorted.len()).filter_map(|row| self.at(row));
        let names: Vec<String> = rows.map(|it| format!("{} {}", it.service, it.operation)).collect();
        names.into_iter()
    }

    fn step_match(&mut self, forward: bool, world: &World) -> Reply {
        match self.searching.beside(self.list.selected(), forward) {
            Some(row) => self.list.select(row),
            None if self.searching.is_active() => return Reply::tell("no operation of such a name"),
            None => {
                let key = world.key(Context::Operations, Action::Search);
                return Reply::tell(format!("nothing is searched for; {key} finds an operation by its name"));
            }
        }
        self.note_selected();
        Reply::Done
    }

    fn note_selected(&mut self) {
        let name = self.at(self.list.selected()).map(|it| (Arc::clone(&it.service), Arc::clone(&it.operation)));
        self.selected = name.filter(|_| self.list.selected() > 0);
    }

    /// Its slowest traces; of one trace its slowest span.
    fn drill_down(&self, world: &World) -> Reply {
        let Some(stats) = self.at(self.list.selected()) else { return Reply::tell("no operation is selected") };
        if stats.is_rest {
            return Reply::tell("these are too many to tell apart; a filter of the list makes them fewer");
        }
        if let Scope::Trace(trace) = self.scope {
            let held = world.traces.get(trace);
            let spans = held.iter().flat_map(|trace| trace.spans());
            let alike = spans.filter(|span| span.service() == &*stats.service && *span.name == *stats.operation);
            let slowest = alike.max_by_key(|span| span.duration()).map(|span| (span.span_id, span.start));
            return match slowest {
                Some((span, start)) => Reply::Ask(Request::OpenTrace { trace, span: Some(span), near: Some(start) }),
                None => Reply::tell("its spans are not in memory any more"),
            };
        }
        slowest_traces(&stats.service, &stats.operation, world)
    }

    fn logs(&self) -> Reply {
        match self.at(self.list.selected()) {
            Some(stats) if !stats.is_rest => {
                Reply::Ask(Request::ShowLogs { filter: field_text("service", &stats.service) })
            }
            _ => Reply::tell("no operation is selected"),
        }
    }

    fn seek_error(&mut self, forward: bool) -> Reply {
        let at = self.list.selected();
        let fails = |row: &usize| self.at(*row).is_some_and(|stats| stats.errors > 0);
        let found = if forward { (at + 1..self.sorted.len()).find(fails) } else { (0..at).rev().find(fails) };
        let Some(found) = found else { return Reply::tell("no other operation that fails") };
        self.list.select(found);
        self.note_selected();
        Reply::Done
    }

    fn title(&self) -> Vec<Piece> {
        let mut title = vec![Piece::new(Role::Title, "Operations")];
        let scope = self.scope.told();
        if matches!(self.scope, Scope::Trace(_)) {
            title.extend(scope);
            title.push(Piece::new(Role::Muted, format!(", {}", self.order.name())));
        } else {
            title.push(Piece::new(Role::Muted, format!(" {}", self.order.name())));
            title.extend(scope);
        }
        title
    }

    /// The time that the rates are of, in nanoseconds: the same for all, as calls and rate of each say.
    fn within(&self) -> Option<i64> {
        let busiest = self.asked.get()?.operations.iter().filter(|it| it.rate > 0.0).max_by_key(|it| it.calls)?;
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "told in seconds")]
        let within = (busiest.calls as f64 / busiest.rate * 1e9) as i64;
        (within >= LEAST_TOLD && matches!(self.scope, Scope::Listed(_))).then_some(within)
    }

    /// How much is shown: how many operations, where there is room for that, and of how much.
    fn amount(&self, width: u16) -> String {
        match self.asked.get() {
            Some(_) if width < NARROW => self.asked.made_of(),
            Some(_) => {
                let within = self
                    .within()
                    .filter(|_| width >= WIDE)
                    .map(|time| format!(" in {}", text::age(time)))
                    .unwrap_or_default();
                let operations = text::counted(self.sorted.len() as u64, "operation");
                format!("{operations} · {}{within}", self.asked.made_of())
            }
            None => String::new(),
        }
    }
}

impl SideView for OperationsView {
    fn boxed(&self) -> Box<dyn SideView> {
        Box::new(self.clone())
    }

    fn context(&self) -> Context {
        Context::Operations
    }

    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply {
        self.searching.settle();
        if self.list.navigate(action, self.sorted.len(), self.height) {
            self.note_selected();
            return Reply::Done;
        }
        match action {
            Action::SearchNext | Action::SearchPrevious => {
                return self.step_match(action == Action::SearchNext, cx.world);
            }
            Action::Back if self.searching.end() => return Reply::Done,
            Action::SortNext | Action::SortPrevious => self.order = self.order.next(action == Action::SortNext),
            Action::SortReverse => self.order.is_turned = !self.order.is_turned,
            Action::DrillDown | Action::OpenTrace => return self.drill_down(cx.world),
            Action::ShowLogs | Action::ServiceLogs => return self.logs(),
            Action::NextError | Action::PreviousError => return self.seek_error(action == Action::NextError),
            Action::Copy => {
                let copied = self.at(self.list.selected()).map(|it| Request::Copy(it.operation.to_string()));
                return copied.map_or(Reply::Done, Reply::Ask);
            }
            _ => return Reply::Ignored,
        }
        self.sort();
        Reply::Done
    }

    fn changed(&mut self, cx: &mut Cx<'_>) {
        if self.asked.changed(cx) {
            self.sort();
        }
    }

    fn is_ticking(&self) -> bool {
        self.asked.is_outdated()
    }

    fn turn_to(&mut self, scope: Scope, cx: &mut Cx<'_>) {
        self.asked.turn_to(&scope, cx);
        self.scope = scope;
    }

    fn searched(&self) -> Option<(&str, usize)> {
        Some(self.searching.searched())
    }

    fn search(&mut self, text: &str) {
        let names = self.names();
        if let Some(selected) = self.searching.type_text(text, self.selected.clone(), names) {
            self.selected = selected;
            self.sort();
        } else {
            self.list.select(self.searching.from(self.list.selected()).unwrap_or(0));
            self.note_selected();
        }
    }

    fn project(&mut self, world: &World, size: Size) {
        self.height = usize::from(size.height.saturating_sub(3));
        self.list.clamp(self.sorted.len(), self.height);
        let first = self.list.offset();
        let shown: Vec<&OperationStats> = (first..first + self.height).map_while(|row| self.at(row)).collect();
        let table: Table<What> = columns::fit(&shown, self.order, table::cells(size.width));
        let (most, is_ascii, selected) = (self.most, world.settings.ascii, self.list.selected());
        let rows = (first..).zip(&shown).map(|(at, stats)| Row {
            mark: if self.searching.is_match(at) { Piece::new(Role::Prompt, "/") } else { Piece::new(Role::Text, " ") },
            pieces: table.row(|what, width| columns::cell(stats, what, most, width, is_ascii)),
            is_selected: at == selected,
        });
        let rows = rows.collect();
        (self.rows, self.header) = (rows, table.header(self.order.by, self.order.is_ascending()));
        self.nothing = if self.rows.is_empty() { self.asked.nothing() } else { Vec::new() };
        let deeper = match self.scope {
            Scope::Trace(_) => "slowest span",
            Scope::Listed(_) => "slowest traces",
        };
        let key = |action| world.key(Context::Operations, action).to_owned();
        self.keys = if size.width < 60 {
            String::new()
        } else {
            format!(
                "{} {deeper}  {} logs  {} sort",
                key(Action::DrillDown),
                key(Action::ShowLogs),
                key(Action::SortNext)
            )
        };
    }

    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        let amount = self.amount(area.width);
        let keys = (!self.keys.is_empty()).then(|| vec![Piece::new(Role::Muted, self.keys.as_str())]);
        let search = Some(self.searching.told(self.list.selected())).filter(|told| !told.is_empty());
        let bottom: Vec<Vec<Piece>> = search.into_iter().chain(keys).collect();
        let bottom = bottom.join(&Piece::new(Role::Faint, " · "));
        let inner = Frame { title: &self.title(), right: &amount, bottom: &bottom }.render(area, buf, paint);
        if self.rows.is_empty() {
            return frame::message(&self.nothing, inner, buf, paint);
        }
        table::draw(&self.header, &self.rows, inner, buf, paint);
    }
}
