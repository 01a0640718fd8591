//! Sessions: what is on the screen, written to a file, sent to a colleague and opened again.
//!
//! A session file is OTLP JSON Lines in zstd frames that stand for themselves, so `zstd -dc` and everything that reads
//! OTLP understands it, and what was cut off by a crash is readable up to its last whole frame. Lines come first, in
//! the order of the store, then spans by trace, then, in a frame of its own, one record with the state of the screen.
//! A recording mixes lines and spans as they come. How lines and losses look in OTLP is decided in
//! [`crate::parse::otlp`]; reading the logs and traces back is a source's work, like that of any other OTLP file.
//!
//! Owns saving ([`save()`]), recording ([`Recorder`]), the state ([`SessionState`], [`read_state`]) and the masking of
//! secrets on the way out ([`Masker`]). Blocks on the disk: call it from a thread that may.

mod draft;
mod error;
mod frames;
mod mask;
mod read;
mod recorder;
mod save;
mod state;
#[cfg(test)]
mod tests;
mod writer;

pub use error::SessionError;
pub use mask::{MASKED, Masker};
pub use read::read_state;
pub use recorder::{Recorder, RecorderOptions};
pub use save::{Saved, save};
pub use state::{MAX_MARKS, STATE_EVENT, SessionState, SourceFigures};
