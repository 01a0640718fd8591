//! How a sender shows that it knows the shared key, and learns that we do.
//!
//! Protocol: Fluentd's "Forward Protocol Specification v1", "Handshake Messages": HELO, PING, PONG. What is sent are
//! SHA-512 digests over salts and the key in lower-case hexadecimal digits, never the key.

use rmpv::{Value, ValueRef};
use rustls::crypto::ring::default_provider;
use sha2::{Digest as _, Sha512};

use super::message::{hex, text};
use crate::source::secret::Secret;

/// What we are called in the answer.
const NAME: &str = "spantail";

/// The server's side of one handshake.
pub(super) struct Handshake {
    nonce: [u8; 16],
}

impl Handshake {
    /// With a nonce that nobody can guess; `None` where the system has no random numbers.
    pub(super) fn new() -> Option<Self> {
        let mut nonce = [0; 16];
        default_provider().secure_random.fill(&mut nonce).ok()?;
        Some(Self { nonce })
    }

    /// What is said first.
    pub(super) fn helo(&self) -> Vec<u8> {
        let options = [
            ("nonce", Value::Binary(self.nonce.to_vec())),
            // No user is asked for.
            ("auth", Value::Binary(Vec::new())),
            ("keepalive", true.into()),
        ];
        let options = options.into_iter().map(|(key, value)| (key.into(), value)).collect();
        encoded(&Value::Array(vec!["HELO".into(), Value::Map(options)]))
    }

    /// The answer to what the sender says then, and whether it knows the key.
    pub(super) fn pong(&self, ping: &ValueRef<'_>, key: &Secret) -> (Vec<u8>, bool) {
        let empty = Vec::new();
        let parts = ping.as_array().unwrap_or(&empty);
        let part = |at: usize| parts.get(at).map(bytes).unwrap_or_default();
        let (hostname, salt) = (part(1), part(2));
        let is_ping = parts.first().and_then(text).as_deref() == Some("PING");
        let expected = digest(&[&salt, &hostname, &self.nonce, key.expose().as_bytes()]);
        let is_known = is_ping && is_same(expected.as_bytes(), &part(3));
        let reason = if is_known { "" } else { "shared_key mismatch" };
        let proof = if is_known {
            digest(&[&salt, NAME.as_bytes(), &self.nonce, key.expose().as_bytes()])
        } else {
            String::new()
        };
        let pong = vec!["PONG".into(), is_known.into(), reason.into(), NAME.into(), proof.into()];
        (encoded(&Value::Array(pong)), is_known)
    }
}

/// A value as MessagePack.
pub(super) fn encoded(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to memory does not fail.
    rmpv::encode::write_value(&mut out, value).ok();
    out
}

fn bytes(value: &ValueRef<'_>) -> Vec<u8> {
    match value {
        ValueRef::String(text) => text.as_bytes().to_vec(),
        ValueRef::Binary(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    }
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha512::new();
    for part in parts {
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

/// Compares in a time that does not tell where the difference is.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::fluent::message::decoded;

    #[test]
    fn the_digests_are_those_of_the_specification() {
        let handshake = Handshake { nonce: [1; 16] };
        let ping = include_bytes!("../../../tests/fixtures/fluent/handshake_2_client_ping.bin");
        let ping = decoded(ping).unwrap();
        let (pong, is_known) = handshake.pong(&ping, &Secret::from("secret".to_owned()));
        assert!(is_known);
        let pong = decoded(&pong).unwrap();
        let parts = pong.as_array().unwrap();
        let proof = digest(&[&[3; 16], b"spantail", &[1; 16], b"secret"]);
        assert_eq!((text(&parts[0]).as_deref(), text(&parts[4])), (Some("PONG"), Some(proof)));
        // As another server's answer, of another name, was made.
        let theirs = include_bytes!("../../../tests/fixtures/fluent/handshake_3_server_pong.bin");
        let theirs = text(&decoded(theirs).unwrap().as_array().unwrap()[4]).unwrap();
        assert_eq!(theirs, digest(&[&[3; 16], b"server.example", &[1; 16], b"secret"]));
        for key in ["Secret", ""] {
            let (pong, is_known) = handshake.pong(&ping, &Secret::from(key.to_owned()));
            assert!(!is_known && String::from_utf8_lossy(&pong).contains("shared_key mismatch"));
        }
        assert!(!handshake.pong(&ValueRef::Nil, &Secret::from("secret".to_owned())).1);
    }

    #[test]
    fn no_two_nonces_are_the_same() {
        let (one, other) = (Handshake::new().unwrap(), Handshake::new().unwrap());
        assert_ne!(one.nonce, other.nonce);
        assert!(one.helo().windows(16).any(|window| window == one.nonce));
    }
}
