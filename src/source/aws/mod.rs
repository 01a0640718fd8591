//! What all of AWS's services share: who asks and where ([`account`]), and what it means when one of them fails
//! ([`failure`]).

mod account;
mod failure;

pub(super) use account::{Caller, PARAMETERS};
pub(super) use failure::{innermost, trouble};
