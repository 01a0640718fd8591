//! A server that speaks as CloudWatch Logs does, with one log group.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::json;

use super::Rig;
use crate::config::SourceOptions;
use crate::source::cloudwatch::tests::{Answer, Server, event};

struct Cloudwatch {
    server: Server,
    written: i64,
}

pub(super) fn cloudwatch() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async { Some(Box::new(Cloudwatch { server: Server::start([]).await, written: 0 }) as Box<dyn Rig>) }.boxed()
}

impl Rig for Cloudwatch {
    fn argument(&self) -> String {
        "cloudwatch://eu-west-1//shop/web?interval=200ms".to_owned()
    }

    fn options(&self) -> SourceOptions {
        SourceOptions { parameters: self.server.parameters(), ..SourceOptions::default() }
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        let now = chrono::Utc::now().timestamp_millis();
        let events: Vec<_> = (0..count)
            .map(|_| {
                self.written += 1;
                event(&format!("line {}", self.written), now + self.written)
            })
            .collect();
        self.server.then(Answer::Page(json!({ "events": events })));
        async {}.boxed()
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        self.server.then(Answer::Page(json!({"events": [{}, {"eventId": "x", "message": "\u{0}\u{1b}]0;x\u{7}"}]})));
        self.server.then(Answer::Text("<html>"));
        async {}.boxed()
    }
}
