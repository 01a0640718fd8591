//! Lines of many programs as another viewer collected them for its formats, and what is to be read from each.

use serde_json::Value;

use super::check::check;

#[test]
fn samples_of_another_viewer_are_read_as_they_should_be() {
    let samples = include_str!("../../../tests/fixtures/formats/lnav_samples.jsonl");
    for sample in samples.lines().map(|sample| serde_json::from_str::<Value>(sample).unwrap()) {
        let text = |key: &str| sample[key].as_str().unwrap();
        let severity = u8::try_from(sample["severity"].as_u64().unwrap()).unwrap();
        let facts = (text("time"), severity, text("service"), text("message"), text("fields"));
        check(text("format"), &[(text("line"), facts)]);
    }
}
