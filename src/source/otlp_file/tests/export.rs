//! Exports of other systems, by `otlp-file:` and by their bare path, plain and compressed, damaged and too long.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::whole;
use crate::config::{SourceOptions, StartAt};
use crate::source::collected::{Collected, Harvest};
use crate::source::otlp_file::sniff;
use crate::source::{SourceState, open};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Exports, what their state says, and how many spans they have.
const EXPORTS: &[(&str, &str, usize)] = &[
    ("zipkin/yelp.json", "Zipkin", 16),
    ("zipkin/skew.json", "Zipkin", 4),
    ("zipkin/server-3.5.1/traces.json", "Zipkin", 16),
    ("zipkin/smartthings-mobile-web-install.json.gz", "Zipkin", 957),
    ("jaeger/trace_psp.json", "Jaeger", 23),
    ("jaeger/ui-trace-all-tag-types.json", "Jaeger", 5),
    ("jaeger/transform-telemetrygen-out.json", "Jaeger", 2),
    ("jaeger/es-style-spans-embedded-process.json", "Jaeger", 2),
    ("jaeger/v3_trace.json", "Jaeger", 23),
    ("jaeger/v3_find.json", "Jaeger", 82),
    ("jaeger/victoriatraces/trace-da869aca75b35fb981a27bce875fb2ac.json", "Jaeger", 7),
    ("tempo/real-2.7.2-v1-trace-da869aca75b35fb981a27bce875fb2ac.json", "Tempo", 7),
    ("tempo/real-2.7.2-v2-trace-da869aca75b35fb981a27bce875fb2ac.json", "Tempo", 7),
    ("tempo/real-3.0.3-trace_v2_json.json", "Tempo", 20),
];

#[tokio::test]
async fn exports_are_known_by_their_beginning_and_read_whole() {
    for (name, of, spans) in EXPORTS {
        let path = fixture(name);
        assert!(sniff(&std::fs::read(&path).unwrap()), "{name} is recognised");
        let (result, harvest, status) = whole(&path).await;
        assert!(result.is_ok(), "{name}: {result:?}");
        assert_eq!((harvest.spans.len(), harvest.rejected_spans, harvest.logs.len()), (*spans, 0, 0), "{name}");
        let told = format!("{}, an export of {of}", path.file_name().unwrap().to_string_lossy());
        assert!(matches!(&status, SourceState::Live(text) if text.starts_with(&told)), "{name}: {status:?}");
    }
}

async fn opened(argument: &str, options: &SourceOptions) -> Harvest {
    let (collected, cx) = Collected::context();
    open(argument, options).unwrap().run(cx).await.unwrap();
    Arc::clone(&collected).harvest()
}

#[tokio::test]
async fn a_bare_path_will_do_packed_or_not_and_it_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let plain = std::fs::read(fixture("zipkin/yelp.json")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let with_mark = [b"\xef\xbb\xbf", &plain[..]].concat();
    let packed = [
        ("a.json", plain.clone()),
        ("a.json.gz", gzip.finish().unwrap()),
        ("a.json.zst", zstd::encode_all(&plain[..], 1).unwrap()),
        ("marked", with_mark),
    ];
    for (name, bytes) in packed {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        for argument in [path.display().to_string(), format!("otlp-file:{}", path.display())] {
            let harvest = opened(&argument, &SourceOptions::default()).await;
            assert_eq!((harvest.spans.len(), harvest.lines.len()), (16, 0), "{argument}");
        }
    }
}

#[tokio::test]
async fn since_leaves_out_what_ended_before() {
    let path = fixture("zipkin/skew.json").display().to_string();
    let since = StartAt::Since(1_470_150_004_150_000_000);
    let options = SourceOptions { start: since, ..SourceOptions::default() };
    let harvest = opened(&path, &options).await;
    assert_eq!(harvest.spans.len(), 2, "those of the other clock, 70 ms ahead");
}

#[tokio::test]
async fn what_can_not_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let yelp = std::fs::read(fixture("zipkin/yelp.json")).unwrap();
    let jaeger = std::fs::read(fixture("jaeger/trace_psp.json")).unwrap();
    let v3 = std::fs::read(fixture("jaeger/v3_trace.json")).unwrap();
    for (name, bytes, told) in [
        ("cut.json", &yelp[..yelp.len() / 2], "not a list of Zipkin spans"),
        ("cut-jaeger.json", &jaeger[..jaeger.len() / 2], "cut off"),
        ("cut-jaeger-v3.json", &v3[..v3.len() / 2], "cut off"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let (result, harvest, _) = whole(&path).await;
        let error = result.unwrap_err().to_string();
        assert!(error.contains(told) && error.contains(name), "{error}");
        assert!(harvest.spans.is_empty());
    }
    let path = folder.path().join("some.json");
    std::fs::write(&path, r#"[{"traceId":"1","id":"2","duration":1},{"traceId":"x","id":"2","duration":1}]"#).unwrap();
    let (_, harvest, _) = whole(&path).await;
    assert_eq!((harvest.spans.len(), harvest.rejected_spans), (1, 1));
    // Packed, so that the disk has little of it.
    let path = folder.path().join("long.json.zst");
    let long = [&b"[{\"traceId\":\"1\",\"id\":\"2\",\"duration\":1},"[..], &vec![b' '; 256 << 20]].concat();
    std::fs::write(&path, zstd::encode_all(&long[..], 1).unwrap()).unwrap();
    let (result, _, _) = whole(&path).await;
    let error = result.unwrap_err().to_string();
    assert!(error.contains("more than 256 MiB") && error.contains("fewer traces"), "{error}");
}

#[test]
fn logs_are_no_exports() {
    let cases = [
        r#"{"traceID":"a","spanID":"b","msg":"hello"}"#,
        r#"{"data":{"traceID":"a"},"message":"x"}"#,
        r#"{"level":"info","traceID":"a","operationName":"x"}"#,
        r#"{"trace":{"id":"a"},"message":"x"}"#,
        r#"{"batches":3}"#,
        r#"{"result":"resourceSpans","message":"x"}"#,
        r#"[{"level":"info","traceId":"a","id":"b","message":"x"}]"#,
        r#"[{"traceId":"not hex","id":"b","duration":1}]"#,
        r#"[{"traceId":"abc","id":"b"#,
        "[2026-11-20 12:00:00] traceId localEndpoint",
        "[1,2]",
        "[[",
        "[]",
        r#"{"data":["storefront","pricing"],"total":2}"#,
    ];
    for head in cases {
        assert!(!sniff(head.as_bytes()), "{head}");
    }
}
