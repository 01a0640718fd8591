//! The body of a request as receivers take it: whole, bounded, in time, and without its compression.

use std::io::{self, Read};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use futures_util::StreamExt as _;
use tokio::time::timeout;

/// How long a sender may take over one body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a body could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It is longer than so many bytes, as it was sent or without its compression.
    #[error("the request is longer than {} MiB", .0 >> 20)]
    TooLarge(usize),
    /// It did not come in time.
    #[error("the body did not arrive within {} s", BODY_TIMEOUT.as_secs())]
    TooSlow,
    /// It broke off, or its compression is damaged.
    #[error("{0}")]
    Broken(String),
    /// It is compressed in a way that is not known here.
    #[error("unsupported Content-Encoding `{0}`, supported: gzip, zstd, deflate")]
    Packed(String),
}

/// The whole body as it was sent, at most `limit` bytes of it.
pub async fn read(request: Request, limit: usize) -> Result<Bytes, Unread> {
    timeout(BODY_TIMEOUT, whole(request, limit)).await.unwrap_or(Err(Unread::TooSlow))
}

async fn whole(request: Request, limit: usize) -> Result<Bytes, Unread> {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(Unread::TooLarge(limit));
    }
    let mut frames = Body::into_data_stream(request.into_body());
    let mut body = Vec::new();
    while let Some(frame) = frames.next().await {
        let frame = frame.map_err(|error| Unread::Broken(format!("reading the body failed: {error}")))?;
        if body.len() + frame.len() > limit {
            return Err(Unread::TooLarge(limit));
        }
        body.extend_from_slice(&frame);
    }
    Ok(body.into())
}

/// How a body is compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, of any number of members.
    Gzip,
    /// zlib, which HTTP calls deflate.
    Zlib,
    /// zstd.
    Zstd,
}

impl Compression {
    /// From Content-Encoding: the two that OTLP demands, and those that OpenTelemetry's Collector takes that we have code
    /// for.
    pub fn of(headers: &HeaderMap) -> Result<Self, Unread> {
        let Some(name) = headers.get(header::CONTENT_ENCODING) else { return Ok(Self::None) };
        match name.to_str().unwrap_or("?").trim().to_ascii_lowercase().as_str() {
            "" | "identity" | "none" => Ok(Self::None),
            "gzip" => Ok(Self::Gzip),
            "deflate" | "zlib" => Ok(Self::Zlib),
            "zstd" => Ok(Self::Zstd),
            other => Err(Unread::Packed(other.to_owned())),
        }
    }

    /// The body without its compression, at most `limit` bytes of it. Takes as long as unpacking does: not for a thread that
    /// serves others.
    pub fn unpack(self, body: Bytes, limit: usize) -> Result<Bytes, Unread> {
        match self {
            Self::None => Ok(body),
            Self::Gzip => bounded(MultiGzDecoder::new(&*body), limit),
            Self::Zlib => bounded(ZlibDecoder::new(&*body), limit),
            Self::Zstd => bounded(zstd::Decoder::with_buffer(&*body).map_err(broken)?, limit),
        }
    }
}

fn bounded(reader: impl Read, limit: usize) -> Result<Bytes, Unread> {
    let mut plain = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut plain).map_err(broken)?;
    if plain.len() > limit { Err(Unread::TooLarge(limit)) } else { Ok(plain.into()) }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err passes")]
fn broken(error: io::Error) -> Unread {
    Unread::Broken(format!("the compressed body is broken: {error}"))
}
