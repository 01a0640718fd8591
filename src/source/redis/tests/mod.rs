//! Tests against a real `redis-server`, started by each test on a port of its own, and of the parts that need none.

mod channels;
mod keys;
mod parts;
pub(in crate::source) mod server;
mod trouble;
