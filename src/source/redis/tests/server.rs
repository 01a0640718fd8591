//! A `redis-server` of the test's own.

use std::process::Command;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, FromRedisValue, RedisConnectionInfo};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::source::real_server::{RealServer, free_port, program};

const PATIENCE: Duration = Duration::from_secs(20);

/// The server, which can be stopped and started again with its data.
pub(in crate::source) struct Server {
    path: std::path::PathBuf,
    folder: TempDir,
    pub(in crate::source) port: u16,
    extra: Vec<String>,
    running: Option<RealServer>,
}

impl Server {
    /// Starts one with `extra` options; `None` where Redis is not installed.
    pub(in crate::source) async fn start(extra: &[&str]) -> Option<Self> {
        let path = program("redis-server")?;
        let folder = tempfile::tempdir().unwrap();
        let extra = extra.iter().map(|option| (*option).to_owned()).collect();
        let mut server = Self { path, folder, port: free_port(), extra, running: None };
        server.go_on().await;
        Some(server)
    }

    /// Starts it again, with what it had written to its append-only file.
    pub(in crate::source) async fn go_on(&mut self) {
        let mut command = Command::new(&self.path);
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--appendonly", "yes"]);
        command.args(["--appendfsync", "always", "--save", "", "--dir"]).arg(self.folder.path()).args(&self.extra);
        self.running = Some(RealServer::start(&mut command, Signal::TERM));
        let answers = async {
            while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answers).await.expect("a server that answers");
    }

    /// Stops it; its data stays.
    pub(in crate::source) fn stop(&mut self) {
        self.running = None;
    }

    /// Connects to it.
    pub(in crate::source) async fn client(&self) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        let info = RedisConnectionInfo::default();
        let (connection, driver) = MultiplexedConnection::new_with_config(&info, stream, config).await.unwrap();
        tokio::spawn(driver);
        let mut client = Client(connection);
        let loaded = async {
            while client.try_run::<String>("PING").await.is_err_and(|error| error.code() == Some("LOADING")) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, loaded).await.expect("a server that has loaded its data");
        client
    }

    /// `redis://127.0.0.1:PORT?PARAMETERS`
    pub(in crate::source) fn uri(&self, parameters: &str) -> String {
        format!("redis://127.0.0.1:{}?{parameters}", self.port)
    }
}

/// Whoever writes to the server.
pub(in crate::source) struct Client(MultiplexedConnection);

impl Client {
    /// Runs a command whose arguments have blanks between; what it answers is read as a `T`.
    pub(in crate::source) async fn run<T: FromRedisValue>(&mut self, command: &str) -> T {
        self.try_run(command).await.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Like [`Self::run`], where the server may refuse.
    pub(in crate::source) async fn try_run<T: FromRedisValue>(&mut self, command: &str) -> redis::RedisResult<T> {
        let mut words = command.split(' ');
        let mut cmd = redis::cmd(words.next().unwrap());
        for word in words {
            cmd.arg(word);
        }
        cmd.query_async(&mut self.0).await
    }

    /// Runs a command of these very arguments.
    pub(in crate::source) async fn args(&mut self, args: &[&[u8]]) -> redis::Value {
        let mut cmd = redis::Cmd::new();
        for arg in args {
            cmd.arg(*arg);
        }
        cmd.query_async(&mut self.0).await.unwrap()
    }
}
