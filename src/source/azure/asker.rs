//! A question in Kusto's query language over HTTP, and what proves who asks: Log Analytics and Application Insights, version 1
//! of their query APIs.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use reqwest::header::HeaderValue;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::answer::{Answer, words};
use crate::source::http::{self, Refusal, Server};
use crate::source::retry::Trouble;
use crate::source::secret::Keeper;

/// For how long looking for credentials may take.
const SIGN_IN: Duration = Duration::from_secs(60);

/// A connection to the service.
pub(in crate::source) struct Asker {
    client: Client,
    authorization: Authorization,
    /// For what a token is asked for.
    audience: String,
    url: String,
    patience: Duration,
}

/// What proves who asks.
enum Authorization {
    /// A token that the user gave.
    Given(HeaderValue),
    /// A key of Application Insights.
    Key(HeaderValue),
    /// What Azure's own tools would use, the first that gives a token.
    Found(Vec<Arc<dyn TokenCredential>>),
}

impl Asker {
    /// A client with what proves who it is: the key, the server's token, or what is found where Azure's own tools look.
    /// `path` is where a query is posted, `patience` for how long its answer is waited for.
    pub(in crate::source) async fn new(
        server: &Server,
        audience: &str,
        path: &str,
        patience: Duration,
        key: Option<&Keeper>,
    ) -> Result<Self, Trouble> {
        let client = server.client()?;
        let authorization = match key {
            Some(key) => Authorization::Key(header(key.fetch().await?.expose())?),
            None => match server.authorization().await? {
                Some(given) => Authorization::Given(given),
                None => Authorization::Found(credentials(&client)),
            },
        };
        let url = format!("{}{path}", server.base());
        Ok(Self { client, authorization, audience: audience.to_owned(), url, patience })
    }

    /// Runs a query. Where nothing was ever stored there are no tables.
    pub(in crate::source) async fn ask(&self, query: &str) -> Result<Answer, Trouble> {
        // The service gives up a little before we do, so that it says so.
        let wait = (self.patience.as_secs() * 5 / 6).max(1);
        let request = self.client.post(&self.url).timeout(self.patience).json(&json!({"query": query}));
        let request = request.header("prefer", format!("wait={wait}"));
        let answer = match self.authorization().await? {
            (true, key) => http::send(request.header("x-api-key", key), None).await?,
            (false, token) => http::send(request, Some(&token)).await?,
        };
        if !answer.status().is_success() {
            return Err(self.refused(&Refusal::of(answer).await));
        }
        if answer.status() == StatusCode::NO_CONTENT {
            return Ok(Answer::default());
        }
        let bytes = http::body(answer).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Trouble::passing(format!("{}: what came is no answer to a query: {error}", self.url)))
    }

    fn refused(&self, refusal: &Refusal) -> Trouble {
        let body = serde_json::from_str::<Value>(&refusal.text).ok();
        let said = body.as_ref().and_then(words);
        let trouble = refusal.trouble(said.as_deref());
        let is_refused = matches!(refusal.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if !is_refused || !matches!(self.authorization, Authorization::Key(_)) {
            return trouble;
        }
        let why = trouble.why().rsplit_once("; ").map_or(trouble.why(), |(why, _)| why);
        Trouble::lasting(format!(
            "{why}; Azure retired API keys in 2026: leave the key out and run `az login`, or name a token with token_env"
        ))
    }

    /// Whether it is a key, and the value of the header.
    async fn authorization(&self) -> Result<(bool, HeaderValue), Trouble> {
        let credentials = match &self.authorization {
            Authorization::Given(value) => return Ok((false, value.clone())),
            Authorization::Key(value) => return Ok((true, value.clone())),
            Authorization::Found(credentials) => credentials,
        };
        let scope = format!("{}/.default", self.audience);
        let mut reasons = Vec::new();
        for credential in credentials {
            match tokio::time::timeout(SIGN_IN, credential.get_token(&[&scope], None)).await {
                Ok(Ok(token)) => return Ok((false, header(&format!("Bearer {}", token.token.secret()))?)),
                Ok(Err(error)) => reasons.push(one_line(&error.to_string())),
                Err(_) => reasons.push("no answer".to_owned()),
            }
        }
        Err(Trouble::lasting(format!(
            "signing in to Azure: {}; run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            reasons.join(" · ")
        )))
    }
}

/// Where a token may come from, in the order of Azure's own tools: the environment, a workload's identity, the user's
/// login, the machine's identity.
fn credentials(client: &Client) -> Vec<Arc<dyn TokenCredential>> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let options =
        || ClientOptions { transport: Some(Transport::new(Arc::new(client.clone()))), ..ClientOptions::default() };
    let mut all: Vec<Arc<dyn TokenCredential>> = Vec::new();
    if let (Some(tenant), Some(id), Some(secret)) =
        (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"), variable("AZURE_CLIENT_SECRET"))
    {
        let options = ClientSecretCredentialOptions { client_options: options() };
        all.extend(ClientSecretCredential::new(&tenant, id, Secret::new(secret), Some(options)).ok().map(|it| it as _));
    }
    if variable("AZURE_FEDERATED_TOKEN_FILE").is_some() {
        let credential_options = ClientAssertionCredentialOptions { client_options: options() };
        let options = WorkloadIdentityCredentialOptions { credential_options, ..Default::default() };
        all.extend(WorkloadIdentityCredential::new(Some(options)).ok().map(|it| it as _));
    }
    if all.is_empty() {
        all.extend(DeveloperToolsCredential::new(None).ok().map(|it| it as _));
        let options = ManagedIdentityCredentialOptions { client_options: options(), ..Default::default() };
        all.extend(ManagedIdentityCredential::new(Some(options)).ok().map(|it| it as _));
    }
    all
}

fn header(secret: &str) -> Result<HeaderValue, Trouble> {
    let mut value = HeaderValue::from_str(secret)
        .map_err(|_| Trouble::lasting("the secret for Azure can not be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// What the library says, which may be a list of lines; what to do stands behind the first `; ` of all that is told.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace("; ", ", ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_several_lines_are_told_in_one() {
        assert_eq!(
            one_line("Multiple errors:\nAzureCli: not found; install it\n  azd: no\n"),
            "Multiple errors: AzureCli: not found, install it azd: no"
        );
        assert_eq!(one_line(&"é".repeat(999)).chars().count(), 300);
    }
}
