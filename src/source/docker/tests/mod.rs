//! Against a server that speaks the Engine API.
