//! Rigs of what is asked over HTTP: a server that knows lines, and answers badly when told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::Rig;
use crate::source::asked::{Asked, Reply, Server};
use crate::source::azure_logs::tests::FakeWorkspace;
use crate::source::elasticsearch::tests::fake::FakeCluster;
use crate::source::gcp_logging::tests::FakeLogging;
use crate::source::loki::tests::fake::{FakeLoki, Said};

/// A server with a source's lines behind it.
struct Behind {
    _server: Server,
    argument: String,
    /// Gives the server a line of this number.
    push: Box<dyn Fn(i64) + Send>,
    /// Makes what follows the protocol of one's own say nonsense.
    shout: Box<dyn Fn() + Send>,
    /// So many answers are none.
    bad: Arc<AtomicUsize>,
    sent: i64,
}

impl Behind {
    /// A server that answers by `answer`, reached by `argument` of its address.
    async fn start(
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
        argument: impl FnOnce(&str) -> String,
        push: impl Fn(i64) + Send + 'static,
    ) -> Self {
        let bad = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&bad);
        let server = Server::start(move |asked| {
            let left = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            match (left, answer(asked)) {
                (Ok(2), _) => Reply::ok("\0{\"hits\":[[[ \x1b[2J"),
                (Ok(_), Reply::Answer { body, .. }) => Reply::Half { at: body.len() / 2, body },
                (_, reply) => reply,
            }
        })
        .await;
        let argument = argument(&server.address.to_string());
        Self { _server: server, argument, push: Box::new(push), shout: Box::new(|| {}), bad, sent: 0 }
    }
}

impl Rig for Behind {
    fn argument(&self) -> String {
        self.argument.clone()
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        for _ in 0..count {
            self.sent += 1;
            (self.push)(self.sent);
        }
        async {}.boxed()
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        self.bad.store(2, Ordering::SeqCst);
        (self.shout)();
        async {}.boxed()
    }
}

/// Nanoseconds since 1970, now.
fn now() -> i64 {
    chrono::Utc::now().timestamp_nanos_opt().unwrap_or(0)
}

pub(super) fn loki() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async {
        let loki = FakeLoki::new([], 5000);
        let (fake, pushed, said) = (loki.clone(), loki.clone(), loki);
        let push = move |n| pushed.push((now(), "rig", format!("line {n}")), true);
        let mut rig = Behind::start(move |asked| fake.answer(asked), |at| format!("loki+http://{at}"), push).await;
        rig.shout = Box::new(move || {
            for garbage in ["", "{\"streams\":[{\"values\":[[7]]}]}", "\0\x1b[2J"] {
                said.say(Said::Text(garbage.to_owned()));
            }
            said.say(Said::Break);
        });
        Some(Box::new(rig) as Box<dyn Rig>)
    }
    .boxed()
}

pub(super) fn elasticsearch() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async {
        let cluster = FakeCluster::new("8.11.1", false, []);
        let fake = cluster.clone();
        let push = move |n| cluster.push(now() / 1_000_000, n);
        let argument = |at: &str| format!("es+http://{at}/logs?interval=100ms");
        Some(Box::new(Behind::start(move |asked| fake.answer(asked), argument, push).await) as Box<dyn Rig>)
    }
    .boxed()
}

pub(super) fn gcp_logging() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async {
        let logging = FakeLogging::new([], 1000);
        let fake = logging.clone();
        let push = move |n| logging.push_at(now(), n);
        let argument =
            |at: &str| format!("gcp-logging://p?endpoint=http://{at}&token_command=printf%20t&interval=10ms");
        Some(Box::new(Behind::start(move |asked| fake.answer(asked), argument, push).await) as Box<dyn Rig>)
    }
    .boxed()
}

pub(super) fn azure_logs() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async {
        let workspace = FakeWorkspace::new([]);
        let fake = workspace.clone();
        let push = move |n| workspace.push_at(now(), n);
        let own = "token_command=printf%20t&interval=10ms&table=T";
        let argument = |at: &str| format!("azure-logs://w-1?endpoint=http://{at}&{own}");
        Some(Box::new(Behind::start(move |asked| fake.answer(asked), argument, push).await) as Box<dyn Rig>)
    }
    .boxed()
}
