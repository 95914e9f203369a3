//! The parts of a response's body that all operations share. A part of an unexpected type counts as absent, so that it does
//! not hide the others.

use std::borrow::Cow;
use std::fmt::{self, Formatter};

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The body of any response.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(crate) struct Envelope<'a> {
    #[serde(borrow)]
    success: Part<'a>,
    #[serde(borrow)]
    message: Part<'a>,
    #[serde(borrow, rename = "errResponse")]
    error: Part<'a>,
}

/// `errResponse`
#[derive(Default)]
pub(crate) struct Details<'a> {
    message: Part<'a>,
    code: Part<'a>,
}

#[derive(Default)]
enum Part<'a> {
    /// Missing, or null.
    #[default]
    Absent,
    Boolean(bool),
    Integer(i64),
    Text(Cow<'a, str>),
    Object(Box<Details<'a>>),
    Other,
}

impl Envelope<'_> {
    /// Whether the body has `success: false`, whatever the status.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self.success, Part::Boolean(false))
    }

    pub(crate) fn has_error(&self) -> bool {
        !matches!(self.error, Part::Absent)
    }

    /// MantaGO's error, if it is an object.
    pub(crate) fn details(&self) -> Option<&Details<'_>> {
        match &self.error {
            Part::Object(details) => Some(details),
            _ => None,
        }
    }

    pub(crate) fn message(&self) -> Option<&str> {
        self.message.text()
    }
}

impl Details<'_> {
    pub(crate) fn message(&self) -> Option<&str> {
        self.message.text()
    }

    pub(crate) fn code(&self) -> Option<i64> {
        match self.code {
            Part::Integer(code) => Some(code),
            _ => None,
        }
    }
}

impl Part<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Part::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PartVisitor)
    }
}

struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = Part<'de>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Part::Absent)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Part::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Part::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Part::Other, Part::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Part::Other)
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Part::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Part::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Part::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut details = Details::default();
        while let Some(key) = members.next_key::<Key>()? {
            match key {
                Key::Message => details.message = members.next_value()?,
                Key::Code => details.code = members.next_value()?,
                Key::Other => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Part::Object(Box::new(details)))
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Message,
    Code,
    #[serde(other)]
    Other,
}
