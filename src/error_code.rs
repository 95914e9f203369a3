//! MantaGO's error codes.

use std::fmt::{self, Display, Formatter};

/// Defines the enumeration and its conversions from one table.
macro_rules! codes {
    ($($variant:ident = $number:literal, $meaning:literal;)*) => {
        /// MantaGO's own error code (`errResponse.code`).
        ///
        /// The meanings are from MantaGO's public documentation, which maps no codes to HTTP statuses: any code may come with
        /// any status. `Display` shows the number and its meaning.
        ///
        /// | code | variant | meaning |
        /// |-----:|---------|---------|
        $(#[doc = concat!("| ", $number, " | `", stringify!($variant), "` | ", $meaning, " |")])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = concat!($number, ": ", $meaning, ".")] $variant,)*
            /// A code that MantaGO's documentation did not list when this version was released.
            Other(i64),
        }

        impl ErrorCode {
            /// The code as a number.
            pub fn number(self) -> i64 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Other(number) => number,
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

        impl Display for ErrorCode {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant => f.write_str(concat!($number, ", ", $meaning)),)*
                    Self::Other(number) => write!(f, "{number}"),
                }
            }
        }
    };
}

codes! {
    WrongCredentials = 1002, "wrong token or secret, or a plan without Open API";
    ExpiredCredentials = 1004, "token or secret expired: refresh the pair";
    BotNotFound = 5001, "no such bot: the ID is what follows /chatbot/ in the dashboard's address";
    BroadcastFailed = 36000, "the broadcast failed";
    ClientNotFound = 37011, "no such client";
    BindFailed = 60001, "binding failed";
    UnbindFailed = 60002, "unbinding failed";
    MissingFields = 110_000, "required fields of the body are missing";
    SupersededCredentials = 120_000, "token and secret were replaced: use the newer pair";
    UpdateFailed = 120_001, "the update failed";
}
