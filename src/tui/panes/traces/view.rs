//! Other ways to show the traces that are listed, or the trace that is open; and the registry of them.
//!
//! To add one: a file here that implements [`SideView`], and one line in [`VIEWS`].

use std::fmt::Debug;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::events::EventsView;
use super::flame::FlameView;
use super::list::TraceList;
use super::operations::OperationsView;
use super::scatter::ScatterView;
use crate::analysis::question::Selection;
use crate::model::TraceId;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::pane::{Cx, Paint, Reply};
use crate::tui::piece::Piece;
use crate::tui::world::World;

/// A view that takes the whole pane, in the three phases of a pane.
pub(super) trait SideView: Debug {
    /// A copy, for the way back.
    fn boxed(&self) -> Box<dyn SideView>;
    /// Which keymap table is active.
    fn context(&self) -> Context;
    /// Carries out an action that the view knows. `Ignored` leaves it to the pane: `v` goes to the next view, Back to the
    /// list or the waterfall.
    fn update(&mut self, action: Action, cx: &mut Cx<'_>) -> Reply;
    /// The world has changed: the place to ask anew, and to take in answers.
    fn changed(&mut self, cx: &mut Cx<'_>);
    /// Copies what is visible at `size`, clamps scrolling, nothing else.
    fn project(&mut self, world: &World, size: Size);
    /// Whether there is something to ask for that no event will tell of, so that a tick a second is wanted.
    fn is_ticking(&self) -> bool {
        false
    }
    /// It is about other traces from now on: the list has another filter, or a search has found more.
    fn turn_to(&mut self, _scope: Scope, _cx: &mut Cx<'_>) {}
    /// Lets it see the list of traces, after every change of it: for views of what is listed.
    fn see(&mut self, _list: &TraceList) {}
    /// The listed trace that it points at: the list selects it too.
    fn pointed(&self) -> Option<TraceId> {
        None
    }
    /// The name that is searched for, empty for none, and how many have it; `None` of a view that is not searched.
    fn searched(&self) -> Option<(&str, usize)> {
        None
    }
    /// Searches for a name.
    fn search(&mut self, _text: &str) {}
    /// Draws what was projected, frame included. Pure.
    fn render(&self, area: Rect, buf: &mut Buffer, paint: &Paint<'_>);
}

/// What a view is about.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Scope {
    /// The traces of the list.
    Listed(Selection),
    /// One trace.
    Trace(TraceId),
}

impl Scope {
    /// The traces that are meant.
    pub(super) fn selection(&self) -> Selection {
        match self {
            Self::Listed(selection) => selection.clone(),
            Self::Trace(id) => Selection::One(*id),
        }
    }

    /// What a title says of them: ` of 4bf9…4736`, or the filter of the list.
    pub(super) fn told(&self) -> Vec<Piece> {
        match self {
            Self::Trace(id) => vec![Piece::new(Role::Muted, format!(" of {}", id.short()))],
            Self::Listed(Selection::Matching(plan)) if !plan.is_empty() => vec![
                Piece::new(Role::Faint, " ── "),
                Piece::new(Role::Prompt, "& "),
                Piece::new(Role::Text, safe(plan.source_text())),
            ],
            Self::Listed(_) => Vec::new(),
        }
    }
}

/// A view as the pane knows it.
#[derive(Debug)]
pub(super) struct ViewKind {
    /// What it is called where one chooses.
    pub(super) title: &'static str,
    /// Whether it can show the traces of the list.
    pub(super) shows_list: bool,
    /// Whether it can show one trace.
    pub(super) shows_trace: bool,
    /// A fresh one; it may ask for what it needs.
    pub(super) make: fn(Scope, &mut Cx<'_>) -> Box<dyn SideView>,
}

/// All views beside the list and the waterfall, in the order in which one goes through them.
pub(super) const VIEWS: &[ViewKind] = &[
    ViewKind {
        title: "operations",
        shows_list: true,
        shows_trace: true,
        make: |scope, cx| Box::new(OperationsView::new(scope, cx)),
    },
    ViewKind {
        title: "flame",
        shows_list: true,
        shows_trace: true,
        make: |scope, cx| Box::new(FlameView::new(scope, cx)),
    },
    ViewKind {
        title: "scatter",
        shows_list: true,
        shows_trace: false,
        make: |scope, _| Box::new(ScatterView::new(scope)),
    },
    ViewKind {
        title: "events",
        shows_list: false,
        shows_trace: true,
        make: |scope, cx| Box::new(EventsView::new(&scope, cx)),
    },
];

/// A view in force.
#[derive(Debug)]
pub(super) struct Side {
    view: Box<dyn SideView>,
    /// Which it is of those that one goes through; `None` of one that was opened as a step of its own.
    at: Option<usize>,
}

impl Clone for Side {
    fn clone(&self) -> Self {
        Self { view: self.view.boxed(), at: self.at }
    }
}

impl Side {
    /// A view that is a step of its own.
    pub(super) fn step(view: Box<dyn SideView>) -> Self {
        Self { view, at: None }
    }

    /// The view that comes after `current` (`None`: the list or the waterfall), or before it; `None` where that is the list or
    /// the waterfall again.
    pub(super) fn turn(current: Option<&Self>, forward: bool, scope: Scope, cx: &mut Cx<'_>) -> Option<Self> {
        let suiting: Vec<usize> = suiting(matches!(scope, Scope::Listed(_))).map(|(at, _)| at).collect();
        let place = current.and_then(|side| suiting.iter().position(|at| Some(*at) == side.at));
        let next = match (place, forward) {
            (None, true) => suiting.first(),
            (None, false) => suiting.last(),
            (Some(place), true) => suiting.get(place + 1),
            (Some(place), false) => place.checked_sub(1).and_then(|place| suiting.get(place)),
        };
        let at = *next?;
        Some(Self { view: (VIEWS.get(at)?.make)(scope, cx), at: Some(at) })
    }

    /// What a frame says of the views that one goes through, the current one marked (`None`: the list or the waterfall): all
    /// of them, or where there is little room the next one.
    pub(super) fn told(current: Option<&Self>, of_list: bool, key: &str) -> Vec<Vec<Piece>> {
        let first = (None, if of_list { "list" } else { "waterfall" });
        let others = suiting(of_list).map(|(at, kind)| (Some(at), kind.title));
        let views: Vec<(Option<usize>, &str)> = [first].into_iter().chain(others).collect();
        let current = current.and_then(|side| side.at);
        let key = Piece::new(Role::Muted, key);
        let mut all = vec![key.clone()];
        for (at, title) in &views {
            let role = if *at == current { Role::Accent } else { Role::Faint };
            all.push(Piece::new(role, format!(" {title}")));
        }
        let place = views.iter().position(|(at, _)| *at == current).map_or(0, |place| (place + 1) % views.len());
        let next = views.get(place).map(|(_, title)| Piece::new(Role::Muted, format!(" {title}")));
        vec![all, [key].into_iter().chain(next).collect()]
    }

    /// Whether going back from it leads to the list or the waterfall, and not a step back.
    pub(super) fn is_turned_to(&self) -> bool {
        self.at.is_some()
    }

    /// The view.
    pub(super) fn view(&self) -> &dyn SideView {
        &*self.view
    }

    /// The view, to be changed.
    pub(super) fn view_mut(&mut self) -> &mut dyn SideView {
        &mut *self.view
    }
}

/// The views that can show the traces of the list, or one trace, with their places in the registry.
fn suiting(of_list: bool) -> impl Iterator<Item = (usize, &'static ViewKind)> {
    VIEWS.iter().enumerate().filter(move |(_, kind)| if of_list { kind.shows_list } else { kind.shows_trace })
}
