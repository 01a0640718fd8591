//! One call over gRPC: a message goes out, some come back, and behind them stands how it ended ("gRPC over HTTP2",
//! `doc/PROTOCOL-HTTP2.md` of grpc).
//!
//! An answer is read whole, as any answer is, so its size and its time are bounded by what bounds all.

use bytes::{Buf as _, BufMut as _};
use percent_encoding::percent_decode_str;
use prost::Message;
use tonic::Code;

use crate::source::backend::{Answer, Endpoints};
use crate::source::retry::Trouble;

/// The service whose methods are called.
const SERVICE: &str = "jaeger.api_v3.QueryService";

/// Where calls go.
pub(super) struct Calls {
    pub(super) endpoints: Endpoints,
    pub(super) tenant: Option<String>,
}

/// A call that was refused, or what broke.
#[derive(Debug)]
pub(super) struct Refused {
    /// The server's verdict; [`Code::Unknown`] where it gave none.
    pub(super) code: Code,
    pub(super) trouble: Trouble,
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        Self { code: Code::Unknown, trouble }
    }
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        refused.trouble
    }
}

impl Calls {
    /// Calls `method` and gives all messages of the answer.
    pub(super) async fn call<T: Message + Default>(
        &self,
        method: &str,
        request: &impl Message,
    ) -> Result<Vec<T>, Refused> {
        let path = format!("/{SERVICE}/{method}");
        let framed = framed(&request.encode_to_vec());
        let answer = self.endpoints.ask(|client, base| {
            let request = client
                .post(format!("{base}{path}"))
                .header("content-type", "application/grpc")
                .header("te", "trailers")
                .body(framed.clone());
            self.tenant.iter().fold(request, |request, tenant| request.header("x-tenant", tenant))
        });
        let answer = answer.await?;
        if !answer.status.is_success() {
            return Err(answer.trouble(None).into());
        }
        self.verdict(&answer, method)?;
        messages(&answer.body).map_err(|why| Trouble::lasting(format!("{}: {why}", self.told(method))).into())
    }

    /// The trouble of an answer that did not end well.
    fn verdict(&self, answer: &Answer, method: &str) -> Result<(), Refused> {
        let said = |name: &str| {
            let value = answer.trailers.get(name).or_else(|| answer.headers.get(name));
            value.and_then(|value| value.to_str().ok())
        };
        let Some(code) = said("grpc-status").and_then(|code| code.parse().ok()).map(Code::from_i32) else {
            let why = "the answer does not say how the call ended; is this gRPC?";
            return Err(Trouble::passing(format!("{}: {why}", self.told(method))).into());
        };
        if code == Code::Ok {
            return Ok(());
        }
        let message = percent_decode_str(said("grpc-message").unwrap_or_default()).decode_utf8_lossy();
        let why = format!("{} answered {code:?}: {message}", self.told(method));
        Err(Refused { code, trouble: trouble(code, &why) })
    }

    fn told(&self, method: &str) -> String {
        format!("{} {method}", self.endpoints.place())
    }
}

/// What a verdict means for the next try.
fn trouble(code: Code, why: &str) -> Trouble {
    match code {
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Aborted | Code::Internal => {
            Trouble::passing(why)
        }
        Code::Unauthenticated => {
            Trouble::lasting(format!("{why}; say who you are: user and password_env, or token_env"))
        }
        Code::PermissionDenied => Trouble::lasting(format!("{why}; these credentials may not read this")),
        Code::Unimplemented => Trouble::lasting(format!("{why}; is this Jaeger's query service?")),
        _ => Trouble::lasting(why),
    }
}

/// A message with its length in front, not compressed.
fn framed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 5);
    out.put_u8(0);
    out.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    out.put_slice(message);
    out
}

/// The messages of a whole answer.
fn messages<T: Message + Default>(mut body: &[u8]) -> Result<Vec<T>, String> {
    const CUT: &str = "the answer is cut off";
    let mut messages = Vec::new();
    while !body.is_empty() {
        let is_compressed = body.try_get_u8().map_err(|_| CUT)? != 0;
        let length = body.try_get_u32().map_err(|_| CUT)?;
        let (message, rest) = body.split_at_checked(usize::try_from(length).unwrap_or(usize::MAX)).ok_or(CUT)?;
        if is_compressed {
            return Err("the answer is compressed, which was not asked for".to_owned());
        }
        messages.push(T::decode(message).map_err(|error| error.to_string())?);
        body = rest;
    }
    Ok(messages)
}
