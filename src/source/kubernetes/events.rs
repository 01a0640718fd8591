//! What happens to pods, as lines of JSON: the events that the cluster keeps (`Started`, `Failed`, `Killing`, `BackOff`,
//! `Unhealthy`, …), and containers that ran out of memory, which only the pods themselves tell.
//!
//! An event that repeats is one object whose count grows. Each count is one line, so nothing is shown twice, whether it
//! comes by the watch or is listed again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::DateTime;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::api::{Answer, Api};
use super::object::{Event, Pod, Terminated};
use super::report::Report;
use super::start::Start;
use super::target::{Namespace, Target};
use super::watch::{Change, Watch};
use crate::model::{Nanos, Resource};
use crate::source::retry::{Backoff, Connection, Trouble};
use crate::source::{Batch, LineBatch, Signal, SourceContext};

/// For how long an event waits for its pod to be known.
const WAIT: Duration = Duration::from_secs(10);
/// How many do.
const MAX_WAITING: usize = 1000;
/// How many pods that are gone are still known, for what is told of them late.
const MAX_GONE: usize = 1000;
/// How many events are remembered; a cluster forgets them after an hour.
const MAX_SEEN: usize = 100_000;
/// The least time between two watches.
const PAUSE: Duration = Duration::from_millis(500);

/// The pods that are asked for, by UID: what is said of everything in them.
#[derive(Clone, Default)]
pub(super) struct Pods(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    pods: HashMap<String, Arc<Resource>>,
    /// Those that are gone, the oldest first.
    gone: VecDeque<String>,
}

impl Pods {
    /// There is a pod, as it is now: it gets its node late. One that had gone may be back, with labels that fit again.
    pub(super) fn insert(&self, pod: &Pod) {
        let resource = Resource { attributes: super::instance::pod_attributes(pod) };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.gone.retain(|uid| *uid != pod.metadata.uid);
        if known.pods.get(&pod.metadata.uid).is_none_or(|known| **known != resource) {
            known.pods.insert(pod.metadata.uid.clone(), Arc::new(resource));
        }
    }

    /// A pod is gone. It is known for a while, as events about its end come late.
    pub(super) fn retire(&self, uid: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.gone.push_back(uid.to_owned());
        if known.gone.len() > MAX_GONE
            && let Some(oldest) = known.gone.pop_front()
        {
            known.pods.remove(&oldest);
        }
    }

    fn get(&self, uid: &str) -> Option<Arc<Resource>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pods.get(uid).cloned()
    }
}

/// The watch of events.
pub(super) struct Events {
    cx: SourceContext,
    report: Report,
    api: watch::Receiver<Option<Api>>,
    target: Arc<Target>,
    pods: Pods,
    watch: Watch,
    /// What is wanted of what is listed first; then everything is.
    start: Option<Start>,
    /// The last count that was shown of each event, by UID.
    seen: HashMap<String, i64>,
    waiting: VecDeque<(Instant, Event)>,
}

impl Events {
    /// The events of the target's pods. `cx`: with a status of its own.
    pub(super) fn new(
        cx: SourceContext,
        report: Report,
        api: watch::Receiver<Option<Api>>,
        target: Arc<Target>,
        pods: Pods,
    ) -> Self {
        let start = Some(Start::of_known(&target, 1));
        let watch = Watch::new("events", vec![("fieldSelector", "involvedObject.kind=Pod".to_owned())]);
        Self { cx, report, api, target, pods, watch, start, seen: HashMap::new(), waiting: VecDeque::new() }
    }

    async fn watch(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        loop {
            let api = self.api.borrow().clone().ok_or_else(|| Trouble::passing("not connected"))?;
            if let Some(events) = self.watch.listed(&api).await? {
                self.take_list(events).await;
                backoff.is_good();
                self.report.events(None);
            }
            if !self.target.options.follow {
                return Ok(());
            }
            let answer = self.watch.open(&api).await?;
            backoff.is_good();
            self.report.events(None);
            if let Some(mut answer) = answer {
                self.attend(&mut answer, &api.connected.server).await?;
            }
            sleep(PAUSE).await;
        }
    }

    async fn attend(&mut self, answer: &mut Answer, server: &str) -> Result<(), Trouble> {
        loop {
            tokio::select! {
                line = answer.line() => {
                    let Some(line) = line.map_err(|failure| failure.trouble("watch", "events"))? else { return Ok(()) };
                    match self.watch.read::<Event>(&line, server)? {
                        Change::Is(event) => self.take(event, true).await,
                        Change::Gone(event) => drop(self.seen.remove(&event.metadata.uid)),
                        Change::Nothing if self.watch.has_expired() => return Ok(()),
                        Change::Nothing => {}
                        Change::Garbled => self.cx.intake.reject(Signal::Logs, 1),
                    }
                }
                () = sleep(PAUSE), if !self.waiting.is_empty() => self.take_waiting().await,
            }
        }
    }

    /// What is listed first may be too old; what is listed again is new where it was not seen.
    async fn take_list(&mut self, mut events: Vec<Event>) {
        let start = self.start.take();
        events.sort_by_cached_key(time_of);
        for event in events {
            let is_wanted = start.is_none_or(|start| start.has(time_of(&event), self.cx.clock.now()));
            self.take(event, is_wanted).await;
        }
    }

    async fn take(&mut self, event: Event, is_wanted: bool) {
        let count = count_of(&event);
        if self.seen.len() >= MAX_SEEN {
            self.seen.clear();
        }
        let before = self.seen.insert(event.metadata.uid.clone(), count);
        if is_wanted && before.is_none_or(|before| count > before) && !self.show(&event).await {
            self.waiting.truncate(MAX_WAITING - 1);
            self.waiting.push_back((Instant::now(), event));
        }
    }

    /// Looks again whether the pods of waiting events are known.
    async fn take_waiting(&mut self) {
        for (since, event) in std::mem::take(&mut self.waiting) {
            if !self.show(&event).await && since.elapsed() < WAIT {
                self.waiting.push_back((since, event));
            }
        }
    }

    /// Shows an event if its pod is asked for; `false` when that may still turn out.
    async fn show(&self, event: &Event) -> bool {
        let about = &event.involved_object;
        if about.kind != "Pod" || !self.target.has_pod(&about.name) {
            return true;
        }
        let known = self.pods.get(&about.uid);
        if known.is_none() && self.target.is_chosen_by_server() {
            return false;
        }
        let resource = known.unwrap_or_else(|| Arc::new(resource_of(event)));
        let origin = origin(&self.target, &about.namespace, &about.name);
        send(&self.cx, origin, resource, &line_of(event)).await;
        true
    }
}

impl Connection for Events {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let outcome = self.watch(backoff).await;
        if let Err(Trouble::Lasting { why }) = &outcome {
            self.report.events(Some(why.clone()));
            if !self.target.options.follow {
                return Ok(());
            }
        }
        outcome
    }
}

/// Tells that a container of `pod` ran out of memory.
pub(super) async fn tell_killed(cx: &SourceContext, target: &Target, pods: &Pods, pod: &Pod, line: &[u8]) {
    let metadata = &pod.metadata;
    if let Some(resource) = pods.get(&metadata.uid) {
        send(cx, origin(target, &metadata.namespace, &metadata.name), resource, line).await;
    }
}

/// The line that says so.
pub(super) fn killed_line(container: &str, end: &Terminated) -> Vec<u8> {
    let message = format!("OOMKilled: the container {container} ran out of memory and was killed");
    let mut line = json!({
        "level": "error",
        "msg": message,
        "k8s.event.reason": end.reason,
        "k8s.container.name": container,
        "exit_code": end.exit_code,
    });
    if let (Some(time), Some(line)) = (&end.finished_at, line.as_object_mut()) {
        line.insert("time".to_owned(), time.clone().into());
    }
    line.to_string().into_bytes()
}

/// Nanoseconds since 1970 of a time as the API server writes it.
pub(super) fn nanos(time: &str) -> Option<Nanos> {
    DateTime::parse_from_rfc3339(time).ok()?.timestamp_nanos_opt()
}

fn line_of(event: &Event) -> Vec<u8> {
    let level = match (event.reason.as_str(), event.kind.as_str()) {
        (reason, _) if reason.starts_with("OOM") || reason == "SystemOOM" => "error",
        (_, "Warning") => "warn",
        _ => "info",
    };
    let component = event.reporting_component.as_deref().filter(|name| !name.is_empty());
    let mut line = json!({
        "level": level,
        "msg": format!("{}: {}", event.reason, event.message),
        "k8s.event.reason": event.reason,
        "k8s.event.count": count_of(event),
        "component": component.unwrap_or(&event.source.component),
    });
    if let Some(line) = line.as_object_mut() {
        if let Some(time) = times_of(event).next() {
            line.insert("time".to_owned(), time.into());
        }
        let container = event.involved_object.field_path.split_once('{').and_then(|(_, name)| name.strip_suffix('}'));
        if let Some(container) = container {
            line.insert("k8s.container.name".to_owned(), container.into());
        }
    }
    line.to_string().into_bytes()
}

/// What the event says of its pod itself.
fn resource_of(event: &Event) -> Resource {
    let about = &event.involved_object;
    let pairs = [
        ("k8s.namespace.name", about.namespace.as_str()),
        ("k8s.pod.name", about.name.as_str()),
        ("k8s.pod.uid", about.uid.as_str()),
        ("k8s.node.name", event.source.host.as_str()),
    ];
    Resource { attributes: pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect() }
}

fn origin(target: &Target, namespace: &str, pod: &str) -> Arc<str> {
    if target.namespace == Namespace::All { format!("{namespace}/{pod}").into() } else { pod.into() }
}

/// How often it has happened.
fn count_of(event: &Event) -> i64 {
    event.series.as_ref().map(|series| series.count).or(event.count).unwrap_or(1).max(1)
}

/// When it happened last, the best word first.
fn times_of(event: &Event) -> impl Iterator<Item = &str> {
    let last = event.series.as_ref().and_then(|series| series.last_observed_time.as_deref());
    let times = [&event.last_timestamp, &event.micro_time, &event.first_timestamp];
    last.into_iter().chain(times.into_iter().filter_map(Option::as_deref)).filter(|time| !time.is_empty())
}

fn time_of(event: &Event) -> Option<Nanos> {
    times_of(event).next().and_then(nanos)
}

async fn send(cx: &SourceContext, origin: Arc<str>, resource: Arc<Resource>, line: &[u8]) {
    let mut batch = LineBatch { origin: Some(origin), resource: Some(resource), ..LineBatch::default() };
    batch.push(line);
    cx.intake.send(Batch::Lines(batch)).await;
}
