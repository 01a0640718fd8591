//! Standard output as all commands write to it: in large pieces, and coloured and made safe where a person reads it.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use clap::{Args, ValueEnum};

use super::looks;
use crate::config::Config;
use crate::model::Level;
use crate::theme::{Role, Theme, ansi};
use crate::tui::piece;

/// Bytes that are gathered before they are written.
const PIECE: usize = 256 << 10;

/// Whether output is coloured.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct ColorFlags {
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value_t, value_enum)]
    color: ColorWhen,
    /// Never colour, as NO_COLOR does
    #[arg(long, conflicts_with = "color")]
    no_color: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum ColorWhen {
    /// On a terminal
    #[default]
    Auto,
    /// Also into a pipe
    Always,
    /// Not at all
    Never,
}

/// How text is shown to a person.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// Whether text from outside is made safe: a terminal acts on control characters, a pipe does not.
    pub(super) is_safe: bool,
    /// What begins each style; nothing without colours.
    theme: Option<Theme>,
}

impl ColorFlags {
    /// How text on stdout is to look. Where colours are forced, a terminal is what reads them in the end.
    pub(super) fn look(self, config: &Config, file: Option<&Path>) -> Look {
        let is_terminal = std::io::stdout().is_terminal();
        let is_coloured = match self.color {
            _ if self.no_color => false,
            ColorWhen::Auto => is_terminal && looks::has_colours(),
            ColorWhen::Always => true,
            ColorWhen::Never => false,
        };
        let is_safe = is_terminal || (is_coloured && self.color == ColorWhen::Always);
        Look { is_safe, theme: is_coloured.then(|| looks::theme(config, file)) }
    }
}

impl Look {
    /// Whether anything is coloured.
    pub(super) fn is_coloured(&self) -> bool {
        self.theme.is_some()
    }

    /// What begins `role`, and empty without colours.
    pub(super) fn role(&self, role: Role) -> String {
        self.theme.as_ref().map(|theme| ansi::begin(theme.style(role))).unwrap_or_default()
    }

    /// What begins a text of that level.
    pub(super) fn level(&self, level: Level) -> String {
        self.theme.as_ref().map(|theme| ansi::begin(theme.level(level))).unwrap_or_default()
    }

    /// What begins a piece of text that brings a style of its own; nothing for other pieces.
    pub(super) fn own(&self, look: &piece::Look) -> Option<String> {
        let piece::Look::Own(style) = look else { return None };
        Some(self.theme.as_ref().map(|theme| ansi::begin(theme.own(*style))).unwrap_or_default())
    }

    /// What ends it.
    pub(super) fn reset(&self) -> &'static str {
        if self.is_coloured() { ansi::RESET } else { "" }
    }
}

/// Gathers what is written and hands it to stdout in pieces of whole lines.
#[derive(Debug, Default)]
pub(super) struct Out {
    pub(super) buf: Vec<u8>,
}

impl Out {
    /// Writes if much has been gathered. Call it between lines.
    pub(super) fn ease(&mut self) -> std::io::Result<()> {
        if self.buf.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    /// Writes everything.
    pub(super) fn flush(&mut self) -> std::io::Result<()> {
        if self.buf.is_empty() {
            return Ok(());
        }
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&self.buf)?;
        self.buf.clear();
        stdout.flush()
    }
}
