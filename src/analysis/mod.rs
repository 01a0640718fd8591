//! What stored signals say when they are looked at together. Pure: no clock, no I/O, no locks.

pub mod bottlenecks;
pub mod clock_skew;
pub mod comparison;
pub mod critical_path;
pub mod density;
pub mod error_propagation;
pub mod flame;
pub mod operations;
pub mod question;
pub mod self_time;
pub mod service_graph;
pub mod service_map;
pub mod study;
pub mod trace_tree;
