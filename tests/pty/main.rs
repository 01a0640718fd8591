//! The real program in a pseudo-terminal: keys are typed, the screen is read.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where its own files or its terminal fail")]

mod files;
mod input;
mod picture;
mod ports;
mod screen;
mod sizes;
mod story;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod too_much;
