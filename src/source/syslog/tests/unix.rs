//! Sockets that are files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixDatagram, UnixStream};

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use super::start;
use crate::config::SourceOptions;
use crate::source::collected::Collected;
use crate::source::open;

#[tokio::test]
async fn what_local_programs_send_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let running = start(&format!("syslog+unix:{}?mode=0622", path.display())).await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o622);
    let socket = tokio::net::UnixDatagram::unbound().unwrap();
    let mut sent = Vec::new();
    for case in include_str!("../../../../tests/fixtures/syslog/dev_log_datagrams.jsonl").lines() {
        let case: Value = serde_json::from_str(case).unwrap();
        let datagram = case["datagram"].as_str().unwrap();
        socket.send_to(datagram.as_bytes(), &path).await.unwrap();
        sent.push(datagram.trim_end_matches('\n').to_owned());
    }
    assert_eq!(running.lines(sent.len()).await, sent);
    assert!(running.collected.harvest().lines.iter().all(|line| line.origin.is_none()));
    running.stop().await;
    assert!(!path.exists(), "the file goes with the source");
}

#[tokio::test]
async fn connections_to_a_file_are_taken_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let running = start(&format!("syslog+unix:{}?type=stream", path.display())).await;
    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    stream.write_all(b"<13>Mar  1 10:00:00 a: one\0<13>Mar  1 10:00:00 a: two\n5 <13>c").await.unwrap();
    drop(stream);
    assert_eq!(running.lines(3).await, ["<13>Mar  1 10:00:00 a: one", "<13>Mar  1 10:00:00 a: two", "<13>c"]);
    running.stop().await;
}

#[tokio::test]
async fn only_a_file_that_nobody_serves_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    for kind in ["dgram", "stream"] {
        // Left behind by a program that was killed.
        if kind == "dgram" {
            drop(UnixDatagram::bind(&path).unwrap());
        } else {
            drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        }
        let uri = format!("syslog+unix:{}?type={kind}", path.display());
        let running = start(&uri).await;
        for other in ["dgram", "stream"] {
            let uri = format!("syslog+unix:{}?type={other}", path.display());
            let (_, cx) = Collected::context();
            let error = open(&uri, &SourceOptions::default()).unwrap().run(cx).await.unwrap_err().to_string();
            assert!(error.contains("another program listens there"), "{kind} {other}: {error}");
        }
        // A successor's file is not taken away.
        fs::remove_file(&path).unwrap();
        let successor = UnixDatagram::bind(&path).unwrap();
        running.stop().await;
        assert!(path.exists());
        drop(successor);
        fs::remove_file(&path).unwrap();
    }
    fs::write(&path, "text").unwrap();
    let (_, cx) = Collected::context();
    let uri = format!("syslog+unix:{}", path.display());
    let error = open(&uri, &SourceOptions::default()).unwrap().run(cx).await.unwrap_err().to_string();
    assert!(error.contains("is no socket"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"text");
    assert!(UnixStream::connect(&path).is_err());
}
