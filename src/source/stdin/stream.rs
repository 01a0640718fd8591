//! One blocking byte stream, read on a thread of its own and handed over as lines: standard input, and what behaves
//! like it (a FIFO that was named as a file).

use std::io::{self, Read};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::source::lines::LineSplitter;
use crate::source::{Batch, LineBatch, SourceContext, SourceError};

/// How much one read asks for.
const BLOCK_BYTES: usize = 256 * 1024;

/// Chunks that wait between the thread and the async part. Together they hold about a megabyte at most.
const CHUNKS: usize = 4;

/// How long to wait before a descriptor that somebody else made non-blocking is asked again.
const RETRY: Duration = Duration::from_millis(10);

/// Hands over the lines of the reader that `open` gives, until its end or until shutdown. `open` runs on the reading
/// thread and may block. `name` is for error texts.
pub(in crate::source) async fn read_stream<R: Read>(
    cx: &SourceContext,
    name: &str,
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> Result<(), SourceError> {
    let failed = |error: io::Error| SourceError::Io { doing: format!("read {name}"), why: error.to_string() };
    let (sender, receiver) = mpsc::channel(CHUNKS);
    // The thread is not joined: it may sit in a read that never returns, and must not keep the program from ending.
    thread::Builder::new().name("stream-reader".to_owned()).spawn(move || forward(open, &sender)).map_err(failed)?;
    Lines { cx, receiver, splitter: LineSplitter::new(&cx.join), batch: LineBatch::default() }
        .run()
        .await
        .map_err(failed)
}

/// The thread's part: chunks as the reader gives them, one error at most, and nothing after it.
fn forward<R: Read>(open: impl FnOnce() -> io::Result<R>, sender: &mpsc::Sender<io::Result<Vec<u8>>>) {
    let mut buf = vec![0; BLOCK_BYTES];
    let read = || -> io::Result<()> {
        let mut reader = open()?;
        loop {
            match reader.read(&mut buf) {
                Ok(0) => return Ok(()),
                Ok(length) => {
                    let chunk = buf.get(..length).unwrap_or_default().to_vec();
                    if sender.blocking_send(Ok(chunk)).is_err() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !sender.is_closed() => {
                    thread::park_timeout(RETRY);
                }
                Err(error) => return Err(error),
            }
        }
    };
    if let Err(error) = read() {
        // Nobody listens any more when this fails, so there is nobody to tell.
        sender.blocking_send(Err(error)).ok();
    }
}

/// The async part: chunks to lines to the intake.
struct Lines<'a> {
    cx: &'a SourceContext,
    receiver: mpsc::Receiver<io::Result<Vec<u8>>>,
    splitter: LineSplitter,
    batch: LineBatch,
}

impl Lines<'_> {
    async fn run(mut self) -> io::Result<()> {
        loop {
            let patience = self.splitter.patience();
            let received = tokio::select! {
                biased;
                () = self.cx.shutdown.cancelled() => return Ok(()),
                received = self.receiver.recv() => received,
                () = tokio::time::sleep(patience.unwrap_or_default()), if patience.is_some() => {
                    self.splitter.settle(&mut self.batch);
                    self.send().await;
                    continue;
                }
            };
            let outcome = match received {
                Some(Ok(chunk)) => {
                    self.take(&chunk).await;
                    self.take_waiting().await
                }
                Some(Err(error)) => Err(error),
                None => {
                    self.flush().await;
                    return Ok(());
                }
            };
            self.send().await;
            if outcome.is_err() {
                self.flush().await;
                return outcome;
            }
        }
    }

    /// Takes what else has come meanwhile, so that a writer of many small pieces does not cost a batch for each.
    async fn take_waiting(&mut self) -> io::Result<()> {
        for _ in 0..CHUNKS {
            let Ok(received) = self.receiver.try_recv() else { break };
            self.take(&received?).await;
        }
        Ok(())
    }

    /// Hands over what is held back; the batch is empty.
    async fn flush(&mut self) {
        while self.splitter.flush(&mut self.batch) {
            self.send().await;
        }
    }

    async fn take(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        loop {
            let taken = self.splitter.feed(rest, &mut self.batch);
            rest = rest.get(taken..).unwrap_or_default();
            if rest.is_empty() {
                return;
            }
            self.send().await;
        }
    }

    async fn send(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = Batch::Lines(std::mem::take(&mut self.batch));
        tokio::select! {
            biased;
            () = self.cx.shutdown.cancelled() => {}
            () = self.cx.intake.send(batch) => {}
        }
    }
}
