//! The argument of a builder's setter for an optional value.

use std::fmt::Display;

/// A value, anything that converts to one, or an [`Option`] of one. `As` separates these forms: [`Value`] or [`Maybe`].
pub trait Optional<T, As> {
    /// The value.
    ///
    /// # Errors
    /// The conversion error of the argument.
    fn optional(self) -> Result<Option<T>, String>;
}

/// The argument is a value.
pub struct Value(());

/// The argument is an [`Option`].
pub struct Maybe(());

impl<T, V> Optional<T, Value> for V
where
    V: TryInto<T>,
    V::Error: Display,
{
    fn optional(self) -> Result<Option<T>, String> {
        self.try_into().map(Some).map_err(|error| error.to_string())
    }
}

impl<T> Optional<T, Maybe> for Option<T> {
    fn optional(self) -> Result<Option<T>, String> {
        Ok(self)
    }
}
