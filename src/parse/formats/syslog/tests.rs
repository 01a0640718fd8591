//! Lines of daemons, network gear and desktops, several of them from the tests of lnav (BSD-2-Clause), Beats (Apache-2.0) and
//! nerdlog (BSD-2-Clause), and the cases of go-syslog.

use crate::parse::formats::check::{check, check_not, facts_of};
use crate::parse::{field, format_name, read};

#[test]
fn lines_of_files_are_taken_apart() {
    check(
        "syslog",
        &[
            (
                "Mar  1 10:00:00 web-1 sshd[634]: Accepted publickey",
                ("2026-03-01T10:00:00Z", 0, "sshd", "Accepted publickey", "host.name=web-1 process.pid=634"),
            ),
            (
                "Mar  1 10:00:00 db-2 su(pam_unix)[811]: session opened by (uid=0)",
                (
                    "2026-03-01T10:00:00Z",
                    0,
                    "su",
                    "session opened by (uid=0)",
                    "host.name=db-2 process.pid=811 syslog.module=pam_unix uid=0",
                ),
            ),
            (
                "Mar 10 10:20:46 myhost lpr[891]: <warning> User session timed out",
                (
                    "2025-03-10T10:20:46Z",
                    13,
                    "lpr",
                    "<warning> User session timed out",
                    "host.name=myhost process.pid=891",
                ),
            ),
            (
                "2020-12-25T23:59:59+02:00 a-mac Agent[21412]: first\n\t\tsecond\n\t\tthird.",
                (
                    "2020-12-25T21:59:59Z",
                    0,
                    "Agent",
                    "first\n\t\tsecond\n\t\tthird.",
                    "host.name=a-mac process.pid=21412",
                ),
            ),
            (
                "2025-08-31T09:36:55.418891-07:00 pc2 rsyslogd: was HUPed",
                ("2025-08-31T16:36:55.418891Z", 0, "rsyslogd", "was HUPed", "host.name=pc2"),
            ),
            (
                "2026-03-01T10:00:00+0100 web-1 systemd[1]: Started Daily apt.",
                ("2026-03-01T09:00:00Z", 0, "systemd", "Started Daily apt.", "host.name=web-1 process.pid=1"),
            ),
            (
                "Apr 4 03:39:57 --- last message repeated 1 time ---",
                ("2025-04-04T03:39:57Z", 0, "", "--- last message repeated 1 time ---", ""),
            ),
            ("Nov  3 09:23:38 veridian lookup failed", ("2025-11-03T09:23:38Z", 0, "", "veridian lookup failed", "")),
        ],
    );
}

#[test]
fn odd_tags_and_inner_lines_are_taken_apart() {
    check(
        "syslog",
        &[
            (
                "Apr 28 04:02:03 tstack syslogd 1.4.1: restart.",
                ("2025-04-28T04:02:03Z", 0, "syslogd", "restart.", "host.name=tstack"),
            ),
            (
                "Aug  1 00:00:03 iMac com.apple.xpc.launchd[1] (com.apple.x[50989]): Service exited",
                (
                    "2025-08-01T00:00:03Z",
                    0,
                    "com.apple.xpc.launchd",
                    "Service exited",
                    "host.name=iMac process.pid=1 syslog.module=com.apple.x[50989]",
                ),
            ),
            (
                "Jun 20 17:26:13 ip-10 [CLOUDINIT] util.py[DEBUG]: Restoring",
                ("2025-06-20T17:26:13Z", 0, "util.py[DEBUG]", "Restoring", "host.name=ip-10"),
            ),
            (
                "Mar  2 23:24:28 UDM-Pro user.warn kernel: [    979.679369] conntrack: x",
                (
                    "2025-03-02T23:24:28Z",
                    13,
                    "kernel",
                    "conntrack: x",
                    "host.name=UDM-Pro syslog.facility=user kernel.uptime=979.679369",
                ),
            ),
            (
                r#"Feb  1 10:00:00 h app[12]: {"level":"warn","logger":"web","msg":"x","n":1}"#,
                ("2026-02-01T10:00:00Z", 13, "web", "x", "host.name=h process.pid=12 n=1"),
            ),
            (
                r#"Feb  1 10:00:00 h app: @cee: {"severity":"error","msg":"x"}"#,
                ("2026-02-01T10:00:00Z", 17, "app", "x", "host.name=h"),
            ),
            (
                "*Mar  1 10:00:00.123: %SYS-5-CONFIG_I: Configured from console",
                ("2026-03-01T10:00:00.123Z", 10, "%SYS-5-CONFIG_I", "Configured from console", ""),
            ),
            (
                "1772359200.123456 web-1 sshd[634]: x",
                ("2026-03-01T10:00:00.123456Z", 0, "sshd", "x", "host.name=web-1 process.pid=634"),
            ),
        ],
    );
}

#[test]
fn messages_with_a_priority_are_taken_apart() {
    check(
        "syslog",
        &[
            (
                "<34>Oct 11 22:14:15 mymachine su: 'su root' failed on /dev/pts/8",
                (
                    "2025-10-11T22:14:15Z",
                    18,
                    "su",
                    "'su root' failed on /dev/pts/8",
                    "syslog.facility=auth host.name=mymachine",
                ),
            ),
            (
                "<38>Mar  1 10:00:00 sshd[811]: Accepted",
                ("2026-03-01T10:00:00Z", 9, "sshd", "Accepted", "syslog.facility=auth process.pid=811"),
            ),
            (
                "<13>Mar  1 10:00:01 myapp: hello",
                ("2026-03-01T10:00:01Z", 10, "myapp", "hello", "syslog.facility=user"),
            ),
            (
                "<6>[12345.678901] usb 1-1: new device",
                ("", 9, "", "usb 1-1: new device", "syslog.facility=kern kernel.uptime=12345.678901"),
            ),
            (
                "<190>Jun 08 2022 14:46:28: %ASA-6-302013: Built",
                ("2022-06-08T14:46:28Z", 9, "%ASA-6-302013", "Built", "syslog.facility=local7"),
            ),
            (
                "<189>29: *Mar  1 10:00:00: %LINK-3-UPDOWN: down",
                ("2026-03-01T10:00:00Z", 10, "%LINK-3-UPDOWN", "down", "syslog.facility=local7"),
            ),
            ("<13>no more than this", ("", 10, "", "no more than this", "syslog.facility=user")),
            (
                "<30>2026-03-01T10:00:00Z host app[1]: it is an ERROR",
                (
                    "2026-03-01T10:00:00Z",
                    9,
                    "app",
                    "it is an ERROR",
                    "syslog.facility=daemon host.name=host process.pid=1",
                ),
            ),
            (
                "<30>Mar  1 10:00:00 host app[1]: level=error msg=x",
                ("2026-03-01T10:00:00Z", 17, "app", "x", "syslog.facility=daemon host.name=host process.pid=1"),
            ),
        ],
    );
}

#[test]
fn the_level_is_spelled_only_where_the_inner_line_is_believed() {
    for (line, word) in [
        ("<30>Mar  1 10:00:00 host app[1]: it is an ERROR", ""),
        ("Mar  1 10:00:00 host app[1]: it is an ERROR", "ERROR"),
        ("<30>Mar  1 10:00:00 host app[1]: level=error msg=x", "error"),
    ] {
        assert_eq!(read(facts_of(line).format, line.as_bytes()).severity_text, word, "{line}");
    }
}

#[test]
fn other_lines_with_a_time_are_not_taken() {
    check_not(
        "syslog",
        &[
            "2026-03-01T10:00:00Z INFO shop.orders: order placed",
            "2026-03-01T10:00:00+00:00 err rbd: Could not",
            "2026-03-01T10:00:00Z main worker: no process and no offset",
            "2026-03-01 10:00:00 host app[1]: a blank for the T",
            "Mar 01, 2026 10:00:00 AM com.example.Main main",
            "May the force be with you",
            "<192>x",
            "Sun Mar  1 10:00:00 2026 x: y",
        ],
    );
}

#[test]
fn messages_of_rfc_5424_are_taken_apart() {
    check(
        "syslog5424",
        &[
            (
                "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \u{feff}'su root' failed",
                (
                    "2003-10-11T22:14:15.003Z",
                    18,
                    "su",
                    "'su root' failed",
                    "syslog.facility=auth host.name=mymachine.example.com syslog.msgid=ID47",
                ),
            ),
            (
                "<165>1 2026-03-01T10:00:00.5+02:00 höst app 1 - [x@1 k=\"v\\]\\\"\\\\\\n\"] line one\nline two",
                (
                    "2026-03-01T08:00:00.5Z",
                    10,
                    "app",
                    "line one\nline two",
                    "syslog.facility=local4 host.name=höst process.pid=1 x@1.k=v]\"\\\\n",
                ),
            ),
            (
                r#"<29>50 - - S prg - [meta one="1"][other two="x y"][id] {"level":"warn","msg":"m"}"#,
                ("", 13, "S", "m", "syslog.facility=daemon syslog.procid=prg meta.one=1 other.two=x y"),
            ),
            ("<0>1 - - - - - -", ("", 21, "", "", "syslog.facility=kern")),
            ("<1>1 - - - - - - x\ny", ("", 19, "", "x\ny", "syslog.facility=kern")),
            // What is broken belongs to the message.
            (
                r#"<29>4 - hn S - - [meta escape="""] 127.0.0.1"#,
                ("", 10, "S", r#"[meta escape="""] 127.0.0.1"#, "syslog.facility=daemon host.name=hn escape="),
            ),
            ("<1>1 - - - - - X", ("", 19, "", "X", "syslog.facility=kern")),
            ("<1>1 - host", ("", 19, "", "host", "syslog.facility=kern")),
        ],
    );
}

/// go-syslog's cases, valid and invalid: the parts of the valid ones are found, and of the others no byte is lost.
#[test]
fn cases_of_go_syslog_are_read() {
    let cases = include_str!("../../../../tests/fixtures/syslog/gosyslog_cases.jsonl");
    let mut valid = 0;
    for case in cases.lines().map(|case| serde_json::from_str::<serde_json::Value>(case).unwrap()) {
        let Some(input) = case["input"].as_str() else { continue };
        let facts = facts_of(input);
        let reading = read(facts.format, input.as_bytes());
        assert!(input.ends_with(&*reading.message), "{input}: {}", reading.message);
        if case["valid"] != true {
            continue;
        }
        valid += 1;
        let expected = &case["expected"];
        let text = |key: &str| expected[key].as_str().unwrap_or_default();
        assert_eq!(format_name(facts.format), "syslog5424", "{input}");
        assert_eq!(reading.message, text("message").trim_start_matches('\u{feff}'), "{input}");
        assert_eq!(String::from_utf8_lossy(facts.service.unwrap_or_default()), text("app_name"), "{input}");
        assert_eq!(facts.time.is_some(), !text("timestamp").is_empty(), "{input}");
        let found = |key: &str| field(facts.format, input.as_bytes(), key).map(|value| value.to_string());
        assert_eq!(found("host.name").unwrap_or_default(), text("hostname"), "{input}");
        assert_eq!(found("syslog.msgid").unwrap_or_default(), text("msg_id"), "{input}");
        let process = found("process.pid").or_else(|| found("syslog.procid"));
        assert_eq!(process.unwrap_or_default(), text("proc_id"), "{input}");
        for (id, params) in expected["structured_data"].as_object().into_iter().flatten() {
            for (name, value) in params.as_object().into_iter().flatten() {
                assert_eq!(found(&format!("{id}.{name}")).as_deref(), value.as_str(), "{input}");
            }
        }
    }
    assert_eq!(valid, 57);
}
