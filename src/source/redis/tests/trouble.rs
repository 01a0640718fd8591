//! What goes wrong, and what is said of it.

use super::server::Server;
use crate::config::{SourceOptions, StartAt};
use crate::source::real_server::free_port;
use crate::source::witness::Witness;
use crate::source::{SourceState, open};

async fn told(uri: &str, words: &[&str]) {
    let witness = Witness::open(uri, StartAt::Tail, true);
    let state = witness.says(words).await;
    assert!(matches!(state, SourceState::Retrying { .. }), "{state:?}");
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_says_what_to_do() {
    let Some(server) = Server::start(&["--requirepass", "geheim"]).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let keep = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (right, wrong) = (keep("right", "geheim\n"), keep("wrong", "falsch\n"));
    told(&server.uri("channel=a"), &["wants a password", "REDISCLI_AUTH"]).await;
    told(&server.uri("stream=a"), &["wants a password", "REDISCLI_AUTH"]).await;
    told(&server.uri(&format!("channel=a&password_file={wrong}")), &["does not take the password", "wrong"]).await;
    let uri = server.uri(&format!("list=a&password_file={right}")).replace('?', "/99?");
    told(&uri, &["DB index"]).await;
    let witness = Witness::open(&server.uri(&format!("channel=a&password_file={right}")), StartAt::Tail, true);
    let SourceState::Live(text) = witness.says(&["channel a"]).await else { panic!("not live") };
    assert!(!text.contains("geheim"));
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_and_types_are_told_apart() {
    let Some(server) = Server::start(&[]).await else { return };
    let mut client = server.client().await;
    client.run::<String>("ACL SETUSER viewer on nopass ~orders &orders +@read +subscribe +ping +select").await;
    client.run::<String>("SET text x").await;
    client.run::<u32>("RPUSH line x").await;
    let as_viewer = |parameters: &str| server.uri(parameters).replace("127.0.0.1", "viewer@127.0.0.1");
    told(&server.uri("stream=line"), &["stream line", "WRONGTYPE", "list="]).await;
    told(&server.uri("list=text"), &["list text", "WRONGTYPE"]).await;
    let password = "&password_command=echo%20any";
    told(&as_viewer(&format!("stream=secret{password}")), &["NOPERM", "ACL SETUSER"]).await;
    told(&as_viewer(&format!("channel=secret{password}")), &["NOPERM", "ACL SETUSER"]).await;
    let witness = Witness::open(&as_viewer(&format!("stream=orders{password}")), StartAt::Tail, true);
    witness.live().await;
    witness.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_told_from_a_single_server() {
    let Some(server) = Server::start(&["--cluster-enabled", "yes"]).await else { return };
    told(&server.uri("stream=orders"), &["CLUSTERDOWN"]).await;
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_one_where_something_else_does() {
    told(&format!("redis://127.0.0.1:{}?channel=a", free_port()), &["connecting to", "is Redis running"]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let web = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    told(&format!("redis://127.0.0.1:{port}?channel=a"), &["127.0.0.1"]).await;
    told(&format!("rediss://127.0.0.1:{port}?channel=a"), &["TLS with"]).await;
    web.abort();
}

#[test]
fn an_address_says_what_is_missing() {
    let table = [
        ("redis://localhost", "say what to read"),
        ("redis:localhost?channel=a", "// is missing"),
        ("redis://h/one?channel=a", "`one` is no number"),
        ("redis://h/0/1?channel=a", "more than the number of a database"),
        ("redis://h?chanel=a", "did you mean `channel`"),
        ("redis://u:secret@h?channel=a", "has a password in it"),
        ("redis://h?list=a&newest=top", "expected left or right"),
    ];
    for (uri, expected) in table {
        let error = open(uri, &SourceOptions::default()).err().expect(uri).to_string();
        assert!(error.contains(expected) && !error.contains("secret"), "{uri}: {error}");
    }
    let pausable = |uri| open(uri, &SourceOptions::default()).unwrap().is_pausable();
    assert!(pausable("redis://h?stream=a&list=b") && !pausable("redis://h?stream=a&channel=b"));
    let has_parts = |uri| open(uri, &SourceOptions::default()).unwrap().has_parts();
    assert!(!has_parts("redis://h?stream=a") && has_parts("redis://h?pattern=a*") && has_parts("redis://h?stream=a,b"));
    assert_eq!(
        open("redis://h/2?stream=a,b&channel=c", &SourceOptions::default()).unwrap().label(),
        "redis h:6379, channel c, streams a, b"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_one_part_does_not_stop_the_others() {
    let Some(server) = Server::start(&[]).await else { return };
    let mut client = server.client().await;
    client
        .run::<String>("ACL SETUSER viewer on nopass ~orders ~text ~line &open +@read +subscribe +ping +select")
        .await;
    client.run::<String>("SET text x").await;
    client.run::<u32>("RPUSH line a").await;
    let parts = "stream=line,orders&list=text,line&channel=closed,open&interval=10ms&password_command=echo%20any";
    let uri = server.uri(parts).replace("127.0.0.1", "viewer@127.0.0.1");
    let witness = Witness::open(&uri, StartAt::Tail, true);
    let state = witness.says(&["stream line", "list text", "WRONGTYPE", "subscribing to closed", "NOPERM"]).await;
    assert!(matches!(state, SourceState::Live(_)), "{state:?}");
    client.run::<String>("XADD orders * log b").await;
    client.run::<u32>("RPUSH line c").await;
    client.run::<u32>("PUBLISH open d").await;
    let mut texts = witness.texts(4).await;
    texts.sort();
    assert_eq!(texts, ["a", "b", "c", "d"]);
    // One that could be read turns into something else.
    client.run::<u32>("DEL orders").await;
    client.run::<String>("SET orders x").await;
    witness.says(&["stream orders", "WRONGTYPE"]).await;
    client.run::<u32>("RPUSH line e").await;
    witness.texts(5).await;
    witness.stop().await;
    // Whoever wants what is there gets it, and is told of the rest.
    let witness = Witness::open(&server.uri("stream=line&list=line,text"), StartAt::Tail, false);
    assert_eq!(witness.texts(3).await, ["a", "c", "e"]);
    witness.says(&["WRONGTYPE"]).await;
    witness.stop().await;
}

#[tokio::test]
async fn it_is_live_once_every_part_has_answered() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = std::sync::Arc::new(tokio::sync::Notify::new());
    let told = std::sync::Arc::clone(&asked);
    // Takes every greeting, and never says a word of any stream.
    let mute = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut block = vec![0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut block).await {
            let text = String::from_utf8_lossy(&block[..length]).into_owned();
            if text.contains("XINFO") {
                told.notify_one();
            } else {
                let commands = text.lines().filter(|line| line.starts_with('*')).count();
                stream.write_all("+OK\r\n".repeat(commands).as_bytes()).await.unwrap();
            }
        }
    });
    let witness = Witness::open(&format!("redis://127.0.0.1:{port}?stream=a"), StartAt::Tail, true);
    asked.notified().await;
    assert_eq!(witness.state(), SourceState::Connecting);
    witness.stop().await;
    mute.abort();
}
