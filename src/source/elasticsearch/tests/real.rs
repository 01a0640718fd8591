//! A real Elasticsearch, which `tests/real_servers/elasticsearch.sh` starts: version 6, the oldest that is understood and
//! the newest that a registry of packages has.

use std::fmt::Write as _;

use crate::config::{SourceOptions, StartAt};
use crate::source::asked::{Running, run};

/// Where the script says it is.
const PLACE: &str = "SPANTAIL_ELASTICSEARCH";
/// What the test takes for the present, 2026-03-01T10:01:00Z.
const NOW: i64 = 1_772_359_260_000_000_000;
/// Its documents begin a minute before.
const T: i64 = 1_772_359_200_000;

async fn put(place: &str, index: &str, documents: impl IntoIterator<Item = (i64, i64)>) {
    let mut body = String::new();
    for (at, id) in documents {
        writeln!(body, r#"{{"index":{{"_index":"{index}","_type":"_doc","_id":"{id}"}}}}"#).unwrap();
        writeln!(body, r#"{{"@timestamp":{},"log.level":"warn","message":"m {id}"}}"#, T + at).unwrap();
    }
    let client = reqwest::Client::builder().build().unwrap();
    let request = client.post(format!("http://{place}/_bulk")).header("content-type", "application/x-ndjson");
    let answer = request.body(body).send().await.unwrap().text().await.unwrap();
    assert!(answer.contains("\"errors\":false"), "{answer}");
}

fn start(place: &str, rest: &str, start: StartAt, follow: bool) -> Running {
    let options = SourceOptions { start, follow, ..SourceOptions::default() };
    run(&format!("es+http://{place}/{rest}"), &options, NOW)
}

#[tokio::test]
async fn a_real_one_is_read_and_followed() {
    let place = std::env::var(PLACE).expect("run by tests/real_servers/elasticsearch.sh");
    crate::source::tls::install_provider();
    let index = format!("shop-{}", std::process::id());
    // Of 3,500 documents 1,800 in one millisecond, over five shards; found a second after they are written.
    let time = |n: i64| if (700..2500).contains(&n) { 700 } else { n };
    put(&place, &index, (0..3500).map(|n| (time(n), n))).await;
    let running = start(&place, "shop-*?query=log.level:warn&interval=200ms", StartAt::Since(T * 1_000_000), true);
    let said = running.until_said(&["live"]).await;
    assert_eq!(said, format!("live: {place}, shop-* (Elasticsearch 6.2)"));
    running.until(|taken| taken.texts.len() >= 3500).await;
    // At equal times and late.
    put(&place, &index, [(3499, 3500), (50, 3501), (4000, 3502)]).await;
    running.until(|taken| taken.texts.len() >= 3503).await;
    let mut texts = running.stop().await.texts;
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 3503, "each once");

    let taken = start(&place, &format!("{index}?history=5"), StartAt::Tail, false).end().await;
    let last: Vec<_> = taken.texts.iter().map(|text| text.rsplit_once("m ").unwrap().1).collect();
    assert_eq!(last[4], "3502\"}");
    let running = start(&place, "shoop", StartAt::Tail, true);
    running.until_said(&["retrying after 30s", "has no index shoop; there are shop-"]).await;
    running.stop().await;
    let running = start(&place, &format!("{index}?query=a AND ("), StartAt::Tail, true);
    running.until_said(&["retrying after 30s", "query_shard_exception: Encountered"]).await;
    running.stop().await;
}
