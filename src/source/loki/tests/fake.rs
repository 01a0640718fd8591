//! A Loki: lines by time, asked for in pages as Loki gives them, and a tail.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::source::asked::{Asked, Reply};

/// One line: its time, its `app` label and its text.
pub(in crate::source) type Line = (i64, &'static str, String);

/// What it has, and whom it tells of what comes.
#[derive(Clone)]
pub(in crate::source) struct FakeLoki {
    lines: Arc<Mutex<Vec<Line>>>,
    most: usize,
    first: Arc<Mutex<Option<Said>>>,
    said: broadcast::Sender<Said>,
}

/// What goes out on all tails.
#[derive(Clone)]
pub(in crate::source) enum Said {
    Text(String),
    Close(u16, &'static str),
    Break,
}

impl FakeLoki {
    /// One that has `lines` and gives at most `most` at once.
    pub(in crate::source) fn new(lines: impl IntoIterator<Item = Line>, most: usize) -> Self {
        Self {
            lines: Arc::new(Mutex::new(lines.into_iter().collect())),
            most,
            first: Arc::default(),
            said: broadcast::channel(64).0,
        }
    }

    /// Takes a line, and tells the tails of it where `is_told`.
    pub(in crate::source) fn push(&self, line: Line, is_told: bool) {
        let text = json!({"streams": [stream(line.1, &[value(&line)])]}).to_string();
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        if is_told {
            self.say(Said::Text(text));
        }
    }

    /// The next tail that is opened begins with this.
    pub(super) fn say_to_the_next(&self, said: Said) {
        *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
    }

    pub(in crate::source) fn say(&self, said: Said) {
        self.said.send(said).ok();
    }

    /// How many tails are open.
    pub(super) fn tails(&self) -> usize {
        self.said.receiver_count()
    }

    pub(in crate::source) fn answer(&self, asked: &Asked) -> Reply {
        match &*asked.path {
            "/loki/api/v1/query_range" => self.range(asked),
            "/loki/api/v1/tail" => self.tail(asked),
            _ => Reply::status(404, "404 page not found\n"),
        }
    }

    fn between(&self, start: i64, end: i64) -> Vec<Line> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<Line> = lines.iter().filter(|line| (start..end).contains(&line.0)).cloned().collect();
        found.sort_by_key(|line| line.0);
        found
    }

    fn range(&self, asked: &Asked) -> Reply {
        let number = |name: &str| asked.query[name].parse::<i64>().unwrap();
        let limit = usize::try_from(number("limit")).unwrap();
        if limit > self.most {
            let most = self.most;
            return Reply::status(
                400,
                format!("max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {most})"),
            );
        }
        if number("end") <= number("start") {
            return Reply::status(400, "end timestamp must not be before or equal to start time");
        }
        let mut found = self.between(number("start"), number("end"));
        if asked.query["direction"] == "backward" {
            found.reverse();
        }
        found.truncate(limit);
        Reply::ok(
            json!({"status": "success", "data": {"resultType": "streams", "result": streams(&found)}}).to_string(),
        )
    }

    fn tail(&self, asked: &Asked) -> Reply {
        let mut said = self.said.subscribe();
        if let Some(first) = self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.say(first);
        }
        let backlog = self.between(asked.query["start"].parse().unwrap(), i64::MAX);
        let backlog = &backlog[backlog.len().saturating_sub(100)..];
        let first = json!({"streams": streams(backlog), "dropped_entries": null}).to_string();
        Reply::Upgrade(Box::new(move |mut socket| {
            async move {
                let mut pings = tokio::time::interval(Duration::from_secs(1));
                socket.send(Message::Text(first.into())).await.ok();
                loop {
                    let sent = tokio::select! {
                        heard = said.recv() => match heard {
                            Ok(Said::Text(text)) => socket.send(Message::Text(text.into())).await,
                            Ok(Said::Close(code, reason)) => {
                                let close = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
                                socket.send(Message::Close(Some(close))).await.ok();
                                return;
                            }
                            Ok(Said::Break) | Err(_) => return,
                        },
                        _ = pings.tick() => socket.send(Message::Ping(Vec::new().into())).await,
                        heard = socket.next() => match heard {
                            Some(Ok(_)) => Ok(()),
                            _ => return,
                        },
                    };
                    if sent.is_err() {
                        return;
                    }
                }
            }
            .boxed()
        }))
    }
}

fn value(line: &Line) -> Value {
    json!([line.0.to_string(), line.2, {"structuredMetadata": {"detected_level": "info"}}])
}

fn stream(app: &str, values: &[Value]) -> Value {
    json!({"stream": {"app": app, "service_name": app}, "values": values})
}

/// Streams one after another, each in the order of `lines`.
fn streams(lines: &[Line]) -> Vec<Value> {
    let mut apps: Vec<&str> = lines.iter().map(|line| line.1).collect();
    apps.sort_unstable();
    apps.dedup();
    apps.iter()
        .map(|app| {
            let values: Vec<Value> = lines.iter().filter(|line| line.1 == *app).map(value).collect();
            stream(app, &values)
        })
        .collect()
}
