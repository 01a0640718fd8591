//! The conversation with a workspace: the last rows before now, then question after question what came since.
//!
//! Rows are asked for by when they came and not by when they were written, as they come late and in any order. Each
//! question begins some minutes before the last one was asked; what that gave already is known. Long times are asked for
//! in slices, shorter ones where an answer is too long.

use std::sync::Arc;
use std::time::Duration;

use super::seen::Seen;
use super::settings::Settings;
use crate::config::StartAt;
use crate::model::{Attributes, Nanos, Resource};
use crate::source::azure::{Answer, Asker, Table, told};
use crate::source::documents::{Documents, shorten};
use crate::source::http;
use crate::source::recent::{floor, nanos};
use crate::source::retry::{Backoff, Connection, Trouble};
use crate::source::{SourceContext, SourceState};

/// The service's own limit for a query is three minutes.
const ANSWER: Duration = Duration::from_secs(180);
const SECOND: Nanos = 1_000_000_000;
/// The longest time that one question asks for.
const SLICE: Nanos = 3600 * SECOND;
/// So often what was long ago is asked for again where answers are not whole.
const TRIES: u32 = 3;
/// "From the beginning" is so long ago: for how long a workspace keeps rows unless it is told to keep them longer.
const BEGINNING: Nanos = 31 * 24 * 3600 * SECOND;
/// For so long what an answer in part left out lately is asked for again.
const HOLD: Nanos = 900 * SECOND;
/// After a question that was not the last: there may be 200 of them in 30 seconds, by all who ask.
const PACE: Duration = Duration::from_millis(200);

/// One workspace, and what has been read of it.
pub(super) struct Reading {
    settings: Settings,
    cx: SourceContext,
    seen: Seen,
    /// What came before this has been handed over.
    from: Nanos,
    slice: Nanos,
    has_history: bool,
    origin: Arc<str>,
    resource: Arc<Resource>,
    /// What the state says of answers that were not whole.
    remark: String,
    /// What the state says of rows that are missing.
    gap: String,
    /// How often the same was asked for again because the answers were not whole.
    tries: u32,
    /// Answers that were not whole gave rows of the time before this, which are still to be known.
    torn_to: Nanos,
}

/// When to ask again.
enum Next {
    /// The question was not the last.
    Soon,
    /// The answer was not whole.
    Again,
    /// All that can be had now is there.
    Later,
}

impl Reading {
    pub(super) fn new(settings: Settings, cx: SourceContext) -> Self {
        let now = cx.clock.now();
        let mut attributes = Attributes::default();
        attributes.set("cloud.provider", "azure");
        attributes.set("azure.log_analytics.workspace.id", settings.workspace.as_str());
        Self {
            from: floor(settings.start, now, settings.lookback, now.saturating_sub(BEGINNING)),
            has_history: settings.start != StartAt::Tail,
            origin: settings.workspace.as_str().into(),
            resource: Arc::new(Resource { attributes }),
            settings,
            cx,
            seen: Seen::default(),
            slice: SLICE,
            remark: String::new(),
            gap: String::new(),
            tries: 0,
            torn_to: 0,
        }
    }

    fn is_live(&self) {
        let Settings { workspace, query, .. } = &self.settings;
        self.cx.status.set(SourceState::Live(format!("{workspace}, {}{}{}", query.shown(), self.remark, self.gap)));
    }

    /// The last rows before now, in the order of time.
    async fn history(&mut self, asker: &Asker) -> Result<(), Trouble> {
        let now = self.cx.clock.now();
        let mut answer = asker.ask(&self.settings.query.last(self.from, self.settings.history)).await?;
        if let Some(table) = answer.tables.first_mut() {
            table.rows.reverse();
        }
        self.note(&answer);
        self.hand_over(&answer).await;
        self.from = now.saturating_sub(nanos(self.settings.overlap)).max(self.from);
        self.has_history = true;
        Ok(())
    }

    /// Asks once for what came since the last question; answers when to ask the next.
    async fn question(&mut self, asker: &Asker) -> Result<Next, Trouble> {
        let now = self.cx.clock.now();
        let to = Some(self.from.saturating_add(self.slice)).filter(|to| *to < now);
        let answer = match asker.ask(&self.settings.query.since(self.from, to)).await {
            Err(trouble) if http::is_too_long(&trouble) && self.halve(now, SECOND) => return Ok(Next::Soon),
            answer => answer?,
        };
        let is_whole = self.note(&answer);
        self.hand_over(&answer).await;
        if is_whole && self.from >= self.torn_to {
            self.seen.end();
        } else if !is_whole {
            self.torn_to = self.torn_to.max(to.unwrap_or(now));
            // At its end the same is asked for again with what comes since; further back it would hold up all the rest.
            if (to.is_some() || !self.settings.follow) && self.tries < TRIES {
                self.tries += 1;
                return Ok(Next::Again);
            }
        }
        (self.tries, self.slice) = (0, SLICE);
        let reached = to.unwrap_or(now).saturating_sub(nanos(self.settings.overlap));
        let from = match to {
            None if !is_whole => self.from.max(now.saturating_sub(HOLD)).min(reached.max(self.from)),
            // A slice is shorter than the overlap only where there is much in it.
            Some(to) if reached <= self.from => to,
            _ => reached.max(self.from),
        };
        if !is_whole && from > self.from {
            let time = chrono::DateTime::from_timestamp_nanos(self.from).format("%H:%M:%SZ");
            self.gap = format!(" · some rows that came from {time} on are missing");
        }
        self.from = from;
        Ok(if to.is_none() { Next::Later } else { Next::Soon })
    }

    /// Asks for half the time from now on; `false` where that would be less than `least`.
    fn halve(&mut self, now: Nanos, least: Nanos) -> bool {
        let asked = self.slice.min(now.saturating_sub(self.from));
        if asked > least {
            self.slice = (asked / 2).max(least);
        }
        asked > least
    }

    /// Takes into the state what an answer says of itself. Whether it is whole.
    fn note(&mut self, answer: &Answer) -> bool {
        self.remark = answer.error.as_ref().map(|error| format!(" · only a part: {}", told(error))).unwrap_or_default();
        answer.error.is_none()
    }

    /// Hands over the rows that are new, in their order.
    async fn hand_over(&mut self, answer: &Answer) {
        self.seen.begin();
        let intake = Arc::clone(&self.cx.intake);
        let mut documents = Documents::new(&*intake);
        let Some(table) = answer.tables.first() else { return };
        for row in &table.rows {
            let mut line = table.line(row);
            if self.is_new(table, row, &line) {
                shorten(&mut line);
                documents.push(&line, &self.origin, &self.resource).await;
            }
        }
        documents.flush().await;
    }

    fn is_new(&mut self, table: &Table, row: &[Box<serde_json::value::RawValue>], line: &str) -> bool {
        self.seen.is_new(&table.identity(row).unwrap_or(line))
    }
}

impl Connection for Reading {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let settings = self.settings.clone();
        let path = format!("/v1/workspaces/{}/query", settings.workspace);
        let asker = Asker::new(&settings.server, &settings.audience, &path, ANSWER, None).await?;
        if !self.has_history {
            self.history(&asker).await?;
            self.is_live();
            if !settings.follow {
                return Ok(());
            }
        }
        loop {
            let next = self.question(&asker).await?;
            backoff.is_good();
            self.is_live();
            match next {
                Next::Soon => tokio::time::sleep(PACE.min(settings.interval)).await,
                Next::Later if !settings.follow => return Ok(()),
                Next::Again | Next::Later => tokio::time::sleep(settings.interval).await,
            }
        }
    }
}
