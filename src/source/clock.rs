//! What time it is, as a value that tests can replace.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Nanos;

/// A wall clock. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Nanos + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::from_fn(|| {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Nanos::try_from(now.as_nanos()).unwrap_or(Nanos::MAX)
        })
    }

    /// A clock that answers what `now` answers.
    pub fn from_fn(now: impl Fn() -> Nanos + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Nanoseconds since 1970 UTC.
    pub fn now(&self) -> Nanos {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
