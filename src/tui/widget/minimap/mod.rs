//! A trace in one line: how many spans run in the course of its time, where they fail, and which part is looked at.

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;

use crate::analysis::density::Density;

/// The line. Its width is the whole trace.
#[derive(Clone, Copy, Debug)]
pub struct Minimap<'a> {
    /// What is to be seen.
    pub density: &'a Density,
    /// The part of the trace's time that is looked at, in shares of one; `None` for all of it.
    pub window: Option<(f64, f64)>,
    /// How it looks.
    pub styles: &'a MinimapStyles,
    /// Whether to draw with ASCII only.
    pub is_ascii: bool,
}

/// The styles of a minimap.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MinimapStyles {
    /// Of time in which spans run.
    pub busy: Style,
    /// Of time in which one fails.
    pub error: Style,
    /// Laid over the part that is looked at, where that is not all.
    pub window: Style,
}

impl Widget for &Minimap<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let columns = usize::from(area.width);
        let most = self.density.most();
        for (column, x) in (area.left()..area.right()).enumerate() {
            let (running, fails) = self.density.at(column, columns);
            let Some(cell) = buf.cell_mut((x, area.y)) else { continue };
            cell.set_symbol(self.glyph(running, most)).set_style(self.styles.busy);
            if fails {
                cell.set_style(self.styles.error);
            }
            if self.is_in_window(column, columns) {
                cell.set_style(self.styles.window);
            } else if self.window.is_some() {
                // A full block hides any background, so the window must be told from what is beside it as well.
                cell.set_style(Style::new().add_modifier(Modifier::DIM));
            }
        }
    }
}

impl Minimap<'_> {
    /// Whether a column is in the part that is looked at, where that is not all.
    #[expect(clippy::cast_precision_loss, reason = "columns of a terminal")]
    fn is_in_window(&self, column: usize, columns: usize) -> bool {
        let (from, to) = (column as f64 / columns as f64, (column + 1) as f64 / columns as f64);
        self.window.is_some_and(|(begin, end)| to > begin && from < end.max(begin + f64::EPSILON))
    }

    /// A bar for `running` of at most `most` spans. By their logarithm: one span must be seen beside a thousand.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of glyphs")]
    fn glyph(&self, running: u32, most: u32) -> &'static str {
        const BARS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
        const ASCII: [&str; 4] = [" ", ".", ":", "#"];
        let share = f64::from(running).ln_1p() / f64::from(most.max(1)).ln_1p();
        let glyphs: &[&str] = if self.is_ascii { &ASCII } else { &BARS };
        let full = u32::try_from(glyphs.len() - 1).unwrap_or_default();
        let at = (share * f64::from(full)).ceil() as usize;
        glyphs.get(at.min(glyphs.len() - 1)).copied().unwrap_or(" ")
    }
}
