//! The screen without a terminal and without time passing: keys go in, cells come out.
//!
//! [`harness`] drives [`spantail::tui::app::App`] as the runtime does, with a store that it fills itself and a clock
//! that stands still. [`incident`] is what is looked at: a checkout that fails at the bank.
//!
//! To look at what changed: run with `INSTA_UPDATE=always` and read the difference of `snapshots/`.

#![expect(clippy::unwrap_used, reason = "a test stops where its own data are missing")]

mod cells;
mod columns;
mod comparison;
mod events;
mod finding;
mod flame;
mod folding;
mod growing;
mod harness;
mod hints;
mod histogram;
mod history;
mod hostile;
mod incident;
mod journeys;
mod links;
mod looks;
mod operations;
mod records;
mod robust;
mod safety;
mod scatter;
mod services;
mod store;
mod switching;
mod tracelist;
mod trees;
mod typing;
mod waterfall;
mod waterfall_looks;
