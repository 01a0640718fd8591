//! For the tests of sources that ask a server: a server to be asked, and an intake that keeps what comes of it.

mod server;
mod taken;

pub(in crate::source) use self::server::{Asked, Reply, Server};
pub(in crate::source) use self::taken::{Running, Taken, run};
