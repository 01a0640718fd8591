//! A live debugger for logs and traces in the terminal.
//!
//! The house, from the ground up; imports run downward only (see docs/ARCHITECTURE.md):
//!
//! - [`model`]: log records, spans, ids, severities: OpenTelemetry's data model
//! - [`parse`]: bytes to records
//! - [`config`]: what the user wants
//! - [`source`]: where signals come from
//! - [`theme`]: how things look
//! - [`tui`]: the screen and the keys

pub mod config;
pub mod model;
pub mod parse;
pub mod source;
pub mod theme;
pub mod tui;
