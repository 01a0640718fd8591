//! Answers of a real Loki, read.

use crate::config::StartAt;
use crate::model::{Severity, Value};
use crate::source::asked::{Reply, Server, Taken, run};
use crate::source::loki::answer;

use super::{NOW, options};

/// What is read where each question gets this answer.
async fn read(body: &'static str) -> Taken {
    let server = Server::start(move |_| Reply::ok(body)).await;
    run(&format!("loki+http://{}", server.address), &options(StartAt::Tail, false), NOW).end().await
}

#[tokio::test]
async fn labels_are_who_wrote_a_line_and_metadata_what_it_says() {
    let taken = read(include_str!("../../../../tests/fixtures/loki/query_range_streams_categorized.json")).await;
    assert_eq!(taken.records.len(), 60);
    let is_wanted = |time: i64| time == 1_795_188_254_556_542_090;
    let record = taken.records.iter().find(|record| is_wanted(record.observed_time)).unwrap();
    assert!(record.body.as_str().unwrap().contains("\nCaused by: io.grpc.StatusRuntimeException"));
    assert_eq!((record.time, record.severity, &*record.severity_text), (0, Severity::ERROR, "error"));
    assert_eq!(record.attributes.text("order_id"), Some("ord-1000228"));
    assert_eq!(record.trace_id.unwrap().to_string(), "103add023545351a380e3217cc00457c");
    assert_eq!(record.span_id.unwrap().to_string(), "b4cddeb8e006bea1");
    assert_eq!(record.resource.service_name(), Some("checkout"));
    assert_eq!(record.resource.attributes.text("pod"), Some("checkout-1b08d9ec-cp1wz"));
    assert_eq!(record.attributes.text("detected_level"), Some("error"));
    let distinct: std::collections::HashSet<_> =
        taken.records.iter().map(|record| std::sync::Arc::as_ptr(&record.resource)).collect();
    assert_eq!(distinct.len(), 4, "one for each stream");
}

#[tokio::test]
async fn what_came_by_otlp_is_what_it_was() {
    let taken = read(include_str!("../../../../tests/fixtures/loki/query_range_otlp_categorized.json")).await;
    let body = Value::from("charged 478.90 EUR for order ord-1000291");
    let record = taken.records.iter().find(|record| record.body == body).unwrap();
    assert_eq!((record.time, record.observed_time), (1_795_188_875_330_449_653, 1_795_188_875_332_449_653));
    assert_eq!((record.severity, &*record.severity_text, record.flags), (Severity::INFO, "INFO", 1));
    assert_eq!(&*record.scope.name, "com.shop.payment.ChargeController");
    assert_eq!(record.resource.attributes.text("k8s.pod.name"), Some("payment-18512ce0-bn0wz"));
    assert_eq!(record.attributes.text("host.name"), Some("payment-18512ce0-bn0wz"));
    assert!(record.attributes.get("severity_number").is_none());
}

#[tokio::test]
async fn equal_times_and_streams_that_are_no_streams_are_read() {
    let taken = read(include_str!("../../../../tests/fixtures/loki/query_range_same_ns_limit50.json")).await;
    assert_eq!(taken.records.len(), 50);
    // Without the flag each line's metadata is in its labels: sixty streams of one.
    let taken = read(include_str!("../../../../tests/fixtures/loki/query_range_streams_forward.json")).await;
    assert_eq!(taken.records.len(), 60);
    assert!(taken.records.iter().all(|record| record.resource.service_name() == Some("checkout")));
}

#[test]
fn parsed_fields_metadata_and_nothing_at_all_are_told_apart() {
    let all = answer::range(include_bytes!("../../../../tests/fixtures/loki/query_range_categorized.json")).unwrap();
    let [plain, with, parsed] = &all.entries[..] else { panic!("{all:?}") };
    assert!(plain.metadata.is_empty() && plain.parsed.is_empty());
    assert_eq!(with.metadata["trace_id"], "5b8efff798038103d269b633813fc60c");
    assert_eq!((&*parsed.parsed["level"], &*parsed.metadata["detected_level"]), ("warn", "warn"));
    let empty = [r#"{"status":"success"}"#, r#"{"data":{"resultType":"streams","result":null}}"#, r#"{"data":{}}"#];
    for text in empty {
        assert!(answer::range(text.as_bytes()).unwrap().entries.is_empty(), "{text}");
    }
    let frames = include_str!("../../../../tests/fixtures/loki/tail_frames.jsonl").lines();
    let counts = frames.map(|text| answer::frame(text).map(|frame| (frame.entries.entries.len(), frame.dropped.len())));
    assert_eq!(counts.collect::<Result<Vec<_>, _>>().unwrap(), [(2, 0), (1, 2), (0, 0)]);
}
