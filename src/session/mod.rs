//! Saving, recording and reopening: wip.

mod error;
mod mask;
pub use error::SessionError;
pub use mask::{MASKED, Masker};
