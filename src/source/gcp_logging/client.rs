//! `entries:list` of the Logging API, version 2, and who asks.

use std::sync::Arc;
use std::time::Duration;

use gcp_auth::{CustomServiceAccount, TokenProvider};
use reqwest::Client;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::settings::Settings;
use crate::source::http::{self, Refusal};
use crate::source::retry::Trouble;

/// What may be done with a token: read logs.
const SCOPE: &str = "https://www.googleapis.com/auth/logging.read";
/// The most entries that one page has.
const PAGE: usize = 1000;
/// For how long looking for credentials may take, and an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// No two questions are closer to each other.
const PACE: Duration = Duration::from_secs(1);

/// A page of entries.
#[derive(Deserialize, Default)]
pub(super) struct Page {
    /// May be missing where there is a next page all the same.
    #[serde(default)]
    pub(super) entries: Vec<Box<RawValue>>,
    #[serde(rename = "nextPageToken", default)]
    pub(super) next: String,
}

/// Which entries, in which order.
pub(super) struct Question {
    filter: String,
    order: &'static str,
    /// How many entries a page has. Like all else it must not change from page to page.
    size: usize,
    token: String,
}

/// A connection to the service.
pub(super) struct Asker<'a> {
    settings: &'a Settings,
    client: Client,
    authorization: Authorization,
    asked: Option<Instant>,
}

/// What proves who asks.
enum Authorization {
    /// A token that the user gave.
    Given(HeaderValue),
    /// What Google's own tools would use: a service account, the user's login, the machine's account.
    Found(Arc<dyn TokenProvider>),
}

impl Question {
    /// Entries since `from` (RFC 3339), the oldest first, or the newest where only so many are wanted.
    pub(super) fn since(settings: &Settings, from: &str, newest: Option<usize>) -> Self {
        let time = format!("timestamp >= \"{from}\"");
        let filter = settings.filter.as_ref().map_or_else(|| time.clone(), |filter| format!("({filter}) AND {time}"));
        let order = if newest.is_some() { "timestamp desc" } else { "timestamp asc" };
        Self { filter, order, size: newest.unwrap_or(PAGE).clamp(1, PAGE), token: String::new() }
    }
}

impl Asker<'_> {
    /// A client with what proves who it is. Looks for credentials where Google's own tools do.
    pub(super) async fn new(settings: &Settings) -> Result<Asker<'_>, Trouble> {
        let client = settings.server.client()?;
        let authorization = match settings.server.authorization().await? {
            Some(given) => Authorization::Given(given),
            None => Authorization::Found(found(settings).await?),
        };
        Ok(Asker { settings, client, authorization, asked: None })
    }

    /// The next page of a question; `None` behind the last.
    pub(super) async fn ask(&mut self, question: &mut Question) -> Result<(Page, bool), Trouble> {
        if let Some(asked) = self.asked {
            tokio::time::sleep_until(asked + PACE.min(self.settings.interval)).await;
        }
        self.asked = Some(Instant::now());
        let mut body = json!({
            "resourceNames": self.settings.resources,
            "filter": question.filter,
            "orderBy": question.order,
            "pageSize": question.size,
        });
        if !question.token.is_empty()
            && let Some(body) = body.as_object_mut()
        {
            body.insert("pageToken".to_owned(), json!(question.token));
        }
        let page = self.send(&body).await?;
        question.token.clone_from(&page.next);
        let is_last = page.next.is_empty();
        Ok((page, is_last))
    }

    async fn send(&self, body: &Value) -> Result<Page, Trouble> {
        let base = self.settings.server.base();
        let mut request = self.client.post(format!("{base}/v2/entries:list")).timeout(PATIENCE).json(body);
        if let Some(project) = &self.settings.quota_project {
            request = request.header("x-goog-user-project", project);
        }
        let answer = http::send(request, Some(&self.authorization().await?)).await?;
        if !answer.status().is_success() {
            let refusal = Refusal::of(answer).await;
            return Err(refusal.trouble(said(&refusal.text).as_deref()));
        }
        let bytes = http::body(answer).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Trouble::passing(format!("{base}: what came is no list of entries: {error}")))
    }

    async fn authorization(&self) -> Result<HeaderValue, Trouble> {
        let provider = match &self.authorization {
            Authorization::Given(value) => return Ok(value.clone()),
            Authorization::Found(provider) => provider,
        };
        let token = within(provider.token(&[SCOPE])).await?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.as_str()))
            .map_err(|_| Trouble::lasting("the token for Google Cloud can not be sent in a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

async fn found(settings: &Settings) -> Result<Arc<dyn TokenProvider>, Trouble> {
    match &settings.credentials_file {
        Some(path) => match CustomServiceAccount::from_file(path) {
            Ok(account) => Ok(Arc::new(account)),
            Err(error) => Err(Trouble::lasting(format!("reading the service account's key in {path}: {error}"))),
        },
        None => within(gcp_auth::provider()).await,
    }
}

/// Waits for what looks for credentials, and says what to do where there are none.
async fn within<T>(looking: impl Future<Output = Result<T, gcp_auth::Error>>) -> Result<T, Trouble> {
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(Trouble::lasting(format!(
            "signing in to Google Cloud: {error}; run `gcloud auth application-default login`, or name a key with \
             credentials_file or GOOGLE_APPLICATION_CREDENTIALS"
        ))),
        Err(_) => Err(Trouble::passing("signing in to Google Cloud: no answer")),
    }
}

/// What a refusal says: `PERMISSION_DENIED: The caller does not have permission`.
fn said(body: &str) -> Option<String> {
    let error: Value = serde_json::from_str(body).ok()?;
    let text = |name: &str| error.get("error")?.get(name)?.as_str().map(str::to_owned);
    Some(format!("{}: {}", text("status").unwrap_or_default(), text("message")?))
}
