//! One of a command's two streams: bytes to lines to the intake.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::sleep;

use crate::model::Resource;
use crate::source::lines::LineSplitter;
use crate::source::{Batch, LineBatch, SourceContext};

/// How much one read asks for: what a pipe holds.
const BLOCK_BYTES: usize = 64 * 1024;

/// A stream that is read.
pub(super) struct Stream<'a> {
    cx: &'a SourceContext,
    pulse: &'a Pulse,
    splitter: LineSplitter,
    origin: Option<Arc<str>>,
    resource: Arc<Resource>,
}

/// What a stream is doing, for who waits for it to come to rest.
pub(super) struct Pulse {
    /// Bytes that were read.
    bytes: AtomicU64,
    /// So many are read at most.
    limit: AtomicU64,
    /// Whether lines wait for room in the queue.
    is_sending: AtomicBool,
}

impl Pulse {
    /// Nothing has been read yet, and all will be.
    pub(super) fn new() -> Self {
        Self { bytes: AtomicU64::new(0), limit: AtomicU64::new(u64::MAX), is_sending: AtomicBool::new(false) }
    }

    /// How many bytes have come; `None` while there is no room for more.
    pub(super) fn bytes(&self) -> Option<u64> {
        (!self.is_sending.load(Ordering::Relaxed)).then(|| self.bytes.load(Ordering::Relaxed))
    }

    /// Has reading end after so many more bytes, about.
    pub(super) fn limit(&self, more: u64) {
        self.limit.store(self.bytes.load(Ordering::Relaxed) + more, Ordering::Relaxed);
    }

    /// Whether more came than it was limited to.
    pub(super) fn is_over(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) >= self.limit.load(Ordering::Relaxed)
    }
}

impl<'a> Stream<'a> {
    /// A stream whose lines are marked with `origin` and `resource`.
    pub(super) fn new(
        cx: &'a SourceContext,
        pulse: &'a Pulse,
        origin: Option<Arc<str>>,
        resource: Arc<Resource>,
    ) -> Self {
        Self { cx, pulse, splitter: LineSplitter::new(&cx.join), origin, resource }
    }

    /// Reads `pipe` to its end, or to the limit, and hands over whole records. A pipe that breaks has ended.
    pub(super) async fn read(&mut self, mut pipe: impl AsyncRead + Unpin) {
        let mut buf = vec![0; BLOCK_BYTES];
        loop {
            let patience = self.splitter.patience();
            let read = tokio::select! {
                biased;
                read = pipe.read(&mut buf) => read,
                () = sleep(patience.unwrap_or_default()), if patience.is_some() => {
                    let mut batch = LineBatch::default();
                    self.splitter.settle(&mut batch);
                    self.send(batch).await;
                    continue;
                }
            };
            let Ok(length @ 1..) = read else { return };
            self.pulse.bytes.fetch_add(length as u64, Ordering::Relaxed);
            self.take(buf.get(..length).unwrap_or_default()).await;
            if self.pulse.is_over() {
                return;
            }
        }
    }

    /// Hands over what is held back, at the end.
    pub(super) async fn flush(&mut self) {
        let mut batch = LineBatch::default();
        while self.splitter.flush(&mut batch) {
            self.send(std::mem::take(&mut batch)).await;
        }
    }

    async fn take(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        while !rest.is_empty() {
            let mut batch = LineBatch::default();
            let taken = self.splitter.feed(rest, &mut batch);
            rest = rest.get(taken..).unwrap_or_default();
            self.send(batch).await;
        }
    }

    async fn send(&self, batch: LineBatch) {
        if batch.is_empty() {
            return;
        }
        let batch = LineBatch { origin: self.origin.clone(), resource: Some(Arc::clone(&self.resource)), ..batch };
        self.pulse.is_sending.store(true, Ordering::Relaxed);
        self.cx.intake.send(Batch::Lines(batch)).await;
        self.pulse.is_sending.store(false, Ordering::Relaxed);
    }
}
