//! An engine for the tests: answers the requests of the Engine API that matter, on a Unix socket or TCP, as Docker 20.10
//! was seen to, in chunks that can be cut anywhere.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

const SECOND: i64 = 1_000_000_000;

/// A container of the engine.
#[derive(Clone, Default)]
pub(in crate::source) struct Box {
    pub(in crate::source) name: String,
    pub(in crate::source) tty: bool,
    pub(in crate::source) running: bool,
    /// Whether it is on the list, but gone when it is asked for.
    pub(in crate::source) is_ghost: bool,
    /// The status and message that its log is refused with.
    pub(in crate::source) refusal: Option<(u16, &'static str)>,
    /// Bytes to answer with, as they are, instead of the lines, and how often.
    pub(in crate::source) raw: Option<(Vec<u8>, u32)>,
    /// Time, stream, text.
    pub(in crate::source) lines: Vec<(i64, u8, String)>,
    /// When it was made, and when its last run began, in seconds.
    pub(in crate::source) times: (i64, i64),
}

#[derive(Default)]
struct World {
    boxes: BTreeMap<String, Box>,
    events: Vec<String>,
    /// The paths and queries that were asked for.
    asked: Vec<String>,
    /// A chunk of an answer has so many bytes.
    chunk: usize,
    /// Whether answers stay away.
    is_silent: bool,
    /// Whether it is going away: answers end, and questions are refused.
    is_leaving: bool,
    /// The versions 1.N that are spoken.
    versions: Option<RangeInclusive<u32>>,
    /// What time it has, in seconds.
    clock: i64,
}

/// The engine, and where it listens.
pub(in crate::source) struct Engine {
    world: Arc<Mutex<World>>,
    changed: watch::Sender<u64>,
    folder: tempfile::TempDir,
    serving: Option<AbortHandle>,
    pub(in crate::source) host: String,
}

impl Engine {
    /// On a Unix socket.
    pub(in crate::source) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = format!("unix://{}", folder.path().join("engine.sock").display());
        let mut engine = Self {
            world: Arc::new(Mutex::new(World { chunk: 1 << 16, versions: Some(24..=41), ..World::default() })),
            changed: watch::channel(0).0,
            folder,
            serving: None,
            host,
        };
        engine.open();
        engine
    }

    /// On TCP.
    pub(in crate::source) async fn start_tcp() -> Self {
        let mut engine = Self::start();
        engine.close();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        engine.host = format!("tcp://{}", listener.local_addr().unwrap());
        let (world, changed) = (Arc::clone(&engine.world), engine.changed.clone());
        engine.serve(async move {
            let mut tasks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                tasks.spawn(answer(stream, Arc::clone(&world), changed.subscribe()));
            }
        });
        engine
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("engine.sock")
    }

    /// Listens on its socket.
    pub(in crate::source) fn open(&mut self) {
        let listener = UnixListener::bind(self.socket()).unwrap();
        let (world, changed) = (Arc::clone(&self.world), self.changed.clone());
        self.serve(async move {
            let mut tasks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                tasks.spawn(answer(stream, Arc::clone(&world), changed.subscribe()));
            }
        });
    }

    fn serve(&mut self, serving: impl Future<Output = ()> + Send + 'static) {
        self.serving = Some(tokio::spawn(serving).abort_handle());
    }

    /// Breaks all connections and is gone.
    pub(in crate::source) fn close(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
        std::fs::remove_file(self.socket()).ok();
    }

    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let out = change(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_modify(|version| *version += 1);
        out
    }

    /// Answers in chunks of so many bytes.
    pub(in crate::source) fn cut(&self, chunk: usize) {
        self.change(|world| world.chunk = chunk);
    }

    /// Answers nothing from now on.
    pub(in crate::source) fn be_silent(&self) {
        self.change(|world| world.is_silent = true);
    }

    /// Goes away in an orderly manner, up to the moment when it closes.
    pub(in crate::source) fn leave(&self, is_leaving: bool) {
        self.change(|world| world.is_leaving = is_leaving);
    }

    /// Has it so many seconds after the beginning.
    pub(in crate::source) fn set_clock(&self, seconds: i64) {
        self.change(|world| world.clock = seconds);
    }

    /// Speaks these versions 1.N alone.
    pub(in crate::source) fn speak(&self, versions: RangeInclusive<u32>) {
        self.change(|world| world.versions = Some(versions));
    }

    /// Puts a container there, without an event.
    pub(in crate::source) fn put(&self, id: &str, container: Box) {
        self.change(|world| world.boxes.insert(id.to_owned(), container));
    }

    /// Puts a container there that runs.
    pub(in crate::source) fn run(&self, id: &str, name: &str) {
        self.put(id, Box { name: name.to_owned(), running: true, ..Box::default() });
    }

    /// Changes a container.
    pub(in crate::source) fn with(&self, id: &str, change: impl FnOnce(&mut Box)) {
        self.change(|world| change(world.boxes.get_mut(id).unwrap()));
    }

    /// Writes a line to a container's standard output, so many nanoseconds after the beginning.
    pub(in crate::source) fn write(&self, id: &str, time: i64, text: &str) {
        self.with(id, |container| container.lines.push((time, 1, text.to_owned())));
    }

    /// Tells of a container.
    pub(in crate::source) fn event(&self, id: &str, action: &str) {
        self.change(|world| {
            let name = world.boxes.get(id).map(|container| container.name.clone()).unwrap_or_default();
            world.events.push(format!(
                r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"{id}","Attributes":{{"name":"{name}","image":"shop:1"}}}}}}"#
            ));
        });
    }

    /// Says something among the events.
    pub(in crate::source) fn say(&self, line: &str) {
        self.change(|world| world.events.push(line.to_owned()));
    }

    /// Removes a container.
    pub(in crate::source) fn remove(&self, id: &str) {
        self.event(id, "destroy");
        self.change(|world| world.boxes.remove(id));
    }

    /// What was asked for that contains `part`.
    pub(in crate::source) fn asked(&self, part: &str) -> Vec<String> {
        self.change(|world| world.asked.iter().filter(|asked| asked.contains(part)).cloned().collect())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

/// What a request gets.
enum Reply {
    Whole(u16, String),
    /// To the question of whether it is there: the newest version 1.N, and what time it is.
    Ping(u32, i64),
    /// A recorded stream.
    Raw(Vec<u8>),
    /// Events from the one of this number on.
    Events(usize),
    /// A container's lines from the one of this number on, and whether to wait for more.
    Log(String, usize, bool),
    Silence,
}

/// One connection: a request after another.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    world: Arc<Mutex<World>>,
    mut changed: watch::Receiver<u64>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await? == 0 {
                return Ok(());
            }
        }
        let target = head.split(' ').nth(1).unwrap_or_default();
        let reply = world.lock().unwrap_or_else(PoisonError::into_inner).reply(target);
        match reply {
            Reply::Whole(status, body) => {
                let length = body.len();
                let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(body.as_bytes()).await?;
            }
            Reply::Ping(version, clock) => {
                let date = chrono::DateTime::from_timestamp(clock, 0).unwrap().to_rfc2822();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nApi-Version: 1.{version}\r\nDate: {date}\r\nContent-Length: 2\r\n\r\nOK"
                );
                stream.write_all(head.as_bytes()).await?;
            }
            Reply::Silence => std::future::pending().await,
            mut reply => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
                loop {
                    changed.mark_unchanged();
                    let (bytes, is_last, step) = world.lock().unwrap_or_else(PoisonError::into_inner).next(&mut reply);
                    for chunk in bytes.chunks(step) {
                        let chunk = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
                        stream.write_all(&chunk).await?;
                        tokio::task::yield_now().await;
                    }
                    if is_last {
                        break stream.write_all(b"0\r\n\r\n").await?;
                    }
                    if changed.changed().await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

impl World {
    fn reply(&mut self, target: &str) -> Reply {
        self.asked.push(target.to_owned());
        if self.is_silent {
            return Reply::Silence;
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let refused = |status, message: &str| Reply::Whole(status, format!(r#"{{"message":"{message}"}}"#));
        if path == "/_ping" {
            return Reply::Ping(self.versions.as_ref().map_or(0, |versions| *versions.end()), self.clock);
        }
        if self.is_leaving {
            return refused(500, "shutting down");
        }
        let (version, path) = path.strip_prefix("/v1.").and_then(|path| path.split_once('/')).unwrap_or_default();
        let is_spoken = |version| self.versions.as_ref().is_some_and(|versions| versions.contains(&version));
        if !version.parse().is_ok_and(is_spoken) {
            return refused(400, "client version is too old or too new");
        }
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["containers", "json"] => Reply::Whole(200, self.list()),
            ["events"] => Reply::Events(self.events.len()),
            ["containers", id, what] => match (self.boxes.get_mut(*id), *what) {
                (Some(container), "json") if !container.is_ghost => Reply::Whole(200, container.inspected()),
                (Some(container), "logs") => container.log(id, &query),
                _ => refused(404, "No such container"),
            },
            _ => refused(404, "page not found"),
        }
    }

    fn list(&self) -> String {
        let each = self.boxes.iter().map(|(id, container)| {
            let state = if container.running { "running" } else { "exited" };
            format!(
                r#"{{"Id":"{id}","Names":["/{}"],"Image":"shop:1","State":"{state}","Labels":null,"Created":{}}}"#,
                container.name, container.times.0
            )
        });
        format!("[{}]", each.collect::<Vec<_>>().join(","))
    }

    /// What there is for a stream now, whether that is all, and the size of chunks.
    fn next(&mut self, reply: &mut Reply) -> (Vec<u8>, bool, usize) {
        let (bytes, is_last) = match reply {
            Reply::Events(seen) => {
                let new = self.events.iter().skip(*seen).flat_map(|event| [event, "\n"]).collect::<String>();
                *seen = self.events.len();
                (new.into_bytes(), false)
            }
            Reply::Log(id, seen, follows) => match self.boxes.get(id) {
                Some(container) => {
                    let new = container.lines.iter().skip(*seen).flat_map(|line| container.bytes(line)).collect();
                    *seen = container.lines.len();
                    (new, self.is_leaving || !(*follows && container.running))
                }
                None => (Vec::new(), true),
            },
            Reply::Raw(bytes) => (std::mem::take(bytes), true),
            Reply::Whole(..) | Reply::Ping(..) | Reply::Silence => (Vec::new(), true),
        };
        (bytes, is_last, self.chunk)
    }
}

impl Box {
    fn inspected(&self) -> String {
        let state = if self.running { "running" } else { "exited" };
        format!(
            r#"{{"Config":{{"Tty":{}}},"State":{{"Status":"{state}","StartedAt":"{}"}},"HostConfig":{{"LogConfig":{{"Type":"gelf"}}}}}}"#,
            self.tty,
            chrono::DateTime::from_timestamp(self.times.1, 0).unwrap().to_rfc3339()
        )
    }

    fn log(&mut self, id: &str, query: &BTreeMap<String, String>) -> Reply {
        assert_eq!((query["stdout"].as_str(), query["stderr"].as_str(), query["timestamps"].as_str()), ("1", "1", "1"));
        if let Some((status, message)) = self.refusal {
            return Reply::Whole(status, format!(r#"{{"message":"{message}"}}"#));
        }
        if let Some((raw, left @ 1..)) = &mut self.raw {
            *left -= 1;
            return Reply::Raw(raw.clone());
        }
        let since = query.get("since").map_or(0, |since| {
            let (seconds, nanos) = since.split_once('.').unwrap_or((since, "0"));
            seconds.parse::<i64>().unwrap() * SECOND + format!("{nanos:0<9}").parse::<i64>().unwrap()
        });
        let from = self.lines.iter().position(|(time, ..)| *time >= since).unwrap_or(self.lines.len());
        let last = query["tail"].parse().map_or(0, |tail| self.lines.len().saturating_sub(tail));
        Reply::Log(id.to_owned(), from.max(last), query["follow"] == "1")
    }

    fn bytes(&self, (time, stream, text): &(i64, u8, String)) -> Vec<u8> {
        let time = chrono::DateTime::from_timestamp_nanos(*time).to_rfc3339_opts(chrono::SecondsFormat::Nanos, true);
        if self.tty {
            return format!("{time} {text}\r\n").into_bytes();
        }
        let payload = format!("{time} {text}\n").into_bytes();
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&[*stream, 0, 0, 0], length.as_slice(), &payload].concat()
    }
}
