//! What the signer of the SDKs makes of AWS's published requests.

use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_xray::config::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;

/// 2015-08-30T12:36:00Z.
const TIME: Duration = Duration::from_secs(1_440_938_160);

/// A request of the test suite: method, target, headers, body.
fn request(text: &str) -> (&str, String, Vec<(String, String)>, &str) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap(), first.next().unwrap());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.filter(|(name, _)| !name.eq_ignore_ascii_case("x-amz-date"));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    (method, format!("https://example.amazonaws.com{target}"), headers, body)
}

#[test]
fn the_published_requests_are_signed_as_published() {
    let folder = format!("{}/tests/fixtures/xray/sigv4", env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "req") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let expected = std::fs::read_to_string(path.with_extension("authz")).unwrap();
        let (method, url, headers, body) = request(&text);
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let identity = Credentials::new("AKIDEXAMPLE", secret, None, None, "published").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("service")
            .time(UNIX_EPOCH + TIME)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request = SignableRequest::new(method, &url, headers, SignableBody::Bytes(body.as_bytes())).unwrap();
        let (instructions, _) = sign(request, &parameters).unwrap().into_parts();
        let signed = instructions.headers().find(|(name, _)| *name == "authorization").unwrap().1.to_owned();
        assert_eq!(signed, expected.trim(), "{}", path.display());
        seen += 1;
    }
    assert_eq!(seen, 9);
}
