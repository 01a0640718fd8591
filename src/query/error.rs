//! What is wrong with a query, where, and what was expected there.

use std::fmt;
use std::ops::Range;

/// A query that can not be understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryError {
    /// Byte columns of the input to underline. At the end of the input it may be empty.
    pub span: Range<usize>,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// What would have been right there.
    pub expected: String,
}

impl QueryError {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { span, message: message.into(), expected: expected.into() }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}; expected {}", self.span.start + 1, self.message, self.expected)
    }
}

impl std::error::Error for QueryError {}
