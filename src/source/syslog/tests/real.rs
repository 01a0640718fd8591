//! Real senders: util-linux `logger` and syslog-ng.

use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::{Running, start};
use crate::source::real_server::{RealServer, program};

/// Has `logger` send with these arguments. `false` where it is not installed.
async fn logger(arguments: &[&str]) -> bool {
    let Some(logger) = program("logger") else { return false };
    let mut command = tokio::process::Command::new(logger);
    let status = command.args(arguments).stdin(Stdio::null()).status().await.unwrap();
    assert!(status.success(), "{arguments:?}");
    true
}

async fn one_line(running: Running, text: &str) {
    let lines = running.lines(1).await;
    assert!(lines.len() == 1 && lines[0].starts_with("<131>") && lines[0].ends_with(text), "{lines:?}");
    running.stop().await;
}

#[tokio::test]
async fn logger_is_heard_over_every_transport() {
    let text = "ünïcode order 1 failed";
    let message = ["-p", "local0.err", "-t", "checkout", text];
    for (scheme, way) in [
        ("syslog+udp", &["--udp", "--rfc5424"][..]),
        ("syslog+udp", &["--udp", "--rfc3164"]),
        ("syslog+tcp", &["--tcp", "--rfc5424"]),
        ("syslog+tcp", &["--tcp", "--octet-count", "--rfc5424"]),
        ("syslog", &["--tcp", "--octet-count", "--rfc3164"]),
    ] {
        let running = start(&format!("{scheme}:0")).await;
        let port = running.address().port().to_string();
        let place = ["--server", "127.0.0.1", "--port", &port];
        if !logger(&[&place[..], way, &message].concat()).await {
            return;
        }
        one_line(running, text).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let path = path.to_str().unwrap();
    for kind in ["dgram", "stream"] {
        let running = start(&format!("syslog+unix:{path}?type={kind}")).await;
        logger(&[&["--socket", path][..], &message].concat()).await;
        one_line(running, text).await;
    }
}

#[tokio::test]
async fn syslog_ng_relays_a_file_line_by_line() {
    let Some(syslog_ng) = program("syslog-ng") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let line = |number: u32| format!("2026-03-01T10:00:00.{number:03}Z ERROR order {number} failed\n");
    let text: String = (0..1000).map(line).collect();
    std::fs::write(path("app.log"), text).unwrap();
    let running = start("syslog:0").await;
    let port = running.address().port();
    let config = format!(
        "@version: 3.38\nsource s {{ file(\"{log}\" flags(no-parse) program-override(\"shop\")); }};\n\
         destination tcp {{ syslog(\"127.0.0.1\" port({port}) transport(tcp)); }};\n\
         destination bsd {{ network(\"127.0.0.1\" port({port}) transport(tcp) persist-name(\"bsd\")); }};\n\
         destination udp {{ network(\"127.0.0.1\" port({port}) transport(udp)); }};\n\
         log {{ source(s); destination(tcp); destination(bsd); destination(udp); }};\n",
        log = path("app.log")
    );
    std::fs::write(path("config"), config).unwrap();
    let mut command = Command::new(syslog_ng);
    command.args(["--foreground", "--no-caps", "--cfgfile", &path("config"), "--persist-file", &path("persist")]);
    command.args(["--control", &path("control"), "--pidfile", &path("pid")]);
    let _server = RealServer::start(&mut command, Signal::KILL);
    let lines = running.lines(3000).await;
    for number in 0..1000 {
        let end = format!(" order {number} failed");
        assert_eq!(lines.iter().filter(|line| line.ends_with(&end)).count(), 3, "{end}");
    }
    assert!(lines.iter().all(|line| line.starts_with('<')), "{:?}", lines.first());
    running.stop().await;
}
