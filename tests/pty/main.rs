//! The real program in a pseudo-terminal: keys are typed, the screen is read.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where its own files or its terminal fail")]

mod picture;
mod screen;
mod story;
#[path = "../support/mod.rs"]
mod support;
