//! The websocket on which Loki says what comes: `/loki/api/v1/tail`.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Url;
use reqwest::header::AUTHORIZATION;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, http};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use super::answer::{self, Frame};
use super::pages::Asker;
use crate::model::Nanos;
use crate::source::http::MAX_ANSWER_BYTES;
use crate::source::retry::Trouble;

/// For so long a handshake may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Loki pings once a second; after such a silence it is asked whether it is there, and after another it is not.
const SILENCE: Duration = Duration::from_secs(10);
/// What is told of what a server says.
const TOLD: usize = 300;

/// An open tail.
pub(super) struct Tail {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    place: String,
    heard: Instant,
    has_asked: bool,
}

/// What came on the tail.
pub(super) enum Heard {
    /// Lines, or that some were dropped.
    Frame(Frame),
    /// A message that could not be understood.
    Garbage,
    /// Loki ends every tail after an hour; another is to be opened.
    HourIsOver,
}

impl Tail {
    /// Opens a tail of what comes after `start`.
    pub(super) async fn open(asker: &Asker<'_>, start: Nanos) -> Result<Self, Trouble> {
        let settings = asker.settings;
        let request = request(asker, start).map_err(|why| Trouble::lasting(format!("{}: {why}", settings.place)))?;
        let connector = Connector::Rustls(Arc::new(settings.server.trust().config()?));
        let bounds =
            WebSocketConfig::default().max_message_size(Some(MAX_ANSWER_BYTES)).max_frame_size(Some(MAX_ANSWER_BYTES));
        let opening = connect_async_tls_with_config(request, Some(bounds), true, Some(connector));
        let place = settings.place.clone();
        match timeout(CONNECT, opening).await {
            Ok(Ok((socket, _))) => Ok(Self { socket, place, heard: Instant::now(), has_asked: false }),
            Ok(Err(error)) => Err(refusal(&place, error)),
            Err(_) => Err(Trouble::passing(format!("waiting too long for {place} to follow: no answer"))),
        }
    }

    /// The next that comes. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Result<Heard, Trouble> {
        loop {
            let message = match timeout_at(self.heard + SILENCE, self.socket.next()).await {
                Ok(Some(Ok(message))) => message,
                Ok(Some(Err(error))) => return Err(Trouble::passing(format!("following {}: {error}", self.place))),
                Ok(None) => return Err(Trouble::passing(format!("{} closed the connection", self.place))),
                Err(_) => {
                    self.ask_whether_it_is_there().await?;
                    continue;
                }
            };
            (self.heard, self.has_asked) = (Instant::now(), false);
            match message {
                Message::Text(text) => return Ok(answer::frame(&text).map_or(Heard::Garbage, Heard::Frame)),
                Message::Binary(bytes) => {
                    let frame = std::str::from_utf8(&bytes).ok().and_then(|text| answer::frame(text).ok());
                    return Ok(frame.map_or(Heard::Garbage, Heard::Frame));
                }
                // The answer to a ping lies ready, and goes out with the next flush.
                Message::Ping(_) => self.flush().await?,
                Message::Pong(_) | Message::Frame(_) => {}
                Message::Close(farewell) => return end(&self.place, farewell.as_ref()),
            }
        }
    }

    async fn ask_whether_it_is_there(&mut self) -> Result<(), Trouble> {
        if self.has_asked {
            let seconds = 2 * SILENCE.as_secs();
            return Err(Trouble::passing(format!("{} has been silent for {seconds} s", self.place)));
        }
        (self.heard, self.has_asked) = (Instant::now(), true);
        let asking = timeout(SILENCE, self.socket.send(Message::Ping(Vec::new().into()))).await;
        asking.unwrap_or(Ok(())).map_err(|error| Trouble::passing(format!("following {}: {error}", self.place)))
    }

    async fn flush(&mut self) -> Result<(), Trouble> {
        let flushing = timeout(SILENCE, self.socket.flush()).await;
        flushing.unwrap_or(Ok(())).map_err(|error| Trouble::passing(format!("following {}: {error}", self.place)))
    }
}

fn request(asker: &Asker<'_>, start: Nanos) -> Result<Request, String> {
    let settings = asker.settings;
    let mut url = Url::parse(&settings.url("tail")).map_err(|error| error.to_string())?;
    url.query_pairs_mut().append_pair("query", &settings.query).append_pair("start", &start.to_string());
    if settings.delay_for > 0 {
        url.query_pairs_mut().append_pair("delay_for", &settings.delay_for.to_string());
    }
    // `http` becomes `ws`, `https` becomes `wss`.
    let address = url.as_str().replacen("http", "ws", 1);
    let mut request = address.into_client_request().map_err(|error| error.to_string())?;
    let headers = request.headers_mut();
    headers.extend(settings.server.headers().iter().map(|(name, value)| (name.clone(), value.clone())));
    headers.extend(settings.headers());
    headers.extend(asker.authorization.clone().map(|value| (AUTHORIZATION, value)));
    Ok(request)
}

/// What a tail that was not opened means.
fn refusal(place: &str, error: Error) -> Trouble {
    let Error::Http(answer) = error else {
        return Trouble::passing(format!("following {place}: {error}"));
    };
    let status = answer.status();
    let text = answer.into_body().unwrap_or_default();
    let said: String = String::from_utf8_lossy(&text).trim().chars().take(TOLD).collect();
    let colon = if said.is_empty() { "" } else { ": " };
    let why = format!("following {place}: the server answered {status}{colon}{said}");
    let is_passing = status.is_server_error() || status == http::StatusCode::TOO_MANY_REQUESTS;
    if is_passing {
        return Trouble::passing(why);
    }
    let hint = if status == http::StatusCode::BAD_REQUEST {
        ""
    } else {
        "; does what is in front of Loki let websockets pass?"
    };
    Trouble::lasting(format!("{why}{hint}"))
}

/// What the server's farewell means.
fn end(place: &str, farewell: Option<&CloseFrame>) -> Result<Heard, Trouble> {
    let reason: String = farewell.map(|frame| frame.reason.chars().take(TOLD).collect()).unwrap_or_default();
    if reason.contains("max duration") {
        return Ok(Heard::HourIsOver);
    }
    let code = farewell.map(|frame| u16::from(frame.code).to_string()).unwrap_or_default();
    let why = format!("{place} stopped following ({code} {reason})");
    if reason.contains("only log selector") {
        return Err(Trouble::lasting(format!("{why}; the query gives numbers and no lines")));
    }
    if reason.contains("tail requests limit") {
        return Err(Trouble::passing(format!("{why}; the tenant has too many tails open")));
    }
    Err(Trouble::passing(why))
}
