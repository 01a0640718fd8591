//! The panes, and the registry of them.
//!
//! To add one: its folder here, a variant of [`PaneId`], and one line in [`PANES`]; tabs, their numbers and the layout
//! follow from that line.

pub mod logs;
pub mod services;
pub mod sources;
pub mod traces;

use super::action::Action;
use super::pane::{Pane, PaneId};

/// One pane as tabs and layout know it.
#[derive(Debug)]
pub struct PaneKind {
    /// Which.
    pub id: PaneId,
    /// What its tab says.
    pub title: &'static str,
    /// The action that goes to it.
    pub focus: Action,
    /// A fresh one.
    pub make: fn() -> Box<dyn Pane>,
}

/// All panes, in the order of their tabs.
pub const PANES: &[PaneKind] = &[
    PaneKind { id: PaneId::Logs, title: "Logs", focus: Action::FocusLogs, make: || Box::<logs::LogsPane>::default() },
    PaneKind {
        id: PaneId::Traces,
        title: "Traces",
        focus: Action::FocusTraces,
        make: || Box::<traces::TracesPane>::default(),
    },
    PaneKind {
        id: PaneId::Services,
        title: "Services",
        focus: Action::FocusServices,
        make: || Box::<services::ServicesPane>::default(),
    },
    PaneKind {
        id: PaneId::Sources,
        title: "Sources",
        focus: Action::FocusSources,
        make: || Box::<sources::SourcesPane>::default(),
    },
];

/// The position of a pane in [`PANES`].
pub fn index_of(id: PaneId) -> usize {
    PANES.iter().position(|kind| kind.id == id).unwrap_or(0)
}
