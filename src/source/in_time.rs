//! Whether something ends within a second, told without trusting the clock of a loaded machine.

use std::pin::pin;
use std::time::Duration;

/// How long is slept between two looks.
const LOOK: Duration = Duration::from_millis(5);
/// A second of looks on an idle machine, and half as much again.
const LOOKS: usize = 300;

/// What `future` gives, which must come within a second of an idle machine. Where the machine is loaded, looking takes as much
/// longer as everything else does.
///
/// # Panics
///
/// When it takes longer.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    for _ in 0..LOOKS {
        if let Ok(done) = tokio::time::timeout(LOOK, &mut future).await {
            return done;
        }
    }
    panic!("not done after {LOOKS} looks, {LOOK:?} apart");
}
