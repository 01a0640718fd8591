//! What goes wrong, and what is said of it.

use super::server::{AGENT_LOGS, Server};
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
    let Some(server) = Server::start(&["max_connections=8"]).await else { return };
    let client = server.client().await;
    client.batch_execute(AGENT_LOGS).await.unwrap();
    client.batch_execute("CREATE ROLE viewer LOGIN PASSWORD 'geheim'; CREATE TABLE days (at date)").await.unwrap();
    told(&server.uri("table=agent_log"), &["no table agent_log", "did you mean public.agent_logs?", "public.days"])
        .await;
    told(&server.uri("columns.level=lvl"), &["no column lvl", "timestamp, log_level, message"]).await;
    told(&server.uri("table=days"), &["which column is the time?", "columns.time=NAME"]).await;
    told(&server.uri("table=days&columns.time=at"), &["of type date, and not of timestamp"]).await;
    told(&server.uri("where=lvl%20=%203"), &["column \"lvl\" does not exist", "where="]).await;
    told(&server.uri("where=true)%3B%20drop%20table%20days%3B--"), &["where="]).await;
    told(&server.uri("").replace("/postgres?", "/shop?"), &["database \"shop\" does not exist"]).await;
    server.allow("host all viewer 127.0.0.1/32 scram-sha-256").await;
    let as_viewer = |parameters: &str| server.uri(parameters).replace("admin@", "viewer@");
    told(&as_viewer(""), &["wants a password", "PGPASSWORD", ".pgpass"]).await;
    told(&as_viewer("password_command=echo%20falsch"), &["does not take the password", "viewer"]).await;
    told(&as_viewer("password_command=echo%20geheim"), &["permission denied", "GRANT SELECT ON agent_logs TO viewer"])
        .await;
    told(&server.uri("sslmode=require"), &["TLS", "sslmode=disable"]).await;
    let stranger = server.uri("").replace("admin@", "stranger@");
    told(&stranger, &["does not let in user stranger", "pg_hba.conf"]).await;
    let rows: i64 = client.query_one("SELECT count(*) FROM days", &[]).await.unwrap().get(0);
    assert_eq!(rows, 0, "the table is still there");
    let mut others = Vec::new();
    for _ in 0..7 {
        others.push(server.client().await);
    }
    told(&server.uri(""), &["no connection left"]).await;
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_one_where_something_else_does() {
    let uri = format!("postgres://a@127.0.0.1:{}/b", free_port());
    told(&uri, &["connecting at 127.0.0.1", "is PostgreSQL running there?"]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let web = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    told(&format!("postgres://a@127.0.0.1:{port}/b?sslmode=disable"), &["connecting at 127.0.0.1"]).await;
    web.abort();
}

#[test]
fn an_address_says_what_is_missing() {
    let table = [
        ("postgres:localhost", "// is missing"),
        ("postgres://h/a/b", "more than the name of a database"),
        ("postgres://h/a?table=.x", "expected such as agent_logs"),
        ("postgres://h/a?sslmode=maybe", "expected disable"),
        ("postgres://h/a?tabel=x", "did you mean `table`"),
        ("postgres://u:secret@h/a", "has a password in it"),
    ];
    for (uri, expected) in table {
        let error = open(uri, &SourceOptions::default()).err().expect(uri).to_string();
        assert!(error.contains(expected) && !error.contains("secret"), "{uri}: {error}");
    }
    let source = open("postgresql://viewer@[::1]/shop?table=audit.log", &SourceOptions::default()).unwrap();
    assert_eq!((source.label().as_str(), source.is_pausable()), ("postgres [::1]:5432/shop, table audit.log", true));
}
