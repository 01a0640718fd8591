//! The terminal interface: state, panes and the loop that runs them.
//!
//! Data flows down (event → `App::update` → `project` → `render`), wishes flow up (key → action → effect). Only
//! [`runtime`] does I/O or knows the clock.

pub mod action;
pub mod app;
pub mod coloured;
pub mod effect;
pub mod event;
pub mod fields;
pub mod findings;
mod finish;
pub mod frame;
pub mod inquiry;
pub mod keymap;
pub mod layout;
pub mod list;
pub mod names;
pub mod overlay;
pub mod pace;
pub mod pane;
pub mod panes;
pub mod piece;
pub mod runtime;
pub mod status_bar;
pub mod text;
pub mod widget;
pub mod world;
