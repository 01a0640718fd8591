//! A server of HTTP on a free loopback port that answers what a test says, also badly: late, half, not at all.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_util::sync::CancellationToken;

/// One request.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct Asked {
    pub(in crate::source) method: String,
    /// Without the query.
    pub(in crate::source) path: String,
    pub(in crate::source) query: HashMap<String, String>,
    /// Names in lower case.
    pub(in crate::source) headers: HashMap<String, String>,
    pub(in crate::source) body: String,
}

/// What becomes of it.
pub(in crate::source) enum Reply {
    /// An answer.
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: Vec<u8> },
    /// An answer that breaks off after so many bytes of its body.
    Half { body: Vec<u8>, at: usize },
    /// The connection is closed without a word.
    Nothing,
    /// No answer comes for so long, then this one.
    Late(Duration, Box<Reply>),
    /// The connection becomes a websocket, which is handed to this function.
    Upgrade(Box<dyn FnOnce(WebSocketStream<TcpStream>) -> futures_util::future::BoxFuture<'static, ()> + Send>),
}

impl Reply {
    /// 200 with a body.
    pub(in crate::source) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status: 200, headers: Vec::new(), body: body.into() }
    }

    /// Another status with a body.
    pub(in crate::source) fn status(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.into() }
    }
}

type Handler = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server; it stops when it is dropped, and its connections break.
pub(in crate::source) struct Server {
    pub(in crate::source) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: CancellationToken,
}

impl Server {
    /// A server on a free port.
    pub(in crate::source) async fn start(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), handler).await
    }

    /// A server where one was before.
    pub(in crate::source) async fn start_at(
        address: SocketAddr,
        handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, asked: Arc::default(), stop: CancellationToken::new() };
        tokio::spawn(serve(listener, Arc::new(handler), Arc::clone(&server.asked), server.stop.clone()));
        server
    }

    /// All that has been asked.
    pub(in crate::source) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops, and waits until nobody listens there any more.
    pub(in crate::source) async fn stop(self) {
        let address = self.address;
        drop(self);
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn serve(listener: TcpListener, handler: Arc<Handler>, asked: Arc<Mutex<Vec<Asked>>>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(answer(stream, Arc::clone(&handler), Arc::clone(&asked)));
            }
        }
    }
}

async fn answer(mut stream: TcpStream, handler: Arc<Handler>, asked: Arc<Mutex<Vec<Asked>>>) {
    let Some(request) = read(&mut stream).await else { return };
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let mut reply = handler(&request);
    while let Reply::Late(wait, then) = reply {
        tokio::time::sleep(wait).await;
        reply = *then;
    }
    let written = match reply {
        Reply::Nothing | Reply::Late(..) => Ok(()),
        Reply::Answer { status, headers, body } => {
            let extra: String = headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
            let head =
                format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{extra}\r\n", body.len());
            stream.write_all(&[head.as_bytes(), &body].concat()).await
        }
        Reply::Half { body, at } => {
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), &body[..at]].concat()).await
        }
        Reply::Upgrade(then) => {
            let key = request.headers.get("sec-websocket-key").cloned().unwrap_or_default();
            let accept = derive_accept_key(key.as_bytes());
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            if stream.write_all(head.as_bytes()).await.is_ok() {
                then(WebSocketStream::from_raw_socket(stream, Role::Server, None).await).await;
            }
            return;
        }
    };
    if written.is_ok() {
        stream.shutdown().await.ok();
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Asked {
        method,
        path: path.to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers,
        body: String::from_utf8_lossy(&bytes[end + 4..]).into_owned(),
    })
}
