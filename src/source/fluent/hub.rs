//! What all senders share: their tags, the chunks that were taken, and what is told of them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::sink::Tag;
use crate::source::{SourceContext, SourceState};

/// Tags that are remembered; more are made anew for each message.
const MAX_TAGS: usize = 1024;
/// Chunks that are remembered: a sender that got no answer sends one again within minutes.
const MAX_CHUNKS: usize = 8192;
/// The name of a chunk or a tag that is longer is not remembered.
const MAX_NAME: usize = 256;
/// What is told of a trouble.
const TOLD: usize = 160;

/// The shared part of a receiver.
pub(super) struct Hub {
    /// The way out.
    pub(super) cx: SourceContext,
    address: String,
    shared: Mutex<Shared>,
    /// Told when a chunk is claimed no more.
    claimed: Notify,
}

/// A chunk that is being handed over by one connection.
pub(super) struct Claim<'a> {
    hub: &'a Hub,
    chunk: Vec<u8>,
}

impl Claim<'_> {
    /// It was handed over.
    pub(super) fn keep(self) {
        self.hub.learn(self.chunk.clone());
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.hub.shared.lock().unwrap_or_else(PoisonError::into_inner).pending.remove(&self.chunk);
        self.hub.claimed.notify_waiters();
    }
}

#[derive(Default)]
struct Shared {
    tags: HashMap<String, Tag>,
    chunks: HashSet<Vec<u8>>,
    /// The chunks that are being handed over, one of each connection at most.
    pending: HashSet<Vec<u8>>,
    /// The chunks in the order in which they came.
    order: VecDeque<Vec<u8>>,
    senders: usize,
    refused: u64,
    note: String,
}

impl Hub {
    /// Of the receiver at `address`.
    pub(super) fn new(cx: SourceContext, address: String) -> Self {
        let hub = Self { cx, address, shared: Mutex::default(), claimed: Notify::new() };
        hub.with(|_| ());
        hub
    }

    /// The tag of that name, the same for all its messages.
    pub(super) fn tag(&self, name: &str) -> Tag {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tag) = shared.tags.get(name) {
            return tag.clone();
        }
        let tag = Tag::new(name);
        if shared.tags.len() < MAX_TAGS && name.len() <= MAX_NAME {
            shared.tags.insert(name.to_owned(), tag.clone());
        }
        tag
    }

    /// Claims the chunk, to hand it over; `None` if it was handed over before. Where another connection is at it, as its
    /// sender lost patience and sends it again, that is waited for.
    pub(super) async fn claim(&self, chunk: Vec<u8>) -> Option<Claim<'_>> {
        loop {
            let mut changed = pin!(self.claimed.notified());
            changed.as_mut().enable();
            {
                let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
                if shared.chunks.contains(&chunk) {
                    return None;
                }
                if !shared.pending.contains(&chunk) {
                    shared.pending.insert(chunk.clone());
                    return Some(Claim { hub: self, chunk });
                }
            }
            changed.await;
        }
    }

    /// Notes that the chunk was handed over.
    fn learn(&self, chunk: Vec<u8>) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if chunk.len() > MAX_NAME || !shared.chunks.insert(chunk.clone()) {
            return;
        }
        shared.order.push_back(chunk);
        if shared.order.len() > MAX_CHUNKS
            && let Some(oldest) = shared.order.pop_front()
        {
            shared.chunks.remove(&oldest);
        }
    }

    /// Says what the last trouble was.
    pub(super) fn note(&self, note: &str) {
        self.with(|shared| shared.note = note.chars().take(TOLD).collect());
    }

    /// A sender has come. `false`: there are as many as may be.
    pub(super) fn enter(&self, most: usize) -> bool {
        self.with(|shared| {
            let has_room = shared.senders < most;
            shared.senders += usize::from(has_room);
            shared.refused += u64::from(!has_room);
            has_room
        })
    }

    /// A sender has gone.
    pub(super) fn leave(&self) {
        self.with(|shared| shared.senders = shared.senders.saturating_sub(1));
    }

    /// Changes what is shared, and tells of it.
    fn with<T>(&self, change: impl FnOnce(&mut Shared) -> T) -> T {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let out = change(&mut shared);
        let plural = if shared.senders == 1 { "" } else { "s" };
        let mut text = format!("{}, {} sender{plural}", self.address, shared.senders);
        if shared.refused > 0 {
            text = format!("{text} · {} turned away, as there were too many", shared.refused);
        }
        if !shared.note.is_empty() {
            text = format!("{text} · {}", shared.note);
        }
        self.cx.status.set(SourceState::Live(text));
        out
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::collected::Collected;

    #[test]
    fn the_newest_chunks_are_remembered() {
        let hub = Hub::new(Collected::context().1, String::new());
        for at in 0..=MAX_CHUNKS {
            hub.learn(at.to_string().into_bytes());
        }
        let knows = |chunk: &[u8]| hub.shared.lock().unwrap().chunks.contains(chunk);
        assert!(!knows(b"0") && knows(b"1") && knows(MAX_CHUNKS.to_string().as_bytes()));
        hub.learn(vec![b'x'; MAX_NAME + 1]);
        assert!(!knows(&[b'x'; MAX_NAME + 1]));
        assert!(Arc::ptr_eq(&hub.tag("a").origin, &hub.tag("a").origin));
        let long = "x".repeat(MAX_NAME + 1);
        assert!(!Arc::ptr_eq(&hub.tag(&long).origin, &hub.tag(&long).origin), "it is not kept");
    }
}
