//! Lines of Java's loggers and what they say.

use crate::parse::formats::check::check_not;
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
            ("2026-03-01 10:00:00,1 ERROR [x y] a.B: c: d", "a.B", 17, "c: d", "thread.name=x y"),
            (
                "081109 203615 148 INFO dfs.DataNode$Responder: ended",
                "dfs.DataNode$Responder",
                9,
                "ended",
                "thread.id=148",
            ),
            ("10:00:00.123 [main] DEBUG a.Main -- up", "a.Main", 5, "up", "thread.name=main"),
            ("2026-03-01 10:00:00,1 [req=f91d, org=] INFO  a.B - up", "a.B", 9, "up", "context=req=f91d, org="),
            ("2026-03-01 10:00:00 INFO  Main:12 - up", "Main", 9, "up", "code.line.number=12"),
            (
                "2026-03-01 10:00:00,1 INFO  [Pre-init  ] [Version    ] - HV0",
                "Version",
                9,
                "HV0",
                "thread.name=Pre-init",
            ),
            (
                "2026-03-01 10:00:00,1 [     46]   INFO - #c.i.Util - loading",
                "#c.i.Util",
                9,
                "loading",
                "thread.name=46",
            ),
            (
                "01-Mar-2026 10:00:00.123 INFO [main] org.apache.catalina.startup.Catalina.start Server startup",
                "org.apache.catalina.startup.Catalina.start",
                9,
                "Server startup",
                "thread.name=main",
            ),
        ],
    );
}

#[test]
fn spring_boot_names_the_application_the_thread_and_the_trace() {
    check(
        "log4j",
        &[
            (
                "2026-03-01T10:00:00.123Z  INFO 1 --- [shop] [exec-1] c.a.Checkout : placed",
                "shop",
                9,
                "placed",
                "process.pid=1 thread.name=exec-1 logger=c.a.Checkout",
            ),
            (
                "2026-03-01 10:00:00.123  WARN 7 --- [           main] o.s.b.Demo               : slow",
                "o.s.b.Demo",
                13,
                "slow",
                "process.pid=7 thread.name=main",
            ),
            (
                "2026-03-01T10:00:00.123Z  INFO 1 --- [shop] [exec-1] [                                                 ] c.a.B : x",
                "shop",
                9,
                "x",
                "process.pid=1 thread.name=exec-1 logger=c.a.B",
            ),
            (
                "2026-03-01T10:00:00.123Z  INFO 1 --- [exec-1] [4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7] c.a.B : x",
                "c.a.B",
                9,
                "x",
                "process.pid=1 thread.name=exec-1 context=4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            ),
            (
                "2026-03-01 10:00:00.123  INFO [shop,4bf92f3577b34da6a3ce929d0e0e4736,00f067aa0ba902b7] 1 --- [main] c.e.A : x",
                "shop",
                9,
                "x",
                "process.pid=1 context=shop,4bf92f3577b34da6a3ce929d0e0e4736,00f067aa0ba902b7 thread.name=main logger=c.e.A",
            ),
        ],
    );
}

#[test]
fn hadoop_zookeeper_and_jboss_have_patterns_of_their_own() {
    check(
        "log4j",
        &[
            (
                "2026-03-01 10:00:00,123 INFO  namenode.NameNode (LogAdapter.java:info(51)) - up",
                "namenode.NameNode",
                9,
                "up",
                "code.file.path=LogAdapter.java code.function.name=info code.line.number=51",
            ),
            (
                "2026-03-01 10:00:00,123 - WARN  [Peer[myid=1]/0:0:Election@774] - out",
                "Election",
                13,
                "out",
                "thread.name=Peer[myid=1]/0:0:Election@774",
            ),
            (
                "2026-03-01 10:00:00,123 [myid:] - INFO  [Worker[myid=3]:o.a.Peer$Worker@391] - on",
                "o.a.Peer$Worker",
                9,
                "on",
                "thread.name=Worker[myid=3]:o.a.Peer$Worker@391 context=myid:",
            ),
            (
                "2026-03-01 10:00:00,123 ERROR [org.jboss.as] (Controller Boot) WFLY: failed (x)",
                "org.jboss.as",
                17,
                "WFLY: failed (x)",
                "thread.name=Controller Boot",
            ),
        ],
    );
}

#[test]
fn other_lines_are_left_alone() {
    check_not(
        "log4j",
        &[
            "2026-03-01 10:00:00 WARN low on disk",
            "2026-03-01 10:00:00 INFO [main] [app.py:47] [trace_id=1 span_id=2] - done",
            "2026-03-01 10:00:00 [811] LOG:  up",
            "2026-03-01 10:00:00 - no level here",
        ],
    );
}
