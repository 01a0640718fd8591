//! Java's loggers in their usual patterns: Log4j, Logback, Spring Boot, JBoss, Quarkus, Hadoop, Spark, ZooKeeper, Tomcat.
//!
//! Between the time and the message stand the level, the logger and groups in brackets, each pattern in its own order. Which
//! it is shows when the level is there and what ends the head comes: the logger's name with a mark behind it, or a dash.

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
        "log4j, logback, Spring Boot and JBoss: time, [thread], LEVEL, logger in the usual orders"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01 10:00:00,123 [main] WARN  c.e.Checkout - slow query took=1.5s",
            "2026-03-01T10:00:00.123Z  INFO 1 --- [shop] [nio-8080-exec-1] [4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7] c.a.Checkout : order placed",
            "2026-03-01 10:00:00,123 INFO [main] org.apache.hadoop.mapreduce.v2.app.MRAppMaster: Created",
            "2026-03-01 10:00:00,123 INFO  namenode.NameNode (LogAdapter.java:info(51)) - registered UNIX signal handlers",
            "26/03/01 10:00:00 INFO executor.Backend: Registered signal handlers",
            "2026-03-01 10:00:00,123 - INFO  [QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@774] - Notification",
            "2026-03-01 10:00:00,123 [myid:3] - INFO  [main:QuorumPeerMain@127] - Starting quorum peer",
            "2026-03-01 10:00:00,123 INFO  [io.quarkus] (main) shop 1.0 started in 0.9s",
            "10:00:00.123 [main] DEBUG com.example.Main -- started",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        &[
            "thread.name",
            "thread.id",
            "process.pid",
            "logger",
            "context",
            "detail",
            "code.file.path",
            "code.function.name",
            "code.line.number",
        ]
    }

    headed!(head);
}

/// Words and brackets that stand between the time and the message at most.
const MAX_STEPS: usize = 9;
/// Brackets of these that are looked at.
const MAX_GROUPS: usize = 3;

/// What stands before the logger, as far as it was read.
#[derive(Clone, Copy, Debug, Default)]
struct Parts<'a> {
    groups: [&'a [u8]; MAX_GROUPS],
    count: usize,
    /// How many of the groups stand before the level.
    before_level: usize,
    /// Spring Boot's dashes behind the process.
    is_spring: bool,
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, mut at) = Head::stamped(probe)?;
    let mut parts = Parts::default();
    for _ in 0..MAX_STEPS {
        at.blanks();
        match at.rest.first()? {
            b'[' => {
                *parts.groups.get_mut(parts.count)? = at.brackets()?;
                parts.count += 1;
            }
            // ZooKeeper's dash.
            b'-' if head.level.is_empty() => at.eat(b"- ")?,
            b'-' | b':' => return without_logger(head, at, &parts),
            b'(' => return jboss(head, at, &parts),
            _ if head.level.is_empty() => {
                parts.before_level = parts.count;
                before_level(&mut head, at.word()?)?;
            }
            b'0'..=b'9' => {
                head.part("process.pid", at.until(b" --- ")?);
                parts.is_spring = true;
            }
            _ => return logger(head, at, &parts),
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

/// The logger's name and the mark that ends it: `name:`, `name -`, `name :`, and none behind the class and method of Tomcat.
#[inline]
fn logger<'a>(mut head: Head<'a>, mut at: Cursor<'a>, parts: &Parts<'a>) -> Option<Head<'a>> {
    let word = at.word()?;
    let name = word.strip_suffix(b":").unwrap_or(word);
    if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._$-/@#:".contains(byte)) {
        return None;
    }
    parts.name_groups(&mut head);
    if name.len() == word.len() {
        at.blanks();
        if at.rest.starts_with(b"(") {
            place(&mut head, at.parentheses()?);
            at.blanks();
        }
        let is_qualified = || parts.count == 1 && memchr::memchr_iter(b'.', name).count() > 1;
        if at.eat(b"-").or_else(|| at.eat(b":")).is_none() && !is_qualified() {
            return None;
        }
        // Logback has two of them since 1.3.
        if at.rest.starts_with(b"- ") {
            at.eat(b"-")?;
        }
    }
    head.message = at.rest.strip_prefix(b" ").unwrap_or(at.rest);
    name_logger(&mut head, name, parts);
    Some(head)
}

/// Spring Boot names the application too, which says more of who writes than a class does.
fn name_logger<'a>(head: &mut Head<'a>, name: &'a [u8], parts: &Parts<'a>) {
    let line = memchr::memrchr(b':', name).and_then(|colon| name.split_at_checked(colon));
    let line = line.filter(|(_, line)| line.len() > 1 && line.iter().skip(1).all(u8::is_ascii_digit));
    let (name, line) = line.unwrap_or((name, b""));
    head.part("code.line.number", line.get(1..).unwrap_or_default());
    match parts.application() {
        Some(application) => {
            head.part("logger", name);
            head.service = Some(application);
        }
        None => head.service = Some(name),
    }
}

/// The place that Hadoop writes: `(File.java:method(51))`.
fn place<'a>(head: &mut Head<'a>, inner: &'a [u8]) {
    let mut words = inner.split(|byte| matches!(byte, b':' | b'(' | b')'));
    for key in ["code.file.path", "code.function.name", "code.line.number"] {
        head.part(key, words.next().unwrap_or_default());
    }
}

/// ZooKeeper names the class within the brackets: `[thread:Class@line] - message`. Others have the logger in the second ones.
fn without_logger<'a>(mut head: Head<'a>, mut at: Cursor<'a>, parts: &Parts<'a>) -> Option<Head<'a>> {
    at.eat(b"- ")?;
    // IntelliJ's dash comes before the logger.
    if parts.count == parts.before_level {
        return at.rest.starts_with(b"#").then(|| logger(head, at, parts)).flatten();
    }
    let last = parts.groups.get(parts.count.checked_sub(1)?)?;
    let class = last.rsplit(|byte| *byte == b':').next()?;
    let (name, _) = class.split_at_checked(memchr::memchr(b'@', class).unwrap_or(class.len()))?;
    let is_zookeeper = name.len() < class.len();
    if !is_zookeeper && (parts.count < 2 || last.contains(&b'=')) {
        return None;
    }
    let (thread, other) = match parts.groups.get(..parts.count)? {
        [thread] => (*thread, &b""[..]),
        [other, thread] if is_zookeeper => (*thread, *other),
        [thread, other @ .., _] => (*thread, other.first().copied().unwrap_or_default()),
        [] => return None,
    };
    head.part("thread.name", thread.trim_ascii());
    head.part("context", other.trim_ascii());
    (head.service, head.message) = (Some(name.trim_ascii()), at.rest);
    Some(head)
}

/// JBoss, WildFly and Quarkus: `[logger] (thread) message`.
fn jboss<'a>(mut head: Head<'a>, mut at: Cursor<'a>, parts: &Parts<'a>) -> Option<Head<'a>> {
    let thread = at.parentheses()?;
    let name = *parts.groups.first().filter(|_| parts.count == 1 && parts.before_level == 0)?;
    head.part("thread.name", thread);
    (head.service, head.message) = (Some(name), at.rest.strip_prefix(b" ").unwrap_or(at.rest));
    Some(head)
}

impl<'a> Parts<'a> {
    /// Spring Boot's groups without those of its trace, which comes last: `[app] [thread]` or `[thread]`.
    fn spring(&self) -> &[&'a [u8]] {
        let groups = self.groups.get(..self.count).unwrap_or_default();
        match groups {
            [threads @ .., trace] if threads.len() > 1 || is_trace(trace) => threads,
            _ => groups,
        }
    }

    /// The application that Spring Boot names, or Sleuth before the process: `[app,trace,span]`.
    fn application(&self) -> Option<&'a [u8]> {
        match self.spring() {
            [application, _] if self.is_spring => {
                application.split(|byte| *byte == b',').next().filter(|name| !name.is_empty())
            }
            _ => None,
        }
    }

    /// Brackets hold the thread, of Spring Boot's the last ones before the trace.
    fn name_groups(&self, head: &mut Head<'a>) {
        let groups = self.groups.get(..self.count).unwrap_or_default();
        if self.is_spring {
            let own = self.spring();
            let sleuth = own.first().filter(|group| group.contains(&b','));
            head.part("context", sleuth.copied().unwrap_or_default());
            head.part("thread.name", own.last().map_or(&b""[..], |thread| thread.trim_ascii()));
            head.part_once("context", groups.get(own.len()).map_or(&b""[..], |trace| trace.trim_ascii()));
            return;
        }
        // Brackets of pairs are what the program adds for every line.
        let names = if groups.first().is_some_and(|group| is_pairs(group)) {
            ["context", "thread.name", "detail"]
        } else {
            ["thread.name", "context", "detail"]
        };
        for (key, group) in names.into_iter().zip(groups) {
            head.part(key, group.trim_ascii());
        }
    }
}

/// Whether a group holds `key=value` and is not the name of a thread with such a pair in it.
fn is_pairs(group: &[u8]) -> bool {
    matches!(group.iter().find(|byte| matches!(byte, b'=' | b'[' | b' ')), Some(b'='))
}

/// Whether a group is Spring Boot's for the ids of trace and span, `trace-span` or blanks where there are none.
fn is_trace(group: &[u8]) -> bool {
    const LONG: usize = 40;
    group.len() > LONG && group.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b' '))
}

#[cfg(test)]
#[path = "log4j_tests.rs"]
mod tests;
