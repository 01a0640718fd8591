//! The screen: events, state, panes and widgets.

pub mod widget;
