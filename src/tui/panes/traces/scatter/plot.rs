//! From traces to cells: durations on a logarithmic axis over the time at which they began.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::list::entry::Entry;
use crate::model::Nanos;
use crate::tui::text;
use crate::tui::widget::scatter::{DOT_COLUMNS, DOT_ROWS, Spot, dot};
use crate::tui::world::Settings;

const SECOND: i64 = 1_000_000_000;
/// Durations that a person finds round.
const ROUND: [i64; 52] = round();
/// Steps of time that a person finds round, in milliseconds.
const STEPS: [i64; 27] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    21_600_000,
    43_200_000,
    86_400_000,
    604_800_000,
];

/// 1, 2, 5, 10, 20 … nanoseconds up to 50 s, then minutes, hours and days.
const fn round() -> [i64; 52] {
    let mut out = [0; 52];
    let (mut at, mut power) = (0, 1);
    while at < 33 {
        (out[at], out[at + 1], out[at + 2]) = (power, 2 * power, 5 * power);
        (at, power) = (at + 3, power * 10);
    }
    let minutes = [
        1, 2, 5, 10, 20, 60, 120, 300, 600, 1_440, 2_880, 7_200, 14_400, 28_800, 72_000, 144_000, 288_000, 720_000,
        1_440_000,
    ];
    let mut next = 0;
    while at < out.len() {
        out[at] = minutes[next] * 60 * SECOND;
        (at, next) = (at + 1, next + 1);
    }
    out
}

/// A trace as a point.
#[derive(Clone, Copy, Debug)]
struct Point {
    start: Nanos,
    duration: i64,
    is_failed: bool,
}

/// The cells of a field.
#[derive(Clone, Debug, Default)]
pub(super) struct Plot {
    pub(super) spots: Vec<Spot>,
    /// Of each spot the trace that it is there for, by its place in the list: a failed one, else the slowest.
    pub(super) leads: Vec<usize>,
    pub(super) left: Vec<(u16, String)>,
    pub(super) below: Vec<(u16, String)>,
    axes: Axes,
}

/// What lies at the ends of the axes, and how many cells are between them.
#[derive(Clone, Copy, Debug, Default)]
struct Axes {
    from: Nanos,
    to: Nanos,
    least: i64,
    most: i64,
    width: u16,
    height: u16,
}

/// The point of a trace; `None` where it is not known when it was or how long it took.
fn point(entry: &Entry) -> Option<Point> {
    let duration = entry.duration.filter(|_| entry.start != 0)?;
    Some(Point { start: entry.start, duration: duration.max(1), is_failed: entry.is_failed() })
}

impl Plot {
    /// The cells of a field of `width` × `height` cells. O(traces).
    pub(super) fn new(entries: &[Arc<Entry>], width: u16, height: u16, settings: &Settings) -> Self {
        let points = || entries.iter().enumerate().filter_map(|(at, entry)| Some((at, point(entry)?)));
        let axes = points().fold(None, |axes: Option<Axes>, (_, point)| {
            let Point { start, duration, .. } = point;
            let axes = axes.unwrap_or(Axes { from: start, to: start, least: duration, most: duration, width, height });
            let (from, to) = (axes.from.min(start), axes.to.max(start));
            Some(Axes { from, to, least: axes.least.min(duration), most: axes.most.max(duration), ..axes })
        });
        let Some(axes) = axes.filter(|_| width > 0 && height > 0).map(Axes::rounded) else { return Self::default() };
        let mut places: HashMap<(u16, u16), usize> = HashMap::new();
        let mut plot = Self { left: axes.durations(), below: axes.times(settings), axes, ..Self::default() };
        for (at, point) in points() {
            let (column, row) = axes.dot(&point);
            let (x, y) = (column / DOT_COLUMNS, row / DOT_ROWS);
            let place = *places.entry((x, y)).or_insert_with(|| {
                plot.spots.push(Spot { x, y, ..Spot::default() });
                plot.leads.push(at);
                plot.spots.len() - 1
            });
            if let (Some(spot), Some(lead)) = (plot.spots.get_mut(place), plot.leads.get_mut(place)) {
                spot.dots |= dot(column, row);
                spot.count += 1;
                spot.is_bad |= point.is_failed;
                let worth = |at: usize| entries.get(at).map(|entry| (entry.is_failed(), entry.duration));
                if worth(at) > worth(*lead) {
                    *lead = at;
                }
            }
        }
        plot
    }

    /// The cell of a trace.
    pub(super) fn cell_of(&self, entry: &Entry) -> Option<(u16, u16)> {
        let (column, row) = self.axes.dot(&point(entry)?);
        Some((column / DOT_COLUMNS, row / DOT_ROWS))
    }

    /// How many traces are in a cell.
    pub(super) fn count_at(&self, cell: (u16, u16)) -> usize {
        self.spots.iter().find(|spot| (spot.x, spot.y) == cell).map_or(0, |spot| spot.count)
    }

    /// The trace of the nearest cell in a direction of columns and rows, by its place in the list. O(cells).
    pub(super) fn beside(&self, from: (u16, u16), (across, down): (i32, i32)) -> Option<usize> {
        let distance = |spot: &Spot| {
            let (dx, dy) = (i32::from(spot.x) - i32::from(from.0), i32::from(spot.y) - i32::from(from.1));
            // A cell is twice as high as wide; what lies aside is farther than what lies ahead.
            let (ahead, aside) = if across == 0 { (2 * dy * down, dx.abs()) } else { (dx * across, 2 * dy.abs()) };
            (ahead > 0).then_some(ahead + 2 * aside)
        };
        let near = self.spots.iter().zip(&self.leads).filter_map(|(spot, lead)| Some((distance(spot)?, *lead)));
        near.min().map(|(_, lead)| lead)
    }
}

impl Axes {
    /// With round durations at both ends, a step apart at least.
    fn rounded(self) -> Self {
        let least = ROUND.iter().rev().find(|round| **round <= self.least).copied().unwrap_or(1);
        let most = ROUND.iter().find(|round| **round > self.most).copied().unwrap_or(i64::MAX);
        Self { least, most, ..self }
    }

    /// The dot of a point: column from the left, row from the top.
    fn dot(&self, point: &Point) -> (u16, u16) {
        let columns = self.width.saturating_mul(DOT_COLUMNS).saturating_sub(1);
        (share(self.across(point.start), columns), share(1.0 - self.up(point.duration), self.dot_rows()))
    }

    fn dot_rows(&self) -> u16 {
        self.height.saturating_mul(DOT_ROWS).saturating_sub(1)
    }

    /// How far from the left, 0 to 1; in the middle where all began at once.
    #[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
    fn across(&self, start: Nanos) -> f64 {
        if self.to <= self.from {
            return 0.5;
        }
        start.saturating_sub(self.from) as f64 / self.to.saturating_sub(self.from) as f64
    }

    /// How far up, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
    fn up(&self, duration: i64) -> f64 {
        let (least, most) = ((self.least.max(1) as f64).ln(), (self.most.max(2) as f64).ln());
        ((duration.max(1) as f64).ln() - least) / (most - least).max(f64::EPSILON)
    }

    /// Round durations with their rows: powers of ten where there are enough of them, else more. None stands in the row
    /// next to another.
    fn durations(&self) -> Vec<(u16, String)> {
        let within = |every: usize| {
            let ticks = ROUND.iter().step_by(every).filter(|it| (self.least..=self.most).contains(it));
            ticks.copied().collect::<Vec<i64>>()
        };
        let powers = within(3);
        let ticks = if powers.len() >= 3 { powers } else { within(1) };
        let mut out: Vec<(u16, String)> = Vec::new();
        for tick in ticks {
            let row = share(1.0 - self.up(tick), self.dot_rows()) / DOT_ROWS;
            if out.last().is_none_or(|(below, _)| row + 1 < *below) {
                out.push((row, text::duration(tick)));
            }
        }
        out
    }

    /// Round times with their columns, as many as have room.
    fn times(&self, settings: &Settings) -> Vec<(u16, String)> {
        let label = |at: Nanos, step: i64| text::time_of_day(at, settings, step < SECOND);
        let span = self.to.saturating_sub(self.from);
        if span <= 0 {
            return vec![(self.width / 2, label(self.from, 1))];
        }
        let fits = |step: &i64| {
            let most = i64::from(self.width) / if *step < SECOND { 15 } else { 11 };
            span / step < most.max(1)
        };
        let Some(step) = STEPS.iter().map(|step| step * 1_000_000).find(fits) else { return Vec::new() };
        let first = self.from.saturating_add(step - 1).div_euclid(step) * step;
        let ticks = std::iter::successors(Some(first), |at| at.checked_add(step)).take_while(|at| *at <= self.to);
        let columns = self.width.saturating_sub(1);
        ticks.map(|at| (share(self.across(at), columns), label(at, step))).collect()
    }
}

/// A share of `whole`, to the nearest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn share(share: f64, whole: u16) -> u16 {
    (share.clamp(0.0, 1.0) * f64::from(whole)).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_durations_grow() {
        assert!(ROUND.windows(2).all(|pair| pair[0] < pair[1]), "{ROUND:?}");
        let axes = Axes { from: 0, to: 0, least: 7_000_000, most: 1_240_000_000, width: 40, height: 20 }.rounded();
        let labels: Vec<String> = axes.durations().into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["10 ms", "100 ms", "1 s"]);
        let near = Axes { least: 120_000_000, most: 180_000_000, ..axes }.rounded();
        let labels = near.durations();
        assert_eq!(labels, [(19, "100 ms".to_owned()), (0, "200 ms".to_owned())]);
    }
}
