//! Rigs of what is stored by a program of its own: real servers, and a real journal. Their garbage also breaks the connection.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::Rig;
use crate::config::{SourceOptions, StartAt};
use crate::source::journald::tests::journal::Journal;
use crate::source::postgres::tests::server::{AGENT_LOGS, Server as Postgres};
use crate::source::redis::tests::server::Server as Redis;

/// Adds to a stream and to a list, by turns.
struct Keys {
    server: Redis,
    added: usize,
}

pub(super) fn redis() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async {
        let server = tokio::spawn(Redis::start(&[])).await.unwrap()?;
        Some(Box::new(Keys { server, added: 0 }) as Box<dyn Rig>)
    }
    .boxed()
}

impl Rig for Keys {
    fn argument(&self) -> String {
        self.server.uri("stream=applog&list=queue&interval=10ms")
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        async move {
            let mut client = self.server.client().await;
            for _ in 0..count {
                self.added += 1;
                let number = self.added;
                if number.is_multiple_of(2) {
                    client.run::<String>(&format!("XADD applog * log {number}")).await;
                } else {
                    client.run::<u32>(&format!("RPUSH queue {number}")).await;
                }
            }
        }
        .boxed()
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        async {
            let mut client = self.server.client().await;
            client.args(&[b"XADD", b"applog", b"*", b"\xff\0", b"\x1b[2J\r\n\xfe", b"", b""]).await;
            client.args(&[b"RPUSH", b"queue", b"\0\xff\r\n\x1b]0;x\x07"]).await;
            client.run::<u32>("CLIENT KILL TYPE normal").await;
        }
        .boxed()
    }
}

/// Adds rows to a table.
struct Table {
    server: Postgres,
    added: usize,
}

pub(super) fn postgres() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async {
        let server = tokio::spawn(Postgres::start(&[])).await.unwrap()?;
        server.client().await.batch_execute(AGENT_LOGS).await.unwrap();
        Some(Box::new(Table { server, added: 0 }) as Box<dyn Rig>)
    }
    .boxed()
}

impl Rig for Table {
    fn argument(&self) -> String {
        self.server.uri("table=agent_logs")
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        async move {
            let first = self.added;
            self.added += count;
            let insert = format!(
                "INSERT INTO agent_logs (timestamp, message) SELECT clock_timestamp(), n::text \
                 FROM generate_series({first}, {}) n",
                self.added - 1
            );
            self.server.client().await.batch_execute(&insert).await.unwrap();
        }
        .boxed()
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        async {
            let garbage = "INSERT INTO agent_logs (timestamp, log_level, message, raw_log) VALUES \
                           ('infinity', 'x', 'never', NULL), ('0044-03-15 BC', E'\\x1b[2J', E'\\x01\\r\\n\\x7f', '[[[null]]]'); \
                           SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'spantail'";
            self.server.client().await.batch_execute(garbage).await.unwrap();
        }
        .boxed()
    }
}

/// Writes files into a folder of the journal.
struct Entries {
    journal: Arc<Journal>,
    written: u64,
}

pub(super) fn journald() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async {
        let mut entries = Entries { journal: Arc::new(Journal::new()?), written: 0 };
        // A folder without any file is no journal.
        entries.emit(1).await;
        Some(Box::new(entries) as Box<dyn Rig>)
    }
    .boxed()
}

impl Rig for Entries {
    fn argument(&self) -> String {
        format!("journald:?directory={}", self.journal.path())
    }

    fn options(&self) -> SourceOptions {
        SourceOptions { start: StartAt::End, ..SourceOptions::default() }
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        async move {
            let first = self.written;
            self.written += count as u64;
            let (journal, next) = (Arc::clone(&self.journal), self.written);
            tokio::task::spawn_blocking(move || journal.write(first..next)).await.unwrap();
        }
        .boxed()
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        async {
            let journal = Arc::clone(&self.journal);
            let garbage = b"__REALTIME_TIMESTAMP=1\n_BOOT_ID=0123456789abcdef0123456789abcdef\n\
                            MESSAGE\n\x06\0\0\0\0\0\0\0\x1b[2J\xff\xfe\nPRIORITY=loud\n\n";
            tokio::task::spawn_blocking(move || {
                journal.write_export("garbage", garbage);
                assert_eq!(journal.kill_reader(), 1);
            })
            .await
            .unwrap();
        }
        .boxed()
    }
}
