//! What goes wrong between us and AWS, and what the user can do about it.

use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata, SdkError};

use super::Caller;
use crate::source::retry::Trouble;

/// How much of a foreign text is told.
const TOLD: usize = 300;

/// What it means that a request to `place` failed. `hint`: what to do about an error with this code that is the service's
/// own; what it has no hint for may pass.
pub(in crate::source) fn trouble<E, R>(
    error: &SdkError<E, R>,
    place: &str,
    caller: &Caller,
    hint: impl Fn(&str) -> Option<String>,
) -> Trouble
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    // What can not be read as an answer comes as an error of the service without a code.
    if let Some(answer) = error.as_service_error()
        && let Some(code) = answer.code()
    {
        let message = answer.message().unwrap_or_default();
        let message: String = message.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TOLD).collect();
        let colon = if message.is_empty() { "" } else { ": " };
        let why = format!("{place} answered {code}{colon}{message}");
        return match hint(code).or_else(|| of_credentials(code, caller)) {
            Some(hint) => Trouble::lasting(format!("{why}; {hint}")),
            None => Trouble::passing(why),
        };
    }
    let doing = match error {
        SdkError::ConstructionFailure(_) => "asking",
        SdkError::ResponseError(_) | SdkError::ServiceError(_) => "reading from",
        _ => "connecting to",
    };
    Trouble::passing(format!("{doing} {place}: {}", innermost(error)))
}

/// What to do about credentials that every service may refuse.
fn of_credentials(code: &str, caller: &Caller) -> Option<String> {
    match code {
        "ExpiredTokenException" | "ExpiredToken" => Some(format!("the credentials have expired: {}", caller.sign_in())),
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "IncompleteSignature"
        | "MissingAuthenticationToken" => Some(format!("AWS does not know these credentials: {}", caller.sign_in())),
        "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            Some("is the secret key right, and this machine's clock?".to_owned())
        }
        _ => None,
    }
}

/// The innermost reason, which is the one that says something.
pub(in crate::source) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string().chars().take(TOLD).collect()
}
