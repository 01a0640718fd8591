//! The receiver on free ports: what is sent is what arrives.

mod framing;
#[cfg(unix)]
mod real;
#[cfg(unix)]
mod unix;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinHandle;

use crate::config::SourceOptions;
use crate::model::LossReason;
use crate::source::collected::{Collected, state};
use crate::source::in_time::in_time;
use crate::source::{SourceContext, SourceError, SourceState, open};

/// A receiver that runs, and what it has received.
pub(super) struct Running {
    /// Where it says that it listens.
    place: String,
    collected: Arc<Collected>,
    cx: SourceContext,
    task: JoinHandle<Result<(), SourceError>>,
}

async fn start(argument: &str) -> Running {
    let source = open(argument, &SourceOptions::default()).unwrap();
    assert_eq!(source.is_pausable(), argument.starts_with("syslog+tcp") || argument.contains("type=stream"));
    let (collected, cx) = Collected::context();
    let task = tokio::spawn(source.run(cx.clone()));
    let place = state(&cx.status, |state| match state {
        SourceState::Live(place) => Some(place.split(' ').next()?.to_owned()),
        _ => None,
    });
    Running { place: place.await, collected, cx, task }
}

impl Running {
    fn address(&self) -> SocketAddr {
        self.place.parse().unwrap()
    }

    /// Waits until so many lines have come; gives all of them.
    async fn lines(&self, count: usize) -> Vec<String> {
        let harvest = self.collected.until(|harvest| harvest.lines.len() >= count).await;
        harvest.texts().into_iter().map(str::to_owned).collect()
    }

    /// Waits until its state has `words` in it.
    async fn says(&self, words: &str) -> String {
        state(&self.cx.status, |state| match state {
            SourceState::Live(text) if text.contains(words) => Some(text.clone()),
            _ => None,
        })
        .await
    }

    /// Stops it, which must not take longer than a source may.
    async fn stop(self) {
        self.cx.shutdown.cancel();
        in_time(self.task).await.unwrap().unwrap();
    }
}

async fn sender() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").await.unwrap()
}

#[tokio::test]
async fn a_datagram_is_a_message_and_its_sender_is_known() {
    let running = start("syslog+udp:0").await;
    let socket = sender().await;
    let cases: [(&[u8], &str); 5] = [
        (b"<13>Mar  1 10:00:01 myapp: hello\n", "<13>Mar  1 10:00:01 myapp: hello"),
        (b"<14>1 - h a - - - nul\0", "<14>1 - h a - - - nul"),
        (b"<11>1 - h a - - - one\n\tat two\r\n", "<11>1 - h a - - - one\n\tat two"),
        (b"5 <13>ab", "5 <13>ab"),
        (b"Use the BFG!", "Use the BFG!"),
    ];
    for (at, (sent, expected)) in cases.into_iter().enumerate() {
        socket.send_to(b"\n\0", running.address()).await.unwrap();
        socket.send_to(sent, running.address()).await.unwrap();
        assert_eq!(running.lines(at + 1).await[at], expected);
    }
    let long = [&b"<13>"[..], &b"x".repeat(60_000)].concat();
    socket.send_to(&long, running.address()).await.unwrap();
    assert_eq!(running.lines(6).await[5].len(), long.len());
    for line in running.collected.harvest().lines {
        assert_eq!(line.origin.as_deref(), Some("127.0.0.1"));
        assert_eq!(line.resource.unwrap().attributes.text("client.address"), Some("127.0.0.1"));
    }
    running.stop().await;
}

#[tokio::test]
async fn one_port_takes_both_and_senders_do_not_mix() {
    let running = start("syslog:0").await;
    assert!(running.says("(UDP and TCP)").await.starts_with("127.0.0.1:"));
    let mut first = TcpStream::connect(running.address()).await.unwrap();
    let mut second = TcpStream::connect(running.address()).await.unwrap();
    first.write_all(b"<13>1 - h a - - - begins").await.unwrap();
    running.says("2 connections").await;
    second.write_all(b"<13>1 - h b - - - other\n").await.unwrap();
    assert_eq!(running.lines(1).await, ["<13>1 - h b - - - other"]);
    sender().await.send_to(b"<13>1 - h c - - - datagram", running.address()).await.unwrap();
    assert_eq!(running.lines(2).await[1], "<13>1 - h c - - - datagram");
    first.write_all(b" and ends\n").await.unwrap();
    assert_eq!(running.lines(3).await[2], "<13>1 - h a - - - begins and ends");
    drop((first, second));
    let text = state(&running.cx.status, |state| match state {
        SourceState::Live(text) if !text.contains("connection") => Some(text.clone()),
        _ => None,
    });
    assert!(text.await.ends_with("(UDP and TCP)"));
    running.stop().await;
}

#[tokio::test]
async fn connections_wait_while_the_queue_is_full() {
    let running = start("syslog+tcp:0").await;
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    stream.write_all(b"<13>1 - h a - - - before\n").await.unwrap();
    running.lines(1).await;
    running.collected.press(true);
    let padding = "x".repeat(1000);
    let flood = tokio::spawn(async move {
        for number in 0..20_000 {
            stream.write_all(format!("<13>1 - h a - - - {padding} {number}\n").as_bytes()).await.unwrap();
        }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!flood.is_finished(), "the sender is held");
    assert_eq!(running.collected.harvest().lines.len(), 1, "nothing is dropped into a queue that is full");
    running.collected.press(false);
    flood.await.unwrap();
    let lines = running.lines(20_001).await;
    assert!(lines.iter().skip(1).enumerate().all(|(number, line)| line.ends_with(&format!(" {number}"))));
    running.stop().await;
}

#[tokio::test]
async fn connections_that_are_silent_stay_and_too_many_are_turned_away() {
    let running = start("syslog+tcp:0").await;
    let mut idle = Vec::new();
    for _ in 0..super::receive::MAX_CONNECTIONS {
        idle.push(TcpStream::connect(running.address()).await.unwrap());
    }
    running.says(", 1024 connections").await;
    let mut late = TcpStream::connect(running.address()).await.unwrap();
    running.says("1 connection turned away").await;
    tokio::io::AsyncReadExt::read(&mut late, &mut [0]).await.unwrap_or(0);
    for (number, stream) in idle.iter_mut().enumerate() {
        stream.write_all(format!("<13>1 - h a - - - {number}\n").as_bytes()).await.unwrap();
    }
    assert_eq!(running.lines(idle.len()).await.len(), idle.len());
    running.stop().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_the_system_drops_is_told() {
    let running = start("syslog+udp:0").await;
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let datagram = b"x".repeat(32 * 1024);
    // The receiver runs on this very thread, and can not read meanwhile.
    let mut sent = 0;
    for _ in 0..4096 {
        sent += usize::from(socket.send_to(&datagram, running.address()).is_ok());
    }
    let harvest = running.collected.until(|harvest| !harvest.losses.is_empty()).await;
    assert!(harvest.losses.iter().all(|loss| loss.reason == LossReason::Source));
    running.says("dropped by the system").await;
    let is_all = |harvest: &crate::source::collected::Harvest| {
        let lost: u64 = harvest.losses.iter().map(|loss| loss.count).sum();
        harvest.lines.len() + usize::try_from(lost).unwrap() == sent
    };
    running.collected.until(is_all).await;
    running.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_named_with_a_way_out() {
    for scheme in ["syslog", "syslog+udp", "syslog+tcp"] {
        let first = start(&format!("{scheme}:0")).await;
        let port = first.address().port();
        let second = open(&format!("{scheme}://127.0.0.1:{port}"), &SourceOptions::default()).unwrap();
        let (_, cx) = Collected::context();
        let error = second.run(cx).await.unwrap_err().to_string();
        assert!(error.contains(&format!("127.0.0.1:{port}")) && error.contains("in use"), "{error}");
        assert!(error.contains(&format!("another port with {scheme}://127.0.0.1:")), "{error}");
        first.stop().await;
    }
}
