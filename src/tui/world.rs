//! What panes may look at: the store's snapshot, figures, the time, the settings. Read-only.

use super::action::Action;
use super::findings::Findings;
use super::inquiry::Inquiry;
use super::keymap::{Context, KeyNames};
use crate::config::Columns;
use crate::model::{Nanos, SourceState, Zone};
use crate::parse::Rules;
use crate::query::CompileContext;
use crate::session::SourceFigures;
use crate::store::{Accounting, EdgeStats, ServiceSummary, Snapshot, TraceReader};

/// The world as the panes see it during one update or one frame.
#[derive(Debug)]
pub struct World {
    /// The log lines.
    pub snapshot: Snapshot,
    /// The traces.
    pub traces: TraceReader,
    /// What became of everything that came.
    pub accounting: Accounting,
    /// Figures of services in the last five minutes.
    pub services: Vec<ServiceSummary>,
    /// Calls between them.
    pub edges: Vec<EdgeStats>,
    /// What was asked of systems that hold traces, and what they said.
    pub inquiry: Inquiry,
    /// What was found out about traces in the background.
    pub findings: Findings,
    /// The time of the last event.
    pub now: Nanos,
    /// How things are shown.
    pub settings: Settings,
    /// How much of the width of a waterfall its names have, in percent; `None` for what they want.
    pub names_share: Option<u16>,
    /// The keys of the keymap in force.
    pub keys: KeyNames,
}

impl World {
    /// The key of `action` where a text that names it stands, which is `context`; its name in the palette where there is none.
    pub fn key(&self, context: Context, action: Action) -> &str {
        self.keys.key(context, action)
    }

    /// The labels of the systems that can be asked for traces now.
    pub fn backends(&self) -> Vec<String> {
        let can_answer =
            |state: &SourceState| !matches!(state, SourceState::Off | SourceState::Ended(_) | SourceState::Failed(_));
        let backends = self.accounting.sources.iter().filter(|source| source.is_backend && can_answer(&source.state));
        backends.map(|source| source.label.clone()).collect()
    }

    /// What the meaning of a query depends on now.
    pub fn compile_context(&self) -> CompileContext {
        CompileContext::new(self.now, self.settings.zone.clone())
            .with_aliases(&self.settings.aliases)
            .with_rules(&self.settings.rules)
    }
}

/// How things are shown; changed by keys, begun by the config.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How times are written.
    pub time: TimeFormat,
    /// The zone of local times.
    pub zone: Zone,
    /// Other names for attributes in queries: a key as typed, and the attribute that it means as well.
    pub aliases: Vec<(String, String)>,
    /// The rules that find more fields in lines.
    pub rules: Rules,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
    /// The columns of the log pane.
    pub columns: Columns,
    /// What the title bar calls all this: the sources, or the session's file.
    pub title: String,
    /// The figures of the recording, when this is a reopened session.
    pub recorded: Vec<SourceFigures>,
    /// How each kind of source is written, as an example.
    pub sources: Vec<&'static str>,
    /// The file name that saving offers.
    pub save_as: String,
}

/// How times are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TimeFormat {
    /// `12:03:06.121` in the local zone.
    #[default]
    Local,
    /// `12:03:06.121` in UTC.
    Utc,
    /// `11-21 12:03:06.121`, with the day, in the local zone.
    Dated,
    /// `+12.3s` before the newest line.
    Relative,
}

impl TimeFormat {
    /// The next one, for the key that goes round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Local => Self::Utc,
            Self::Utc => Self::Dated,
            Self::Dated => Self::Relative,
            Self::Relative => Self::Local,
        }
    }

    /// What a notice calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local time",
            Self::Utc => "UTC",
            Self::Dated => "local time with the day",
            Self::Relative => "time since the line",
        }
    }
}
