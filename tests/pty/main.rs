//! The real program in a pseudo-terminal: keys are typed, the screen is read.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops where its own files or its terminal fail")]

mod files;
#[path = "../support/home.rs"]
mod home;
mod input;
mod picture;
mod ports;
#[path = "../support/recorded.rs"]
mod recorded;
mod screen;
mod sizes;
mod story;
mod terminal;
mod too_much;
