//! What is masked, and what is left alone.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::pattern::BUILT_IN;
use super::*;
use crate::model::{SpanEvent, SpanId, SpanKind, Status, TraceId};

fn masker() -> Masker {
    static MASKER: LazyLock<Masker> = LazyLock::new(|| Masker::new(&[]).unwrap());
    MASKER.clone()
}

fn check(cases: &[(&str, &str)]) {
    let masker = masker();
    for (text, masked) in cases {
        assert_eq!(masker.text(text), *masked, "{text}");
        assert_eq!(masker.text(masked), *masked, "masking twice: {text}");
        assert_eq!(is_json(text.as_bytes()), is_json(masked.as_bytes()), "JSON stays JSON: {text}");
    }
}

#[test]
fn fields_of_secret_names_are_masked() {
    check(&[
        ("user=a password=hunter2 ok", "user=a password=*** ok"),
        ("DB_PASSWORD='hunter 2' x", "DB_PASSWORD='***' x"),
        ("password: hunter2", "password: ***"),
        (r#"pwd = "a \" b" x="y""#, r#"pwd = "***" x="y""#),
        ("GET /?a=1&api_key=abc%20def&b=2", "GET /?a=1&api_key=***&b=2"),
        ("secret=>abc", "secret=>***"),
        (r#"{"password":"hunter2","n":1}"#, r#"{"password":"***","n":1}"#),
        (r#"{"password" : "a\"b\\","n":1}"#, r#"{"password" : "***","n":1}"#),
        (r#"{"aws_secret_access_key":12345,"n":1}"#, r#"{"aws_secret_access_key":"***","n":1}"#),
        (r#"{"X-Api-Key":["abc"],"n":1}"#, r#"{"X-Api-Key":["***"],"n":1}"#),
        (r#"{"msg":"login password=abc\u0026x\/y z"}"#, r#"{"msg":"login password=*** z"}"#),
        (r#"{"msg":"{\"token\":\"a\\\"b\",\"n\":1}"}"#, r#"{"msg":"{\"token\":\"***\",\"n\":1}"}"#),
        (r#"{"msg":"{\"token\":123,\"n\":1}"}"#, r#"{"msg":"{\"token\":\"***\",\"n\":1}"}"#),
        (r"{'password': 'x', 'pin': 1}", r"{'password': '***', 'pin': 1}"),
        (r#"{"msg":"password='abc","x":"it's"}"#, r#"{"msg":"password='***","x":"it's"}"#),
        ("client_secret=\"never closed", "client_secret=\"***"),
    ]);
}

#[test]
fn words_that_only_look_like_secret_fields_stay() {
    let stay = [
        "tokens=12 max_tokens: 4096 tokenizer=bpe",
        "auth::token::verify failed",
        "if token == other",
        "unexpected token: end of file",
        "password: null",
        r#"{"password":null,"token":"","secret":{},"credentials":[]}"#,
        r#"{"msg":"password=","x":"y"}"#,
        "basic authentication is off; bearer token missing",
        "the secret is safe",
    ];
    check(&stay.map(|text| (text, text)));
}

#[test]
fn secrets_are_known_by_their_form() {
    check(&[
        ("Authorization: Bearer abc.DEF-123_~+/==", "Authorization: Bearer ***"),
        ("authorization: basic dXNlcjpwYXNz", "authorization: basic ***"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_1 end", "jwt *** end"),
        ("id AKIAIOSFODNN7EXAMPLE used", "id *** used"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "***"),
        ("redis://user:p4ss@db:6379/0", "redis://user:***@db:6379/0"),
        ("redis://:p4ss@db", "redis://:***@db"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY----- x",
            "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY----- x",
        ),
        (r#"{"k":"-----BEGIN PRIVATE KEY-----\nMIIE\n","n":1}"#, r#"{"k":"-----BEGIN PRIVATE KEY-----***","n":1}"#),
    ]);
}

#[test]
fn card_numbers_are_masked_when_their_check_digit_is_right() {
    check(&[
        ("paid with 4111 1111 1111 1111 ok", "paid with *** ok"),
        ("card 5500-0000-0000-0004.", "card ***."),
        (r#"{"card":4111111111111111}"#, r#"{"card":"***"}"#),
        (r#"{"card":"378282246310005"}"#, r#"{"card":"***"}"#),
        ("card 4111 1111 1111 1112", "card 4111 1111 1111 1112"),
        ("ts 1700000000000 1700000000000000003", "ts 1700000000000 1700000000000000003"),
        (
            r#"{"ratio":0.4111111111111111,"n":-4111111111111111}"#,
            r#"{"ratio":0.4111111111111111,"n":-4111111111111111}"#,
        ),
    ]);
}

#[test]
fn an_ordinary_line_is_only_lent() {
    let masker = masker();
    let line =
        b"2024-05-01T12:00:00Z INFO checkout order 1234 took 15 ms trace_id=4bf92f3577b34da6a3ce929d0e0e4736 \xff";
    assert!(matches!(masker.bytes(line), Cow::Borrowed(_)));
    assert!(matches!(Masker::off().bytes(b"password=abc"), Cow::Borrowed(_)));
}

#[test]
fn patterns_of_the_user_are_added_and_bad_ones_named() {
    let masker = Masker::new(&[r"customer (\d+)".into(), "[{,]".into()]).unwrap();
    assert_eq!(masker.text("customer 42 left"), "customer *** left");
    assert_eq!(masker.text(r#"{"a":1}"#), r#""***""#, "a pattern that cuts JSON apart hides the line");
    let error = Masker::new(&["(".into()]).unwrap_err();
    assert!(error.to_string().contains("`(`"), "{error}");
}

#[test]
fn records_and_spans_are_masked_in_all_their_texts() {
    let secret: Attributes =
        [("db.password", Value::Int(5)), ("url", Value::from("x?token=abc")), ("n", Value::Int(5))]
            .into_iter()
            .collect();
    let clean: Attributes =
        [("db.password", Value::from("***")), ("url", Value::from("x?token=***")), ("n", Value::Int(5))]
            .into_iter()
            .collect();
    let masker = masker();
    let nested = Value::Array(vec![Value::Null, Value::Map(secret.clone())]);
    let resource = Arc::new(Resource { attributes: secret.clone() });
    let mut record =
        LogRecord { body: nested, attributes: secret.clone(), resource: Arc::clone(&resource), ..LogRecord::default() };
    masker.record(&mut record);
    assert_eq!(record.body, Value::Array(vec![Value::Null, Value::Map(clean.clone())]));
    assert_eq!((&record.attributes, &record.resource.attributes), (&clean, &clean));

    let plain = Arc::new(Span {
        trace_id: TraceId::from_low64(1).unwrap(),
        span_id: SpanId::from_u64(1).unwrap(),
        parent_id: None,
        trace_state: Box::default(),
        name: "GET".into(),
        kind: SpanKind::Server,
        start: 1,
        end: 2,
        status: Status::default(),
        flags: 0,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::default(),
        scope: Arc::default(),
    });
    assert!(Arc::ptr_eq(&plain, &masker.span(&plain)));
    let mut loud = Span::clone(&plain);
    loud.name = "GET /?password=abc".into();
    loud.events = vec![SpanEvent { attributes: secret, ..SpanEvent::default() }];
    loud.resource = resource;
    let quiet = masker.span(&Arc::new(loud));
    assert_eq!(&*quiet.name, "GET /?password=***");
    assert_eq!((&quiet.events[0].attributes, &quiet.resource.attributes), (&clean, &clean));
}

#[test]
fn every_built_in_pattern_compiles_alone() {
    for (pattern, _) in BUILT_IN {
        assert!(regex::bytes::Regex::new(&format!("(?-u){pattern}")).is_ok(), "{pattern}");
    }
}

/// Texts full of what the masker looks for, well-formed or not.
fn noise() -> impl Strategy<Value = String> {
    let parts = proptest::sample::select(vec![
        "password",
        "token",
        "api_key",
        "=",
        ":",
        " ",
        "\"",
        "'",
        "\\",
        "[",
        "]",
        "{",
        "}",
        ",",
        "abc1",
        "12345678",
        "4111111111111111",
        "Bearer ",
        "eyJabcdef.eyJabcdef.x",
        "://",
        "u:p@",
        "ü",
        "\n",
        "-----BEGIN PRIVATE KEY-----",
    ]);
    proptest::collection::vec(parts, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn json_stays_json_at_any_nesting(texts in proptest::collection::vec(noise(), 1..4), depth in 0..4) {
        let mut json = serde_json::json!({ "a": texts, "password": texts[0], "n": 4_111_111_111_111_111_u64 }).to_string();
        for _ in 0..depth {
            json = serde_json::json!({ "msg": json, "token": 5 }).to_string();
        }
        let masked = masker().text(&json).into_owned();
        prop_assert!(is_json(masked.as_bytes()), "{json}\n{masked}");
    }

    #[test]
    fn a_password_in_json_never_passes(depth in 0..4, password in "[a-z\"\\\\]{1,8}") {
        let mut json = serde_json::json!({ "password": format!("Zz{password}zZ"), "n": 1 }).to_string();
        for _ in 0..depth {
            json = serde_json::json!({ "msg": json }).to_string();
        }
        let masked = masker().text(&json).into_owned();
        prop_assert!(!masked.contains("Zz") && !masked.contains("zZ"), "{json}\n{masked}");
        prop_assert!(is_json(masked.as_bytes()) && masked != "\"***\"", "{json}\n{masked}");
    }

    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..100), text in noise()) {
        let _masked = masker().bytes(&bytes);
        let _masked = masker().text(&text);
    }
}
