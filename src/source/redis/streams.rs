//! Streams: entries in the order in which they were added, from a cursor that survives the connection. `XREAD` takes nothing
//! away, and no consumer group is used or made.
//!
//! Never asks for `$` ("what comes after now"): whatever is added between two such questions would be lost.

use std::time::Duration;

use redis::{Cmd, RedisResult, Value, cmd};

use super::board::{Board, Health};
use super::entry::{Entry, Id, Shape, bytes};
use super::link::Link;
use super::options::{Options, title};
use super::stream_cursor::{Cursor, Gap, Info};
use super::texts::Part;
use super::trouble::{self, Wrong};
use crate::config::StartAt;
use crate::model::{LogRecord, Loss, LossReason};
use crate::source::retry::Trouble;
use crate::source::{Batch, LineBatch, MAX_BATCH_BYTES, Signal, SourceContext};

/// For how long the server waits for an entry before it says that there is none.
const BLOCK: Duration = Duration::from_secs(5);

/// How many entries are asked for at once.
const PAGE: usize = 500;

/// All streams of a source.
pub(super) struct Streams(Vec<Stream>);

struct Stream {
    key: String,
    part: Part,
    health: Health,
    /// `None` until it was found where to begin.
    cursor: Option<Cursor>,
    /// Where to end, for whoever wants what is there and no more.
    end: Id,
}

impl Streams {
    /// Those that `options` name.
    pub(super) fn new(options: &Options) -> Self {
        let one = |key: &String| Stream {
            key: key.clone(),
            part: Part::new(key),
            health: Health::new(title("stream", key)),
            cursor: None,
            end: Id::default(),
        };
        Self(options.streams.iter().map(one).collect())
    }

    /// For whoever wants what is there and no more: what could not be had.
    pub(super) fn end(&self) -> Result<(), Trouble> {
        self.0.iter().try_for_each(|stream| stream.health.end())
    }

    /// Hands over entries until the connection breaks, or until all that were there are read if that is what is wanted.
    pub(super) async fn run(
        &mut self,
        link: Option<Link>,
        options: &Options,
        cx: &SourceContext,
        board: &Board,
    ) -> Result<(), Trouble> {
        let Some(mut link) = link else { return Ok(()) };
        self.0.iter_mut().for_each(|stream| stream.health.start_over());
        while !link.is_broken() {
            for stream in self.0.iter_mut().filter(|stream| stream.health.is_due()) {
                let outcome = stream.look(&mut link, options, cx, board).await;
                stream.health.judge(outcome, board)?;
            }
            if !options.follow && !self.0.iter().any(Stream::is_behind) {
                return Ok(());
            }
            if self.0.iter().any(Stream::is_read) {
                self.read(&mut link, options, cx, board).await?;
            } else {
                link.sleep(BLOCK).await;
            }
        }
        Ok(())
    }

    /// Asks for one page of each stream that can be read.
    async fn read(
        &mut self,
        link: &mut Link,
        options: &Options,
        cx: &SourceContext,
        board: &Board,
    ) -> Result<(), Trouble> {
        let answer = match link.ask(options, "reading streams", &self.question(options), BLOCK).await {
            Ok(answer) => answer,
            Err(Wrong::Part(why)) => return self.find_refused(&why, link, options, board).await,
            Err(Wrong::All(trouble)) => return Err(trouble),
        };
        for stream in self.0.iter_mut().filter(|stream| stream.is_read()) {
            let entries = entries_of(&answer, &stream.key);
            stream.hand_over(entries, cx).await;
            stream.settle(entries.is_empty(), cx, board).await;
            if entries.is_empty() {
                // What has been deleted since the beginning never comes.
                stream.end = Id::default();
            }
        }
        Ok(())
    }

    /// Finds out which of the streams it is that the server refuses to read: those that it does not even let be looked
    /// at, or else all of them, for the reason `why`.
    async fn find_refused(
        &mut self,
        why: &str,
        link: &mut Link,
        options: &Options,
        board: &Board,
    ) -> Result<(), Trouble> {
        for stream in self.0.iter_mut().filter(|stream| stream.is_read()) {
            let outcome = stream.info(link, options).await.map(|_| ());
            stream.health.judge(outcome, board)?;
        }
        if self.0.iter().all(|stream| stream.health.is_good()) {
            let refused = || Err(Wrong::Part(why.to_owned()));
            self.0.iter_mut().try_for_each(|stream| stream.health.judge(refused(), board))?;
        }
        Ok(())
    }

    fn question(&self, options: &Options) -> Cmd {
        let mut read = cmd("XREAD");
        read.arg("COUNT").arg(PAGE);
        if options.follow {
            read.arg("BLOCK").arg(BLOCK.as_millis().to_string());
        }
        read.arg("STREAMS");
        let streams = || self.0.iter().filter(|stream| stream.is_read());
        for stream in streams() {
            read.arg(&stream.key);
        }
        for stream in streams() {
            read.arg(stream.cursor.map(|cursor| cursor.last).unwrap_or_default().to_string());
        }
        read
    }
}

impl Stream {
    /// Finds where to begin, and hands over what is wanted of what was there before.
    async fn begin(
        &mut self,
        link: &mut Link,
        options: &Options,
        cx: &SourceContext,
        board: &Board,
    ) -> Result<(), Wrong> {
        let info = self.info(link, options).await?;
        self.end = info.last;
        let last = match options.start {
            StartAt::Beginning => Id::default(),
            StartAt::Since(time) => Id::before(time),
            StartAt::Tail | StartAt::End => info.last,
        };
        let mut cursor = Cursor::new(last, info);
        if options.start == StartAt::Tail && options.history > 0 {
            let mut read = cmd("XREVRANGE");
            read.arg(&self.key).arg(info.last.to_string()).arg("-").arg("COUNT").arg(options.history);
            let doing = format!("reading the stream {}", self.key);
            let answer = link.ask(options, &doing, &read, Duration::ZERO).await?;
            self.health.answers(board);
            if let Value::Array(mut entries) = answer {
                entries.reverse();
                self.send(&entries, cx).await;
            }
        }
        cursor.last = last;
        self.cursor = Some(cursor);
        Ok(())
    }

    /// Whether it was found where to begin, and nothing is wrong since.
    fn is_read(&self) -> bool {
        self.cursor.is_some() && self.health.is_good()
    }

    /// Whether there is more of what was there at the beginning.
    fn is_behind(&self) -> bool {
        self.is_read() && self.cursor.is_some_and(|cursor| cursor.last < self.end)
    }

    async fn info(&self, link: &mut Link, options: &Options) -> Result<Info, Wrong> {
        let doing = format!("looking at the stream {}", self.key);
        let answer: RedisResult<Value> =
            link.raw(options, cmd("XINFO").arg("STREAM").arg(&self.key), Duration::ZERO).await?;
        match answer {
            Ok(answer) => Info::read(&answer)
                .ok_or_else(|| Wrong::Part(format!("{doing} at {}: no answer of a stream", options.authority))),
            Err(error) if error.detail().is_some_and(|detail| detail.contains("no such key")) => Ok(Info::missing()),
            Err(error) => Err(trouble::told(options, &doing, &error)),
        }
    }

    /// Looks at where the stream begins and ends by now, wherever that is of use.
    async fn look(
        &mut self,
        link: &mut Link,
        options: &Options,
        cx: &SourceContext,
        board: &Board,
    ) -> Result<(), Wrong> {
        if self.cursor.is_none() {
            self.begin(link, options, cx, board).await?;
        }
        if self.health.is_good() && self.cursor.is_none_or(|cursor| !cursor.wants_look()) {
            return Ok(());
        }
        let info = self.info(link, options).await?;
        // After trouble the last look may not have been counted up to.
        let gap = self.cursor.as_mut().filter(|cursor| cursor.wants_look()).and_then(|cursor| cursor.look(info));
        self.tell(gap, cx, board).await;
        Ok(())
    }

    async fn settle(&mut self, is_quiet: bool, cx: &SourceContext, board: &Board) {
        if let Some(cursor) = self.cursor.as_mut().filter(|cursor| cursor.is_counted(is_quiet)) {
            let gap = cursor.settle();
            self.tell(gap, cx, board).await;
        }
    }

    async fn tell(&self, gap: Option<Gap>, cx: &SourceContext, board: &Board) {
        match gap {
            None => {}
            Some(Gap::Of(count, from, to)) => {
                let loss = Loss { count, from: from.time(), to: to.time(), reason: LossReason::Source };
                cx.intake.send(Batch::Loss(loss)).await;
            }
            Some(Gap::Unknown) => board.note(format!("{} was trimmed before all of it was read", self.key)),
            Some(Gap::Back) => {
                board.note(format!("{} came back with less than it had; reading on from its end", self.key));
            }
        }
    }

    /// Hands over `entries` and moves the cursor behind them.
    async fn hand_over(&mut self, entries: &[Value], cx: &SourceContext) {
        self.send(entries, cx).await;
        let Some(cursor) = &mut self.cursor else { return };
        // An entry that could not be read moves it all the same: it would come again and again.
        entries.iter().filter_map(id_of).for_each(|id| cursor.pass(id));
    }

    async fn send(&self, entries: &[Value], cx: &SourceContext) {
        let mut pack = Pack::default();
        for entry in entries {
            match Entry::read(entry) {
                Some(entry) => pack.add(entry.shape(&self.part), &self.part),
                None => cx.intake.reject(Signal::Logs, 1),
            }
        }
        for batch in pack.take() {
            cx.intake.send(batch).await;
        }
    }
}

/// Records and lines in the order of their entries.
#[derive(Default)]
struct Pack {
    done: Vec<Batch>,
    records: Vec<LogRecord>,
    lines: LineBatch,
}

impl Pack {
    fn add(&mut self, shape: Shape, part: &Part) {
        match shape {
            Shape::Record(record) => {
                self.close_lines();
                self.records.push(*record);
            }
            Shape::Document(line) => {
                self.close_records();
                if self.lines.bytes.len() + line.len() > MAX_BATCH_BYTES {
                    self.close_lines();
                }
                self.lines.origin.get_or_insert_with(|| part.name.clone());
                self.lines.resource.get_or_insert_with(|| part.resource.clone());
                self.lines.push(&line);
            }
        }
    }

    fn take(mut self) -> Vec<Batch> {
        self.close_lines();
        self.close_records();
        self.done
    }

    fn close_lines(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if !lines.is_empty() {
            self.done.push(Batch::Lines(lines));
        }
    }

    fn close_records(&mut self) {
        let records = std::mem::take(&mut self.records);
        if !records.is_empty() {
            self.done.push(Batch::Logs(records));
        }
    }
}

/// The entries of `key` in what `XREAD` answers: `[[key, [entry, …]], …]`, or nil where nothing came.
fn entries_of<'a>(answer: &'a Value, key: &str) -> &'a [Value] {
    let Value::Array(streams) = answer else { return &[] };
    let found = streams.iter().find_map(|stream| match stream {
        Value::Array(parts) => match parts.as_slice() {
            [name, Value::Array(entries)] if bytes(name) == Some(key.as_bytes()) => Some(entries.as_slice()),
            _ => None,
        },
        _ => None,
    });
    found.unwrap_or_default()
}

fn id_of(entry: &Value) -> Option<Id> {
    match entry {
        Value::Array(parts) => parts.first().and_then(bytes).and_then(Id::parse),
        _ => None,
    }
}
