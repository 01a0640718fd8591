//! What the user wants: file, environment and flags made into one validated [`Config`].

mod options;

pub use options::{DropPolicy, SourceOptions, StartAt};
