//! How a source says how it is doing.

use std::sync::{Arc, Mutex, PoisonError};

use crate::model::SourceState;

/// Where a source says how it is. Cheap to clone; the last word counts.
#[derive(Clone, Debug, Default)]
pub struct StatusReporter(Arc<Mutex<SourceState>>);

impl StatusReporter {
    /// Replaces the state.
    pub fn set(&self, state: SourceState) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// The state now.
    pub fn get(&self) -> SourceState {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
