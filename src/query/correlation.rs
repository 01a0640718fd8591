//! The fields that tie lines together: jobs, workers, queues, requests, users, tenants and the like, each one key of the
//! filter language whatever a program calls it.
//!
//! A name is compared without its signs and case, so `request_id`, `requestId`, `X-Request-Id` and `request.id` are one;
//! the members of nested objects are named with the object (`{"request": {"id": …}}`). To add a key: a line in
//! [`CORRELATIONS`], and one in docs/QUERY.md.

use std::borrow::Cow;

use super::needle::Needle;
use crate::model::{Attributes, FormatId, Value};
use crate::parse::{self, FORMATS, Rules};

/// One key and what it goes by.
#[derive(PartialEq, Eq, Hash, Debug)]
pub struct Correlation {
    /// What the filter language calls it.
    pub key: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The names that it goes by, in lower case and without signs; the likeliest first.
    names: &'static [&'static str],
    /// Words of which one stands in each of the names, as it stands in a line.
    stems: &'static [&'static str],
}

/// Every key, those that are asked for most first.
pub const CORRELATIONS: &[Correlation] = &[
    one(
        "request_id",
        "the request",
        &["requestid", "reqid", "httprequestid", "awsrequestid", "correlationid"],
        &["req", "correlation"],
    ),
    one("job_id", "the background job", &["jobid", "jid"], &["job", "jid"]),
    one("worker_id", "the worker", &["workerid", "workername"], &["worker"]),
    one("queue_name", "the queue", &["queuename", "queue", "messagingdestinationname"], &["queue", "destination"]),
    one("user_id", "the user", &["userid", "enduserid"], &["user"]),
    one("tenant_id", "the tenant", &["tenantid", "orgid", "organizationid"], &["tenant", "org"]),
    one("workspace_id", "the workspace", &["workspaceid"], &["workspace"]),
    one("agent_id", "the agent", &["agentid"], &["agent"]),
    one(
        "execution_id",
        "the execution of a workflow or function",
        &["executionid", "executionarn", "faasinvocationid", "runid"],
        &["execution", "invocation", "run"],
    ),
    one("session_id", "the session", &["sessionid", "sid"], &["session", "sid"]),
    one("pod", "the Kubernetes pod", &["pod", "podname", "k8spodname", "kubernetespodname"], &["pod"]),
    one(
        "container",
        "the container",
        &["container", "containername", "k8scontainername", "kubernetescontainername"],
        &["container"],
    ),
    one(
        "namespace",
        "the Kubernetes namespace",
        &["namespace", "namespacename", "k8snamespacename", "kubernetesnamespacename", "kubernetesnamespace"],
        &["namespace"],
    ),
];

const fn one(
    key: &'static str,
    about: &'static str,
    names: &'static [&'static str],
    stems: &'static [&'static str],
) -> Correlation {
    Correlation { key, about, names, stems }
}

/// A line of text and how one of its fields is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextLine<'a> {
    pub(super) format: FormatId,
    pub(super) text: &'a [u8],
    pub(super) field: fn(FormatId, &[u8], &str) -> Option<Value>,
}

/// Objects within objects that are looked into.
const MAX_DEPTH: usize = 8;
/// Spellings of the names that are asked for in one line. Of a line with more, all fields are read.
const MAX_SPELLINGS: usize = 8;
/// Longer names are none of these.
const MAX_NAME: usize = 48;

/// The correlation fields among those of a line, each once, in the order of [`CORRELATIONS`]: its key and its value.
pub fn correlation_of(fields: &Attributes) -> Vec<(&'static str, Value)> {
    let with_value = |it: &'static Correlation| Some((it.key, it.find(fields)?.clone()));
    CORRELATIONS.iter().filter_map(with_value).collect()
}

impl Correlation {
    /// The one of this key.
    pub(super) fn of(key: &str) -> Option<&'static Self> {
        CORRELATIONS.iter().find(|it| it.key == key)
    }

    /// Whether a field of this name is meant; of a nested one the name with that of its object before a dot.
    pub fn is_called(&self, name: &str) -> bool {
        plain(name).is_some_and(|name| self.names.contains(&&*name))
    }

    /// Literals of which one stands in every line that has the field.
    pub(super) fn needles(&self) -> Vec<Needle> {
        self.stems.iter().map(|stem| Needle::any_case(stem)).collect()
    }

    /// Those of its names under which formats know it without spelling them out.
    pub(super) fn given(&self) -> impl Iterator<Item = &'static str> {
        let given = FORMATS.iter().flat_map(|format| format.given()).copied();
        given.filter(|name| self.is_called(name))
    }

    /// The value among `fields`: under the likeliest of its names, at the top before within.
    pub fn find<'f>(&self, fields: &'f Attributes) -> Option<&'f Value> {
        let mut best = None;
        self.search(fields, "", 0, &mut best);
        best.map(|(_, value)| value)
    }

    fn search<'f>(
        &self,
        fields: &'f Attributes,
        parent: &str,
        depth: usize,
        best: &mut Option<((usize, usize), &'f Value)>,
    ) {
        for (key, value) in fields.iter() {
            match value {
                Value::Map(inner) if depth < MAX_DEPTH => self.search(inner, key, depth + 1, best),
                Value::Map(_) | Value::Array(_) | Value::Null => {}
                _ => {
                    let rank = self.rank(key).or_else(|| self.rank(&format!("{parent}.{key}")));
                    if let Some(rank) = rank.map(|rank| (depth, rank))
                        && best.is_none_or(|(known, _)| rank < known)
                    {
                        *best = Some((rank, value));
                    }
                }
            }
        }
    }

    fn rank(&self, name: &str) -> Option<usize> {
        let name = plain(name)?;
        self.names.iter().position(|known| *known == name)
    }

    /// Whether one of its names ends so, as that of a member does which is named with its object.
    fn ends_as(&self, name: &str) -> bool {
        plain(name).is_some_and(|name| self.names.iter().any(|known| known.ends_with(&*name)))
    }

    /// The value that a line of text itself has. Its own spelling of the name is looked for in its bytes, so that of lines
    /// without one nothing is read.
    pub(super) fn in_text(&self, line: TextLine<'_>, needles: &[Needle]) -> Option<Value> {
        let TextLine { format, text, field } = line;
        let mut is_within = false;
        let mut best: Option<(usize, Value)> = None;
        let mut asked: Vec<&str> = Vec::new();
        for needle in needles {
            let mut at = 0;
            while let Some(hit) = text.get(at..).and_then(|rest| needle.find(rest)) {
                let (name, end) = name_around(text, at + hit.start, at + hit.end);
                at = end;
                is_within |= begins_object(text.get(end..).unwrap_or_default());
                is_within |= self.ends_as(name);
                let Some(rank) = self.rank(name) else { continue };
                // Reading a field is linear in the line: a line that says the name over and over is read but once.
                if best.as_ref().is_some_and(|(known, _)| rank >= *known) || asked.contains(&name) {
                    continue;
                }
                if asked.len() == MAX_SPELLINGS {
                    is_within = true;
                    break;
                }
                asked.push(name);
                best = field(format, text, name).filter(is_single).map(|value| (rank, value)).or(best);
            }
        }
        if let Some((_, value)) = best {
            return Some(value);
        }
        is_within.then(|| self.find(&parse::read(format, text).fields).cloned()).flatten()
    }

    /// The rules that may give the field, whatever they call it.
    pub(super) fn rules(&self, rules: &Rules, accepts: &dyn Fn(&Value) -> bool) -> Vec<(String, Rules)> {
        let names = rules.field_names().into_iter().filter(|name| self.is_called(name));
        let giving = names.map(|name| (name.to_owned(), rules.giving(name, accepts)));
        giving.filter(|(_, rules)| !rules.is_empty()).collect()
    }
}

fn is_single(value: &Value) -> bool {
    !matches!(value, Value::Map(_) | Value::Array(_) | Value::Null)
}

/// `name` without its signs, in lower case, and without the `x-` of a header; `None` when it is too long to be known.
fn plain(name: &str) -> Option<Cow<'_, str>> {
    if name.len() > MAX_NAME {
        return None;
    }
    let name = name.strip_prefix("X-").or_else(|| name.strip_prefix("x-")).unwrap_or(name);
    let is_sign = |c: char| matches!(c, '_' | '-' | '.');
    if name.chars().all(|c| c.is_ascii_lowercase()) {
        return Some(Cow::Borrowed(name));
    }
    Some(Cow::Owned(name.chars().filter(|c| !is_sign(*c)).map(|c| c.to_ascii_lowercase()).collect()))
}

/// The name around `start..end` as it stands in the line, and where it ends.
fn name_around(text: &[u8], start: usize, end: usize) -> (&str, usize) {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let before = text.get(..start).unwrap_or_default().iter().rev().take(MAX_NAME).take_while(is_name).count();
    let after = text.get(end..).unwrap_or_default().iter().take(MAX_NAME).take_while(is_name).count();
    let name = text.get(start - before..end + after).and_then(|name| std::str::from_utf8(name).ok());
    (name.unwrap_or_default(), end + after)
}

/// Whether what follows a name makes it the key of a JSON object.
fn begins_object(rest: &[u8]) -> bool {
    let behind = rest.strip_prefix(b"\"").map(<[u8]>::trim_ascii_start).and_then(|rest| rest.strip_prefix(b":"));
    behind.is_some_and(|value| value.trim_ascii_start().first() == Some(&b'{'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{LineParser, ParseOptions};

    fn value(key: &str, line: &str) -> String {
        let correlation = Correlation::of(key).unwrap();
        let format = LineParser::new(&ParseOptions::default()).parse(line.as_bytes()).format;
        let found = correlation
            .in_text(TextLine { format, text: line.as_bytes(), field: parse::field }, &correlation.needles());
        // Both ways lead to the same value.
        let listed = correlation_of(&parse::read(format, line.as_bytes()).fields);
        assert_eq!(listed.into_iter().find(|(known, _)| *known == key).map(|(_, value)| value), found, "{line}");
        found.map(|value| value.to_string()).unwrap_or_default()
    }

    #[test]
    fn every_spelling_is_found_in_every_format() {
        for (key, line, expected) in [
            ("request_id", r#"{"msg":"a","request_id":"r1"}"#, "r1"),
            ("request_id", r#"{"msg":"a","requestId":"r1"}"#, "r1"),
            ("request_id", r#"{"msg":"a","X-Request-Id":"r1"}"#, "r1"),
            ("request_id", r#"{"msg":"a","request":{"id":"r1","path":"/"}}"#, "r1"),
            ("request_id", r#"{"msg":"a","fields":{"reqId":7}}"#, "7"),
            ("request_id", r#"{"msg":"a","http":{"request":{"id":"r1"}}}"#, "r1"),
            ("request_id", r#"{"msg":"a request without id","request":"GET /"}"#, ""),
            ("request_id", "level=info msg=a request.id=r1", "r1"),
            ("request_id", "level=info msg=a REQUEST_ID=r1", "r1"),
            ("request_id", "2026-03-01 10:00:00 INFO done [req_id=r1] x", "r1"),
            ("job_id", "2026-03-01 10:00:00 INFO done [job_id=7] x", "7"),
            ("job_id", r#"{"jobID":7,"message":"x"}"#, "7"),
            ("job_id", r#"{"job":{"id":7,"name":"mail"},"message":"x"}"#, "7"),
            ("job_id", "the job is done", ""),
            ("job_id", "level=info msg=x job-id=7", "7"),
            ("queue_name", "level=info msg=x queue=mail", "mail"),
            ("queue_name", r#"{"queue":{"name":"mail"},"msg":"x"}"#, "mail"),
            ("user_id", r#"{"msg":"x","user":{"id":12,"name":"ann"}}"#, "12"),
            ("user_id", r#"{"msg":"x","enduser.id":"e"}"#, "e"),
            ("tenant_id", "level=info msg=x TENANT_ID=t9", "t9"),
            ("workspace_id", r#"{"msg":"x","workspaceId":"w"}"#, "w"),
            ("agent_id", r#"{"msg":"x","agentId":"a"}"#, "a"),
            ("execution_id", r#"{"msg":"x","faas":{"invocation_id":"i"}}"#, "i"),
            ("session_id", r#"{"msg":"x","sessionId":"s"}"#, "s"),
            ("worker_id", "2026-03-01 10:00:00 INFO x (worker_id=3, a=b)", "3"),
            ("pod", r#"{"msg":"x","kubernetes":{"pod":{"name":"p"}}}"#, "p"),
            ("pod", r#"{"msg":"x","kubernetes":{"pod_name":"p"}}"#, "p"),
            ("pod", r#"{"msg":"x","k8s.pod.name":"p"}"#, "p"),
            ("namespace", r#"{"msg":"x","kubernetes":{"namespace_name":"n"}}"#, "n"),
        ] {
            assert_eq!(value(key, line), expected, "{key} in {line}");
        }
    }

    #[test]
    fn a_line_that_repeats_a_name_is_read_once_for_each_spelling() {
        use std::cell::Cell;
        thread_local!(static READ: Cell<usize> = const { Cell::new(0) });
        let field: fn(FormatId, &[u8], &str) -> Option<Value> = |format, text, key| {
            READ.set(READ.get() + 1);
            parse::field(format, text, key)
        };
        let spellings = ["job_id", "jobId", "JobID", "JOB_ID", "job-id", "job.id", "Job_Id", "JOBID", "jobid", "JobId"];
        for (line, reads) in [
            ("job_id ".repeat(1000), 1),
            (format!("{{\"msg\":\"x\",{}\"z\":1}}", "\"job_id\":null,\"jobId\":{},".repeat(1000)), 2),
            (spellings.map(|name| format!("{name} ")).concat(), MAX_SPELLINGS),
        ] {
            READ.set(0);
            let correlation = Correlation::of("job_id").unwrap();
            let format = LineParser::new(&ParseOptions::default()).parse(line.as_bytes()).format;
            let text = TextLine { format, text: line.as_bytes(), field };
            assert_eq!(correlation.in_text(text, &correlation.needles()), None);
            assert_eq!(READ.get(), reads, "{}", line.get(..80).unwrap_or(&line));
        }
        let line = spellings.map(|name| format!("{name} ")).concat() + "x job__id=7";
        assert_eq!(value("job_id", &line), "7");
    }

    #[test]
    fn the_registry_is_well_formed() {
        for it in CORRELATIONS {
            assert!(it.is_called(it.key), "{}", it.key);
            for name in it.names {
                assert_eq!(plain(name).as_deref(), Some(*name), "{name}");
                assert!(it.stems.iter().any(|stem| name.contains(stem)), "{name} of {} has no stem", it.key);
            }
        }
    }
}
