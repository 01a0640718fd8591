//! A live debugger for logs and traces in the terminal.
//!
//! The house, from the ground up; imports run downward only (see docs/ARCHITECTURE.md):
//!
//! - [`model`]: log records, spans, ids, severities: OpenTelemetry's data model
//! - [`parse`]: bytes to records
//! - [`config`]: what the user wants
//! - [`source`]: where signals come from
//! - [`store`]: what has been seen
//! - [`query`]: the filter language

pub mod config;
pub mod model;
pub mod parse;
pub mod query;
pub mod source;
pub mod store;
