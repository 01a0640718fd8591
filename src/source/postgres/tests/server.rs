//! A PostgreSQL of the test's own.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use crate::source::real_server::{RealServer, free_port, program, without_rights};

const PATIENCE: Duration = Duration::from_secs(60);

/// The table that agents write to, as the docs have it.
pub(in crate::source) const AGENT_LOGS: &str = "CREATE TABLE agent_logs (id bigserial PRIMARY KEY, timestamp timestamptz NOT NULL, \
     log_level text, message text, service text, component text, trace_id text, span_id text, parent_span_id text, \
     agent_id text, execution_id uuid, user_id text, workspace_id text, environment text, duration_ms double precision, \
     memory_mb numeric, cpu_percent real, error_type text, error_message text, stack_trace text, raw_log jsonb)";

/// The server, which can be stopped and started again with its data.
pub(in crate::source) struct Server {
    path: PathBuf,
    folder: TempDir,
    pub(in crate::source) port: u16,
    extra: Vec<String>,
    running: Option<RealServer>,
}

impl Server {
    /// Starts one with `extra` settings; `None` where PostgreSQL is not installed.
    pub(in crate::source) async fn start(extra: &[&str]) -> Option<Self> {
        let (path, initdb) = (program("postgres")?, program("initdb")?);
        let folder = tempfile::tempdir().unwrap();
        let mut making = Command::new(initdb);
        without_rights(&mut making, folder.path());
        making.args(["--no-sync", "--auth=trust", "--username=admin", "--encoding=UTF8", "--locale=C", "--pgdata"]);
        let made = making.arg(folder.path().join("data")).stdin(Stdio::null()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let extra = extra.iter().map(|setting| (*setting).to_owned()).collect();
        let mut server = Self { path, folder, port: free_port(), extra, running: None };
        server.go_on().await;
        Some(server)
    }

    /// Starts it again, with its data.
    pub(in crate::source) async fn go_on(&mut self) {
        let mut command = Command::new(&self.path);
        without_rights(&mut command, self.folder.path());
        command.arg("-D").arg(self.folder.path().join("data")).args(["-p", &self.port.to_string()]);
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=4MB"]);
        command.args(["-c", "unix_socket_directories="]);
        for setting in &self.extra {
            command.args(["-c", setting]);
        }
        self.running = Some(RealServer::start(&mut command, Signal::INT));
        let answers = async {
            while self.try_client("admin", "postgres").await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answers).await.expect("a server that answers");
    }

    /// Stops it; its data stays.
    pub(in crate::source) fn stop(&mut self) {
        self.running = None;
    }

    /// Writes who may connect how, for those who connect from now on.
    pub(in crate::source) async fn allow(&self, rules: &str) {
        let rules = format!("{rules}\nhost all admin 127.0.0.1/32 trust\n");
        std::fs::write(self.folder.path().join("data/pg_hba.conf"), rules).unwrap();
        self.client().await.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    }

    /// Connects to it as its administrator.
    pub(in crate::source) async fn client(&self) -> Client {
        self.try_client("admin", "postgres").await.unwrap()
    }

    async fn try_client(&self, user: &str, database: &str) -> Result<Client, tokio_postgres::Error> {
        let config = format!("host=127.0.0.1 port={} user={user} dbname={database}", self.port);
        let (client, connection) = tokio_postgres::connect(&config, NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// `postgres://admin@127.0.0.1:PORT/postgres?PARAMETERS`
    pub(in crate::source) fn uri(&self, parameters: &str) -> String {
        format!("postgres://admin@127.0.0.1:{}/postgres?interval=20ms&{parameters}", self.port)
    }
}
