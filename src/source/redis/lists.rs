//! Lists: looked at again and again with `LRANGE`, which takes nothing away. What was pushed and popped between two looks is
//! never seen, and where the list was emptied or replaced in between, nobody knows how much that was.

use std::time::Duration;

use redis::{Value, cmd};

use super::board::{Board, Health};
use super::entry::bytes;
use super::link::Link;
use super::options::{End, Options, title};
use super::texts::{Part, Texts};
use super::trouble::Wrong;
use super::window::{Tail, WINDOW, grown_end, news};
use crate::config::StartAt;
use crate::source::retry::Trouble;
use crate::source::{Batch, SourceContext};

/// The most elements that one look takes.
const MAX_LOOK: usize = 10_000;

/// All lists of a source.
pub(super) struct Lists(Vec<List>);

struct List {
    key: String,
    part: Part,
    health: Health,
    newest: Option<End>,
    /// What the last look saw; `None` before the first.
    seen: Option<Seen>,
}

/// Both ends of a list, each with what may be the newest element last.
struct Seen {
    length: usize,
    left: Tail,
    right: Tail,
}

impl Lists {
    /// Those that `options` name.
    pub(super) fn new(options: &Options) -> Self {
        let one = |key: &String| List {
            key: key.clone(),
            part: Part::new(key),
            health: Health::new(title("list", key)),
            newest: options.newest,
            seen: None,
        };
        Self(options.lists.iter().map(one).collect())
    }

    /// For whoever wants what is there and no more: what could not be had.
    pub(super) fn end(&self) -> Result<(), Trouble> {
        self.0.iter().try_for_each(|list| list.health.end())
    }

    /// Hands over what is pushed until the connection breaks, or what is there if that is all that is wanted.
    pub(super) async fn run(
        &mut self,
        link: Option<Link>,
        options: &Options,
        cx: &SourceContext,
        board: &Board,
    ) -> Result<(), Trouble> {
        let Some(mut link) = link else { return Ok(()) };
        self.0.iter_mut().for_each(|list| list.health.start_over());
        while !link.is_broken() {
            for list in self.0.iter_mut().filter(|list| list.health.is_due()) {
                let outcome = list.look(&mut link, options, cx, board).await;
                list.health.judge(outcome, board)?;
            }
            if !options.follow {
                return Ok(());
            }
            link.sleep(options.interval).await;
        }
        Ok(())
    }
}

impl List {
    async fn look(
        &mut self,
        link: &mut Link,
        options: &Options,
        cx: &SourceContext,
        board: &Board,
    ) -> Result<(), Wrong> {
        let length = self.length(link, options).await?;
        let Some(before) = &self.seen else { return self.begin(length, link, options, cx, board).await };
        let grown = length.saturating_sub(before.length);
        let want = (WINDOW + grown).min(MAX_LOOK);
        let now = self.ends(length, want, link, options).await?;
        self.health.answers(board);
        let (left, right) = (news(&before.left, &now.left, grown), news(&before.right, &now.right, grown));
        self.newest = self.newest.or_else(|| grown_end(left, right));
        let (count, tail) = match self.newest {
            Some(End::Left) => (left, &now.left),
            Some(End::Right) | None => (right, &now.right),
        };
        let fresh = tail.get(tail.len() - count.unwrap_or(tail.len()).min(tail.len())..).unwrap_or_default();
        self.send(fresh, cx).await;
        if count.is_none() || grown > MAX_LOOK {
            board.note(format!("{} changed faster than it could be looked at: a gap of unknown size", self.key));
        }
        self.seen = Some(now.shortened());
        Ok(())
    }

    /// The first look: hands over what is wanted of what is there.
    async fn begin(
        &mut self,
        length: usize,
        link: &mut Link,
        options: &Options,
        cx: &SourceContext,
        board: &Board,
    ) -> Result<(), Wrong> {
        let wanted = match options.start {
            StartAt::End => 0,
            StartAt::Tail => options.history,
            // A list knows no times: all of it.
            StartAt::Beginning | StartAt::Since(_) => length,
        };
        let now = self.ends(length, wanted.clamp(WINDOW, MAX_LOOK), link, options).await?;
        self.health.answers(board);
        let tail = if self.newest == Some(End::Left) { &now.left } else { &now.right };
        let first = tail.len().saturating_sub(wanted);
        self.send(tail.get(first..).unwrap_or_default(), cx).await;
        self.seen = Some(now.shortened());
        Ok(())
    }

    async fn send(&self, elements: &[Vec<u8>], cx: &SourceContext) {
        let mut texts = Texts::default();
        for element in elements {
            texts.add(&self.part, element, &cx.join);
        }
        for batch in texts.take() {
            cx.intake.send(Batch::Lines(batch)).await;
        }
    }

    async fn length(&self, link: &mut Link, options: &Options) -> Result<usize, Wrong> {
        match link.ask(options, &self.doing(), cmd("LLEN").arg(&self.key), Duration::ZERO).await? {
            Value::Int(length) => Ok(usize::try_from(length).unwrap_or_default()),
            _ => Err(Wrong::Part(format!("{} at {}: no answer of a list", self.doing(), options.authority))),
        }
    }

    /// Up to `count` elements of each end that may be the newest.
    async fn ends(&self, length: usize, count: usize, link: &mut Link, options: &Options) -> Result<Seen, Wrong> {
        let (mut left, mut right) = (Tail::new(), Tail::new());
        if self.newest != Some(End::Right) {
            left = self.range(0, count, link, options).await?;
            left.reverse();
        }
        if self.newest != Some(End::Left) {
            right = self.range(-i64::try_from(count).unwrap_or(i64::MAX), count, link, options).await?;
        }
        Ok(Seen { length, left, right })
    }

    async fn range(&self, from: i64, count: usize, link: &mut Link, options: &Options) -> Result<Tail, Wrong> {
        let to = if from < 0 { -1 } else { i64::try_from(count).unwrap_or(i64::MAX) - 1 };
        let mut read = cmd("LRANGE");
        read.arg(&self.key).arg(from).arg(to);
        let Value::Array(elements) = link.ask(options, &self.doing(), &read, Duration::ZERO).await? else {
            return Ok(Tail::new());
        };
        Ok(elements.iter().filter_map(bytes).map(<[u8]>::to_vec).collect())
    }

    fn doing(&self) -> String {
        format!("reading the list {}", self.key)
    }
}

impl Seen {
    /// What has to be remembered of it.
    fn shortened(mut self) -> Self {
        for tail in [&mut self.left, &mut self.right] {
            tail.drain(..tail.len().saturating_sub(WINDOW));
        }
        self
    }
}
