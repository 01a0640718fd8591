//! Heads of brackets, as many have them: spdlog's `[time] [logger] [level] message` in any order behind the time, Elasticsearch's
//! `[time][LEVEL][class] [node] message`, gunicorn's `[time] [pid] [LEVEL] message`, Kafka's `[time] LEVEL message (class)`,
//! Flask's `[time] LEVEL in module: message`, Celery's `[time: LEVEL/process] message`.

use super::given::{cut, first_line, is_digits};
use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading, time};

/// The format.
pub(super) struct Bracketed;

impl LineFormat for Bracketed {
    fn name(&self) -> &'static str {
        "bracketed"
    }

    fn about(&self) -> &'static str {
        "[time] [logger] [level] message, as of spdlog, Elasticsearch, gunicorn, Kafka, Celery"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "[2026-03-01 10:00:00.123] [console] [info] Welcome to spdlog",
            "[2026-03-01 10:00:00] [error] out of order",
            "[2026-03-01T10:00:00,123][INFO ][o.e.n.Node               ] [node-1] starting ...",
            "[2026-03-01 10:00:00 +0000] [7] [INFO] Booting worker with pid: 9",
            "[2026-03-01 10:00:00,123] INFO [SocketServer nodeId=1] Enabling request processing. (kafka.network.SocketServer)",
            "[2026-03-01 10:00:00,123: INFO/MainProcess] celery@worker-1 ready.",
            "[2026-03-01 10:00:00,123: INFO/MainProcess] Task shop.charge[0cae1a6e-7d0b-4bd5-a4a4-7b2a5f5a1c0e] received",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'['
    }

    fn given(&self) -> &'static [&'static str] {
        &["process.pid", "process.name", "thread.id", "context", "detail", "task_name", "task_id"]
    }

    headed!(head);
}

/// Brackets behind the time at most.
const MAX_GROUPS: usize = 5;

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let mut at = Cursor { rest: probe.line.strip_prefix(b"[")? };
    // A weekday in front is Apache's.
    if !at.rest.first()?.is_ascii_digit() {
        return None;
    }
    let stamp = time::stamp(at.rest, probe.hints)?;
    let head = Head { time: stamp.time, ..Head::default() };
    let zone_and_all = at.rest.get(..stamp.len)?;
    at.rest = at.rest.get(stamp.len..)?;
    if at.eat(b": ").is_some() {
        return celery(head, at);
    }
    at.eat(b"]")?;
    at.blanks();
    match at.rest.first()? {
        b'[' => groups(head, at, zone_and_all),
        _ => kafka(head, at),
    }
}

/// Groups, one of which is the level. What else stands before the message names the logger, or is a number; behind logger and
/// level a group is part of the message unless it is Elasticsearch's, whose node follows the class.
fn groups<'a>(mut head: Head<'a>, mut at: Cursor<'a>, stamp: &[u8]) -> Option<Head<'a>> {
    // gunicorn is alone in writing a zone with a blank before it.
    let number = if memchr::memmem::find(stamp, b" +").is_some() { "process.pid" } else { "thread.id" };
    for _ in 0..MAX_GROUPS {
        at.blanks();
        let Some(group) = at.brackets() else { break };
        let name = group.trim_ascii();
        if head.level.is_empty() && head.level(name).is_some() {
            continue;
        }
        match head.service {
            None if is_digits(name) => head.part_once(number, name),
            None => head.service = Some(name),
            Some(_) if head.has_part("context") => head.part_once("detail", name),
            Some(_) => head.part_once("context", name),
        }
    }
    at.blanks();
    head.message = at.rest;
    (!head.level.is_empty()).then_some(head)
}

/// `LEVEL message (class)`, and Flask's `LEVEL in module: message`. The class ends the message's first line, and is cut off where that is the only one.
fn kafka<'a>(mut head: Head<'a>, mut at: Cursor<'a>) -> Option<Head<'a>> {
    let word = at.word()?;
    let level = word.strip_suffix(b":").unwrap_or(word);
    head.level(level).filter(|()| level.iter().all(u8::is_ascii_uppercase))?;
    at.eat(b" ")?;
    at.blanks();
    head.message = at.rest;
    if let Some((module, message)) = at.rest.strip_prefix(b"in ").and_then(|text| cut(text, b':')) {
        let is_module = module.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(byte));
        if is_module && message.starts_with(b" ") {
            (head.service, head.message) = (Some(module), message.get(1..)?);
            return Some(head);
        }
    }
    let first = first_line(at.rest);
    let class = first.strip_suffix(b")").and_then(|text| Some((text, memchr::memrchr(b'(', text)?)));
    if let Some((text, open)) = class {
        let name = text.get(open + 1..)?;
        if is_class(name) && text.get(..open)?.ends_with(b" ") {
            head.service = Some(name);
            head.message = if first.len() == at.rest.len() { text.get(..open)?.trim_ascii_end() } else { at.rest };
        }
    }
    Some(head)
}

/// Whether `name` is one of a class within packages: `kafka.network.SocketServer`.
fn is_class(name: &[u8]) -> bool {
    name.contains(&b'.') && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._$-".contains(byte))
}

/// `LEVEL/process] message`, the message of a task's beginning with its name and id: `Task shop.charge[uuid] received`, and
/// `shop.charge[uuid]: …` where the task itself logs.
fn celery<'a>(mut head: Head<'a>, mut at: Cursor<'a>) -> Option<Head<'a>> {
    let (level, process) = cut(at.until(b"] ")?, b'/')?;
    head.level(level)?;
    head.part("process.name", process);
    head.message = at.rest;
    let mut task = Cursor { rest: at.rest.strip_prefix(b"Task ").unwrap_or(at.rest) };
    if let Some((name, id)) = task.word().and_then(|word| cut(word, b'[')) {
        let id = id.strip_suffix(b":").unwrap_or(id).strip_suffix(b"]").unwrap_or_default();
        if id.len() == UUID && id.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-') {
            head.part("task_name", name);
            head.part("task_id", id);
        }
    }
    Some(head)
}

/// How long a UUID is.
const UUID: usize = 36;

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::check_not;
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "bracketed",
            &[
                ("[2026-03-01 10:00:00.123] [warning] [net] a [b]", "net", 13, "a [b]", ""),
                ("[2026-03-01 10:00:00.123] [4711] [net] [info] a", "net", 9, "a", "thread.id=4711"),
                ("[2026-03-01 10:00:00 +0000] [7] [INFO] Boot x=1", "", 9, "Boot x=1", "process.pid=7 x=1"),
                (
                    "[2026-03-01T10:00:00,1][WARN ][o.e.n.Node    ] [node-1] [logs-1] slow",
                    "o.e.n.Node",
                    13,
                    "slow",
                    "context=node-1 detail=logs-1",
                ),
                (
                    "[2026-03-01 10:00:00,1: ERROR/Fork-1] Task a.b[7] raised",
                    "",
                    17,
                    "Task a.b[7] raised",
                    "process.name=Fork-1",
                ),
            ],
        );
    }

    #[test]
    fn celery_names_the_task() {
        check(
            "bracketed",
            &[(
                "[2026-03-01 10:00:00,1: INFO/Fork-1] shop.charge[0cae1a6e-7d0b-4bd5-a4a4-7b2a5f5a1c0e]: paid n=1",
                "",
                9,
                "shop.charge[0cae1a6e-7d0b-4bd5-a4a4-7b2a5f5a1c0e]: paid n=1",
                "process.name=Fork-1 task_name=shop.charge task_id=0cae1a6e-7d0b-4bd5-a4a4-7b2a5f5a1c0e n=1",
            )],
        );
    }

    #[test]
    fn kafka_names_the_class_at_the_end_and_flask_the_module_first() {
        check(
            "bracketed",
            &[
                (
                    "[2026-03-01 10:00:00,1] INFO [Log p=a-0] Loaded (x) (kafka.log.Log$)",
                    "kafka.log.Log$",
                    9,
                    "[Log p=a-0] Loaded (x)",
                    "p=a-0",
                ),
                (
                    "[2026-03-01 10:00:00,1] ERROR Failed (kafka.Server)\n\tat a.b",
                    "kafka.Server",
                    17,
                    "Failed (kafka.Server)\n\tat a.b",
                    "",
                ),
                ("[2026-03-01 10:00:00,1] ERROR in app: Exception on / [GET]", "app", 17, "Exception on / [GET]", ""),
                ("[2026-03-01 10:00:00] WARNING: low (disk)", "", 13, "low (disk)", ""),
            ],
        );
        check_not("bracketed", &["[2026-03-01 10:00:00] Information on it", "[2026-03-01 10:00:00] local.ERROR: x"]);
    }
}
