//! The rig of containers: an engine of the tests with one container that writes.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::Rig;

use crate::config::SourceOptions;
use crate::source::docker::tests::server::{Box as Container, Engine};

struct Docker {
    engine: Engine,
    written: i64,
}

pub(super) fn docker() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async {
        let engine = Engine::start();
        engine.run("a", "web");
        Some(Box::new(Docker { engine, written: 0 }) as Box<dyn Rig>)
    }
    .boxed()
}

impl Rig for Docker {
    fn argument(&self) -> String {
        "docker:".to_owned()
    }

    fn options(&self) -> SourceOptions {
        let parameters = [("host".to_owned(), self.engine.host.clone())].into();
        SourceOptions { parameters, ..SourceOptions::default() }
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        for _ in 0..count {
            self.written += 1;
            self.engine.write("a", self.written, &format!("line {}", self.written));
        }
        async {}.boxed()
    }

    /// Text that is none, an event that is none, and a container whose log is no stream of frames.
    fn garble(&mut self) -> BoxFuture<'_, ()> {
        self.engine.write("a", self.written, "\0\u{1b}]0;x\u{7}\r\r");
        self.engine.say("{\"Type\":\"container\",[}");
        let raw = Some((b"\x09\0\0\0\xff\xff\xff\xff\0".to_vec(), 1));
        self.engine.put("b", Container { name: "broken".to_owned(), running: true, raw, ..Container::default() });
        self.engine.event("b", "start");
        async {}.boxed()
    }
}
