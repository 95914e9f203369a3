//! The codes by which MantaGO says what went wrong.

use std::fmt::{self, Display, Formatter};

/// `errResponse.code` of an error: what MantaGO says went wrong.
///
/// The meanings are from MantaGO's public documentation. No mapping to HTTP statuses is published, so code and status
/// are independent facts. A code that is not known here is [`Other`](Self::Other).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// 1002: the token or the secret is wrong, or the plan has no Open API.
    WrongCredentials,
    /// 1004: the token or the secret has expired.
    ExpiredCredentials,
    /// 5001: there is no such bot.
    BotNotFound,
    /// 36000: the broadcast failed.
    BroadcastFailed,
    /// 37011: there is no such client.
    ClientNotFound,
    /// 60001: the customer could not be bound.
    BindFailed,
    /// 60002: the customer could not be unbound.
    UnbindFailed,
    /// 110000: required fields of the body are missing.
    MissingFields,
    /// 120000: the token and the secret were replaced by a newer pair.
    SupersededCredentials,
    /// 120001: the update failed.
    UpdateFailed,
    /// A code that MantaGO's documentation did not list when this version was made.
    Other(i64),
}

impl ErrorCode {
    /// The code as a number.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::WrongCredentials => 1002,
            Self::ExpiredCredentials => 1004,
            Self::BotNotFound => 5001,
            Self::BroadcastFailed => 36000,
            Self::ClientNotFound => 37011,
            Self::BindFailed => 60001,
            Self::UnbindFailed => 60002,
            Self::MissingFields => 110_000,
            Self::SupersededCredentials => 120_000,
            Self::UpdateFailed => 120_001,
            Self::Other(number) => number,
        }
    }

    /// What the code means and what to do, where that is known.
    fn meaning(self) -> Option<&'static str> {
        Some(match self {
            Self::WrongCredentials => "wrong token or secret, or a plan without Open API",
            Self::ExpiredCredentials => "token or secret expired: refresh the pair",
            Self::BotNotFound => "no such bot: the ID is what follows /chatbot/ in the dashboard's address",
            Self::BroadcastFailed => "the broadcast failed",
            Self::ClientNotFound => "no such client",
            Self::BindFailed => "binding failed",
            Self::UnbindFailed => "unbinding failed",
            Self::MissingFields => "required fields of the body are missing",
            Self::SupersededCredentials => "token and secret were replaced: use the newer pair",
            Self::UpdateFailed => "the update failed",
            Self::Other(_) => return None,
        })
    }
}

impl From<i64> for ErrorCode {
    fn from(number: i64) -> Self {
        match number {
            1002 => Self::WrongCredentials,
            1004 => Self::ExpiredCredentials,
            5001 => Self::BotNotFound,
            36000 => Self::BroadcastFailed,
            37011 => Self::ClientNotFound,
            60001 => Self::BindFailed,
            60002 => Self::UnbindFailed,
            110_000 => Self::MissingFields,
            120_000 => Self::SupersededCredentials,
            120_001 => Self::UpdateFailed,
            other => Self::Other(other),
        }
    }
}

/// The number, and what it means where that is known.
impl Display for ErrorCode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())?;
        match self.meaning() {
            Some(meaning) => write!(f, ", {meaning}"),
            None => Ok(()),
        }
    }
}
