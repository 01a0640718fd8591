//! The graph laid out in all its shapes, which of them is shown, and which part of it.

use std::sync::Arc;

use ratatui::layout::{Rect, Size};

use crate::analysis::service_graph::ServiceGraph;
use crate::analysis::service_graph::layering::Layering;
use crate::tui::widget::graph::{Selection, Shape, Sheet};

/// In less than so many columns a graph that fits in no shape is shown without figures.
const ROOM_FOR_FIGURES: u16 = 48;

/// A graph laid out.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawing {
    laid: Option<Arc<Laid>>,
    /// Which of the shapes is shown.
    at: usize,
    /// Whether all of it is seen.
    is_whole: bool,
    /// The column and row of the sheet at the top left.
    offset: (u16, u16),
    /// Whether a selection has moved the sheet, so that it stays where it is without one.
    is_moved: bool,
}

/// The layers and, for each shape, the places.
#[derive(Debug)]
struct Laid {
    layering: Layering,
    sheets: [Sheet; Shape::ALL.len()],
}

/// In which directions there is more to see.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four directions, each by itself")]
pub(super) struct Hidden {
    pub(super) left: bool,
    pub(super) up: bool,
    pub(super) down: bool,
    pub(super) right: bool,
}

impl Drawing {
    /// Lays out a graph, unless only its figures have changed. Services keep their order as far as they can.
    pub(super) fn lay_out(&mut self, graph: &ServiceGraph) {
        let before = self.laid.as_ref().map(|laid| &laid.layering);
        if before.is_some_and(|layering| layering.is_of(graph)) {
            return;
        }
        let layering = Layering::of(graph, before);
        let sheets = Shape::ALL.map(|shape| Sheet::new(graph, &layering, shape));
        self.laid = Some(Arc::new(Laid { layering, sheets }));
    }

    /// Where everything is in the shape that is shown.
    pub(super) fn sheet(&self) -> Option<&Sheet> {
        self.laid.as_ref()?.sheets.get(self.at)
    }

    /// The shape that is shown.
    pub(super) fn shape(&self) -> Shape {
        Shape::ALL.get(self.at).copied().unwrap_or(Shape::NAME)
    }

    /// The column and row of the sheet at the top left.
    pub(super) fn offset(&self) -> (u16, u16) {
        self.offset
    }

    /// Whether all of it is seen.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The roomiest shape in which all of it is seen, where there is one.
    fn fitting(&self, room: Size) -> Option<usize> {
        let fits = |sheet: &Sheet| sheet.size().0 <= room.width && sheet.size().1 <= room.height;
        self.laid.as_ref()?.sheets.iter().position(fits)
    }

    /// Whether all of it could be seen.
    pub(super) fn fits(&self, room: Size) -> bool {
        self.fitting(room).is_some()
    }

    /// Chooses the roomiest shape that fits, and moves the sheet so that the selection is seen with what is around it. Of what
    /// is larger than the room, the part is shown first that has the most services of those that calls begin with.
    pub(super) fn project(&mut self, room: Size, graph: &ServiceGraph, selection: Selection) {
        let fitting = self.fitting(room);
        let crowded = if room.width < ROOM_FOR_FIGURES { Shape::MARK } else { Shape::NAME };
        let otherwise = || Shape::ALL.iter().position(|shape| *shape == crowded).unwrap_or(0);
        let at = fitting.unwrap_or_else(otherwise);
        // What is so many rows down in one shape is elsewhere in another.
        self.is_moved &= at == self.at;
        (self.at, self.is_whole) = (at, fitting.is_some());
        let Some(sheet) = self.laid.as_ref().and_then(|laid| laid.sheets.get(at)) else { return };
        let (width, height) = sheet.size();
        let target = target(sheet, graph, selection, room);
        if target.is_none() && !self.is_moved {
            self.offset = (0, fullest(sheet, graph, room));
        }
        self.is_moved |= target.is_some();
        let target = target.unwrap_or(Rect { x: self.offset.0, y: self.offset.1, width: 0, height: 0 });
        let x = pan(self.offset.0, room.width, (target.left(), target.right()), width);
        self.offset = (
            uncut(sheet, graph, x, target.right().saturating_sub(room.width)),
            pan(self.offset.1, room.height, (target.top(), target.bottom()), height),
        );
    }

    /// In which directions there is more to see than `room` shows.
    pub(super) fn hidden(&self, room: Size) -> Hidden {
        let Some((width, height)) = self.sheet().map(Sheet::size) else { return Hidden::default() };
        let (x, y) = self.offset;
        Hidden {
            left: x > 0,
            up: y > 0,
            down: height > y.saturating_add(room.height),
            right: width > x.saturating_add(room.width),
        }
    }
}

/// What is to be seen: the selected service, or both ends of the selected call where there is room for both.
fn target(sheet: &Sheet, graph: &ServiceGraph, selection: Selection, room: Size) -> Option<Rect> {
    match selection {
        Selection::None => None,
        Selection::Service(node) => sheet.place(node),
        Selection::Edge(at) => {
            let edge = graph.edges.get(at)?;
            let (from, to) = (sheet.place(edge.from)?, sheet.place(edge.to)?);
            let both = from.union(to);
            Some(if both.width <= room.width && both.height <= room.height { both } else { to })
        }
    }
}

/// The first of so many rows that show the most services of those in the first columns. O(services · log).
fn fullest(sheet: &Sheet, graph: &ServiceGraph, room: Size) -> u16 {
    let places = (0..graph.nodes.len()).filter_map(|node| sheet.place(node));
    let mut places: Vec<Rect> = places.filter(|place| place.right() <= room.width).collect();
    places.sort_by_key(|place| place.y);
    let (mut best, mut most, mut end) = (0, 0, 0);
    for (at, place) in places.iter().enumerate() {
        let below = place.y.saturating_add(room.height);
        end += places.get(end..).unwrap_or_default().iter().take_while(|place| place.bottom() <= below).count();
        if end.saturating_sub(at) > most {
            (best, most) = (place.y, end - at);
        }
    }
    best
}

/// The first column that is shown where `x` would be, moved to the left, though not beyond `least`, so that it cuts no
/// service's name. O(services).
fn uncut(sheet: &Sheet, graph: &ServiceGraph, x: u16, least: u16) -> u16 {
    let places = (0..graph.nodes.len()).filter_map(|node| sheet.place(node));
    let cut = places.filter(|place| place.x < x && x < place.right()).map(|place| place.x).min();
    cut.filter(|left| *left >= least).unwrap_or(x)
}

/// The first column (or row) that is shown of `total`, so that `from..to` is among the `room` that are, and not at their rim
/// where that can be had. Moves as little as possible.
fn pan(offset: u16, room: u16, (from, to): (u16, u16), total: u16) -> u16 {
    let last = total.saturating_sub(room);
    let margin = (room.saturating_sub(to.saturating_sub(from)) / 2).min(room / 4);
    if from == to {
        return offset.min(last);
    }
    let most = from.saturating_sub(margin);
    let least = to.saturating_add(margin).saturating_sub(room);
    // What is larger than the room is shown from its beginning.
    offset.max(least).min(most.max(least.min(from))).min(last)
}
