//! One connection to the server: TLS as asked for, signed in, and unable to change anything.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::options::{Options, Tls};
use super::{pgpass, trouble};
use crate::source::retry::Trouble;
use crate::source::tls::Trust;

/// For how long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// For how long an answer may take: longer than the server itself lets a question run.
const ANSWER: Duration = Duration::from_secs(45);

/// What holds for everything that is asked: nothing is changed, no question takes for ever, and times are told in UTC. Set
/// by questions and not on connecting, as poolers refuse that.
const SESSION: &str = "SET default_transaction_read_only = on; SET statement_timeout = '30s'; \
                       SET idle_in_transaction_session_timeout = '60s'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'";

/// A connection, and the task that serves it for as long as this lives.
pub(super) struct Link {
    pub(super) client: Client,
    /// Told of each notification.
    pub(super) woken: Arc<Notify>,
    driver: JoinHandle<()>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Connects, and listens to the channel of notifications if one is named.
pub(super) async fn connect(options: &Options) -> Result<Link, Trouble> {
    let mut config = Config::new();
    config.host(&options.host).port(options.port).user(&options.user).dbname(&options.database);
    config.application_name("spantail").connect_timeout(CONNECT);
    let password = match &options.password {
        Some(keeper) => Some(keeper.fetch().await?),
        None => pgpass::password(options).await,
    };
    if let Some(password) = password {
        config.password(password.expose());
    }
    let opening = async {
        match &options.tls {
            Tls::Disable => open(options, config.ssl_mode(SslMode::Disable), NoTls).await,
            Tls::Prefer => {
                let trust = Trust { ca_file: None, verifies: false };
                open(options, config.ssl_mode(SslMode::Prefer), MakeRustlsConnect::new(trust.config()?)).await
            }
            Tls::Require(trust) => {
                open(options, config.ssl_mode(SslMode::Require), MakeRustlsConnect::new(trust.config()?)).await
            }
        }
    };
    let link = tokio::time::timeout(2 * CONNECT, opening).await.map_err(|_| silent(options, 2 * CONNECT))??;
    answer(options, "setting up the session", link.client.batch_execute(SESSION)).await?;
    if let Some(channel) = &options.notify {
        let listening = format!("LISTEN {}", quoted(channel));
        answer(options, "listening for notifications", link.client.batch_execute(&listening)).await?;
    }
    Ok(link)
}

/// What `asking` is answered; `doing` says what for. A server that was cut off, or hangs, never answers.
pub(super) async fn answer<T>(
    options: &Options,
    doing: &str,
    asking: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Trouble> {
    let outcome = tokio::time::timeout(ANSWER, asking).await.map_err(|_| silent(options, ANSWER))?;
    outcome.map_err(|error| trouble::told(options, doing, &error))
}

fn silent(options: &Options, waited: Duration) -> Trouble {
    Trouble::passing(format!("{} does not answer (waited {} s)", options.server(), waited.as_secs()))
}

/// An identifier as SQL writes it, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\"").replace('\0', ""))
}

async fn open<T>(options: &Options, config: &Config, tls: T) -> Result<Link, Trouble>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, mut connection) =
        config.connect(tls).await.map_err(|error| trouble::told(options, "connecting", &error))?;
    let woken = Arc::new(Notify::new());
    let wake = Arc::clone(&woken);
    let driver = tokio::spawn(async move {
        let mut messages = futures_util::stream::poll_fn(move |cx| connection.poll_message(cx));
        // What goes wrong here fails the next question too, which tells of it.
        while let Some(Ok(message)) = messages.next().await {
            if matches!(message, AsyncMessage::Notification(_)) {
                wake.notify_one();
            }
        }
    });
    Ok(Link { client, woken, driver })
}
