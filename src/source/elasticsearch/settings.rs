//! What the user says of an Elasticsearch or OpenSearch: where it is, which documents, how often to ask.

use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::ElasticsearchKind;
use crate::config::StartAt;
use crate::source::http::{Server, Usual, with_http};
use crate::source::{Parameter, SourceError, SourceKind as _, SourceSpec};

/// What both listen on unless told otherwise.
const PORT: u16 = 9200;
/// What has to be escaped in one part of a URL's path.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b'<').add(b'>').add(b'?');
/// The field that data streams and agents write the time to.
const TIME_FIELD: &str = "@timestamp";
const USUAL_HISTORY: usize = 1000;
const USUAL_LOOKBACK: Duration = Duration::from_secs(24 * 3600);
const USUAL_INTERVAL: Duration = Duration::from_secs(2);
/// A document can be found one second after it came, unless its index says otherwise; agents deliver every few seconds.
const USUAL_OVERLAP: Duration = Duration::from_secs(15);
/// So many documents an answer has at most, unless an index says otherwise (`index.max_result_window`).
pub(super) const MAX_PAGE: usize = 10_000;

/// The variables that Elastic's own tools and examples read.
const ELASTIC: Usual = Usual {
    user: &["ELASTIC_USERNAME", "ELASTICSEARCH_USERNAME", "OPENSEARCH_USERNAME"],
    password: &["ELASTIC_PASSWORD", "ELASTICSEARCH_PASSWORD", "OPENSEARCH_PASSWORD"],
    token: &[],
    api_key: &["ELASTIC_API_KEY", "ELASTICSEARCH_API_KEY"],
    has_key_header: false,
};

const OWN: &[Parameter] = &[
    Parameter { name: "query", value: "LUCENE", about: "which documents, in Lucene's query syntax: all without it" },
    Parameter {
        name: "time_field",
        value: "FIELD",
        about: "the field with the documents' time, @timestamp without it",
    },
    Parameter { name: "history", value: "DOCUMENTS", about: "how many earlier ones to show first, 1000 without it" },
    Parameter { name: "lookback", value: "TIME", about: "how far back these are looked for, 24h without it" },
    Parameter { name: "interval", value: "TIME", about: "how often new documents are asked for, 2s without it" },
    Parameter {
        name: "overlap",
        value: "TIME",
        about: "how far back late ones are looked for each time, 15s without it",
    },
];

/// All parameters of this kind.
pub(super) const PARAMETERS: &[&[Parameter]] = &with_http(OWN);

/// What a source needs to know, checked.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) server: Server,
    /// Names, patterns, aliases or data streams, with commas between.
    pub(super) index: String,
    /// The index as it stands in a URL's path.
    pub(super) index_path: String,
    pub(super) query: Option<String>,
    pub(super) time_field: String,
    pub(super) history: usize,
    pub(super) lookback: Duration,
    pub(super) interval: Duration,
    pub(super) overlap: Duration,
    pub(super) start: StartAt,
    pub(super) follow: bool,
    /// `HOST:PORT`, as the screen shows it.
    pub(super) place: String,
}

impl Settings {
    /// Reads what `spec` says.
    pub(super) fn of(spec: &SourceSpec) -> Result<Self, SourceError> {
        let example = ElasticsearchKind.example();
        let address = spec.address(PARAMETERS, example)?;
        let scheme = spec.scheme.strip_prefix("es+").unwrap_or("http");
        let [index] = &address.path[..] else {
            return Err(SourceError::Spec(format!(
                "`{}:{}` has to name one index or pattern; expected such as {example}",
                spec.scheme, spec.rest
            )));
        };
        let given = &address.parameters;
        let history = given.read("history", "a whole number up to 10000")?.unwrap_or(USUAL_HISTORY);
        if !(1..=MAX_PAGE).contains(&history) {
            return Err(SourceError::Spec(format!("history={history}: expected a whole number from 1 to {MAX_PAGE}")));
        }
        Ok(Self {
            server: Server::new(scheme, &address, PORT, ELASTIC)?,
            index_path: utf8_percent_encode(index, ESCAPED).to_string(),
            index: index.clone(),
            query: given.text("query").map(str::to_owned),
            time_field: given.text("time_field").unwrap_or(TIME_FIELD).to_owned(),
            history,
            lookback: given.duration("lookback")?.unwrap_or(USUAL_LOOKBACK),
            interval: given.duration("interval")?.unwrap_or(USUAL_INTERVAL).max(Duration::from_millis(100)),
            overlap: given.duration("overlap")?.unwrap_or(USUAL_OVERLAP),
            start: spec.options.start,
            follow: spec.options.follow,
            place: address.authority(PORT),
        })
    }
}
