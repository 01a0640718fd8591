//! How a source that lost its peer comes back: pauses that grow, are never the same for two, and start over once the
//! connection was good for something.

use std::time::Duration;

use tokio::time::Instant;

use super::{SourceContext, SourceError, SourceState};

/// The first pause is at most so long.
const FIRST: Duration = Duration::from_millis(500);
/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(30);
/// A peer may ask for longer, but not for ever.
const LONGEST_ASKED: Duration = Duration::from_secs(600);
/// A connection that lasted so long was good: what comes after it is a new trouble.
const USEFUL: Duration = Duration::from_secs(20);

/// Why a connection ended.
#[derive(Debug)]
pub enum Trouble {
    /// It may be gone the next time: a refused connection, a broken one, a 5xx, a 429. `after`: how long the peer asks to
    /// be left alone (`Retry-After`).
    Passing {
        /// What was being done, and what came back.
        why: String,
        /// The least time until the next try.
        after: Option<Duration>,
    },
    /// It stays until somebody does something: a 401, a 403, a 404, a query that is none. Tried again only every
    /// [`LONGEST`] pause, as somebody may.
    Lasting {
        /// What came back, and what to do about it.
        why: String,
    },
}

impl Trouble {
    /// What was being done and what came back, and what to do about it where that is known.
    pub fn why(&self) -> &str {
        match self {
            Self::Passing { why, .. } | Self::Lasting { why } => why,
        }
    }

    /// Trouble that may pass.
    pub fn passing(why: impl Into<String>) -> Self {
        Self::Passing { why: why.into(), after: None }
    }

    /// Trouble that needs somebody.
    pub fn lasting(why: impl Into<String>) -> Self {
        Self::Lasting { why: why.into() }
    }
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        Self::lasting(error.to_string())
    }
}

/// The pauses of one source. Exponential with full jitter, as in "Exponential Backoff And Jitter", AWS Architecture
/// Blog, 2015: a pause is anywhere between half a ceiling that doubles and that ceiling.
#[derive(Debug)]
pub struct Backoff {
    tries: u32,
    /// When the last connection began to be good.
    good_since: Option<Instant>,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

impl Backoff {
    /// No trouble so far.
    pub fn new() -> Self {
        Self { tries: 0, good_since: None }
    }

    /// Notes that the connection works: the peer has answered. To be called as often as one likes.
    pub fn is_good(&mut self) {
        self.good_since.get_or_insert_with(Instant::now);
    }

    /// Says in the source's state what went wrong and when it is tried again, and waits for that time. Answers whether to
    /// go on: `false` means that the source has to stop.
    pub async fn pause(&mut self, trouble: Trouble, cx: &SourceContext) -> bool {
        if self.good_since.take().is_some_and(|since| since.elapsed() >= USEFUL) {
            self.tries = 0;
        }
        let (wait, why) = match trouble {
            Trouble::Passing { why, after } => (self.next().max(after.unwrap_or_default().min(LONGEST_ASKED)), why),
            Trouble::Lasting { why } => (LONGEST, why),
        };
        cx.status.set(SourceState::Retrying { wait, why });
        tokio::select! {
            biased;
            () = cx.shutdown.cancelled() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }

    fn next(&mut self) -> Duration {
        let ceiling = FIRST.saturating_mul(1 << self.tries.min(16)).min(LONGEST);
        self.tries += 1;
        ceiling.mul_f64(0.5 + 0.5 * random())
    }
}

/// What is tried again: a source's connection to its peer, with the cursor that tells where to go on.
pub trait Connection: Send {
    /// Connects and reads, until it ends well or there is trouble. Says to the backoff when it [is
    /// good](Backoff::is_good). May be dropped at any point where it waits: the cursor moves when something was handed over.
    fn run(&mut self, backoff: &mut Backoff) -> impl Future<Output = Result<(), Trouble>> + Send;
}

/// Runs `connection` again and again until it ends well or the source has to stop.
pub async fn keep_trying(cx: &SourceContext, connection: &mut impl Connection) {
    let mut backoff = Backoff::new();
    loop {
        let outcome = tokio::select! {
            biased;
            () = cx.shutdown.cancelled() => return,
            outcome = connection.run(&mut backoff) => outcome,
        };
        let Err(trouble) = outcome else { return };
        if !backoff.pause(trouble, cx).await {
            return;
        }
    }
}

/// A number from 0 to 1 that differs from process to process and from call to call.
fn random() -> f64 {
    use std::hash::{BuildHasher as _, RandomState};
    #[expect(clippy::cast_precision_loss, reason = "a rough number does")]
    let share = RandomState::new().hash_one(0) as f64 / u64::MAX as f64;
    share
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::collected::Collected;

    /// A peer that is in trouble, each time another.
    struct Troubled {
        tries: u32,
        cx: SourceContext,
    }

    impl Connection for Troubled {
        async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
            self.tries += 1;
            match self.tries {
                1..=5 => Err(Trouble::passing("connecting to h:1: refused")),
                6 => {
                    assert!(matches!(self.cx.status.get(), SourceState::Retrying { wait, .. } if wait >= FIRST * 8));
                    backoff.is_good();
                    tokio::time::sleep(USEFUL).await;
                    Err(Trouble::passing("connection to h:1 broke"))
                }
                7 => {
                    let SourceState::Retrying { wait, why } = self.cx.status.get() else { panic!("a pause") };
                    assert!(wait <= FIRST && why.contains("broke"), "{wait:?} {why}");
                    Err(Trouble::Passing { why: "503".to_owned(), after: Some(Duration::from_secs(90)) })
                }
                8 => {
                    assert!(matches!(self.cx.status.get(), SourceState::Retrying { wait, .. } if wait.as_secs() == 90));
                    Err(Trouble::lasting("401"))
                }
                _ => Ok(()),
            }
        }
    }

    #[test]
    fn pauses_grow_and_stay_below_the_longest() {
        let mut backoff = Backoff::new();
        let pauses: Vec<Duration> = (0..12).map(|_| backoff.next()).collect();
        for (at, pause) in pauses.iter().enumerate() {
            let ceiling = FIRST.saturating_mul(1 << at).min(LONGEST);
            assert!((ceiling / 2..=ceiling).contains(pause), "{pauses:?}");
        }
        assert!(pauses.iter().skip(7).any(|pause| *pause != LONGEST), "jitter: {pauses:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_state_says_what_is_wrong_and_a_good_while_starts_over() {
        let (_, cx) = Collected::context();
        let mut peer = Troubled { tries: 0, cx: cx.clone() };
        keep_trying(&cx, &mut peer).await;
        assert!(matches!(cx.status.get(), SourceState::Retrying { wait, .. } if wait == LONGEST));
        assert_eq!(peer.tries, 9);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_at_once_when_the_source_has_to_stop() {
        let (_, cx) = Collected::context();
        cx.shutdown.cancel();
        assert!(!Backoff::new().pause(Trouble::lasting("403"), &cx).await);
    }
}
