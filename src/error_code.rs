//! The codes by which MantaGO says what went wrong.

use std::fmt::{self, Display, Formatter};

/// Makes the enumeration and its conversions from one table: variant, number, what the documentation says, and what
/// `Display` says.
macro_rules! codes {
    ($($variant:ident = $number:literal, $documentation:literal, $meaning:literal;)*) => {
        /// `errResponse.code` of an error: what MantaGO says went wrong.
        ///
        /// The meanings are from MantaGO's public documentation. It publishes no mapping to HTTP statuses, so code and
        /// status are independent facts. A code that is not known here is [`Other`](Self::Other).
        ///
        /// | code | variant | meaning |
        /// |-----:|---------|---------|
        $(#[doc = concat!("| ", $number, " | `", stringify!($variant), "` | ", $documentation, " |")])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = concat!($number, ": ", $documentation, ".")] $variant,)*
            /// A code that MantaGO's documentation did not list when this version was made.
            Other(i64),
        }

        impl ErrorCode {
            /// The code as a number.
            #[must_use]
            pub fn number(self) -> i64 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Other(number) => number,
                }
            }

            /// What the code means and what to do, where that is known.
            fn meaning(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($meaning),)*
                    Self::Other(_) => None,
                }
            }
        }

        impl From<i64> for ErrorCode {
            fn from(number: i64) -> Self {
                match number {
                    $($number => Self::$variant,)*
                    other => Self::Other(other),
                }
            }
        }
    };
}

codes! {
    WrongCredentials = 1002, "the token or the secret is wrong, or the plan has no Open API",
        "wrong token or secret, or a plan without Open API";
    ExpiredCredentials = 1004, "the token or the secret has expired: refresh the pair",
        "token or secret expired: refresh the pair";
    BotNotFound = 5001, "there is no such bot",
        "no such bot: the ID is what follows /chatbot/ in the dashboard's address";
    BroadcastFailed = 36000, "the broadcast failed", "the broadcast failed";
    ClientNotFound = 37011, "there is no such client", "no such client";
    BindFailed = 60001, "the customer could not be bound", "binding failed";
    UnbindFailed = 60002, "the customer could not be unbound", "unbinding failed";
    MissingFields = 110_000, "required fields of the body are missing", "required fields of the body are missing";
    SupersededCredentials = 120_000, "the token and the secret were replaced by a newer pair",
        "token and secret were replaced: use the newer pair";
    UpdateFailed = 120_001, "the update failed", "the update failed";
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
