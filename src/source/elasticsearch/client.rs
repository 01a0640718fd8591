//! Questions to Elasticsearch or OpenSearch: who are you, search, points in time, which indices are there.

use reqwest::header::HeaderValue;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::answer::{self, Found, Opened, Root};
use super::settings::Settings;
use crate::config::nearest;
use crate::source::http::{self, Refusal};
use crate::source::retry::Trouble;

/// For how long a point in time is kept between two pages.
const KEEP_ALIVE: &str = "2m";
/// For how long a search may take.
const ANSWER: std::time::Duration = std::time::Duration::from_secs(60);

/// What speaks, and what it knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    /// Its name; empty where it does not tell.
    pub(super) name: String,
    is_opensearch: bool,
    version: (u32, u32),
}

/// A connection to one cluster, for questions.
pub(super) struct Asker<'a> {
    pub(super) settings: &'a Settings,
    client: Client,
    authorization: Option<HeaderValue>,
}

/// A question that got no answer.
pub(super) enum Refused {
    /// The point in time is gone.
    PointIsGone,
    Trouble(Trouble),
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl Cluster {
    fn of(root: Root) -> Self {
        let mut parts = root.version.number.split('.').map_while(|part| part.parse().ok());
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        Self { name: root.cluster_name, is_opensearch: root.version.distribution == "opensearch", version }
    }

    /// As the screen names it.
    pub(super) fn shown(&self) -> String {
        let (major, minor) = self.version;
        let product = if self.is_opensearch { "OpenSearch" } else { "Elasticsearch" };
        if self.version == (0, 0) { product.to_owned() } else { format!("{product} {major}.{minor}") }
    }

    /// Whether it has points in time, as far as one knows.
    pub(super) fn has_points(&self) -> bool {
        self.version == (0, 0) || self.version >= if self.is_opensearch { (2, 4) } else { (7, 12) }
    }

    /// Whether documents of equal times are told apart within a point in time (`_shard_doc`).
    pub(super) fn has_tiebreaker(&self) -> bool {
        !self.is_opensearch
    }

    /// Whether times of indices with and without nanoseconds can be compared.
    pub(super) fn compares_nanos(&self) -> bool {
        self.is_opensearch || self.version >= (7, 2) || self.version == (0, 0)
    }

    /// Whether the fields of documents that are not kept can be had.
    pub(super) fn has_fields(&self) -> bool {
        self.is_opensearch || self.version >= (7, 10) || self.version == (0, 0)
    }
}

impl Asker<'_> {
    /// A client with what proves who it is, fetched now.
    pub(super) async fn new(settings: &Settings) -> Result<Asker<'_>, Trouble> {
        let client = settings.server.client()?;
        let authorization = settings.server.authorization().await?;
        Ok(Asker { settings, client, authorization })
    }

    /// Who answers. Where that may not be asked, an Elasticsearch of today is assumed.
    pub(super) async fn cluster(&self) -> Result<Cluster, Trouble> {
        let request = self.client.get(format!("{}/", self.settings.server.base()));
        let answer = http::send(request.timeout(ANSWER), self.authorization.as_ref()).await?;
        if answer.status() == StatusCode::FORBIDDEN {
            return Ok(Cluster::default());
        }
        if !answer.status().is_success() {
            return Err(trouble(&Refusal::of(answer).await));
        }
        let place = &self.settings.place;
        let root = serde_json::from_slice(&http::body(answer).await?);
        root.map(Cluster::of).map_err(|_| Trouble::lasting(format!("{place} is no Elasticsearch or OpenSearch")))
    }

    /// Searches, in the index or, where `body` has one, in a point in time.
    pub(super) async fn search(&self, body: &Value) -> Result<Found, Refused> {
        let index = if body.get("pit").is_some() { String::new() } else { format!("/{}", self.settings.index_path) };
        let url = format!("{}{index}/_search", self.settings.server.base());
        let bytes = self.ask(self.client.post(url).json(body)).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            let place = &self.settings.place;
            Trouble::passing(format!("{place}: what came is no answer to a search: {error}")).into()
        })
    }

    /// Opens a point in time; answers its id.
    pub(super) async fn open_point(&self, cluster: &Cluster) -> Result<String, Refused> {
        let call = if cluster.is_opensearch { "_search/point_in_time" } else { "_pit" };
        let url = format!("{}/{}/{call}", self.settings.server.base(), self.settings.index_path);
        let bytes = self.ask(self.client.post(url).query(&[("keep_alive", KEEP_ALIVE)])).await?;
        let opened = serde_json::from_slice::<Opened>(&bytes);
        opened.map(|opened| opened.id).map_err(|error| Trouble::lasting(format!("no point in time: {error}")).into())
    }

    /// Gives a point in time back. It goes by itself where that fails.
    pub(super) async fn close_point(&self, cluster: &Cluster, id: &str) {
        let base = self.settings.server.base();
        let request = if cluster.is_opensearch {
            self.client.delete(format!("{base}/_search/point_in_time")).json(&json!({"pit_id": [id]}))
        } else {
            self.client.delete(format!("{base}/_pit")).json(&json!({"id": id}))
        };
        self.ask(request).await.ok();
    }

    /// What a search in the point in time `id` names.
    pub(super) fn point(id: &str) -> Value {
        json!({"id": id, "keep_alive": KEEP_ALIVE})
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Vec<u8>, Refused> {
        let answer = http::send(request.timeout(ANSWER), self.authorization.as_ref()).await?;
        if answer.status().is_success() {
            return Ok(http::body(answer).await?);
        }
        let refusal = Refusal::of(answer).await;
        let kind = answer::refused(&refusal.text).map(|(kind, _)| kind).unwrap_or_default();
        match &*kind {
            "search_context_missing_exception" => Err(Refused::PointIsGone),
            "index_not_found_exception" => Err(self.no_index().await.into()),
            _ => Err(trouble(&refusal).into()),
        }
    }

    /// There is no such index; which ones are like it?
    async fn no_index(&self) -> Trouble {
        let (place, index) = (&self.settings.place, &self.settings.index);
        let names = self.names().await;
        let near = nearest(index, names.iter().map(String::as_str));
        let hint = match near {
            Some(near) => format!("; did you mean {near}?"),
            None if names.is_empty() => String::new(),
            None => format!("; there are {}", names.iter().take(5).cloned().collect::<Vec<_>>().join(", ")),
        };
        Trouble::lasting(format!("{place} has no index {index}{hint}"))
    }

    /// The names of indices, aliases and data streams, as far as one may see them.
    async fn names(&self) -> Vec<String> {
        let base = self.settings.server.base();
        for path in ["_resolve/index/*", "_cat/indices?format=json&h=index"] {
            let request = self.client.get(format!("{base}/{path}"));
            let Ok(bytes) = http::ask(request, self.authorization.as_ref()).await else { continue };
            let Ok(all) = serde_json::from_slice::<Value>(&bytes) else { continue };
            let lists = ["/indices", "/aliases", "/data_streams", ""]
                .into_iter()
                .filter_map(|list| all.pointer(list)?.as_array());
            let name = |entry: &Value| entry.get("name").or_else(|| entry.get("index"))?.as_str().map(str::to_owned);
            let mut names: Vec<String> =
                lists.flatten().filter_map(name).filter(|name| !name.starts_with('.')).collect();
            names.sort();
            return names;
        }
        Vec::new()
    }
}

/// What a refusal means, in the server's own words where it has some.
fn trouble(refusal: &Refusal) -> Trouble {
    let said = answer::refused(&refusal.text).map(|(_, said)| said);
    refusal.trouble(said.as_deref())
}
