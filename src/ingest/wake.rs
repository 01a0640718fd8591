//! Wakes the writer thread: a flag that is set by many and waited for by one.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Wake {
    due: Mutex<bool>,
    changed: Condvar,
}

impl Wake {
    /// Lets the waiting thread go on, or the next wait return at once.
    pub(super) fn notify(&self) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if !*due {
            *due = true;
            self.changed.notify_one();
        }
    }

    /// Waits for [`Wake::notify`], at most for `timeout`; for ever without one.
    pub(super) fn wait(&self, timeout: Option<Duration>) {
        let due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = match timeout {
            Some(timeout) => {
                self.changed.wait_timeout_while(due, timeout, |due| !*due).unwrap_or_else(PoisonError::into_inner).0
            }
            None => self.changed.wait_while(due, |due| !*due).unwrap_or_else(PoisonError::into_inner),
        };
        *due = false;
    }
}
