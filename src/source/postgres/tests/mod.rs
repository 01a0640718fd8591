//! Tests against a real PostgreSQL, started by each test on a port of its own, and of the parts that need none.

mod follow;
mod parts;
pub(in crate::source) mod server;
mod trouble;
