//! Against a server that speaks the Engine API, and with what real engines were recorded to say.

#[cfg(feature = "real-servers")]
mod podman;
pub(in crate::source) mod server;

use std::time::Duration;

use self::server::{Box as Container, Engine};
use super::DockerKind;
use crate::config::{SourceOptions, StartAt};
use crate::source::collected_lines::Running;
use crate::source::{Source, SourceKind as _, SourceSpec, SourceState};

const SECOND: i64 = 1_000_000_000;

fn open(engine: &Engine, rest: &str, change: impl FnOnce(&mut SourceOptions)) -> Box<dyn Source> {
    open_at(&engine.host, rest, change)
}

fn open_at(host: &str, rest: &str, change: impl FnOnce(&mut SourceOptions)) -> Box<dyn Source> {
    let mut options = SourceOptions::default();
    options.parameters.insert("host".to_owned(), host.to_owned());
    change(&mut options);
    DockerKind.open(&SourceSpec { scheme: "docker".to_owned(), rest: rest.to_owned(), options }).unwrap()
}

fn start(engine: &Engine, rest: &str) -> Running {
    Running::start(open(engine, rest, |_| {}))
}

fn is_live(state: &SourceState, part: &str) -> bool {
    matches!(state, SourceState::Live(text) if text.contains(part))
}

/// The next lines without their times, in order of their text.
async fn texts(running: &mut Running, count: usize) -> Vec<String> {
    let mut texts = running.take_texts(count).await;
    for text in &mut texts {
        *text = text.split(' ').skip(1).collect::<Vec<_>>().join(" ");
    }
    texts.sort();
    texts
}

#[tokio::test]
async fn what_real_engines_sent_becomes_lines_with_the_engines_time() {
    let frames: [(&[u8], _); 2] = [
        (include_bytes!("../../../../tests/fixtures/docker/engine_logs_payment_timestamps.bin"), 20),
        (include_bytes!("../../../../tests/fixtures/docker/podman_logs_payment_timestamps.bin"), 20),
    ];
    for (bytes, count) in frames {
        let engine = Engine::start();
        engine.cut(7);
        engine.run("p", "shop-payment");
        engine.with("p", |container| (container.raw, container.running) = (Some((bytes.to_vec(), 1)), false));
        let mut running = start(&engine, "?all=yes");
        let lines = running.take(count).await;
        assert!(lines.iter().all(|line| line.origin.as_deref() == Some("shop-payment")));
        let lines: Vec<String> = lines.iter().map(|line| String::from_utf8_lossy(&line.text).into_owned()).collect();
        assert!(lines.iter().all(|line| line.starts_with("2026-11-20T15:5") && line.contains(" F ")), "{lines:#?}");
        assert!(
            lines.iter().any(|line| line.contains(" stderr F "))
                && lines.iter().any(|line| line.contains(" stdout F {"))
        );
        running.stop().await;
    }
}

#[tokio::test]
async fn a_terminals_log_has_no_frames() {
    let engine = Engine::start();
    engine.put("t", Container { name: "tty".to_owned(), tty: true, ..Container::default() });
    let bytes = include_bytes!("../../../../tests/fixtures/docker/engine_logs_tty.bin");
    engine.with("t", |container| container.raw = Some((bytes.to_vec(), 1)));
    engine.cut(11);
    let mut running = start(&engine, "tty?all=yes");
    let lines = running.take_texts(10).await;
    assert!(lines.iter().all(|line| line.contains("Z stdout F {\"@t\"") && line.ends_with('}')), "{lines:#?}");
    running.stop().await;
}

#[tokio::test]
async fn pieces_of_a_line_find_together_and_the_engine_may_speak() {
    let engine = Engine::start();
    engine.put("m", Container { name: "mux".to_owned(), ..Container::default() });
    let bytes = include_bytes!("../../../../tests/fixtures/docker/mux_timestamps_partial.bin");
    engine.with("m", |container| container.raw = Some((bytes.to_vec(), 1)));
    let mut running = start(&engine, "?all=yes");
    let lines = running.take_texts(5).await;
    let long = lines.iter().find(|line| line.len() > 16_384).unwrap();
    assert!(long.contains("stdout P AAAA") && long.contains('\n') && long.ends_with("stdout F tail of the long line"));
    assert!(lines.iter().any(|line| line.ends_with("stderr F interleaved stderr")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("stderr F Error grabbing logs: something failed")), "{lines:?}");
    running.stop().await;
}

#[tokio::test]
async fn logs_are_followed_however_answers_are_cut() {
    for chunk in [1, 3, 8, 13] {
        let engine = Engine::start();
        engine.cut(chunk);
        engine.run("a", "web");
        engine.write("a", 1, "one");
        engine.run("b", "db");
        engine.with("b", |container| container.lines.push((2, 2, "WARN two".to_owned())));
        let mut running = start(&engine, "");
        assert_eq!(texts(&mut running, 2).await, ["stderr F WARN two", "stdout F one"]);
        running.wait_for_state(|state| is_live(state, "2 containers")).await;
        engine.write("a", 3, "three");
        assert_eq!(texts(&mut running, 1).await, ["stdout F three"]);
        running.stop().await;
    }
}

#[tokio::test]
async fn tcp_is_spoken_too() {
    let engine = Engine::start_tcp().await;
    engine.run("a", "web");
    engine.write("a", 1, "one");
    let mut running = start(&engine, "web");
    assert_eq!(texts(&mut running, 1).await, ["stdout F one"]);
    running.wait_for_state(|state| is_live(state, "tcp://127.0.0.1:")).await;
    running.stop().await;
}

#[tokio::test]
async fn containers_come_and_go() {
    let engine = Engine::start();
    engine.run("o", "other");
    let mut running = start(&engine, "web-*");
    running.wait_for_state(|state| is_live(state, "none is `web-*` so far; running: other")).await;
    engine.run("a", "web-1");
    engine.write("a", 1, "first");
    engine.write("o", 1, "not asked for");
    engine.event("a", "start");
    assert_eq!(texts(&mut running, 1).await, ["stdout F first"]);
    running.wait_for_state(|state| is_live(state, "1 container")).await;
    engine.write("a", 2, "last");
    engine.with("a", |container| container.running = false);
    engine.event("a", "die");
    assert_eq!(texts(&mut running, 1).await, ["stdout F last"]);
    running.wait_for_state(|state| is_live(state, "0 containers · 1 stopped")).await;
    engine.with("a", |container| container.running = true);
    engine.event("a", "start");
    engine.write("a", 3, "again");
    assert_eq!(texts(&mut running, 1).await, ["stdout F again"]);
    engine.remove("a");
    running.wait_for_state(|state| is_live(state, "0 containers · none is")).await;
    running.stop().await;
}

#[tokio::test]
async fn a_new_name_counts() {
    let engine = Engine::start();
    engine.run("a", "old");
    engine.write("a", 1, "before");
    let mut running = start(&engine, "new");
    running.wait_for_state(|state| is_live(state, "running: old")).await;
    engine.with("a", |container| container.name = "new".to_owned());
    engine.event("a", "rename");
    assert_eq!(texts(&mut running, 1).await, ["stdout F before"]);
    running.stop().await;
}

#[tokio::test]
async fn after_a_restart_of_the_engine_nothing_is_missing_and_nothing_comes_twice() {
    let mut engine = Engine::start();
    engine.run("a", "web");
    for text in ["one", "same", "same"] {
        engine.write("a", 5 * SECOND, text);
    }
    let mut running = start(&engine, "?tail=2");
    assert_eq!(texts(&mut running, 2).await, ["stdout F same", "stdout F same"]);
    engine.write("a", 5 * SECOND + 1, "more");
    assert_eq!(texts(&mut running, 1).await, ["stdout F more"]);
    engine.close();
    let state = running.wait_for_state(|state| matches!(state, SourceState::Retrying { .. })).await;
    assert!(matches!(&state, SourceState::Retrying { why, .. } if why.contains("engine.sock")), "{state:?}");
    engine.write("a", 5 * SECOND + 1, "more");
    engine.write("a", 4 * SECOND, "older");
    engine.with("a", |container| container.running = false);
    engine.open();
    assert_eq!(texts(&mut running, 2).await, ["stdout F more", "stdout F older"]);
    let asked = engine.asked("/logs");
    assert!(asked.last().is_some_and(|asked| asked.contains("tail=all") && asked.contains("since=5")), "{asked:?}");
    engine.with("a", |container| container.running = true);
    engine.event("a", "start");
    engine.write("a", 6 * SECOND, "new");
    assert_eq!(texts(&mut running, 1).await, ["stdout F new"]);
    running.expect_nothing_for(Duration::from_millis(50)).await;
    running.stop().await;
}

#[tokio::test]
async fn an_engine_that_goes_away_in_good_order_takes_nothing_along() {
    let mut engine = Engine::start();
    engine.run("a", "web");
    engine.write("a", SECOND, "one");
    let mut running = start(&engine, "");
    assert_eq!(texts(&mut running, 1).await, ["stdout F one"]);
    engine.leave(true);
    running.wait_for_state(|state| is_live(state, "web: inspecting a container")).await;
    engine.close();
    running.wait_for_state(|state| matches!(state, SourceState::Retrying { .. })).await;
    engine.write("a", 2 * SECOND, "last");
    engine.with("a", |container| container.running = false);
    let twice = vec![(6 * SECOND, 1, "first run".to_owned()), (11 * SECOND, 1, "second run".to_owned())];
    let times = (5, 10);
    engine.put("b", Container { name: "new".to_owned(), running: true, lines: twice, times, ..Container::default() });
    engine.leave(false);
    engine.open();
    let expected = ["stdout F first run", "stdout F last", "stdout F second run"];
    assert_eq!(texts(&mut running, 3).await, expected);
    running.stop().await;
}

#[tokio::test]
async fn an_engine_is_spoken_to_in_a_version_that_it_knows() {
    for versions in [24..=41, 44..=52, 44..=60] {
        let engine = Engine::start();
        engine.speak(versions);
        engine.run("a", "web");
        engine.write("a", 1, "one");
        let mut running = start(&engine, "");
        assert_eq!(texts(&mut running, 1).await, ["stdout F one"]);
        running.stop().await;
    }
}

#[tokio::test]
async fn a_log_that_is_read_again_is_not_told_of_any_more() {
    let engine = Engine::start();
    engine.run("a", "web");
    engine.with("a", |container| container.raw = Some((b"\x09\0\0\0\0\0\0\x01x".to_vec(), 1)));
    let running = start(&engine, "");
    running.wait_for_state(|state| is_live(state, "web: a frame of the log is of stream 9")).await;
    running.wait_for_state(|state| matches!(state, SourceState::Live(text) if text.ends_with(", 1 container"))).await;
    running.stop().await;
}

#[tokio::test]
async fn garbage_breaks_one_log_and_is_asked_for_again() {
    for garbage in [b"\x09\0\0\0\0\0\0\x01x".as_slice(), b"\x01\0\0\0\xff\xff\xff\xff", b"\x01\0"] {
        let engine = Engine::start();
        engine.run("a", "web");
        engine.write("a", 1, "one");
        engine.with("a", |container| container.raw = Some((garbage.to_vec(), 1)));
        engine.run("b", "db");
        engine.write("b", 1, "unharmed");
        let mut running = start(&engine, "");
        assert_eq!(texts(&mut running, 2).await, ["stdout F one", "stdout F unharmed"]);
        running.stop().await;
    }
}

#[tokio::test]
async fn a_log_that_can_not_be_read_is_told_of_and_the_others_are_read() {
    let engine = Engine::start();
    engine.run("a", "web");
    engine.with("a", |container| {
        container.refusal = Some((501, "configured logging driver does not support reading"));
    });
    engine.run("b", "db");
    engine.write("b", 1, "fine");
    engine.put("c", Container { name: "ghost".to_owned(), running: true, is_ghost: true, ..Container::default() });
    let mut running = start(&engine, "");
    assert_eq!(texts(&mut running, 1).await, ["stdout F fine"]);
    let driver = "1 container · web: its log driver `gelf` keeps nothing that can be read";
    running.wait_for_state(|state| is_live(state, driver)).await;
    running.stop().await;
}

#[tokio::test]
async fn where_no_engine_is_the_state_says_what_to_do() {
    let mut engine = Engine::start();
    engine.close();
    let running = start(&engine, "");
    let state = running.wait_for_state(|state| matches!(state, SourceState::Retrying { .. })).await;
    let SourceState::Retrying { why, .. } = state else { panic!("{state:?}") };
    assert!(why.contains("engine.sock: No such file") && why.contains("is Docker or Podman running there?"), "{why}");
    running.stop().await;
    let source = open(&engine, "", |options| options.follow = false);
    let error = Running::start(source).end().await.unwrap_err().to_string();
    assert!(error.contains("No such file"), "{error}");
}

#[tokio::test]
async fn without_following_there_is_an_end() {
    let engine = Engine::start();
    engine.run("a", "web");
    engine.write("a", 1, "one");
    engine.write("a", 2, "two");
    engine.put("b", Container { name: "stopped".to_owned(), ..Container::default() });
    let source = open(&engine, "", |options| (options.follow, options.start) = (false, StartAt::Beginning));
    let mut running = Running::start(source);
    assert_eq!(texts(&mut running, 2).await, ["stdout F one", "stdout F two"]);
    running.wait_for_state(|state| matches!(state, SourceState::Ended(text) if text.contains("1 container"))).await;
    assert!(running.end().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_comes_is_read_without_history_where_that_is_asked_for() {
    let engine = Engine::start();
    engine.run("a", "web");
    engine.write("a", 1, "old");
    let mut running = Running::start(open(&engine, "", |options| options.start = StartAt::End));
    let asked = || engine.asked("tail=0").len();
    running.wait_for_state(|_| asked() == 1).await;
    engine.write("a", 2, "new");
    assert_eq!(texts(&mut running, 1).await, ["stdout F new"]);
    running.stop().await;
}

#[tokio::test]
async fn where_nothing_came_before_the_break_the_engines_clock_says_what_is_new() {
    let mut engine = Engine::start();
    engine.set_clock(100);
    engine.run("a", "web");
    engine.write("a", 50 * SECOND, "old");
    let mut running = Running::start(open(&engine, "", |options| options.start = StartAt::End));
    let asked = || engine.asked("tail=0").len();
    running.wait_for_state(|_| asked() == 1).await;
    engine.close();
    running.wait_for_state(|state| matches!(state, SourceState::Retrying { .. })).await;
    engine.write("a", 150 * SECOND, "new");
    engine.open();
    assert_eq!(texts(&mut running, 1).await, ["stdout F new"]);
    running.stop().await;
}

#[tokio::test]
async fn neither_silence_nor_a_full_queue_hold_up_the_shutdown() {
    let engine = Engine::start();
    engine.be_silent();
    let running = start(&engine, "");
    running.wait_for_state(|_| engine.asked("_ping").len() == 1).await;
    running.stop().await;
    let engine = Engine::start();
    engine.run("a", "web");
    for at in 0..1000 {
        engine.write("a", at, "flood");
    }
    let running = Running::start_full(open(&engine, "", |_| {}));
    running.wait_until_blocked().await;
    running.stop().await;
}
