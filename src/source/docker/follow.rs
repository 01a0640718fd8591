//! One container's log, followed to its end: until it stops, is removed, or the connection breaks.

use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use super::answer::Inspected;
use super::engine::{Engine, Failure, innermost};
use super::frames::Frames;
use super::log::Log;
use crate::source::{Signal, SourceContext};

/// How it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// It has stopped, or all was read that was asked for. More may come when it is started again.
    Stopped,
    /// It was removed.
    Gone,
    /// Its log can not be read by anybody; says why.
    Unreadable(String),
    /// Something broke; to be tried again.
    Broken(String),
    /// It had to stop.
    Told,
}

/// What is needed to read a log.
#[derive(Clone)]
pub(super) struct Reader {
    /// Whom to ask.
    pub(super) engine: Engine,
    /// The way out.
    pub(super) cx: SourceContext,
    /// Whether to wait for more at the end.
    pub(super) follows: bool,
    /// Where it says whose log it begins to read, as the engine knows the container.
    pub(super) reading: Sender<String>,
    /// Cancelled when this connection to the engine is over.
    pub(super) stop: CancellationToken,
}

impl Reader {
    /// Reads `log` of the container `id` from its cursor on. Whatever way it ends, all that was read is handed over.
    pub(super) async fn read(&self, id: &str, log: &mut Log) -> End {
        loop {
            let reading = tokio::select! {
                biased;
                () = self.stop.cancelled() => return End::Told,
                inspected = self.engine.inspect(id) => inspected,
            };
            let inspected = match reading {
                Ok(inspected) => inspected,
                Err(failure) => return ended(failure, ""),
            };
            // Nobody listens any more when the connection is over.
            // One that is not told of counts as one that has not read for long: its next pause is longer than it need be.
            self.reading.try_send(id.to_owned()).ok();
            log.cursor.start_run(inspected.started());
            let before = log.taken();
            let end = self.read_once(id, log, &inspected).await;
            log.flush(&self.cx).await;
            if end != End::Stopped || !self.follows {
                return end;
            }
            match self.engine.inspect(id).await {
                Ok(inspected) if inspected.is_running() => {}
                Ok(_) => return End::Stopped,
                // An engine that is going away ends its answers well: whether the container has stopped, nobody knows.
                Err(failure) => return ended(failure, ""),
            }
            // It was started again meanwhile, or its log was cut off (by rotation, by an impatient proxy).
            if log.taken() == before {
                return End::Broken("its log ends although it runs".to_owned());
            }
        }
    }

    async fn read_once(&self, id: &str, log: &mut Log, inspected: &Inspected) -> End {
        // By the engine's clock, which stamps what it is asked for.
        let start = log.cursor.ask(self.engine.answered.saturating_mul(1_000_000_000));
        let answer = tokio::select! {
            biased;
            () = self.stop.cancelled() => return End::Told,
            answer = self.engine.logs(id, start, self.follows) => answer,
        };
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(failure) => return ended(failure, inspected.driver()),
        };
        let mut frames = Frames::new(inspected.is_terminal());
        loop {
            let patience = log.patience();
            let chunk = tokio::select! {
                biased;
                () = self.stop.cancelled() => return End::Told,
                chunk = answer.chunk() => chunk,
                () = tokio::time::sleep(patience.unwrap_or_default()), if patience.is_some() => {
                    log.settle(&self.cx).await;
                    continue;
                }
            };
            match chunk {
                Ok(Some(chunk)) => {
                    if let Err(end) = self.take(&chunk, &mut frames, log).await {
                        return end;
                    }
                }
                Ok(None) => {
                    if let Some(rest) = frames.rest() {
                        log.take(rest, &self.cx).await;
                    }
                    log.cursor.has_ended();
                    return End::Stopped;
                }
                Err(error) => return End::Broken(format!("its log broke off: {}", innermost(&error))),
            }
        }
    }

    async fn take(&self, mut chunk: &[u8], frames: &mut Frames, log: &mut Log) -> Result<(), End> {
        let outcome = loop {
            match frames.next(&mut chunk) {
                Ok(Some(message)) => log.take(message, &self.cx).await,
                Ok(None) => break Ok(()),
                Err(garbage) => {
                    self.cx.intake.reject(Signal::Logs, 1);
                    break Err(End::Broken(garbage.to_string()));
                }
            }
        };
        log.send(&self.cx).await;
        outcome
    }
}

/// What a refusal means for one container. Engines say in words alone that a log driver keeps nothing.
fn ended(failure: Failure, driver: &str) -> End {
    let names_driver = failure.why.contains("logging driver") || failure.why.contains("log driver");
    match failure.status.map(|status| status.as_u16()) {
        Some(404 | 409) => End::Gone,
        Some(501) => End::Unreadable(unreadable(driver)),
        Some(_) if names_driver => End::Unreadable(unreadable(driver)),
        _ => End::Broken(failure.why),
    }
}

fn unreadable(driver: &str) -> String {
    format!(
        "its log driver{} keeps nothing that can be read; run it with --log-driver=json-file or local",
        if driver.is_empty() { String::new() } else { format!(" `{driver}`") }
    )
}
