//! JSON lines: one object a line, of any logger.
//!
//! Time, level, message, service and ids are found under the names of [`crate::parse::key`], at the top or in the nested
//! objects that loggers use. Before the object stand at most blanks, a byte-order mark or a record separator; what carriers
//! of logs put there is theirs. Of a line that breaks off, what was complete is kept. Of a repeated key the last counts.
//!
//! The walk is the same for every logger, as nearly all of what tells loggers apart is names. What is not stands in files
//! of its own: what a line implies (`implied`), what it says where it has no plain message (`message`, with `template` and
//! `transcript`).

pub(super) mod cursor;
mod implied;
mod message;
mod scan;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod transcript;
pub(super) mod value;

use std::borrow::Cow;

pub(in crate::parse) use message::{told, with_rest};
pub(in crate::parse) use text::unescape;

use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Json;

impl LineFormat for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "one JSON object a line, of any logger"
    }

    fn samples(&self) -> &'static [&'static str] {
        SAMPLES
    }

    fn may_begin(&self, first: u8) -> bool {
        matches!(first, b'{' | 0x1e | 0xef) || first.is_ascii_whitespace()
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
        let (line, hints) = (probe.line, probe.hints);
        let object = scan::locate(line)?;
        let found = scan::walk(object, hints)?;
        Some(scan::facts(&found, object, id, line))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
        let (line, hints) = (probe.line, probe.hints);
        let object = scan::locate(line)?;
        let found = scan::walk(object, hints)?;
        let facts = scan::facts(&found, object, id, line);
        let severity_text = found.severity.map_or(Cow::Borrowed(""), |level| unescape(level.raw));
        let mut origins: Vec<_> = found.origins().collect();
        // The message is often the long part that a cut line is cut in.
        let cut = value::cut_message(object).filter(|_| found.message.is_none());
        origins.extend(cut);
        let (fields, rest) = value::fields(object, &origins);
        let message = message::of(&found, cut, &fields, rest);
        Some(Reading { facts, severity_text, message, fields })
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        value::member(scan::locate(line)?, key.as_bytes(), value::MAX_DEPTH)
    }
}

const SAMPLES: &[&str] = &[
    r#"{"level":30,"time":1531171074631,"msg":"hello world","pid":657,"hostname":"web-3"}"#,
    r#"{"name":"myservice","pid":123,"hostname":"example.com","level":40,"msg":"My message","time":"2012-02-08T22:56:53.856Z","v":0}"#,
    r#"{"timestamp":"2022-02-15T18:47:10.821315Z","level":"INFO","fields":{"message":"preparing to shave yaks","number_of_yaks":3},"target":"fmt_json"}"#,
    r#"{"@timestamp":"2020-02-24T08:34:47.886Z", "log.level": "INFO", "message":"Hello, world!", "process.thread.name":"main","log.logger":"com.example.Removeme"}"#,
    r#"{"@t":"2016-06-07T03:44:57.8532799Z","@mt":"Hello, {User}","User":"nblumhardt"}"#,
    r#"{"t":{"$date":"2026-03-10T20:58:09.401+00:00"},"s":"W",  "c":"NETWORK",  "id":22943,   "ctx":"listener","msg":"Connection accepted","attr":{"connectionId":162095}}"#,
    r#"{"version":"1.1","host":"example.org","short_message":"A short \"message\"","timestamp":1385053862.3072,"level":3,"_user_id":9001}"#,
    r#"{"severity":"WARNING","message":"slow \u00e9","logging.googleapis.com/trace":"projects/demo/traces/4bf92f3577b34da6a3ce929d0e0e4736","logging.googleapis.com/spanId":"00f067aa0ba902b7"}"#,
    r#"{"dd":{"trace_id":"1919331591217477537","span_id":"67667974448284343"},"message":"order placed","level":"info"}"#,
    r#"{"level":"error","ts":1716723772.6014807,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"10.5.1.1","method":"GET","uri":"/cart","headers":{"Accept":["*/*"]}},"duration":0.0012,"status":502}"#,
    r#"{"time":"2024-05-01T12:00:00.123456789Z","level":"INFO+2","source":{"function":"main.main","file":"main.go","line":9},"msg":"hello","count":17}"#,
    r#"{"event": "user logged in", "logger": "test", "level": "warning", "timestamp": "2017-03-06T07:39:09.518720Z", "user": "ann"}"#,
    r#"{"instant":{"epochSecond":1493121664,"nanoOfSecond":118000000},"thread":"main","level":"INFO","loggerName":"HelloWorld","message":"Hello, world!","threadId":1}"#,
    r#"{"ts":1580306777040.728,"caller":"eventhandlers.go:142","msg":"Pod status updated","v":0,"pod":{"name":"coredns","namespace":"kube-system"}}"#,
    r#"{"__REALTIME_TIMESTAMP":"1534860261221373","PRIORITY":"3","SYSLOG_IDENTIFIER":"python","_PID":"184","MESSAGE":[71,80,83],"_SYSTEMD_UNIT":"gps.service"}"#,
    r#"{"start_time":"2024-05-01T12:00:00.000Z","method":"POST","path":"/pay","response_code":404,"duration":321,"upstream_host":"10.0.0.1:8080"}"#,
    r#"{"type":"assistant","timestamp":"2025-12-24T10:00:05.000Z","sessionId":"7f3a","message":{"content":[{"type":"text","text":"Creating that function."}]}}"#,
];
