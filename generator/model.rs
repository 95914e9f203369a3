//! The API as its documents describe it: the input of the templates and of the drift check.
//!
//! [`parse`](super::parse) builds the model; no later module reads a document. JSON remains only in a [`Fact`]'s value and in
//! schemas that the model cannot express ([`Unmodelled`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use serde_json::Value;

/// The whole API.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Api {
    /// The newest `info.version` of the documents.
    pub version: String,
    /// The first of `servers`.
    pub base_url: String,
    pub base_url_place: Place,
    /// Sorted by path, then by [`Method`].
    pub operations: Vec<Operation>,
    /// Components, and the objects and enumerations inside other schemas.
    pub types: BTreeMap<TypeName, NamedType>,
    /// The documents' other members.
    pub facts: Facts,
}

/// A type's name in Rust.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeName(pub String);

/// A place in a document: its file, and a JSON pointer (RFC 6901).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: Arc<str>,
    pub pointer: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The name of the client's method.
    pub name: String,
    pub method: Method,
    pub path: String,
    pub summary: String,
    pub description: String,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    /// The content of a success.
    pub success: Option<Schema>,
    /// The content of errors, if all errors share one schema.
    pub error: Option<Schema>,
    /// Sorted by status.
    pub responses: Vec<Response>,
    pub facts: Facts,
    pub place: Place,
}

/// Variants are in the order in which the client lists a path's operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    Get,
    Put,
    Post,
    Delete,
    Head,
    Patch,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name on the wire.
    pub wire: String,
    /// The setter on the operation's builder.
    pub name: String,
    pub location: Location,
    pub description: String,
    pub is_required: bool,
    pub schema: Schema,
    pub facts: Facts,
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    Path,
    Query,
    Header,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub description: String,
    /// Whether callers must pass a body.
    pub is_required: bool,
    pub schema: Schema,
    /// Whether the client adds the secret.
    pub has_secret: bool,
    /// Whether the body must identify exactly one MantaGO client.
    pub identifies_client: bool,
    pub facts: Facts,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    pub status: Status,
    pub description: String,
    /// The JSON content.
    pub content: Option<Schema>,
    pub facts: Facts,
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Code(u16),
    /// `4XX` is 4.
    Class(u8),
    Default,
}

/// A type that the generated code declares.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedType {
    pub definition: Definition,
    pub description: String,
    pub origin: Origin,
    /// Whether the type is only ever a request body, so that it can refuse unknown properties.
    pub is_request_only: bool,
    pub facts: Facts,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Definition {
    Object(Object),
    Enum(Enum),
    /// Another name for a schema.
    Alias(Schema),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A component of a document.
    Component,
    /// An object or enumeration inside another schema, named after its place.
    Inline,
}

/// A schema. `R` stands for an object or enumeration: its name in a finished model, or a [node](super::tree) while parsing.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema<R = TypeName> {
    pub shape: Shape<R>,
    pub description: String,
    pub is_nullable: bool,
    pub facts: Facts,
    pub place: Place,
}

/// The values that a schema allows.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape<R = TypeName> {
    /// An object with user-defined keys.
    Map(Box<Schema<R>>),
    Array(Box<Schema<R>>),
    String,
    /// A string that must not show in logs.
    Secret,
    Integer(Width),
    Number,
    Boolean,
    Ref(R),
    Json(Json),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    I32,
    I64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Object<R = TypeName> {
    pub properties: BTreeMap<String, Schema<R>>,
    /// Names of properties.
    pub required: BTreeSet<String>,
    pub additional: Additional<R>,
}

/// Properties that an object doesn't list.
#[derive(Clone, Debug, PartialEq)]
pub enum Additional<R = TypeName> {
    /// The keyword is absent.
    Unstated,
    /// `additionalProperties: true`
    Allowed,
    /// `additionalProperties: false`. The client still ignores unknown properties in a response: a later API version may
    /// add some.
    Denied,
    /// Each further property must have this schema.
    Typed(Box<Schema<R>>),
}

/// An enumeration of strings.
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// In the order of the document.
    pub values: Vec<EnumValue>,
    /// Whether a success can contain the enumeration. If so, an unknown value must not make the whole response unreadable.
    pub is_open: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct EnumValue {
    pub text: String,
    pub place: Place,
}

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// The schema allows everything.
    Anything,
    /// The model cannot express the schema.
    Unmodelled(Box<Unmodelled>),
}

/// A schema that the model cannot express.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmodelled {
    pub reason: Reason,
    /// The schema as written, without keywords that have no effect on the wire.
    pub wire: Value,
    /// The descriptions inside the schema.
    pub descriptions: Vec<(Place, String)>,
    /// The components that the schema refers to.
    pub references: BTreeSet<TypeName>,
}

/// Why the model cannot express a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It uses `oneOf`, `anyOf`, `if` or another keyword like these.
    Keyword(String),
    /// The parts of an `allOf` contradict each other.
    Contradiction,
    /// Its references or `allOf` lead back to the schema itself.
    Cycle,
    SeveralTypes,
    /// An enumeration with values other than strings.
    Enumeration,
    /// Copying its schemas exceeds the [budget](super::budget).
    TooLarge,
}

/// The keywords that don't affect the Rust type: limits, formats, examples, and unknown ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts(pub BTreeMap<String, Fact>);

#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    pub value: Value,
    pub place: Place,
}

impl<R> Default for Object<R> {
    fn default() -> Self {
        Self { properties: BTreeMap::new(), required: BTreeSet::new(), additional: Additional::Unstated }
    }
}

impl Method {
    pub const ALL: [Self; 6] = [Self::Get, Self::Put, Self::Post, Self::Delete, Self::Head, Self::Patch];

    /// The method's key in a path item.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Put => "put",
            Self::Post => "post",
            Self::Delete => "delete",
            Self::Head => "head",
            Self::Patch => "patch",
        }
    }
}

impl Status {
    pub fn is_success(self) -> bool {
        matches!(self, Self::Code(200..=299) | Self::Class(2))
    }
}

impl Display for Status {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Class(class) => write!(f, "{class}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Display for TypeName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.pointer)
    }
}
