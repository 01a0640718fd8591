//! Where a key is pressed, and where it is looked up in turn.

/// What has the keys: a pane, a view in it, or a prompt. Each is a table of the same name in a keymap file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Context {
    /// Everywhere; the other contexts come first.
    Global,
    /// The log tail.
    Logs,
    /// The histogram above the log tail.
    Histogram,
    /// One record with its fields.
    Record,
    /// The list of traces.
    Traces,
    /// One trace's waterfall.
    Waterfall,
    /// The table of operations.
    Operations,
    /// A flame graph.
    Flame,
    /// Durations of traces over time.
    Scatter,
    /// The events of a trace.
    Events,
    /// Two traces compared.
    Comparison,
    /// The service graph.
    Services,
    /// The sources and their accounts.
    Sources,
    /// The choice of the log pane's columns.
    Columns,
    /// The help page.
    Help,
    /// The command palette: a prompt with a list below it.
    Palette,
    /// A form: several lines of typing.
    Form,
    /// A line of typing: search, filter, file name.
    Prompt,
}

impl Context {
    /// All contexts.
    pub const ALL: [Self; 18] = [
        Self::Global,
        Self::Logs,
        Self::Histogram,
        Self::Record,
        Self::Traces,
        Self::Waterfall,
        Self::Operations,
        Self::Flame,
        Self::Scatter,
        Self::Events,
        Self::Comparison,
        Self::Services,
        Self::Sources,
        Self::Columns,
        Self::Help,
        Self::Palette,
        Self::Form,
        Self::Prompt,
    ];

    /// The name of its table in keymap files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Logs => "logs",
            Self::Histogram => "histogram",
            Self::Record => "record",
            Self::Traces => "traces",
            Self::Waterfall => "waterfall",
            Self::Operations => "operations",
            Self::Flame => "flame",
            Self::Scatter => "scatter",
            Self::Events => "events",
            Self::Comparison => "comparison",
            Self::Services => "services",
            Self::Sources => "sources",
            Self::Columns => "columns",
            Self::Help => "help",
            Self::Palette => "palette",
            Self::Form => "form",
            Self::Prompt => "prompt",
        }
    }

    /// The context whose table is called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }

    /// The contexts in which a key is looked up, one after the other.
    pub const fn chain(self) -> &'static [Self] {
        match self {
            Self::Global => &[Self::Global],
            Self::Logs => &[Self::Logs, Self::Global],
            Self::Histogram => &[Self::Histogram, Self::Logs, Self::Global],
            Self::Record => &[Self::Record, Self::Global],
            Self::Traces => &[Self::Traces, Self::Global],
            Self::Waterfall => &[Self::Waterfall, Self::Global],
            Self::Operations => &[Self::Operations, Self::Global],
            Self::Flame => &[Self::Flame, Self::Global],
            Self::Scatter => &[Self::Scatter, Self::Global],
            Self::Events => &[Self::Events, Self::Global],
            Self::Comparison => &[Self::Comparison, Self::Global],
            Self::Services => &[Self::Services, Self::Global],
            Self::Sources => &[Self::Sources, Self::Global],
            Self::Columns => &[Self::Columns, Self::Global],
            Self::Help => &[Self::Help, Self::Global],
            Self::Palette => &[Self::Palette, Self::Prompt, Self::Global],
            Self::Form => &[Self::Form, Self::Prompt, Self::Global],
            Self::Prompt => &[Self::Prompt, Self::Global],
        }
    }

    /// Whether characters are typed here rather than looked up.
    pub const fn is_typing(self) -> bool {
        matches!(self, Self::Palette | Self::Form | Self::Prompt)
    }
}
