//! Rigs of what needs no server: files, children, receivers.

use std::io::Write as _;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::net::UdpSocket;

use super::Rig;

struct File {
    folder: tempfile::TempDir,
    written: usize,
}

pub(super) fn file() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async { Some(Box::new(File { folder: tempfile::tempdir().unwrap(), written: 0 }) as Box<dyn Rig>) }.boxed()
}

impl File {
    fn append(&self, bytes: &[u8]) {
        let path = self.folder.path().join("app.log");
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(bytes).unwrap();
    }
}

impl Rig for File {
    fn argument(&self) -> String {
        self.append(b"");
        self.folder.path().join("*.log").to_str().unwrap().to_owned()
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        let lines = (0..count).map(|n| format!("line {}\n", self.written + n)).collect::<Vec<_>>().concat();
        self.written += count;
        self.append(lines.as_bytes());
        async {}.boxed()
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        self.append(b"\0\0\xff\xfe\x1b]0;x\x07\r\r\n");
        async {}.boxed()
    }
}

/// A shell that prints what is put into a file.
struct Exec(File);

pub(super) fn exec() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async { Some(Box::new(Exec(File { folder: tempfile::tempdir().unwrap(), written: 0 })) as Box<dyn Rig>) }.boxed()
}

impl Rig for Exec {
    fn argument(&self) -> String {
        self.0.append(b"");
        format!("exec:tail -n +1 -F {}", self.0.folder.path().join("app.log").display())
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        self.0.emit(count)
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        self.0.garble()
    }
}

/// Sends datagrams.
struct Syslog {
    port: u16,
    sent: usize,
}

pub(super) fn syslog() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async { Some(Box::new(Syslog { port: free_port(), sent: 0 }) as Box<dyn Rig>) }.boxed()
}

/// A port on loopback that was free for UDP and TCP a moment ago.
pub(super) fn free_port() -> u16 {
    let free = || {
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").ok()?;
        let port = tcp.local_addr().ok()?.port();
        std::net::UdpSocket::bind(("127.0.0.1", port)).ok().map(|_| port)
    };
    std::iter::repeat_with(free).flatten().next().expect("a free port")
}

impl Syslog {
    async fn send(&self, message: &[u8]) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.send_to(message, ("127.0.0.1", self.port)).await.unwrap();
    }
}

impl Rig for Syslog {
    fn argument(&self) -> String {
        format!("syslog+udp://127.0.0.1:{}", self.port)
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        async move {
            for _ in 0..count {
                self.sent += 1;
                self.send(format!("<13>1 - host app - - - line {}", self.sent).as_bytes()).await;
            }
        }
        .boxed()
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        async { self.send(b"\xff\0<999>\x1b[2J").await }.boxed()
    }
}

/// Posts requests of OTLP over HTTP.
struct Otlp {
    port: u16,
    sent: usize,
}

pub(super) fn otlp() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async { Some(Box::new(Otlp { port: free_port(), sent: 0 }) as Box<dyn Rig>) }.boxed()
}

impl Otlp {
    async fn post(&self, body: String) {
        let url = format!("http://127.0.0.1:{}/v1/logs", self.port);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.post(url).header("content-type", "application/json").body(body).send().await.unwrap();
    }
}

impl Rig for Otlp {
    fn argument(&self) -> String {
        format!("otlp+http://127.0.0.1:{}", self.port)
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        async move {
            for _ in 0..count {
                self.sent += 1;
                let record = format!(r#"{{"timeUnixNano":"1","body":{{"stringValue":"line {}"}}}}"#, self.sent);
                self.post(format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#)).await;
            }
        }
        .boxed()
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        self.post("{\"resourceLogs\":[{".to_owned()).boxed()
    }
}

struct Demo;

pub(super) fn demo() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async { Some(Box::new(Demo) as Box<dyn Rig>) }.boxed()
}

impl Rig for Demo {
    fn argument(&self) -> String {
        "demo:?rate=2000".to_owned()
    }

    fn emit(&mut self, _: usize) -> BoxFuture<'_, ()> {
        async {}.boxed()
    }
}
