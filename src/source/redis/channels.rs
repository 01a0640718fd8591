//! Channels: what is published while we listen. Redis keeps nothing of it, so what comes while there is no connection is
//! lost, and a subscriber that reads too slowly is thrown out: what comes is taken at once and offered.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use redis::Msg;
use redis::aio::{PubSubSink, PubSubStream};
use tokio_util::sync::CancellationToken;

use super::board::{Board, Health};
use super::link::{Allowance, listen, silent};
use super::options::{Options, title};
use super::texts::{Part, Texts};
use super::trouble;
use crate::source::retry::Trouble;
use crate::source::{Batch, SourceContext};

/// How often a silent server is asked whether it is there: nothing else tells that it is not.
const PING: Duration = Duration::from_secs(30);

/// For how long the answer may take.
const PONG: Duration = Duration::from_secs(10);

/// Messages that are handed over together at most.
const TOGETHER: usize = 1024;

/// Channels that are remembered; beyond that all are forgotten and learned anew.
const MAX_PARTS: usize = 10_000;

/// A connection that is subscribed.
pub(super) struct Subscribed {
    sink: PubSubSink,
    stream: PubSubStream,
    allowance: Allowance,
}

/// What was asked for: one channel, or one pattern of channels.
struct Wanted {
    name: String,
    is_pattern: bool,
    health: Health,
}

/// The channels so far.
pub(super) struct Channels {
    wanted: Vec<Wanted>,
    /// Each channel, and by which subscription its messages are taken: a channel that was asked for by its name and by a
    /// pattern, or by two patterns, is delivered once for each.
    parts: HashMap<Vec<u8>, (Part, Option<String>)>,
}

impl Channels {
    /// Those that `options` name; patterns bring more.
    pub(super) fn new(options: &Options) -> Self {
        let named = options.channels.iter().map(|name| (name.clone().into_bytes(), (Part::new(name), None)));
        let wanted = |(name, is_pattern): (&String, bool)| {
            let health = Health::new(title(if is_pattern { "pattern" } else { "channel" }, name));
            Wanted { name: name.clone(), is_pattern, health }
        };
        let channels = options.channels.iter().map(|name| (name, false));
        let patterns = options.patterns.iter().map(|name| (name, true));
        Self { wanted: channels.chain(patterns).map(wanted).collect(), parts: named.collect() }
    }

    /// Connects and subscribes.
    pub(super) async fn subscribe(&mut self, options: &Options, board: &Board) -> Result<Subscribed, Trouble> {
        let (pubsub, allowance) = listen(options).await?;
        let (mut sink, stream) = pubsub.split();
        self.wanted.iter_mut().for_each(|wanted| wanted.health.start_over());
        self.subscribe_due(&mut sink, options, board, true).await?;
        Ok(Subscribed { sink, stream, allowance })
    }

    /// Subscribes one by one, as a server that refuses one of several refuses all: to each at the `first` time, later to
    /// those that were refused some time ago.
    async fn subscribe_due(
        &mut self,
        sink: &mut PubSubSink,
        options: &Options,
        board: &Board,
        first: bool,
    ) -> Result<(), Trouble> {
        for Wanted { name, is_pattern, health } in &mut self.wanted {
            if first || (!health.is_good() && health.is_due()) {
                let subscribing =
                    async { if *is_pattern { sink.psubscribe(&*name).await } else { sink.subscribe(&*name).await } };
                let outcome = tokio::time::timeout(PONG, subscribing).await.map_err(|_| silent(options))?;
                let doing = format!("subscribing to {name}");
                let outcome = outcome.map_err(|error| trouble::told(options, &doing, &error));
                health.judge(outcome, board)?;
            }
        }
        Ok(())
    }

    /// Hands over what is published, until the connection breaks; returns at once without one.
    pub(super) async fn run(
        &mut self,
        subscribed: Option<Subscribed>,
        options: &Options,
        cx: &SourceContext,
        board: &Board,
        broken: &CancellationToken,
    ) -> Result<(), Trouble> {
        let Some(Subscribed { mut sink, mut stream, allowance }) = subscribed else { return Ok(()) };
        let closed = || {
            Trouble::passing(format!(
                "{} closed the connection: it stopped, or threw out a subscriber that was too slow \
                 (client-output-buffer-limit pubsub)",
                options.authority
            ))
        };
        loop {
            self.subscribe_due(&mut sink, options, board, false).await?;
            let waiting = tokio::time::timeout(PING, stream.next());
            let Some(outcome) = broken.run_until_cancelled(waiting).await else { return Ok(()) };
            let Ok(message) = outcome else {
                let pong = tokio::time::timeout(PONG, sink.ping::<redis::Value>()).await;
                pong.map_err(|_| silent(options))?.map_err(|_| closed())?;
                continue;
            };
            let mut texts = Texts::default();
            self.add(&message.ok_or_else(closed)?, &mut texts, cx);
            for _ in 0..TOGETHER {
                let Some(Some(message)) = stream.next().now_or_never() else { break };
                self.add(&message, &mut texts, cx);
            }
            allowance.renew();
            texts.take().into_iter().for_each(|batch| cx.intake.offer(Batch::Lines(batch)));
            // A flood must not keep the rest of the program from its turn.
            tokio::task::yield_now().await;
        }
    }

    fn add(&mut self, message: &Msg, texts: &mut Texts, cx: &SourceContext) {
        let pattern = message.get_pattern::<Option<String>>().unwrap_or_default();
        let channel = message.get_channel::<Vec<u8>>().unwrap_or_default();
        if !self.parts.contains_key(&channel) {
            if self.parts.len() >= MAX_PARTS {
                self.parts.retain(|_, (_, pattern)| pattern.is_none());
            }
            let part = Part::new(&String::from_utf8_lossy(&channel));
            self.parts.insert(channel.clone(), (part, pattern.clone()));
        }
        let Some((part, taken_by)) = self.parts.get(&channel) else { return };
        if *taken_by == pattern {
            texts.add(part, message.get_payload_bytes(), &cx.join);
        }
    }
}
