//! One instance of a container, followed until it has ended: its log comes as one answer, which breaks, ends and is asked
//! for again from where it was.
//!
//! The end of an answer tells nothing about why. So the pod is looked at: where this instance runs on, the log is asked
//! for again; where it has ended, what is left of it is read once more without waiting, also when the next instance runs
//! already. A log that is silent for long is checked by another question: some nodes stop sending after a rotation.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::api::{ANSWER, Answer, Api, Query};
use super::failure::Failure;
use super::instance::{Instance, Phase, phase_of};
use super::lines::{Lines, as_runtime, stamp};
use super::object::Pod;
use super::report::Report;
use super::resume::{Admission, Resume};
use super::start::{Since, Start};
use crate::source::lines::LineSplitter;
use crate::source::retry::{Backoff, Connection, Trouble};
use crate::source::{Batch, LineBatch, SourceContext};

/// How long a follower waits, and for what. Shorter in tests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    /// How often an answer that brings nothing is checked.
    pub(super) quiet: Duration,
    /// How long a pod may take to say that a container has ended whose log has.
    pub(super) settle: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { quiet: Duration::from_secs(300), settle: Duration::from_secs(3) }
    }
}

/// How the log is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// What is there, and what comes.
    Follow,
    /// What is there of the last instance that ran.
    Rest,
    /// What is there of the instance before the one that runs.
    Previous,
}

/// One instance that is followed.
pub(super) struct Follower {
    cx: SourceContext,
    report: Report,
    api: watch::Receiver<Option<Api>>,
    instance: Instance,
    start: Start,
    stage: Stage,
    resume: Resume,
    /// The server's time when it first answered; for logs that are followed from their end.
    opened: Option<i64>,
    /// Whether the pod has just said what its instance is doing, so that `stage` is right.
    is_current: bool,
    waits: Waits,
    lines: Lines,
    splitter: LineSplitter,
    batch: LineBatch,
}

impl Follower {
    /// A follower of `instance` from `start` on. `cx`: with a status of its own, as the source's is not its to set.
    pub(super) fn new(
        cx: SourceContext,
        report: Report,
        api: watch::Receiver<Option<Api>>,
        instance: Instance,
        start: Start,
        waits: Waits,
    ) -> Self {
        let stage = stage_of(instance.phase, &start);
        let splitter = LineSplitter::new(&cx.join);
        let mut this = Self {
            cx,
            report,
            api,
            instance,
            start,
            stage,
            resume: Resume::default(),
            opened: None,
            is_current: true,
            waits,
            lines: Lines::default(),
            splitter,
            batch: LineBatch::default(),
        };
        this.batch = this.fresh();
        this
    }

    /// The same, for an instance that had to wait for its turn and may have ended since.
    pub(super) fn late(self) -> Self {
        Self { is_current: false, ..self }
    }

    fn fresh(&self) -> LineBatch {
        LineBatch {
            origin: Some(Arc::clone(&self.instance.origin)),
            resource: Some(Arc::clone(&self.instance.resource)),
            ..LineBatch::default()
        }
    }

    /// What is asked for. From the second time on that begins where the last answer ended.
    fn query(&mut self) -> Query<'static> {
        let mut query = vec![("container", self.instance.key.container.clone()), ("timestamps", "true".to_owned())];
        match self.stage {
            Stage::Follow => query.push(("follow", "true".to_owned())),
            Stage::Rest => {}
            Stage::Previous => query.push(("previous", "true".to_owned())),
        }
        let ends_at_start = self.start.tail == Some(0);
        if let Some(second) = self.resume.again().or(self.opened.filter(|_| ends_at_start)) {
            query.push(("sinceTime", rfc3339(second)));
            return query;
        }
        if let Some(tail) = self.start.tail {
            query.push(("tailLines", tail.to_string()));
        }
        match self.start.since {
            Some(Since::Ago(time)) => query.push(("sinceSeconds", time.as_secs().max(1).to_string())),
            Some(Since::At(time)) => query.push(("sinceTime", rfc3339(time.div_euclid(1_000_000_000)))),
            None => {}
        }
        query
    }

    /// Reads one answer to its end.
    async fn read(&mut self, backoff: &mut Backoff) -> Result<(), Failure> {
        self.lines.clear();
        let api = self.api()?;
        let mut answer = self.open(&api).await?;
        backoff.is_good();
        self.report.well(&self.instance.key);
        self.opened = self.opened.or(answer.date()).or(Some(self.cx.clock.now().div_euclid(1_000_000_000)));
        let outcome = self.read_on(&api, &mut answer).await;
        if outcome.is_ok() && self.stage != Stage::Follow {
            self.take_unfinished();
        }
        self.flush().await;
        outcome
    }

    /// Opens the answer. That of a container which has written nothing may not begin for long.
    async fn open(&mut self, api: &Api) -> Result<Answer, Failure> {
        let (path, query) = (format!("{}/log", self.instance.path()), self.query());
        let mut opening = std::pin::pin!(api.open(&path, &query));
        loop {
            match timeout(self.patience(), &mut opening).await {
                Ok(answer) => return answer,
                Err(_) => self.check(api).await?,
            }
        }
    }

    async fn read_on(&mut self, api: &Api, answer: &mut Answer) -> Result<(), Failure> {
        loop {
            let patience = self.splitter.patience();
            tokio::select! {
                chunk = answer.chunk() => match chunk? {
                    Some(chunk) => self.take(&chunk).await,
                    None => return Ok(()),
                },
                () = sleep(patience.unwrap_or_default()), if patience.is_some() => {
                    self.splitter.settle(&mut self.batch);
                    self.send().await;
                }
                () = sleep(self.patience()) => self.check(api).await?,
            }
        }
    }

    /// How long to wait in silence.
    fn patience(&self) -> Duration {
        if self.stage == Stage::Follow { self.waits.quiet } else { ANSWER }
    }

    /// Whether the silence is what it seems: an error when there is something that has not come, or nobody answers.
    async fn check(&self, api: &Api) -> Result<(), Failure> {
        let silent = |what: &str| {
            let why = format!("the log of {} {what}", self.instance.origin);
            Failure::Broken(Trouble::passing(why))
        };
        if self.stage != Stage::Follow {
            return Err(silent("does not come"));
        }
        let newest = timeout(ANSWER, self.newest(api)).await.map_err(|_| silent("does not come"))??;
        let is_known = newest.is_none_or(|second| Some(second) <= self.resume.second().or(self.opened));
        if is_known { Ok(()) } else { Err(silent("has stopped coming, as after a rotation")) }
    }

    /// The second of the newest line that there is.
    async fn newest(&self, api: &Api) -> Result<Option<i64>, Failure> {
        let query = vec![
            ("container", self.instance.key.container.clone()),
            ("timestamps", "true".to_owned()),
            ("tailLines", "1".to_owned()),
        ];
        let mut answer = api.open(&format!("{}/log", self.instance.path()), &query).await?;
        let mut lines = Lines::default();
        while let Some(chunk) = answer.chunk().await? {
            lines.next(&mut chunk.as_ref());
        }
        Ok(stamp(lines.line()).map(|(time, _)| time.div_euclid(1_000_000_000)))
    }

    async fn take(&mut self, chunk: &[u8]) {
        let (mut rest, mut text) = (chunk, Vec::new());
        while self.lines.next(&mut rest) {
            self.take_line(&mut text);
        }
        self.feed(&text).await;
        self.send().await;
    }

    /// Appends the line that has come to `text`, unless it was handed over before or is too old.
    fn take_line(&mut self, text: &mut Vec<u8>) {
        let line = self.lines.line();
        if let Some((time, length)) = stamp(line) {
            let before = self.resume.second();
            let is_wanted = !matches!(self.start.since, Some(Since::At(from)) if time < from);
            let admission = if is_wanted { self.resume.admit(time, line) } else { Admission::Repeated };
            if admission == Admission::NewAfterGap {
                self.report.gap(before.unwrap_or_default());
            }
            if admission != Admission::Repeated {
                as_runtime(line, length, text);
            }
        } else if !line.is_empty() {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        self.lines.clear();
    }

    /// Takes the beginning of a line that has no end.
    fn take_unfinished(&mut self) {
        let mut text = Vec::new();
        self.take_line(&mut text);
        if !text.is_empty() {
            // One line is less than a batch holds; and the batch is empty.
            self.splitter.feed(&text, &mut self.batch);
        }
    }

    async fn feed(&mut self, text: &[u8]) {
        let mut rest = text;
        loop {
            let taken = self.splitter.feed(rest, &mut self.batch);
            rest = rest.get(taken..).unwrap_or_default();
            if rest.is_empty() {
                return;
            }
            self.send().await;
        }
    }

    async fn flush(&mut self) {
        self.send().await;
        while self.splitter.flush(&mut self.batch) {
            self.send().await;
        }
    }

    async fn send(&mut self) {
        if !self.batch.is_empty() {
            let fresh = self.fresh();
            self.cx.intake.send(Batch::Lines(std::mem::replace(&mut self.batch, fresh))).await;
        }
    }

    /// What there is to be read after an answer has ended; `None` when there is nothing. Asked as a list, which who may
    /// watch pods may do as well.
    async fn next_stage(&self) -> Result<Option<Stage>, Failure> {
        let Instance { key, pod, namespace, .. } = &self.instance;
        let query = vec![("fieldSelector", format!("metadata.name={pod},metadata.namespace={namespace}"))];
        let (pods, _) = self.api()?.list::<Pod>("pods", &query).await?;
        let Some(pod) = pods.iter().find(|pod| pod.metadata.uid == key.pod) else { return Ok(None) };
        let stage = phase_of(pod, key).map(|phase| stage_of(phase, &self.start));
        if let (None, Some(second)) = (stage, self.resume.second()) {
            // It was replaced more than once; its end is out of reach.
            self.report.gap(second);
        }
        Ok(stage)
    }

    fn api(&self) -> Result<Api, Failure> {
        let api = self.api.borrow().clone();
        api.ok_or_else(|| Failure::Broken(Trouble::passing("not connected")))
    }

    /// Reads until there is nothing more to come. Before a log is asked for again, also where it was refused the first
    /// time, the pod is looked at: the log of the next instance would come in its place.
    async fn follow(&mut self, backoff: &mut Backoff) -> Result<(), Failure> {
        loop {
            if !std::mem::take(&mut self.is_current) {
                let Some(stage) = self.next_stage().await? else {
                    self.take_unfinished();
                    self.flush().await;
                    return Ok(());
                };
                self.stage = stage;
            }
            self.read(backoff).await?;
            if self.stage != Stage::Follow {
                return Ok(());
            }
            sleep(self.waits.settle).await;
        }
    }

    /// Whether a refusal means that there is no log any more.
    fn is_over(&self, code: u16) -> bool {
        // 400: no container of that name, or none that has ended, is left. A container that waits for its start as well.
        code == 404 || (code == 400 && self.stage != Stage::Follow)
    }
}

impl Connection for Follower {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let trouble = match self.follow(backoff).await {
            Ok(()) => None,
            Err(Failure::Refused(refusal)) if self.is_over(refusal.code) => None,
            Err(Failure::Refused(refusal)) if refusal.code == 400 => {
                Some(Trouble::passing(refusal.told("get", "pods/log")))
            }
            Err(failure) => Some(failure.trouble("get", "pods/log")),
        };
        let (key, origin) = (&self.instance.key, &self.instance.origin);
        match trouble {
            None => {
                self.report.well(key);
                Ok(())
            }
            Some(Trouble::Lasting { why }) if !self.start.follows => {
                self.report.trouble(key, origin, &why);
                Ok(())
            }
            Some(trouble) => {
                let (Trouble::Lasting { why } | Trouble::Passing { why, .. }) = &trouble;
                self.report.trouble(key, origin, why);
                Err(trouble)
            }
        }
    }
}

/// How the log of an instance in this phase is asked for.
fn stage_of(phase: Phase, start: &Start) -> Stage {
    match phase {
        Phase::Running if start.follows => Stage::Follow,
        Phase::Running | Phase::Ended => Stage::Rest,
        Phase::Previous => Stage::Previous,
    }
}

fn rfc3339(second: i64) -> String {
    DateTime::from_timestamp(second, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}
