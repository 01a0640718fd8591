//! One connection to the server: TCP or TLS, bounded in what one answer may take, and signed in.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, RedisResult, Value};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::options::Options;
use super::trouble::{self, Wrong};
use crate::source::SourceError;
use crate::source::retry::Trouble;

/// For how long a connection may take to come about, and an answer to a question that does not wait.
const ANSWER: Duration = Duration::from_secs(10);

/// The most that may come between two things that are understood. A server's own limit of one value is 512 MiB.
const MAX_ANSWER_BYTES: usize = 256 << 20;

/// A connection for questions and answers, and the task that serves it for as long as this lives.
pub(super) struct Link {
    connection: MultiplexedConnection,
    driver: tokio::task::JoinHandle<()>,
    allowance: Allowance,
    broken: CancellationToken,
}

impl Link {
    /// Asks `command`, which may take `waiting` longer than an answer takes; `doing` says what for.
    pub(super) async fn ask(
        &mut self,
        options: &Options,
        doing: &str,
        command: &Cmd,
        waiting: Duration,
    ) -> Result<Value, Wrong> {
        let answer = self.raw(options, command, waiting).await?;
        answer.map_err(|error| trouble::told(options, doing, &error))
    }

    /// Whether it is of no use any more.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_cancelled()
    }

    /// Waits, at most until the connection is of no use any more.
    pub(super) async fn sleep(&self, time: Duration) {
        self.broken.run_until_cancelled(tokio::time::sleep(time)).await;
    }

    /// Like [`Self::ask`], with the server's own refusal left to the caller.
    pub(super) async fn raw(
        &mut self,
        options: &Options,
        command: &Cmd,
        waiting: Duration,
    ) -> Result<RedisResult<Value>, Trouble> {
        self.allowance.renew();
        let answer = tokio::time::timeout(ANSWER + waiting, command.query_async(&mut self.connection));
        let answer = self.broken.run_until_cancelled(answer).await;
        answer.ok_or_else(|| Trouble::passing("another connection broke"))?.map_err(|_| silent(options))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A connection that can be asked until `broken`.
pub(super) async fn ask(options: &Options, broken: &CancellationToken) -> Result<Link, Trouble> {
    let (stream, info, allowance) = connect(options).await?;
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let making = MultiplexedConnection::new_with_config(&info, stream, config);
    let (connection, driver) = signed_in(options, making).await?;
    Ok(Link { connection, driver: tokio::spawn(driver), allowance, broken: broken.clone() })
}

/// A connection that can be subscribed.
pub(super) async fn listen(options: &Options) -> Result<(PubSub, Allowance), Trouble> {
    let (stream, info, allowance) = connect(options).await?;
    Ok((signed_in(options, PubSub::new(&info, stream)).await?, allowance))
}

/// The trouble of a peer that does not answer.
pub(super) fn silent(options: &Options) -> Trouble {
    Trouble::passing(format!("{} does not answer (waited {} s)", options.authority, ANSWER.as_secs()))
}

async fn signed_in<T>(options: &Options, making: impl Future<Output = RedisResult<T>>) -> Result<T, Trouble> {
    let made = tokio::time::timeout(ANSWER, making).await.map_err(|_| silent(options))?;
    made.map_err(|error| trouble::told(options, "signing in", &error).into())
}

async fn connect(options: &Options) -> Result<(Bounded, RedisConnectionInfo, Allowance), Trouble> {
    let mut info = RedisConnectionInfo::default().set_db(options.database).set_lib_name("spantail", crate_version());
    if let Some(user) = &options.user {
        info = info.set_username(user);
    }
    if let Some(keeper) = &options.password {
        info = info.set_password(keeper.fetch().await?.expose());
    }
    let stream = tokio::time::timeout(ANSWER, reach(options)).await.map_err(|_| silent(options))??;
    let allowance = Allowance::default();
    Ok((Bounded { stream, allowance: allowance.clone() }, info, allowance))
}

fn crate_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

async fn reach(options: &Options) -> Result<Pin<Box<dyn Wire>>, Trouble> {
    let place = &options.authority;
    let failed = |error: io::Error| {
        let hint = match error.kind() {
            io::ErrorKind::ConnectionRefused => "; is Redis running there?",
            _ => "",
        };
        Trouble::passing(format!("connecting to {place}: {error}{hint}"))
    };
    let stream = TcpStream::connect((&*options.host, options.port)).await.map_err(failed)?;
    // Questions are small and waited for.
    stream.set_nodelay(true).map_err(failed)?;
    let Some(trust) = &options.trust else { return Ok(Box::pin(stream)) };
    let name = ServerName::try_from(options.host.clone()).map_err(|error| SourceError::Io {
        doing: format!("connecting to {place} over TLS"),
        why: error.to_string(),
    })?;
    let connector = TlsConnector::from(Arc::new(trust.config()?));
    let stream = connector.connect(name, stream).await.map_err(|error| {
        Trouble::passing(format!(
            "TLS with {place}: {error}; ca_file names a certificate to trust, and redis: is without TLS"
        ))
    })?;
    Ok(Box::pin(stream))
}

/// What bytes go through.
trait Wire: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Wire for T {}

/// How many bytes have come since something was understood.
#[derive(Clone, Default)]
pub(super) struct Allowance(Arc<AtomicUsize>);

impl Allowance {
    /// Notes that something was understood.
    pub(super) fn renew(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A stream that ends with an error once more has come than its allowance: what is not understood yet is kept in memory.
struct Bounded {
    stream: Pin<Box<dyn Wire>>,
    allowance: Allowance,
}

impl AsyncRead for Bounded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(self.stream.as_mut().poll_read(cx, buf))?;
        let came = buf.filled().len() - before;
        if self.allowance.0.fetch_add(came, Ordering::Relaxed) + came > MAX_ANSWER_BYTES {
            let why = format!("an answer of more than {} MiB", MAX_ANSWER_BYTES >> 20);
            return Poll::Ready(Err(io::Error::other(why)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(cx)
    }
}
