//! Java's loggers in their usual patterns: Log4j, Logback, Spring Boot, Hadoop, Spark, ZooKeeper.

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Log4j;

impl LineFormat for Log4j {
    fn name(&self) -> &'static str {
        "log4j"
    }

    fn about(&self) -> &'static str {
        "log4j, logback and Spring Boot: time, [thread], LEVEL, logger in the usual orders"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01 10:00:00,123 [main] WARN  c.e.Checkout - slow query took=1.5s",
            "2026-03-01T10:00:00.123Z  INFO 1 --- [shop] [nio-8080-exec-1] [4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7] c.a.Checkout : order placed",
            "2026-03-01 10:00:00,123 INFO [main] org.apache.hadoop.mapreduce.v2.app.MRAppMaster: Created",
            "26/03/01 10:00:00 INFO executor.Backend: Registered signal handlers",
            "2026-03-01 10:00:00,123 - INFO  [QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@774] - Notification",
            "10:00:00.123 [main] DEBUG com.example.Main - started",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    headed!(head);
}

/// Words and brackets that stand between the time and the message at most.
const MAX_PARTS: usize = 7;

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, mut at) = Head::stamped(probe)?;
    at.blanks();
    // ZooKeeper's dash.
    let is_dashed = at.eat(b"- ").is_some();
    let mut groups = 0;
    for _ in 0..MAX_PARTS {
        at.blanks();
        match at.rest.first()? {
            b'[' => {
                let group = at.brackets()?;
                groups += 1;
                name_group(&mut head, group, groups);
            }
            b'-' | b':' if !head.level.is_empty() && groups > 0 => return without_logger(head, at, is_dashed),
            _ if head.level.is_empty() => before_level(&mut head, at.word()?)?,
            b'0'..=b'9' => {
                let spring = at.until(b" --- ")?;
                head.part("process.pid", spring);
            }
            _ => return logger(head, at),
        }
    }
    None
}

/// A word before the level is the level or a number of a process or thread.
#[inline]
fn before_level<'a>(head: &mut Head<'a>, word: &'a [u8]) -> Option<()> {
    if word.iter().all(u8::is_ascii_digit) {
        head.part("thread.id", word);
        return Some(());
    }
    head.level(word).filter(|()| word.iter().all(u8::is_ascii_uppercase))
}

/// Brackets hold the thread; Spring Boot has those of the application before and those of the trace behind it.
fn name_group<'a>(head: &mut Head<'a>, group: &'a [u8], count: usize) {
    match count {
        1 => head.part("thread.name", group),
        2 => head.part("context", group),
        _ => {}
    }
}

/// The logger's name and the mark that ends it: `name:`, `name -`, `name :`.
#[inline]
fn logger<'a>(mut head: Head<'a>, mut at: Cursor<'a>) -> Option<Head<'a>> {
    let name = at.word()?;
    let is_name = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._$-/@#:".contains(byte));
    if let Some(name) = name.strip_suffix(b":").filter(|name| is_name(name)) {
        (head.service, head.message) = (Some(name), at.rest.strip_prefix(b" ").unwrap_or(at.rest));
        return Some(head);
    }
    at.blanks();
    at.eat(b"-").or_else(|| at.eat(b":"))?;
    (head.service, head.message) = (Some(name), at.rest.strip_prefix(b" ").unwrap_or(at.rest));
    is_name(name).then_some(head)
}

/// ZooKeeper names the class within the brackets: `[thread:Class@line] - message`.
fn without_logger<'a>(mut head: Head<'a>, mut at: Cursor<'a>, is_dashed: bool) -> Option<Head<'a>> {
    at.eat(b"- ").filter(|()| is_dashed)?;
    let group = head.value("thread.name")?;
    let class = group.rsplit(|byte| *byte == b':').next()?;
    let name = class.split(|byte| *byte == b'@').next()?;
    (head.service, head.message) = (Some(name), at.rest);
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "log4j",
            &[
                (
                    "2026-03-01 10:00:00,123 [main] WARN  c.e.Checkout - slow took=1.5s",
                    "c.e.Checkout",
                    13,
                    "slow took=1.5s",
                    "thread.name=main took=1.5s",
                ),
                (
                    "2026-03-01T10:00:00.123Z  INFO 1 --- [shop] [exec-1] c.a.Checkout : placed",
                    "c.a.Checkout",
                    9,
                    "placed",
                    "process.pid=1 thread.name=shop context=exec-1",
                ),
                ("2026-03-01 10:00:00,1 ERROR [x y] a.B: c: d", "a.B", 17, "c: d", "thread.name=x y"),
                (
                    "081109 203615 148 INFO dfs.DataNode$Responder: ended",
                    "dfs.DataNode$Responder",
                    9,
                    "ended",
                    "thread.id=148",
                ),
                (
                    "2026-03-01 10:00:00,123 - WARN  [Peer[myid=1]/0:0:Election@774] - out",
                    "Election",
                    13,
                    "out",
                    "thread.name=Peer[myid=1]/0:0:Election@774",
                ),
            ],
        );
    }
}
