//! What the user wants: file, environment and flags made into one validated [`Config`].

mod diagnostic;
mod options;

pub use diagnostic::{Diagnostic, nearest, unknown};
pub use options::{DropPolicy, SourceOptions, StartAt};
