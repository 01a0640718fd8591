//! What lies over the panes: prompts, the palette, the help, the statistics, the choice of a mark or of columns, the
//! form that finds traces. They
//! form a stack; the topmost has the keys.

mod columns;
mod help;
mod picker;
mod prompt;
mod statistics;
mod trace_form;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use columns::{Choosing, ColumnChooser};
pub use help::Help;
pub use picker::{Entry, Picked, Picker};
pub use prompt::{Prompt, PromptKind};
pub use statistics::Statistics;
pub use trace_form::{TraceForm, Wanted};

use super::pane::Paint;

/// One layer over the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// A line of typing in place of the status bar.
    Prompt(Prompt),
    /// A list to choose from by typing.
    Picker(Picker),
    /// The keys in force.
    Help(Help),
    /// Figures of all lines.
    Statistics(Statistics),
    /// The columns of the log pane.
    Columns(ColumnChooser),
    /// What traces are looked for.
    TraceForm(Box<TraceForm>),
}

impl Overlay {
    /// Draws it; prompts take the bottom line of `screen`, the others a box in the middle.
    pub fn render(&self, screen: Rect, buf: &mut Buffer, paint: &Paint<'_>) {
        match self {
            Self::Prompt(prompt) => prompt.render(screen, buf, paint),
            Self::Picker(picker) => picker.render(screen, buf, paint),
            Self::Help(help) => help.render(screen, buf, paint),
            Self::Statistics(statistics) => statistics.render(screen, buf, paint),
            Self::Columns(columns) => columns.render(screen, buf, paint),
            Self::TraceForm(form) => form.render(screen, buf, paint),
        }
    }
}

/// A box of at most `width` × `height` in the middle of `screen`.
pub(super) fn centred(screen: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(screen.width);
    let height = height.min(screen.height);
    Rect { x: screen.x + (screen.width - width) / 2, y: screen.y + (screen.height - height) / 3, width, height }
}
