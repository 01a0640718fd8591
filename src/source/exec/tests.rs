//! Commands of the shell.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process};
use tokio::task::JoinHandle;

use crate::config::SourceOptions;
use crate::model::Severity;
use crate::source::collected::{Collected, DEADLINE, Harvest, state};
use crate::source::collected_lines;
use crate::source::in_time::in_time;
use crate::source::{SourceContext, SourceError, SourceState, open};

struct Running {
    collected: Arc<Collected>,
    cx: SourceContext,
    task: JoinHandle<Result<(), SourceError>>,
}

fn options(table: &[(&str, &str)]) -> SourceOptions {
    let parameters = table.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    SourceOptions { parameters, follow: true, ..SourceOptions::default() }
}

fn start(command: &str, table: &[(&str, &str)]) -> Running {
    let source = open(&format!("exec:{command}"), &options(table)).unwrap();
    let (collected, cx) = Collected::context();
    let task = tokio::spawn(source.run(cx.clone()));
    Running { collected, cx, task }
}

/// The lines of a run and the record of its end.
fn is_over(harvest: &Harvest) -> bool {
    !harvest.logs.is_empty()
}

impl Running {
    /// Waits until it has ended by itself; what came, and the last state.
    async fn end(self) -> (Harvest, String) {
        tokio::time::timeout(DEADLINE, self.task).await.unwrap().unwrap().unwrap();
        let SourceState::Ended(text) = self.cx.status.get() else { panic!("{:?}", self.cx.status.get()) };
        (self.collected.harvest(), text)
    }

    async fn stop(self) -> Harvest {
        self.cx.shutdown.cancel();
        in_time(self.task).await.unwrap().unwrap();
        self.collected.harvest()
    }
}

/// The process whose number is the text of line `at`.
fn process(harvest: &Harvest, at: usize) -> Pid {
    Pid::from_raw(harvest.lines[at].text.trim().parse().unwrap()).unwrap()
}

/// Waits until a process is gone. An orphan is reaped by whoever adopts it, which takes a moment.
async fn is_gone(pid: Pid) {
    let gone = async {
        let stat = format!("/proc/{}/stat", pid.as_raw_nonzero());
        let is_zombie = || std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") Z "));
        while test_kill_process(pid).is_ok() && !is_zombie() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, gone).await.unwrap_or_else(|_| panic!("{pid:?} is still there"));
}

#[tokio::test]
async fn both_streams_are_read_apart_and_the_end_is_a_record() {
    let (harvest, state) = start("echo out; echo err >&2; printf 'no line end'; exit 3", &[]).end().await;
    let of = |stream: &str| {
        let lines = harvest
            .lines
            .iter()
            .filter(|line| line.resource.as_ref().unwrap().attributes.text("log.iostream") == Some(stream));
        lines.map(|line| (line.origin.as_deref(), &*line.text)).collect::<Vec<_>>()
    };
    assert_eq!(of("stdout"), [(None, "out"), (None, "no line end")]);
    let name = "echo out; echo err >&2; printf 'no line… stderr";
    assert_eq!(of("stderr"), [(Some(name), "err")]);
    let [log] = &harvest.logs[..] else { panic!("{:?}", harvest.logs) };
    assert_eq!(log.severity, Severity::ERROR);
    assert!(log.body.as_str().unwrap().starts_with("exited with 3 after "), "{:?}", log.body);
    assert_eq!(log.attributes.get("process.exit.code"), Some(&3.into()));
    assert!(state.starts_with("exited with 3 after "), "{state}");
}

#[tokio::test]
async fn ends_are_told_for_what_they_are() {
    for (command, severity, told) in [
        ("true", Severity::INFO, "exited with 0 after "),
        ("kill -9 $$", Severity::ERROR, "was killed by SIGKILL after "),
        ("there-is-no-such-command-here", Severity::ERROR, "exited with 127 (command not found?) after "),
    ] {
        let (harvest, state) = start(command, &[]).end().await;
        assert_eq!(harvest.logs[0].severity, severity);
        assert!(state.starts_with(told), "{command}: {state}");
    }
    let (harvest, _) = start("there-is-no-such-command-here", &[]).end().await;
    assert!(harvest.texts()[0].contains("not found"), "{:?}", harvest.texts());
}

#[tokio::test]
async fn folder_and_environment_are_as_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    let table = [("cwd", path.to_str().unwrap()), ("env.GREETING", "good  day")];
    let (harvest, _) = start("pwd; echo \"$GREETING\"; cat", &table).end().await;
    assert_eq!(harvest.texts(), [path.to_str().unwrap(), "good  day"]);

    let source = open("exec:pwd", &options(&[("cwd", "/there/is/none")])).unwrap();
    let error = source.run(Collected::context().1).await.unwrap_err().to_string();
    assert_eq!(error, "running pwd: there is no folder /there/is/none to run it in");
}

#[tokio::test]
async fn lines_come_as_they_are_written_and_stack_traces_in_one() {
    let running =
        start("echo ready; echo 'java.lang.E: x' >&2; printf '\\tat a.b(C.java:1)\\n' >&2; exec sleep 60", &[]);
    let harvest = running.collected.until(|harvest| harvest.lines.len() >= 2).await;
    let mut texts = harvest.texts();
    texts.sort_unstable();
    assert_eq!(texts, ["java.lang.E: x\n\tat a.b(C.java:1)", "ready"]);
    let pid = state(&running.cx.status, |state| match state {
        SourceState::Live(text) => text.strip_prefix("process ")?.parse().ok(),
        _ => None,
    });
    let pid = Pid::from_raw(pid.await).unwrap();
    running.stop().await;
    is_gone(pid).await;
}

#[tokio::test]
async fn a_stop_reaches_everything_it_started_also_what_will_not_hear() {
    let running = start("trap '' TERM; sh -c 'trap \"\" TERM; echo $$; sleep 60' & echo $$; wait; sleep 60", &[]);
    let harvest = running.collected.until(|harvest| harvest.lines.len() >= 2).await;
    running.stop().await;
    for at in 0..2 {
        is_gone(process(&harvest, at)).await;
    }
}

#[tokio::test]
async fn who_is_asked_to_end_may_say_a_last_word() {
    let running = start("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done", &[]);
    running.collected.until(|harvest| !harvest.lines.is_empty()).await;
    // The shell may add a word on its own child.
    assert_eq!(running.stop().await.texts()[..2], ["ready", "bye"]);
}

#[tokio::test]
async fn a_source_that_is_dropped_leaves_nothing_running() {
    let running = start("echo $$; exec sleep 60", &[]);
    let harvest = running.collected.until(|harvest| !harvest.lines.is_empty()).await;
    running.task.abort();
    is_gone(process(&harvest, 0)).await;
}

#[tokio::test]
async fn what_is_left_running_does_not_hold_up_the_end() {
    let began = Instant::now();
    let (harvest, state) = start("sleep 60 & echo $!; echo done", &[]).end().await;
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(harvest.texts()[1], "done");
    assert!(state.contains("what it left running still has its output"), "{state}");
    let left = process(&harvest, 0);
    assert!(test_kill_process(left).is_ok(), "it is left alone");
    rustix::process::kill_process(left, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn who_writes_on_and_on_is_not_read_for_ever() {
    let (harvest, state) = start("yes & echo $!", &[]).end().await;
    assert!(state.contains("what it left running"), "{state}");
    let first = harvest.lines.iter().position(|line| line.text != "y").unwrap();
    // It may have ended at its closed pipe already.
    rustix::process::kill_process(process(&harvest, first), rustix::process::Signal::KILL).ok();
}

#[tokio::test]
async fn it_is_started_again_as_told() {
    let counting = |rest: &str| format!("echo run; {rest}");
    let always = start(&counting("true"), &[("restart", "always")]);
    let harvest = always.collected.until(|harvest| harvest.logs.len() >= 2).await;
    assert_eq!(harvest.texts()[..2], ["run", "run"]);
    always.stop().await;

    let failing = start(&counting("exit 1"), &[("restart", "on-failure")]);
    failing.collected.until(is_over).await;
    let why = state(&failing.cx.status, |state| match state {
        SourceState::Retrying { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert!(why.await.starts_with("exited with 1 after "));
    failing.collected.until(|harvest| harvest.logs.len() >= 2).await;
    failing.stop().await;

    let (harvest, _) = start(&counting("true"), &[("restart", "on-failure")]).end().await;
    assert_eq!(harvest.texts(), ["run"]);
    let once = SourceOptions { follow: false, ..options(&[("restart", "always")]) };
    let (collected, cx) = Collected::context();
    open("exec:echo run", &once).unwrap().run(cx).await.unwrap();
    assert_eq!(collected.harvest().texts(), ["run"], "who does not follow gets one run");
}

#[tokio::test]
async fn a_full_queue_holds_the_command_and_not_the_end() {
    let source = open("exec:yes", &options(&[])).unwrap();
    let running = collected_lines::Running::start_full(source);
    running.wait_until_blocked().await;
    running.stop().await;
}

#[tokio::test]
async fn nothing_of_much_output_is_lost_at_the_end() {
    let (harvest, _) = start("seq 1 200000; seq 200001 300000 >&2", &[]).end().await;
    let mut numbers: Vec<u32> = harvest.texts().iter().map(|text| text.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(1..=300_000), "{} lines", numbers.len());
}
