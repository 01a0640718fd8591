//! One sender: its messages in, its acknowledgements out.
//!
//! The next message is read when the one before was handed over. While the intake is full the sender waits and keeps what it
//! has; what is acknowledged was handed over.

use std::sync::Arc;
use std::time::Duration;

use rmpv::{Value, ValueRef};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::handshake::{Handshake, encoded};
use super::hub::Hub;
use super::message::{Events, Message, Unreadable, decoded};
use super::sink::Sink;
use super::unpack::Unpacker;
use super::wire::Scanner;
use crate::source::Signal;
use crate::source::secret::Secret;

/// A message is at most so long. Fluentd's chunks have 8 MiB, Fluent Bit's 2 MiB.
const MAX_MESSAGE_BYTES: usize = 64 << 20;
/// A sender shows within this time that it knows the key.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How much one read asks for.
const BLOCK_BYTES: usize = 64 << 10;
/// A buffer larger than this is given back once its messages are done.
const KEPT_CAPACITY: usize = 1 << 20;
/// Events of a message that are handed over at a time.
const EVENTS: usize = 1000;

/// A sender's connection.
pub(super) struct Connection<S> {
    stream: S,
    hub: Arc<Hub>,
    buffer: Vec<u8>,
    /// Where in the buffer the next message begins.
    begin: usize,
    scanner: Scanner,
}

/// Why a connection ends before its sender ends it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// The network.
    #[error(transparent)]
    Broken(#[from] std::io::Error),
    /// It does not know the key.
    #[error("it does not know the shared key")]
    Stranger,
    /// What it sends can not be read.
    #[error("it sent {0}")]
    Unreadable(#[from] Unreadable),
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<S> {
    /// Over a stream that was accepted.
    pub(super) fn new(stream: S, hub: Arc<Hub>) -> Self {
        Self { stream, hub, buffer: Vec::new(), begin: 0, scanner: Scanner::default() }
    }

    /// Reads until the sender ends the connection.
    pub(super) async fn run(mut self, key: Option<Secret>) -> Result<(), Ended> {
        if let Some(key) = key {
            let handshake = tokio::time::timeout(HANDSHAKE, self.shake_hands(&key));
            handshake.await.unwrap_or(Err(Ended::Stranger))?;
        }
        while let Some(length) = self.next().await? {
            if let Some(answer) = take(&self.hub, self.message(length)).await? {
                self.stream.write_all(&answer).await?;
            }
            self.begin += length;
        }
        Ok(())
    }

    async fn shake_hands(&mut self, key: &Secret) -> Result<(), Ended> {
        let handshake = Handshake::new().ok_or(Ended::Stranger)?;
        self.stream.write_all(&handshake.helo()).await?;
        let length = self.next().await?.ok_or(Ended::Stranger)?;
        let (pong, is_known) = handshake.pong(&decoded(self.message(length))?, key);
        self.begin += length;
        self.stream.write_all(&pong).await?;
        if is_known { Ok(()) } else { Err(Ended::Stranger) }
    }

    /// The length of the next message, once all of it is in the buffer; `None` at the end of the stream.
    async fn next(&mut self) -> Result<Option<usize>, Ended> {
        loop {
            let rest = self.buffer.get(self.begin..).unwrap_or_default();
            if let Some(length) = self.scanner.end(rest, MAX_MESSAGE_BYTES).map_err(Unreadable::from)? {
                return Ok(Some(length));
            }
            self.buffer.drain(..self.begin);
            self.begin = 0;
            if self.buffer.is_empty() {
                self.buffer.shrink_to(KEPT_CAPACITY);
            }
            self.buffer.reserve(BLOCK_BYTES);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    fn message(&self, length: usize) -> &[u8] {
        self.buffer.get(self.begin..self.begin + length).unwrap_or_default()
    }
}

/// Hands a message over. Gives what the sender is to be told.
async fn take(hub: &Hub, bytes: &[u8]) -> Result<Option<Vec<u8>>, Ended> {
    let Some(message) = Message::of(decoded(bytes)?)? else { return Ok(None) };
    let chunk = message.chunk.as_ref().map(ValueRef::to_owned);
    match chunk.as_ref().map(encoded) {
        Some(name) => {
            if let Some(claim) = hub.claim(name).await {
                hand_over(hub, message).await;
                claim.keep();
            }
        }
        None => hand_over(hub, message).await,
    }
    Ok(chunk.map(|chunk| encoded(&Value::Map(vec![("ack".into(), chunk)]))))
}

/// Hands the events of a message over. What can not be read of them is counted; sending it again would not help.
async fn hand_over(hub: &Hub, message: Message<'_>) {
    let mut sink = Sink::new(hub.tag(&message.tag));
    let outcome = match message.events {
        Events::Plain(events) => {
            for events in events.chunks(EVENTS) {
                for (time, record) in events {
                    sink.take(time, record);
                }
                send(hub, &mut sink).await;
            }
            Ok(())
        }
        Events::Packed(bytes, packing) => match Unpacker::new(&bytes, packing) {
            Ok(mut unpacker) => loop {
                let block = unpacker.block(&mut |time, record| sink.take(time, record));
                send(hub, &mut sink).await;
                match block {
                    // Others have their turn, and the shutdown, however much is unpacked.
                    Ok(true) => tokio::task::yield_now().await,
                    Ok(false) => break Ok(()),
                    Err(error) => break Err(error),
                }
            },
            Err(error) => Err(error),
        },
        Events::Other(count) => {
            hub.note("metrics or traces came, which are not read; send logs alone");
            sink.rejected += count.max(1);
            Ok(())
        }
    };
    if let Err(error) = outcome {
        sink.rejected += 1;
        hub.note(&format!("a message of {} had {error}", message.tag.escape_default()));
    }
    send(hub, &mut sink).await;
}

async fn send(hub: &Hub, sink: &mut Sink) {
    let rejected = std::mem::take(&mut sink.rejected);
    if rejected > 0 {
        hub.cx.intake.reject(Signal::Logs, rejected);
    }
    for batch in sink.batches() {
        hub.cx.intake.send(batch).await;
    }
}
