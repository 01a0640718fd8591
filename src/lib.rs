//! A live debugger for logs and traces in the terminal.
//!
//! The house, from the ground up; imports run downward only (see docs/ARCHITECTURE.md):
//!
//! - [`model`]: log records, spans, ids, severities: OpenTelemetry's data model
//! - [`parse`]: bytes to records
//! - [`extent`]: text in files that are not copied
//! - [`config`]: what the user wants
//! - [`source`]: where signals come from
//! - [`store`]: what has been seen
//! - [`ingest`]: between sources and store: queues, limits, accounting
//! - [`query`]: the filter language
//! - [`analysis`]: what traces say: trees, critical paths, the service graph
//! - [`session`]: what was seen, in a file
//! - [`theme`]: what things look like
//! - [`tui`]: the screen
//! - [`cli`]: the command line

pub mod analysis;
pub mod cli;
pub mod config;
pub mod extent;
pub mod ingest;
pub mod model;
pub mod parse;
pub mod query;
pub mod session;
pub mod source;
pub mod store;
pub mod theme;
pub mod tui;
