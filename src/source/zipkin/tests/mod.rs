//! Zipkin asked, with answers of a real one, and what tracers report received.

mod backend;
mod fake;
#[cfg(feature = "real-servers")]
mod real;
mod receiver;
