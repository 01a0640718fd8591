//! An API server with one pod, whose container writes.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::Rig;
use crate::config::SourceOptions;
use crate::source::kubernetes::tests::pod;
use crate::source::kubernetes::tests::server::Server;

struct Kubernetes {
    server: Server,
    written: usize,
}

pub(super) fn kubernetes() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async {
        let server = Server::start().await;
        server.set_log("web-1/web", b"");
        server.set_pod(pod("web-1", "c://1"));
        Some(Box::new(Kubernetes { server, written: 0 }) as Box<dyn Rig>)
    }
    .boxed()
}

impl Rig for Kubernetes {
    fn argument(&self) -> String {
        "k8s://test/shop".to_owned()
    }

    fn options(&self) -> SourceOptions {
        let path = self.server.kubeconfig.path().to_str().unwrap().to_owned();
        SourceOptions { parameters: [("kubeconfig".to_owned(), path)].into(), ..SourceOptions::default() }
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        for _ in 0..count {
            self.written += 1;
            let line = format!("2026-03-01T10:00:00.{:09}Z line {}\n", self.written, self.written);
            self.server.write("web-1/web", line.as_bytes());
        }
        async {}.boxed()
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        for garbage in ["{", "[]", "{\"type\":\"ADDED\",\"object\":{\"spec\":5}}", "{\"type\":\"ERROR\",\"object\":7}"]
        {
            self.server.tell("pods", garbage);
            self.server.tell("events", garbage);
        }
        self.server.write("web-1/web", b"\0\xff\xfe\x1b]0;x\x07\r\n2026-99-99T10:00:00Z x\n");
        async {}.boxed()
    }
}
