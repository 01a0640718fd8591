//! The pods of one cluster: which there are, and a follower for each instance of their containers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use super::api::{Answer, Api};
use super::config::{Connected, connect};
use super::events::{Events, Pods, killed_line, nanos, tell_killed};
use super::follower::{Follower, Waits};
use super::instance::{Instance, Key, Phase, instances, killed};
use super::object::Pod;
use super::report::Report;
use super::start::Start;
use super::target::{Namespace, Target};
use super::watch::{Change, Watch};
use crate::source::retry::{Backoff, Connection, Trouble, keep_trying};
use crate::source::{Signal, SourceContext, StatusReporter};

/// How many logs are read at the same time; each is a connection of its own.
const MAX_FOLLOWED: usize = 500;
/// The least time between two watches.
const PAUSE: Duration = Duration::from_millis(500);

/// The pods that are asked for, and who follows them.
pub(super) struct Cluster {
    cx: SourceContext,
    target: Arc<Target>,
    report: Report,
    api: watch::Sender<Option<Api>>,
    watch: Watch,
    /// Whether what is there has not been listed yet.
    is_first: bool,
    pods: Pods,
    /// The instances of each pod, by its UID, that are followed, have been, or need not be.
    known: BTreeMap<String, BTreeSet<Key>>,
    /// The instances whose end for lack of memory was told.
    killed: BTreeSet<Key>,
    followed: BTreeSet<Key>,
    /// What is over the limit, with where it begins.
    left_out: BTreeMap<Key, (Instance, Start)>,
    /// One task for each that is followed, which gives its key at its end, and one for events.
    tasks: JoinSet<Option<Key>>,
    waits: Waits,
}

impl Cluster {
    pub(super) fn new(cx: SourceContext, target: Target, waits: Waits) -> Self {
        let report = Report::new(cx.status.clone());
        let mut query = Vec::new();
        let selectors = [("labelSelector", &target.labels), ("fieldSelector", &target.fields)];
        query.extend(selectors.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
        Self {
            cx,
            target: Arc::new(target),
            report,
            api: watch::Sender::new(None),
            watch: Watch::new("pods", query),
            is_first: true,
            pods: Pods::default(),
            known: BTreeMap::new(),
            killed: BTreeSet::new(),
            followed: BTreeSet::new(),
            left_out: BTreeMap::new(),
            tasks: JoinSet::new(),
            waits,
        }
    }

    /// What there is to remark at the end.
    pub(super) fn remarks(&self) -> String {
        self.report.remarks()
    }

    async fn follow(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let connected = connect(&self.target).await?;
        let (place, server) = (place(&connected, &self.target), connected.server.clone());
        let namespace = match &self.target.namespace {
            Namespace::Current => Some(connected.namespace.clone()),
            Namespace::One(name) => Some(name.clone()),
            Namespace::All => None,
        };
        let api = Api { connected, namespace };
        self.api.send_replace(Some(api.clone()));
        loop {
            if let Some(pods) = self.watch.listed(&api).await? {
                self.take_list(&pods).await;
                backoff.is_good();
                self.report.connected(place.clone());
            }
            if !self.target.options.follow {
                self.finish().await;
                return Ok(());
            }
            let answer = self.watch.open(&api).await?;
            // Where nothing had to be listed, this is the first that the server has said.
            backoff.is_good();
            self.report.connected(place.clone());
            if let Some(mut answer) = answer {
                self.attend(&mut answer, &server).await?;
            }
            sleep(PAUSE).await;
        }
    }

    async fn attend(&mut self, answer: &mut Answer, server: &str) -> Result<(), Trouble> {
        loop {
            tokio::select! {
                line = answer.line() => {
                    let Some(line) = line.map_err(|failure| failure.trouble("watch", "pods"))? else { return Ok(()) };
                    match self.watch.read::<Pod>(&line, server)? {
                        Change::Is(pod) => self.take(&pod, Start::of_new(&self.target)).await,
                        Change::Gone(pod) => self.retire(&pod.metadata.uid),
                        Change::Nothing if self.watch.has_expired() => return Ok(()),
                        Change::Nothing => {}
                        Change::Garbled => self.cx.intake.reject(Signal::Logs, 1),
                    }
                    self.tell();
                }
                Some(done) = self.tasks.join_next() => self.ended(done),
            }
        }
    }

    /// Takes all pods that there are.
    async fn take_list(&mut self, pods: &[Pod]) {
        let there: BTreeSet<&str> = pods.iter().map(|pod| pod.metadata.uid.as_str()).collect();
        let gone: Vec<String> = self.known.keys().filter(|uid| !there.contains(uid.as_str())).cloned().collect();
        for uid in gone {
            self.retire(&uid);
        }
        let start = if self.is_first {
            let wanted = pods.iter().filter(|pod| self.target.has(pod));
            let count = wanted.map(|pod| instances(pod, &self.target, false).len()).sum();
            Start::of_known(&self.target, count)
        } else {
            Start::of_new(&self.target)
        };
        for pod in pods {
            self.take(pod, start).await;
        }
        if std::mem::take(&mut self.is_first) && self.target.events {
            self.watch_events();
        }
        self.tell();
    }

    /// Takes a pod as it is now; what is new of it begins at `start`.
    async fn take(&mut self, pod: &Pod, start: Start) {
        if !self.target.has(pod) {
            return;
        }
        self.pods.insert(pod);
        self.tell_killed(pod, start).await;
        let with_namespace = self.target.namespace == Namespace::All;
        let there = instances(pod, &self.target, with_namespace);
        let mut known = self.known.remove(&pod.metadata.uid).unwrap_or_default();
        // A container that restarts again and again must not leave a trace of each time.
        known.retain(|key| self.followed.contains(key) || there.iter().any(|instance| instance.key == *key));
        for instance in there {
            if known.insert(instance.key.clone()) && (start.tail != Some(0) || instance.phase == Phase::Running) {
                self.start(instance, start, true);
            }
        }
        self.known.insert(pod.metadata.uid.clone(), known);
    }

    async fn tell_killed(&mut self, pod: &Pod, start: Start) {
        if !self.target.events {
            return;
        }
        let (now, uid) = (self.cx.clock.now(), &pod.metadata.uid);
        let killed: Vec<_> = killed(pod).filter(|(key, _)| self.target.has_container(&key.container)).collect();
        self.killed.retain(|key| key.pod != *uid || killed.iter().any(|(known, _)| known == key));
        for (key, end) in killed {
            let is_wanted = start.has(end.finished_at.as_deref().and_then(nanos), now);
            let line = killed_line(&key.container, end);
            if self.killed.insert(key) && is_wanted {
                tell_killed(&self.cx, &self.target, &self.pods, pod, &line).await;
            }
        }
    }

    /// A pod is gone. Its logs end by themselves.
    fn retire(&mut self, uid: &str) {
        if self.known.remove(uid).is_some() {
            self.pods.retire(uid);
        }
        self.killed.retain(|key| key.pod != uid);
        self.left_out.retain(|key, _| key.pod != uid);
    }

    /// Follows an instance; `is_current`: the pod has just said that it is as it is.
    fn start(&mut self, instance: Instance, start: Start, is_current: bool) {
        if self.followed.len() >= MAX_FOLLOWED {
            self.left_out.insert(instance.key.clone(), (instance, start));
            return;
        }
        let key = instance.key.clone();
        self.followed.insert(key.clone());
        let cx = self.own_context();
        let (report, api) = (self.report.clone(), self.api.subscribe());
        let follower = Follower::new(cx.clone(), report, api, instance, start, self.waits);
        let mut follower = if is_current { follower } else { follower.late() };
        self.tasks.spawn(async move {
            keep_trying(&cx, &mut follower).await;
            Some(key)
        });
    }

    fn watch_events(&mut self) {
        let (cx, target) = (self.own_context(), Arc::clone(&self.target));
        let mut events = Events::new(cx.clone(), self.report.clone(), self.api.subscribe(), target, self.pods.clone());
        self.tasks.spawn(async move {
            keep_trying(&cx, &mut events).await;
            None
        });
    }

    /// For a part of the source, whose state is not the source's.
    fn own_context(&self) -> SourceContext {
        SourceContext { status: StatusReporter::default(), ..self.cx.clone() }
    }

    /// A task has ended; what was left out has a place now.
    fn ended(&mut self, done: Result<Option<Key>, JoinError>) {
        match done {
            Ok(Some(key)) => drop(self.followed.remove(&key)),
            Ok(None) => {}
            Err(error) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
        if let Some((_, (instance, start))) = self.left_out.pop_first() {
            self.start(instance, start, false);
        }
        self.tell();
    }

    /// Waits until everything that is there has been read.
    async fn finish(&mut self) {
        while let Some(done) = self.tasks.join_next().await {
            self.ended(done);
        }
    }

    fn tell(&self) {
        self.report.followed(self.known.len(), self.followed.len(), self.left_out.len());
    }
}

impl Connection for Cluster {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let outcome = self.follow(backoff).await;
        self.report.disconnected();
        outcome
    }
}

/// What is said of where the pods are.
fn place(connected: &Connected, target: &Target) -> String {
    let cluster = match &connected.context {
        Some(context) => format!("context {context}"),
        None => "this cluster".to_owned(),
    };
    match &target.namespace {
        Namespace::Current => format!("{cluster}, namespace {}", connected.namespace),
        Namespace::One(namespace) => format!("{cluster}, namespace {namespace}"),
        Namespace::All => format!("{cluster}, all namespaces"),
    }
}
