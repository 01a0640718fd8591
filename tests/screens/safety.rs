//! Texts that no screen must show as they are.
