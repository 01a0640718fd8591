//! The rig of the forward protocol: a sender with one connection.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rmpv::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::Rig;
use super::local::free_port;

struct Fluent {
    port: u16,
    connection: Option<TcpStream>,
    sent: usize,
}

pub(super) fn fluent() -> BoxFuture<'static, Option<Box<dyn Rig>>> {
    async { Some(Box::new(Fluent { port: free_port(), connection: None, sent: 0 }) as Box<dyn Rig>) }.boxed()
}

impl Fluent {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }
}

impl Rig for Fluent {
    fn argument(&self) -> String {
        format!("fluent://127.0.0.1:{}", self.port)
    }

    fn emit(&mut self, count: usize) -> BoxFuture<'_, ()> {
        async move {
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => self.connect().await,
            };
            for _ in 0..count {
                self.sent += 1;
                let record = Value::Map(vec![("msg".into(), format!("line {}", self.sent).into())]);
                let mut message = Vec::new();
                let parts = vec!["app".into(), 1.into(), record];
                rmpv::encode::write_value(&mut message, &Value::Array(parts)).unwrap();
                connection.write_all(&message).await.unwrap();
            }
            self.connection = Some(connection);
        }
        .boxed()
    }

    fn garble(&mut self) -> BoxFuture<'_, ()> {
        async { self.connect().await.write_all(b"\xdd\xff\xff\xff\xff GET / HTTP/1.1\r\n").await.unwrap() }.boxed()
    }
}
