//! What is on the screen at one moment, as text.

use std::fmt;

/// The rows of a screen, without the blanks at their ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Picture {
    rows: Vec<String>,
    /// The text of the tab that stands out from the others.
    tab: String,
}

impl Picture {
    pub(crate) fn of(screen: &vt100::Screen) -> Self {
        let (_, width) = screen.size();
        let rows = screen.rows(0, width).map(|row| row.trim_end().to_owned()).collect();
        let is_active =
            |at: &u16| screen.cell(0, *at).is_some_and(|cell| cell.bold() && cell.bgcolor() != vt100::Color::Default);
        let tab: String = (0..width).filter(is_active).filter_map(|at| Some(screen.cell(0, at)?.contents())).collect();
        Self { rows, tab: tab.trim().to_owned() }
    }

    /// Whether `text` stands in one of the rows.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.row(text).is_some()
    }

    /// The first row in which `text` stands.
    pub(crate) fn row(&self, text: &str) -> Option<&str> {
        self.rows.iter().map(String::as_str).find(|row| row.contains(text))
    }

    /// The name of the pane that has the keys, from the line of tabs.
    pub(crate) fn focus(&self) -> &str {
        self.tab.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
    }

    /// The status bar, which is the last row.
    pub(crate) fn status(&self) -> &str {
        self.rows.last().map_or("", String::as_str)
    }

    /// The upper border of the left-most pane, which says what it shows.
    pub(crate) fn title(&self) -> &str {
        self.border('╭', '╮')
    }

    /// The lower border of the left-most pane, which says whether it follows.
    pub(crate) fn band(&self) -> &str {
        self.border('╰', '╯')
    }

    fn border(&self, left: char, right: char) -> &str {
        let row = self.rows.iter().find_map(|row| row.strip_prefix(left)).unwrap_or_default();
        row.split(right).next().unwrap_or_default()
    }

    /// What stands in the left-most pane, row by row, without its histogram and without empty rows.
    pub(crate) fn body(&self) -> Vec<&str> {
        let inside = self.rows.iter().filter_map(|row| row.strip_prefix('│')?.split('│').next());
        inside
            .filter(|row| !row.contains(['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']))
            .map(str::trim_end)
            .filter(|row| !row.is_empty())
            .collect()
    }

    /// The selected row of the log pane.
    pub(crate) fn selected(&self) -> Option<&str> {
        self.body().into_iter().find_map(|row| row.strip_prefix('▌'))
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            writeln!(f, "  {row}")?;
        }
        Ok(())
    }
}
