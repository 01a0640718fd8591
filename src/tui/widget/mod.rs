//! Small pure widgets that know no pane: they get data and resolved styles, and draw into any area, also none.

pub mod flame;
pub mod graph;
pub mod histogram;
pub mod minimap;
pub mod scatter;
pub mod waterfall;

mod text;
