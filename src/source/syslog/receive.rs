//! From sockets to the intake: a loop for datagrams, and one for connections with a task for each of them.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::drops::Drops;
use super::frames::{Frames, has_room, push};
use super::report::Report;
use super::sockets::{Connection, Datagrams, Streams};
use crate::model::{Attributes, Loss, LossReason, Nanos, Resource};
use crate::source::{Batch, LineBatch, SourceContext};

/// The longest datagram that is taken whole. UDP's are shorter; those of Unix sockets are as long as the sender's buffer.
const DATAGRAM_BYTES: usize = 256 * 1024;

/// So many datagrams are taken before anything else is looked at.
const DATAGRAMS: usize = 4096;

/// So many connections are open at the same time.
pub(super) const MAX_CONNECTIONS: usize = 1024;

/// How much one read of a connection asks for.
const BLOCK_BYTES: usize = 64 * 1024;

/// So many senders of datagrams are known by name.
const MAX_SENDERS: usize = 1024;

/// How often the system is asked what it threw away.
const LOOK: Duration = Duration::from_secs(1);

/// The pause after a socket failed.
const PAUSE: Duration = Duration::from_millis(100);

/// Who sent something, as its lines are marked.
#[derive(Clone, Default)]
struct Sender {
    origin: Option<Arc<str>>,
    resource: Option<Arc<Resource>>,
}

impl Sender {
    fn new(peer: Option<IpAddr>) -> Self {
        let Some(address) = peer.map(|peer| Arc::<str>::from(peer.to_canonical().to_string())) else {
            return Self::default();
        };
        let mut attributes = Attributes::default();
        attributes.set("client.address", &*address);
        Self { origin: Some(address), resource: Some(Arc::new(Resource { attributes })) }
    }

    /// An empty batch of its lines.
    fn batch(&self) -> LineBatch {
        LineBatch { origin: self.origin.clone(), resource: self.resource.clone(), ..LineBatch::default() }
    }
}

/// Takes datagrams until the shutdown, and tells at last what the system threw away.
pub(super) async fn datagrams(socket: Datagrams, cx: SourceContext, report: Report) {
    let drops = match &socket {
        Datagrams::Udp(socket) => Drops::of(socket),
        #[cfg(unix)]
        Datagrams::Unix(_) => None,
    };
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut post = Post { cx, drops, seen: 0, senders: HashMap::new(), peer: None, batch: LineBatch::default() };
    post.seen = post.cx.clock.now();
    let mut buf = vec![0; DATAGRAM_BYTES];
    loop {
        tokio::select! {
            biased;
            () = post.cx.shutdown.cancelled() => return post.look(&report),
            _ = look.tick(), if post.drops.is_some() => post.look(&report),
            received = socket.receive(&mut buf) => match received {
                Ok((length, peer)) => {
                    post.take(buf.get(..length).unwrap_or_default(), peer);
                    post.take_waiting(&socket, &mut buf);
                }
                Err(error) => pause(&report, &error).await,
            },
        }
    }
}

/// Datagrams on their way.
struct Post {
    cx: SourceContext,
    drops: Option<Drops>,
    /// When it was last asked what was thrown away.
    seen: Nanos,
    senders: HashMap<IpAddr, Sender>,
    /// Whose lines `batch` holds.
    peer: Option<IpAddr>,
    batch: LineBatch,
}

impl Post {
    fn take(&mut self, datagram: &[u8], peer: Option<IpAddr>) {
        if peer != self.peer || !has_room(&self.batch, datagram.len()) {
            self.offer();
        }
        if self.batch.is_empty() {
            self.peer = peer;
            self.batch = self.sender(peer).batch();
        }
        push(datagram, &mut self.batch);
    }

    /// Takes what else is there, so that a flood does not cost a batch for each.
    fn take_waiting(&mut self, socket: &Datagrams, buf: &mut [u8]) {
        for _ in 0..DATAGRAMS {
            // What went wrong is told by the next call that waits.
            let Ok((length, peer)) = socket.receive_now(buf) else { break };
            self.take(buf.get(..length).unwrap_or_default(), peer);
        }
        self.offer();
    }

    fn offer(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() {
            self.cx.intake.offer(Batch::Lines(batch));
        }
    }

    fn sender(&mut self, peer: Option<IpAddr>) -> Sender {
        let Some(address) = peer else { return Sender::default() };
        if self.senders.len() >= MAX_SENDERS {
            self.senders.clear();
        }
        self.senders.entry(address).or_insert_with(|| Sender::new(peer)).clone()
    }

    /// Tells of what the system threw away since the last look.
    fn look(&mut self, report: &Report) {
        let now = self.cx.clock.now();
        let count = self.drops.as_mut().map_or(0, Drops::since_last);
        if count > 0 {
            let loss = Loss { count, from: self.seen, to: now, reason: LossReason::Source };
            self.cx.intake.offer(Batch::Loss(loss));
            report.lost(count);
        }
        self.seen = now;
    }
}

/// Takes connections for as long as it is polled; dropping it ends them.
pub(super) async fn streams(socket: Streams, cx: SourceContext, report: Report) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = socket.accept() => match accepted {
                Ok(_) if open.len() >= MAX_CONNECTIONS => report.turned_away(),
                Ok((connection, peer)) => {
                    let (cx, report) = (cx.clone(), report.clone());
                    open.spawn(async move {
                        let _connected = report.connected();
                        Reading { cx, sender: Sender::new(peer) }.run(connection).await;
                    });
                }
                Err(error) => pause(&report, &error).await,
            },
            // Makes room for others.
            Some(_) = open.join_next() => {}
        }
    }
}

/// One connection.
struct Reading {
    cx: SourceContext,
    sender: Sender,
}

impl Reading {
    /// Reads to the end. A connection that breaks ends there: nobody can be asked for the rest.
    async fn run(self, mut connection: Connection) {
        let mut frames = Frames::new(&self.cx.join);
        let mut buf = vec![0; BLOCK_BYTES];
        loop {
            let mut batch = self.sender.batch();
            let patience = frames.patience();
            let read = tokio::select! {
                biased;
                read = connection.read(&mut buf) => read,
                () = sleep(patience.unwrap_or_default()), if patience.is_some() => {
                    frames.settle(&mut batch);
                    self.send(batch).await;
                    continue;
                }
            };
            let Ok(length @ 1..) = read else { break };
            let mut rest = buf.get(..length).unwrap_or_default();
            while !rest.is_empty() {
                rest = rest.get(frames.take(rest, &mut batch)..).unwrap_or_default();
                self.send(std::mem::replace(&mut batch, self.sender.batch())).await;
            }
        }
        let mut batch = self.sender.batch();
        while frames.end(&mut batch) {
            self.send(std::mem::replace(&mut batch, self.sender.batch())).await;
        }
    }

    /// Holds the sender while the queue is full: what it has not sent yet is safe with it.
    async fn send(&self, batch: LineBatch) {
        if !batch.is_empty() {
            self.cx.intake.send(Batch::Lines(batch)).await;
        }
    }
}

async fn pause(report: &Report, error: &io::Error) {
    report.trouble(error.to_string());
    sleep(PAUSE).await;
}
