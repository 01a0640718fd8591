//! All containers of one engine that are followed: which there are, what becomes of them, and what is told of it.
//!
//! Events say what changes. They can be lost (an engine leaves out a reader that stalls, and remembers only the last 256),
//! so containers are listed when the connection begins and every minute.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use reqwest::Response;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::answer::{Change, Event};
use super::cursor::{Cursor, Start};
use super::engine::{Engine, innermost};
use super::follow::{End, Reader};
use super::host::Host;
use super::log::Log;
use super::options::Options;
use super::selection::Container;
use super::told::{Noted, told};
use crate::source::retry::{Backoff, Connection, Trouble};
use crate::source::{SourceContext, SourceError, SourceState};

/// Containers that are followed at once. Each costs a connection to the engine.
pub(super) const MAX_FOLLOWED: usize = 500;

/// How often containers are listed beside the events.
const LIST: Duration = Duration::from_secs(60);
/// How long to wait for the engine to note that events are wanted. Some answer only when there is one.
const SUBSCRIBE: Duration = Duration::from_millis(300);
/// An event that is longer is none.
const MAX_EVENT_BYTES: usize = 1 << 20;
/// The first pause before a log that broke is asked for again; it doubles.
const PAUSE: Duration = Duration::from_millis(500);
/// A log that was read for so long was good: what comes after that is a new trouble.
const USEFUL: Duration = Duration::from_secs(20);
/// No pause doubles more often.
const DOUBLINGS: u32 = 6;

/// The connection to an engine, with what outlives it: the cursors of its containers' logs.
pub(super) struct Fleet {
    options: Options,
    cx: SourceContext,
    members: HashMap<String, Member>,
    tasks: JoinSet<(String, Log, End)>,
    /// When the connection came about that containers were first listed over, in seconds of the engine's clock.
    first: Option<i64>,
    /// What the next list has left out for want of room.
    left_out: usize,
    /// Names of containers that nobody asked for.
    others: Vec<String>,
}

/// A container that is, or was, followed.
struct Member {
    container: Container,
    /// `None` while a task has it.
    log: Option<Log>,
    /// Whether it was started while its log was still being read.
    again: bool,
    /// How often in a row its log broke.
    breaks: u32,
    /// Since when its log is read.
    reading_since: Option<Instant>,
    noted: Noted,
}

impl Connection for Fleet {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let host = Host::find(self.options.host.as_deref(), &|name| std::env::var(name).ok())?;
        let engine = Engine::connect(&host, &self.cx.clock).await?;
        let stop = CancellationToken::new();
        let (reading, begun) = channel(MAX_FOLLOWED);
        let reader = Reader { engine, cx: self.cx.clone(), follows: true, reading, stop };
        let outcome = self.follow(&host, &reader, begun, backoff).await;
        reader.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            self.note(ended.ok());
        }
        outcome.map_err(|trouble| about(&host, trouble))
    }
}

impl Fleet {
    /// Nothing followed so far.
    pub(super) fn new(options: Options, cx: SourceContext) -> Self {
        Self {
            options,
            cx,
            members: HashMap::new(),
            tasks: JoinSet::new(),
            first: None,
            left_out: 0,
            others: Vec::new(),
        }
    }

    /// Reads what there is, one container after the other, and ends.
    pub(super) async fn read_history(&mut self) -> Result<(), SourceError> {
        let failed = |trouble| match trouble {
            Trouble::Passing { why, .. } | Trouble::Lasting { why } => {
                SourceError::Io { doing: "reading the logs of containers".to_owned(), why }
            }
        };
        let host = Host::find(self.options.host.as_deref(), &|name| std::env::var(name).ok())?;
        let engine = Engine::connect(&host, &self.cx.clock).await.map_err(failed)?;
        let listed = engine.containers().await.map_err(|failure| failed(failure.into()))?;
        // Nobody asks when a reading that does not follow began.
        let reading = channel(1).0;
        let reader = Reader { engine, cx: self.cx.clone(), follows: false, reading, stop: self.cx.shutdown.clone() };
        let start = self.options.start(&self.cx.clock);
        let mut problems = Vec::new();
        let mut count = 0;
        for (container, _) in listed.into_iter().map(super::answer::Listed::into_container) {
            if !(self.options.selection.takes(&container) && (container.is_running || self.options.all)) {
                continue;
            }
            count += 1;
            self.cx.status.set(SourceState::Live(format!("{host}, reading {}", container.name)));
            let mut log = Log::new(container.writer(), Cursor::new(start), &self.cx);
            if let End::Unreadable(why) | End::Broken(why) = reader.read(&container.id, &mut log).await {
                problems.push(format!("{}: {why}", container.name));
            }
        }
        let plural = if count == 1 { "" } else { "s" };
        problems.insert(0, format!("{host}, {count} container{plural}"));
        self.cx.status.set(SourceState::Ended(problems.join(" · ")));
        Ok(())
    }

    async fn follow(
        &mut self,
        host: &Host,
        reader: &Reader,
        mut begun: Receiver<String>,
        backoff: &mut Backoff,
    ) -> Result<(), Trouble> {
        let engine = &reader.engine;
        let (is_first, since) = (self.first.is_none(), self.first.unwrap_or(engine.answered));
        // The events come from the answer on, so that nothing is missed between the list and them.
        let mut subscribing = Box::pin(engine.events(engine.answered));
        let mut events = tokio::time::timeout(SUBSCRIBE, &mut subscribing).await.ok().transpose()?;
        self.list(reader, is_first, since).await?;
        self.first = Some(since);
        backoff.is_good();
        let mut lists = minutely();
        let mut lines = Vec::new();
        loop {
            self.tell(host);
            tokio::select! {
                answer = &mut subscribing, if events.is_none() => events = Some(answer?),
                chunk = next(&mut events) => {
                    for change in changes(chunk?, &mut lines)? {
                        self.apply(change, reader);
                    }
                }
                Some(id) = begun.recv() => self.begin(&id),
                Some(ended) = self.tasks.join_next() => {
                    if self.end(ended.ok(), reader) && self.left_out > 0 {
                        self.list(reader, false, since).await?;
                    }
                }
                _ = lists.tick() => self.list(reader, false, since).await?,
            }
        }
    }

    /// Compares what is followed with what there is. `is_first` is the list that the source begins with: of what is on it,
    /// history is read as the user asked. What comes later is read from its start.
    async fn list(&mut self, reader: &Reader, is_first: bool, since: i64) -> Result<(), Trouble> {
        let listed = reader.engine.containers().await?;
        let (mut present, mut left_out) = (HashSet::new(), 0);
        self.others.clear();
        for (container, created) in listed.into_iter().map(super::answer::Listed::into_container) {
            present.insert(container.id.clone());
            if !self.options.selection.takes(&container) {
                if container.is_running {
                    self.others.push(container.name);
                }
                continue;
            }
            let is_made_since = created >= since;
            let start = if is_first {
                self.options.start(&self.cx.clock)
            } else if is_made_since {
                // It may have run more than once before it was seen.
                Start::All
            } else {
                Start::Run
            };
            let is_known = self.members.contains_key(&container.id);
            // One that is known and has stopped may have written more before that.
            let is_wanted = container.is_running || is_known || self.options.all || (!is_first && is_made_since);
            if is_wanted && !self.admit(container, start, reader) {
                left_out += 1;
            }
        }
        self.left_out = left_out;
        self.members.retain(|id, member| member.log.is_none() || present.contains(id));
        Ok(())
    }

    /// Follows a container unless it is followed already, or has been read since it stopped. `false`: there is no room.
    fn admit(&mut self, container: Container, start: Start, reader: &Reader) -> bool {
        let id = container.id.clone();
        let is_running = container.is_running;
        if !self.members.contains_key(&id) {
            if self.tasks.len() >= MAX_FOLLOWED {
                return false;
            }
            let log = Log::new(container.writer(), Cursor::new(start), &self.cx);
            let noted = Noted::Broken(String::new());
            let member = Member { container, log: Some(log), again: false, breaks: 0, reading_since: None, noted };
            self.members.insert(id.clone(), member);
        }
        let Some(member) = self.members.get_mut(&id) else { return true };
        let was_read = matches!(member.noted, Noted::Stopped) && !is_running;
        if member.log.is_none() || was_read || matches!(member.noted, Noted::Unreadable(_)) {
            return true;
        }
        if self.tasks.len() >= MAX_FOLLOWED {
            return false;
        }
        member.spawn(&mut self.tasks, reader, Duration::ZERO);
        true
    }

    fn apply(&mut self, change: Change, reader: &Reader) {
        match change {
            Change::Started(container) => {
                if let Some(member) = self.members.get_mut(&container.id) {
                    member.again = member.log.is_none();
                    member.noted = if member.again { Noted::Followed } else { Noted::Broken(String::new()) };
                }
                if self.options.selection.takes(&container) && !self.admit(container, Start::Run, reader) {
                    self.left_out += 1;
                }
            }
            Change::Renamed(container) => {
                if let Some(member) = self.members.get_mut(&container.id) {
                    member.container.name = container.name;
                    if let Some(log) = &mut member.log {
                        log.rename(member.container.writer());
                    }
                } else if self.options.selection.takes(&container) && !self.admit(container, Start::Run, reader) {
                    self.left_out += 1;
                }
            }
            Change::Gone(id) => match self.members.get_mut(&id) {
                // What is still being read is read to its end.
                Some(member) if member.log.is_none() => (member.again, member.noted) = (false, Noted::Leaving),
                _ => drop(self.members.remove(&id)),
            },
        }
    }

    /// Notes that a container's log is being read: what was wrong with it is over.
    fn begin(&mut self, id: &str) {
        // What comes late is of a reading that has ended since.
        if let Some(member) = self.members.get_mut(id).filter(|member| member.log.is_none()) {
            member.reading_since.get_or_insert_with(Instant::now);
            if matches!(member.noted, Noted::Broken(_)) {
                member.noted = Noted::Followed;
            }
        }
    }

    /// Notes how a container's reading ended, and reads again where there is more. Answers whether there is room now.
    fn end(&mut self, ended: Option<(String, Log, End)>, reader: &Reader) -> bool {
        let Some(id) = self.note(ended) else { return true };
        let Some(member) = self.members.get_mut(&id) else { return true };
        if matches!(member.noted, Noted::Broken(_)) {
            let pause = PAUSE.saturating_mul(1 << member.breaks.saturating_sub(1).min(DOUBLINGS));
            member.spawn(&mut self.tasks, reader, pause);
            return false;
        }
        if std::mem::take(&mut member.again) {
            member.spawn(&mut self.tasks, reader, Duration::ZERO);
            return false;
        }
        true
    }

    /// Takes a container's log back, and forgets it when there is no more of it.
    fn note(&mut self, ended: Option<(String, Log, End)>) -> Option<String> {
        let (id, mut log, end) = ended?;
        let member = self.members.get_mut(&id)?;
        let is_leaving = matches!(member.noted, Noted::Leaving);
        let was_good = member.reading_since.take().is_some_and(|since| since.elapsed() >= USEFUL);
        let before = if was_good { 0 } else { member.breaks };
        member.breaks = if matches!(end, End::Broken(_)) { before + 1 } else { 0 };
        member.noted = match end {
            End::Gone => Noted::Leaving,
            _ if is_leaving => Noted::Leaving,
            End::Stopped => Noted::Stopped,
            End::Told => Noted::Broken(String::new()),
            End::Unreadable(why) => Noted::Unreadable(why),
            End::Broken(why) => Noted::Broken(why),
        };
        log.rename(member.container.writer());
        member.log = Some(log);
        if matches!(member.noted, Noted::Leaving) {
            self.members.remove(&id);
            return None;
        }
        Some(id)
    }

    fn tell(&self, host: &Host) {
        let members = self.members.values().map(|member| (member.container.name.as_str(), &member.noted));
        let text = told(&host.to_string(), &self.options.selection.to_string(), members, self.left_out, &self.others);
        self.cx.status.set(SourceState::Live(text));
    }
}

impl Member {
    /// Reads its log in a task of its own, after a pause.
    fn spawn(&mut self, tasks: &mut JoinSet<(String, Log, End)>, reader: &Reader, pause: Duration) {
        let Some(mut log) = self.log.take() else { return };
        if pause.is_zero() {
            self.noted = Noted::Followed;
        }
        let (reader, id) = (reader.clone(), self.container.id.clone());
        tasks.spawn(async move {
            tokio::select! {
                () = reader.stop.cancelled() => return (id, log, End::Told),
                () = tokio::time::sleep(pause) => {}
            }
            let end = reader.read(&id, &mut log).await;
            (id, log, end)
        });
    }
}

fn minutely() -> Interval {
    let mut interval = interval(LIST);
    interval.reset();
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// The next bytes of the events; waits for ever where there are no events yet.
async fn next(events: &mut Option<Response>) -> Result<Vec<u8>, Trouble> {
    let Some(events) = events else { return std::future::pending().await };
    match events.chunk().await {
        Ok(Some(chunk)) => Ok(chunk.to_vec()),
        Ok(None) => Err(Trouble::passing("the engine ended the connection")),
        Err(error) => Err(Trouble::passing(format!("the connection broke: {}", innermost(&error)))),
    }
}

/// The events that a chunk completes; `lines` keeps what is not complete. Events of one line each, in newer versions with a
/// record separator before.
fn changes(chunk: Vec<u8>, lines: &mut Vec<u8>) -> Result<Vec<Change>, Trouble> {
    lines.extend(chunk);
    let complete = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let rest = lines.split_off(complete);
    let parsed = lines.split(|byte| *byte == b'\n').filter_map(|line| {
        let line = line.strip_prefix(b"\x1e").unwrap_or(line);
        serde_json::from_slice::<Event>(line).ok()?.into_change()
    });
    let parsed = parsed.collect();
    *lines = rest;
    if lines.len() > MAX_EVENT_BYTES {
        return Err(Trouble::passing(format!("an event has more than {} MiB", MAX_EVENT_BYTES >> 20)));
    }
    Ok(parsed)
}

/// Says which engine the trouble is with.
fn about(host: &Host, trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Passing { why, after } => Trouble::Passing { why: format!("{host}: {why}"), after },
        Trouble::Lasting { why } => Trouble::Lasting { why: format!("{host}: {why}") },
    }
}
