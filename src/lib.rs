//! A live debugger for logs and traces in the terminal.
//!
//! The house, from the ground up; imports run downward only (see docs/ARCHITECTURE.md):
//!
//! - [`model`]: log records, spans, ids, severities: OpenTelemetry's data model
//! - [`parse`]: bytes to records
//! - [`config`]: what the user wants
//! - [`source`]: where signals come from
//! - [`store`]: what has been seen
//! - [`session`]: saving, recording and reopening
//! - [`theme`]: what things look like
//! - [`tui`]: the screen

pub mod config;
pub mod model;
pub mod parse;
pub mod session;
pub mod source;
pub mod store;
pub mod theme;
pub mod tui;
