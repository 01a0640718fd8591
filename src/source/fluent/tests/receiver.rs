//! A receiver that runs, with an intake that keeps what comes or, when it is told to, lets nothing in.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::SourceOptions;
use crate::extent::Stretch;
use crate::source::collected::{DEADLINE, state};
use crate::source::fluent::FluentKind;
use crate::source::in_time::in_time;
use crate::source::{
    Batch, Clock, HistoryOrder, Intake, Signal, SourceContext, SourceError, SourceKind as _, SourceSpec, SourceState,
    StatusReporter,
};

/// What came: the tag and the text of each line, and what was rejected.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Harvest {
    pub(super) lines: Vec<(String, String)>,
    pub(super) rejected: u64,
}

struct Kept {
    harvest: Mutex<Harvest>,
    changed: watch::Sender<u64>,
    is_open: watch::Sender<bool>,
    /// How often something was sent, let in or not.
    asked: watch::Sender<u64>,
}

impl Kept {
    fn change(&self, change: impl FnOnce(&mut Harvest)) {
        change(&mut self.harvest.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_modify(|version| *version += 1);
    }
}

impl Intake for Kept {
    fn send(&self, batch: Batch) -> BoxFuture<'_, ()> {
        async move {
            self.asked.send_modify(|count| *count += 1);
            self.is_open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
            self.change(|harvest| match batch {
                Batch::Lines(lines) => {
                    let tag = lines.origin.as_deref().unwrap_or_default();
                    assert_eq!(lines.resource.as_ref().unwrap().attributes.text("fluent.tag"), Some(tag));
                    let text = |line: &[u8]| (tag.to_owned(), String::from_utf8_lossy(line).into_owned());
                    harvest.lines.extend(lines.iter().map(text));
                }
                Batch::Logs(records) => harvest.lines.extend(records.into_iter().map(|record| {
                    let tag = record.resource.attributes.text("fluent.tag").unwrap().to_owned();
                    (tag, record.body.as_str().unwrap().to_owned())
                })),
                Batch::Spans(_) | Batch::Traces(_) | Batch::Loss(_) => panic!("lines are expected"),
            });
        }
        .boxed()
    }

    fn offer(&self, _: Batch) {
        panic!("a source that can be paused does not drop");
    }

    fn is_pressed(&self) -> bool {
        !*self.is_open.borrow()
    }

    fn history(&self, _: Vec<Stretch>, _: HistoryOrder) {}

    fn reject(&self, signal: Signal, count: u64) {
        assert_eq!(signal, Signal::Logs);
        self.change(|harvest| harvest.rejected += count);
    }
}

/// The receiver.
pub(super) struct Receiver {
    kept: Arc<Kept>,
    cx: SourceContext,
    task: JoinHandle<Result<(), SourceError>>,
    pub(super) address: SocketAddr,
}

impl Receiver {
    /// On a free port, with such parameters.
    pub(super) async fn start(parameters: &[(&str, &str)]) -> Self {
        let kept = Arc::new(Kept {
            harvest: Mutex::default(),
            changed: watch::channel(0).0,
            is_open: watch::channel(true).0,
            asked: watch::channel(0).0,
        });
        let cx = SourceContext {
            intake: Arc::<Kept>::clone(&kept),
            shutdown: CancellationToken::new(),
            status: StatusReporter::default(),
            clock: Clock::from_fn(|| 0),
            join: crate::parse::join::JoinRule::default(),
        };
        let source = FluentKind.open(&spec("//127.0.0.1:0", parameters)).unwrap();
        assert!(source.is_pausable());
        let task = tokio::spawn(source.run(cx.clone()));
        let address = state(&cx.status, |state| match state {
            SourceState::Live(text) => text.split(',').next()?.parse().ok(),
            _ => None,
        });
        let address = address.await;
        Self { kept, cx, task, address }
    }

    /// A sender's connection.
    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Lets batches in, or keeps them waiting.
    pub(super) fn open(&self, is_open: bool) {
        self.kept.is_open.send_replace(is_open);
    }

    /// Waits until something was sent so often, let in or not; answers whether it was, within `time`.
    pub(super) async fn is_asked(&self, count: u64, time: Duration) -> bool {
        let mut asked = self.kept.asked.subscribe();
        tokio::time::timeout(time, asked.wait_for(|asked| *asked >= count)).await.is_ok()
    }

    /// What has come so far.
    pub(super) fn harvest(&self) -> Harvest {
        self.kept.harvest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `enough` has come.
    pub(super) async fn until(&self, enough: impl Fn(&Harvest) -> bool) -> Harvest {
        let mut changed = self.kept.changed.subscribe();
        let waiting = changed.wait_for(|_| enough(&self.harvest()));
        let in_time = tokio::time::timeout(DEADLINE, waiting).await.is_ok();
        assert!(in_time, "only {:?} came; {:?}", self.harvest(), self.cx.status.get());
        self.harvest()
    }

    /// Waits for a state whose text has `part` in it.
    pub(super) async fn told(&self, part: &str) {
        state(&self.cx.status, |state| matches!(state, SourceState::Live(text) if text.contains(part)).then_some(()))
            .await;
    }

    /// Shuts it down and checks that it returns in time.
    pub(super) async fn stop(self) {
        self.cx.shutdown.cancel();
        in_time(self.task).await.expect("no panic").expect("no error");
    }
}

/// A source as a user writes it.
pub(super) fn spec(rest: &str, parameters: &[(&str, &str)]) -> SourceSpec {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let options = SourceOptions { parameters, ..SourceOptions::default() };
    SourceSpec { scheme: "fluent".to_owned(), rest: rest.to_owned(), options }
}
