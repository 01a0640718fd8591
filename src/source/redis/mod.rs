//! Redis: what is published on channels, what is added to streams, and what lists hold. Nothing is consumed: streams are
//! read without a consumer group and lists without popping, so that whoever works on them is not disturbed.
//!
//! Owns how a source is written ([`options`]), the connection ([`link`]), what errors say ([`trouble`]), the state ([`board`]), and
//! the three ways of reading: [`channels`], [`streams`], [`lists`]. Each way has a connection of its own, as one that is subscribed or
//! blocked can be asked nothing else. Where one of them breaks all are made anew. What the server refuses of
//! one channel or key alone does not concern the others.
//!
//! Written after the documentation of the commands on redis.io; speaks RESP2, which every server does.

mod board;
mod channels;
mod entry;
mod link;
mod lists;
mod options;
mod stream_cursor;
mod streams;
#[cfg(test)]
pub(super) mod tests;
mod texts;
mod trouble;
mod window;

use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::board::Board;
use self::channels::Channels;
use self::lists::Lists;
use self::options::{Options, PARAMETERS};
use self::streams::Streams;
use super::retry::{Backoff, Connection, Trouble, keep_trying};
use super::secret::PASSWORD;
use super::tls::TLS;
use super::{Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};

const EXAMPLE: &str = "redis://127.0.0.1:6379?channel=orders";

/// The kind of source that reads from Redis.
pub(super) struct RedisKind;

impl SourceKind for RedisKind {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["redis", "rediss"]
    }

    fn about(&self) -> &'static str {
        "Redis channels, patterns of channels, streams and lists, read without consuming anything; rediss is over TLS."
    }

    fn example(&self) -> &'static str {
        EXAMPLE
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &[PARAMETERS, PASSWORD, TLS]
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        let options = Options::of(spec, &spec.address(self.parameters(), EXAMPLE)?)?;
        Ok(Box::new(RedisSource { options }))
    }
}

struct RedisSource {
    options: Options,
}

impl Source for RedisSource {
    fn label(&self) -> String {
        format!("redis {}", self.options.place())
    }

    fn is_pausable(&self) -> bool {
        !self.options.has_channels()
    }

    fn has_parts(&self) -> bool {
        self.options.has_parts()
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move {
            let mut peer = Peer::new(self.options, cx.clone());
            keep_trying(&cx, &mut peer).await;
            if !cx.shutdown.is_cancelled() {
                cx.status.set(SourceState::Ended("all that there was is read".to_owned()));
            }
            Ok(())
        }
        .boxed()
    }
}

/// The server, with the cursors that outlive a connection.
struct Peer {
    options: Options,
    cx: SourceContext,
    channels: Channels,
    streams: Streams,
    lists: Lists,
    /// When a connection that was live broke.
    broke: Option<Instant>,
}

impl Peer {
    fn new(options: Options, cx: SourceContext) -> Self {
        let channels = Channels::new(&options);
        let streams = Streams::new(&options);
        let lists = Lists::new(&options);
        Self { options, cx, channels, streams, lists, broke: None }
    }

    async fn read(&mut self, backoff: &mut Backoff, board: &Board) -> Result<(), Trouble> {
        let options = &self.options;
        let broken = CancellationToken::new();
        if let (Some(broke), true) = (self.broke, options.listens()) {
            let seconds = broke.elapsed().as_secs().max(1);
            board.note(format!("reconnected after {seconds} s; what was published meanwhile is lost"));
        }
        let subscribed = if options.listens() { Some(self.channels.subscribe(options, board).await?) } else { None };
        let for_streams = if options.streams.is_empty() { None } else { Some(link::ask(options, &broken).await?) };
        let for_lists = if options.lists.is_empty() { None } else { Some(link::ask(options, &broken).await?) };
        backoff.is_good();
        let (cx, first) = (&self.cx, First::new(&broken));
        let channels = self.channels.run(subscribed, options, cx, board, &broken).map(|outcome| first.note(outcome));
        let streams = self.streams.run(for_streams, options, cx, board).map(|outcome| first.note(outcome));
        let lists = self.lists.run(for_lists, options, cx, board).map(|outcome| first.note(outcome));
        tokio::join!(channels, streams, lists);
        first.outcome()?;
        self.streams.end()?;
        self.lists.end()
    }
}

/// The first trouble of several connections. The others are told and come to an end by themselves, so that none is dropped
/// while it hands something over: it would not know whether that arrived.
struct First<'a> {
    trouble: Mutex<Option<Trouble>>,
    broken: &'a CancellationToken,
}

impl<'a> First<'a> {
    fn new(broken: &'a CancellationToken) -> Self {
        Self { trouble: Mutex::default(), broken }
    }

    fn note(&self, outcome: Result<(), Trouble>) {
        if let Err(trouble) = outcome {
            self.trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(trouble);
            self.broken.cancel();
        }
    }

    fn outcome(self) -> Result<(), Trouble> {
        self.trouble.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }
}

impl Connection for Peer {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let board = Board::new(&self.options, self.cx.clone());
        let outcome = self.read(backoff, &board).await;
        if board.was_live() {
            self.broke = Some(Instant::now());
        }
        outcome
    }
}
