//! The query API of Log Analytics, version 1, and who asks.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use reqwest::Client;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use super::answer::{Answer, told};
use super::settings::Settings;
use crate::source::http::{self, Refusal};
use crate::source::retry::Trouble;

/// The service's own limit for a query is three minutes.
const ANSWER: Duration = Duration::from_secs(180);
/// For how long looking for credentials may take.
const SIGN_IN: Duration = Duration::from_secs(60);

/// A connection to the service.
pub(super) struct Asker<'a> {
    settings: &'a Settings,
    client: Client,
    authorization: Authorization,
}

/// What proves who asks.
enum Authorization {
    /// A token that the user gave.
    Given(HeaderValue),
    /// What Azure's own tools would use, the first that gives a token.
    Found(Vec<Arc<dyn TokenCredential>>),
}

impl Asker<'_> {
    /// A client with what proves who it is. Looks for credentials where Azure's own tools do.
    pub(super) async fn new(settings: &Settings) -> Result<Asker<'_>, Trouble> {
        let client = settings.server.client()?;
        let authorization = match settings.server.authorization().await? {
            Some(given) => Authorization::Given(given),
            None => Authorization::Found(credentials(&client)),
        };
        Ok(Asker { settings, client, authorization })
    }

    /// Runs a query.
    pub(super) async fn ask(&self, query: &str) -> Result<Answer, Trouble> {
        let (base, workspace) = (self.settings.server.base(), &self.settings.workspace);
        let request = self.client.post(format!("{base}/v1/workspaces/{workspace}/query"));
        let request = request.timeout(ANSWER).header("prefer", "wait=170").json(&json!({"query": query}));
        let answer = http::send(request, Some(&self.authorization().await?)).await?;
        if !answer.status().is_success() {
            let refusal = Refusal::of(answer).await;
            let said = serde_json::from_str::<Value>(&refusal.text).ok();
            let said = said.as_ref().and_then(|body| body.get("error")).map(told);
            return Err(refusal.trouble(said.as_deref()));
        }
        let bytes = http::body(answer).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Trouble::passing(format!("{base}: what came is no answer to a query: {error}")))
    }

    async fn authorization(&self) -> Result<HeaderValue, Trouble> {
        let credentials = match &self.authorization {
            Authorization::Given(value) => return Ok(value.clone()),
            Authorization::Found(credentials) => credentials,
        };
        let scope = format!("{}/.default", self.settings.audience);
        let mut reasons = Vec::new();
        for credential in credentials {
            match tokio::time::timeout(SIGN_IN, credential.get_token(&[&scope], None)).await {
                Ok(Ok(token)) => return header(token.token.secret()),
                Ok(Err(error)) => reasons.push(first_line(&error.to_string())),
                Err(_) => reasons.push("no answer".to_owned()),
            }
        }
        Err(Trouble::lasting(format!(
            "signing in to Azure: {}; run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            reasons.join("; ")
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

fn header(token: &str) -> Result<HeaderValue, Trouble> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| Trouble::lasting("the token for Azure can not be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}
