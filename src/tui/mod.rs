//! The terminal interface.

pub mod action;
pub mod keymap;
pub mod widget;
