//! Log volume over time as bars, coloured by level: a row of `▁▂▃▄▅▆▇█`, or several rows stacked.
//!
//! Where a bar is stacked the worst level stands at its foot, so that a few errors in a flood are seen in one row as
//! well as in many.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::text;
use crate::model::Level;

/// The lines of one stretch of time, counted by level in the order of [`Level::ALL`].
pub type Bucket = [u64; Level::COUNT];

/// The styles of a histogram.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HistogramStyles {
    /// Of each level, in the order of [`Level::ALL`].
    pub levels: [Style; Level::COUNT],
    /// Of the time labels.
    pub label: Style,
    /// Laid over the columns that are selected.
    pub selected: Style,
    /// Laid over the column that the cursor stands in.
    pub cursor: Style,
}

/// A histogram. Newest buckets stand at the right; where there are more buckets than columns, neighbours are added up.
#[derive(Clone, Debug)]
pub struct Histogram<'a> {
    /// The buckets, oldest first, all of the same length of time.
    pub buckets: &'a [Bucket],
    /// Buckets to highlight.
    pub selection: Option<Range<usize>>,
    /// The bucket of the cursor.
    pub cursor: Option<usize>,
    /// The time at the left end, drawn in front of the bars where there is room.
    pub left: &'a str,
    /// The time at the right end, drawn behind the bars.
    pub right: &'a str,
    /// How it looks.
    pub styles: &'a HistogramStyles,
    /// Whether to draw with ASCII only.
    pub is_ascii: bool,
}

/// The fewest columns of bars beside which labels are drawn.
const LEAST_BARS: u16 = 16;
const BLOCKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const ASCII: [&str; 8] = [".", ":", "-", "=", "+", "*", "#", "@"];

impl Histogram<'_> {
    /// The columns that an area of `width` has for bars: the ideal number of buckets.
    pub fn bar_columns(&self, width: u16) -> u16 {
        let labels =
            [self.left, self.right].map(|label| text::columns(label).saturating_add(u16::from(!label.is_empty())));
        let rest = width.saturating_sub(labels[0].saturating_add(labels[1]));
        if rest >= LEAST_BARS { rest } else { width }
    }

    /// The buckets that share column `column` of `columns`.
    fn share(&self, column: usize, columns: usize) -> Range<usize> {
        let count = self.buckets.len();
        if count <= columns {
            let first = columns - count;
            return if column < first { 0..0 } else { column - first..column - first + 1 };
        }
        column * count / columns..(column + 1) * count / columns
    }
}

impl Widget for &Histogram<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        let columns = self.bar_columns(area.width);
        if area.is_empty() || columns == 0 {
            return;
        }
        let mut left = area.left();
        if columns < area.width {
            left += text::draw(buf, (left, area.bottom() - 1), area.width, self.left, self.styles.label);
            left += u16::from(!self.left.is_empty());
            text::draw_right(buf, (left, area.right()), area.bottom() - 1, self.right, self.styles.label);
        }
        let shares: Vec<Range<usize>> = (0..columns).map(|it| self.share(it.into(), columns.into())).collect();
        let sums: Vec<Bucket> =
            shares.iter().map(|share| sum(self.buckets.get(share.clone()).unwrap_or(&[]))).collect();
        let most = sums.iter().map(total).max().unwrap_or_default();
        for ((x, share), bucket) in (left..).zip(&shares).zip(&sums) {
            self.bar(Rect { x, width: 1, ..area }, bucket, most, buf);
            let is_selected = self.selection.as_ref().is_some_and(|it| it.start < share.end && share.start < it.end);
            if is_selected {
                buf.set_style(Rect { x, width: 1, ..area }, self.styles.selected);
            }
            if self.cursor.is_some_and(|it| share.contains(&it)) {
                buf.set_style(Rect { x, width: 1, ..area }, self.styles.cursor);
            }
        }
    }
}

impl Histogram<'_> {
    /// Draws one bar into `area`, one column wide, from the foot up.
    fn bar(&self, area: Rect, bucket: &Bucket, most: u64, buf: &mut Buffer) {
        let full = u64::from(area.height) * 8;
        let height = eighths(total(bucket), most, full);
        for row in 0..area.height {
            let foot = u64::from(row) * 8;
            if foot >= height {
                break;
            }
            let glyphs = if self.is_ascii { ASCII } else { BLOCKS };
            let filled = usize::try_from((height - foot).min(8)).unwrap_or(8);
            let style = self.styles.levels[worst_above(bucket, most, full, foot).index()];
            if let Some(cell) = buf.cell_mut((area.x, area.bottom() - 1 - row)) {
                cell.set_symbol(glyphs[filled - 1]).set_style(style);
            }
        }
    }
}

/// The worst level that reaches above `foot` eighths, when the levels are stacked from the worst up.
fn worst_above(bucket: &Bucket, most: u64, full: u64, foot: u64) -> Level {
    let mut below: u64 = 0;
    for level in Level::ALL.into_iter().rev() {
        below = below.saturating_add(bucket[level.index()]);
        if eighths(below, most, full) > foot {
            return level;
        }
    }
    Level::Unset
}

/// `count` of `most` in eighths of rows, `full` for all; anything at all is at least one.
fn eighths(count: u64, most: u64, full: u64) -> u64 {
    let scaled = u128::from(count) * u128::from(full) / u128::from(most.max(1));
    u64::try_from(scaled).unwrap_or(full).clamp(u64::from(count > 0), full)
}

fn sum(buckets: &[Bucket]) -> Bucket {
    let mut sum = Bucket::default();
    for bucket in buckets {
        for (to, count) in sum.iter_mut().zip(bucket) {
            *to = to.saturating_add(*count);
        }
    }
    sum
}

fn total(bucket: &Bucket) -> u64 {
    bucket.iter().fold(0, |sum, count| sum.saturating_add(*count))
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::super::text::tests::{buffer, drawn, survives_all_sizes};
    use super::*;

    fn styles() -> HistogramStyles {
        let (selected, cursor) = (Style::new().bg(Color::Blue), Style::new().bg(Color::White));
        let mut styles = HistogramStyles { selected, cursor, ..HistogramStyles::default() };
        styles.levels[Level::Info.index()] = Style::new().fg(Color::Green);
        styles.levels[Level::Error.index()] = Style::new().fg(Color::Red);
        styles
    }

    fn bucket(info: u64, error: u64) -> Bucket {
        let mut bucket = Bucket::default();
        bucket[Level::Info.index()] = info;
        bucket[Level::Error.index()] = error;
        bucket
    }

    #[test]
    fn bars_grow_with_the_count_between_the_times() {
        let buckets: Vec<Bucket> = (0..18).map(|it| bucket(it * 10, 0)).collect();
        let styles = styles();
        let histogram = Histogram {
            buckets: &buckets,
            selection: None,
            cursor: None,
            left: "12:01",
            right: "12:03",
            styles: &styles,
            is_ascii: false,
        };
        assert_eq!(drawn(&histogram, 32, 1), ["12:01    ▁▁▁▁▂▂▃▃▄▄▅▅▆▆▇▇█ 12:03"]);
        assert_eq!(drawn(&histogram, 18, 2), ["          ▁▂▃▄▅▆▇█", " ▁▁▂▃▄▅▆▇█████████"]);
        assert_eq!(drawn(&histogram, 9, 1), ["▁▁▂▃▄▅▆▇█"]);
        let ascii = Histogram { is_ascii: true, ..histogram };
        assert_eq!(drawn(&ascii, 18, 1), [" ....::--==++**##@"]);
    }

    #[test]
    fn errors_stand_at_the_foot_and_are_never_too_few_to_see() {
        let buckets = [bucket(1000, 1), bucket(500, 500), bucket(3, 0)];
        let styles = styles();
        let histogram = Histogram {
            buckets: &buckets,
            selection: Some(1..2),
            cursor: Some(2),
            left: "",
            right: "",
            styles: &styles,
            is_ascii: false,
        };
        let buf = buffer(&histogram, 3, 2);
        let colours: Vec<Color> = [(0, 1), (0, 0), (1, 1), (1, 0), (2, 1)].map(|at| buf[at].fg).into();
        assert_eq!(colours, [Color::Red, Color::Green, Color::Red, Color::Green, Color::Green]);
        let grounds = [(0, 1), (1, 1), (1, 0), (2, 0)].map(|at| buf[at].bg);
        assert_eq!(grounds, [Color::Reset, Color::Blue, Color::Blue, Color::White]);
        assert_eq!(buf[(2, 1)].symbol(), "▁");
    }

    #[test]
    fn any_numbers_in_any_area() {
        let styles = styles();
        for buckets in [vec![], vec![bucket(u64::MAX, u64::MAX); 300], vec![bucket(0, 0); 7]] {
            let histogram = Histogram {
                buckets: &buckets,
                selection: Some(5..1000),
                cursor: Some(6),
                left: "12:01",
                right: "12:03",
                styles: &styles,
                is_ascii: false,
            };
            survives_all_sizes(&histogram);
        }
    }
}
