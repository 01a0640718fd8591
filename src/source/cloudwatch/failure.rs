//! What goes wrong between us and CloudWatch, and what the user can do about it.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata, SdkError};

use tokio::time::error::Elapsed;

use super::account::sign_in;
use super::target::Target;
use crate::source::retry::Trouble;

/// For how long an answer may take.
pub(super) const ANSWER: Duration = Duration::from_secs(60);
/// How much of a foreign text is told.
const TOLD: usize = 300;

/// What it means that `operation` failed.
pub(super) fn trouble<E, R>(error: &SdkError<E, R>, operation: &str, region: &str, target: &Target) -> Trouble
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let place = target.endpoint.clone().unwrap_or_else(|| format!("CloudWatch Logs in {region}"));
    // What can not be read as an answer comes as an error of the service without a code.
    if let Some(answer) = error.as_service_error()
        && let Some(code) = answer.code()
    {
        return refusal(code, answer.message().unwrap_or_default(), &place, operation, target);
    }
    let doing = match error {
        SdkError::ConstructionFailure(_) => "asking",
        SdkError::ResponseError(_) | SdkError::ServiceError(_) => "reading from",
        _ => "connecting to",
    };
    Trouble::passing(format!("{doing} {place}: {}", innermost(error)))
}

/// What it means that an answer has not come within [`ANSWER`].
pub(super) fn late(_: Elapsed) -> Trouble {
    Trouble::passing(format!("CloudWatch Logs has not answered for {} s", ANSWER.as_secs()))
}

/// What an error that the service names means.
fn refusal(code: &str, message: &str, place: &str, operation: &str, target: &Target) -> Trouble {
    let message: String = message.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TOLD).collect();
    let colon = if message.is_empty() { "" } else { ": " };
    let why = format!("{place} answered {code}{colon}{message}");
    let hint = match code {
        "ResourceNotFoundException" => format!("is `{}` the group's whole name, and this its region?", target.name()),
        "AccessDeniedException" => format!("ask for a policy that allows logs:{operation} on {}", target.name()),
        "InvalidParameterException" => "look at filter, streams and the group's name".to_owned(),
        "InvalidOperationException" => {
            "a live tail reads groups of the class Standard only; leave out live=yes".to_owned()
        }
        "ExpiredTokenException" | "ExpiredToken" => format!("the credentials have expired: {}", sign_in(target)),
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "IncompleteSignature"
        | "MissingAuthenticationToken" => {
            format!("AWS does not know these credentials: {}", sign_in(target))
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            "is the secret key right, and this machine's clock?".to_owned()
        }
        _ => return Trouble::passing(why),
    };
    Trouble::lasting(format!("{why}; {hint}"))
}

/// The innermost reason, which is the one that says something.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string().chars().take(TOLD).collect()
}
