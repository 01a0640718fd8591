//! The terminal interface.

pub mod action;
pub mod keymap;
