//! The API as its documents describe it: the one thing that the generator and the drift check work on.
//!
//! [`parse`](super::parse) makes it. No module after that reads a document, and JSON occurs only as the value of a [`Fact`]
//! and in schemas that the model cannot express ([`Json`]).

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
    /// In the order of their paths, and then of [`Method`].
    pub operations: Vec<Operation>,
    /// Components, and the objects and enumerations inside other schemas.
    pub types: BTreeMap<TypeName, NamedType>,
    /// Other members of the documents.
    pub facts: Facts,
}

/// The name of a type in Rust.
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
    /// The client's method.
    pub name: String,
    pub method: Method,
    pub path: String,
    pub summary: String,
    pub description: String,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    /// The content of a success.
    pub success: Option<Schema>,
    /// The content of errors, if all of them have the same.
    pub error: Option<Schema>,
    /// In the order of their statuses.
    pub responses: Vec<Response>,
    pub facts: Facts,
    pub place: Place,
}

/// In the order of the client's methods.
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
    /// Whether the caller must give one.
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
    /// Whether the type is a request body and nothing else, so that an unknown property can be refused.
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

/// A schema. `R` is a reference to an object or enumeration: a name, once everything is parsed.
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
    /// `additionalProperties: false`. A client ignores additions all the same: a later version may make them.
    Denied,
    /// Each must have this schema.
    Typed(Box<Schema<R>>),
}

/// An enumeration of strings.
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// In the order of the document.
    pub values: Vec<EnumValue>,
    /// Whether a success can contain it. An unknown value must not lose the whole response.
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
    /// The schema without keywords that have no effect on the wire.
    pub wire: Value,
    /// The descriptions inside.
    pub descriptions: Vec<(Place, String)>,
    /// The components that the schema refers to.
    pub references: BTreeSet<TypeName>,
}

/// Why the model cannot express a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `oneOf`, `anyOf`, `if` and others.
    Keyword(String),
    /// The parts of an `allOf` contradict each other.
    Contradiction,
    /// The schema is a part of itself.
    Cycle,
    SeveralTypes,
    /// An enumeration of values that are not strings.
    Enumeration,
    /// Merging the parts of `allOf`s exceeds the [budget](super::budget).
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

impl Api {
    /// The definition of a type.
    pub fn definition(&self, name: &TypeName) -> &Definition {
        &self.types[name].definition
    }

    /// A schema without references to aliases: the first in the chain that isn't one.
    pub fn resolve<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        match &schema.shape {
            Shape::Ref(name) => match self.definition(name) {
                Definition::Alias(target) => self.resolve(target),
                Definition::Object(_) | Definition::Enum(_) => schema,
            },
            _ => schema,
        }
    }

    /// The object that a schema means, with its name.
    pub fn object<'a>(&'a self, schema: &'a Schema) -> Option<(&'a TypeName, &'a Object)> {
        let Shape::Ref(name) = &self.resolve(schema).shape else { return None };
        match self.definition(name) {
            Definition::Object(object) => Some((name, object)),
            Definition::Enum(_) | Definition::Alias(_) => None,
        }
    }

    /// The enumeration that a schema means, with its name.
    pub fn enumeration<'a>(&'a self, schema: &'a Schema) -> Option<(&'a TypeName, &'a Enum)> {
        let Shape::Ref(name) = &self.resolve(schema).shape else { return None };
        match self.definition(name) {
            Definition::Enum(values) => Some((name, values)),
            Definition::Object(_) | Definition::Alias(_) => None,
        }
    }

    /// Every name that is reached from a schema.
    pub fn reachable(&self, schema: &Schema) -> BTreeSet<&TypeName> {
        let mut found = BTreeSet::new();
        let mut ahead = schema.references();
        while let Some(name) = ahead.pop() {
            // A reference inside any JSON may be to a component of another page.
            let Some((name, named)) = self.types.get_key_value(name) else { continue };
            if found.insert(name) {
                ahead.extend(named.references());
            }
        }
        found
    }
}

impl NamedType {
    /// Whether two types are the same, wherever they are written.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let unplaced = |named: &Self| {
            let mut named = named.clone();
            named.place = Place::default();
            named.facts.erase_places();
            match &mut named.definition {
                Definition::Object(object) => object.schemas_mut().for_each(Schema::erase_places),
                Definition::Enum(Enum { values, .. }) => {
                    values.iter_mut().for_each(|value| value.place = Place::default());
                }
                Definition::Alias(schema) => schema.erase_places(),
            }
            named
        };
        unplaced(self) == unplaced(other)
    }

    /// The names that the type refers to.
    pub fn references(&self) -> Vec<&TypeName> {
        self.schemas().flat_map(Schema::references).collect()
    }

    /// The schemas directly inside.
    pub fn schemas(&self) -> Box<dyn Iterator<Item = &Schema> + '_> {
        match &self.definition {
            Definition::Object(object) => Box::new(object.schemas()),
            Definition::Enum(_) => Box::new(std::iter::empty()),
            Definition::Alias(schema) => Box::new(std::iter::once(schema)),
        }
    }

    /// The schemas directly inside.
    pub fn schemas_mut(&mut self) -> Box<dyn Iterator<Item = &mut Schema> + '_> {
        match &mut self.definition {
            Definition::Object(object) => Box::new(object.schemas_mut()),
            Definition::Enum(_) => Box::new(std::iter::empty()),
            Definition::Alias(schema) => Box::new(std::iter::once(schema)),
        }
    }
}

impl<R> Object<R> {
    pub fn is_required(&self, property: &str) -> bool {
        self.required.contains(property)
    }

    /// The schemas directly inside.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema<R>> {
        let additional = match &self.additional {
            Additional::Typed(schema) => Some(&**schema),
            Additional::Unstated | Additional::Allowed | Additional::Denied => None,
        };
        self.properties.values().chain(additional)
    }

    fn schemas_mut(&mut self) -> impl Iterator<Item = &mut Schema<R>> {
        let additional = match &mut self.additional {
            Additional::Typed(schema) => Some(&mut **schema),
            Additional::Unstated | Additional::Allowed | Additional::Denied => None,
        };
        self.properties.values_mut().chain(additional)
    }
}

impl<R> Default for Object<R> {
    fn default() -> Self {
        Self { properties: BTreeMap::new(), required: BTreeSet::new(), additional: Additional::Unstated }
    }
}

impl Schema {
    /// The names that a schema refers to.
    pub fn references(&self) -> Vec<&TypeName> {
        match &self.shape {
            Shape::Map(inner) | Shape::Array(inner) => inner.references(),
            Shape::Ref(name) => vec![name],
            Shape::Json(Json::Unmodelled(unmodelled)) => unmodelled.references.iter().collect(),
            Shape::Json(Json::Anything) | Shape::String | Shape::Secret => Vec::new(),
            Shape::Integer(_) | Shape::Number | Shape::Boolean => Vec::new(),
        }
    }

    /// Visits the schema, and then those inside.
    pub fn visit_mut(&mut self, visit: &mut impl FnMut(&mut Self)) {
        visit(self);
        if let Shape::Map(inner) | Shape::Array(inner) = &mut self.shape {
            inner.visit_mut(visit);
        }
    }

    fn erase_places(&mut self) {
        self.visit_mut(&mut |schema| {
            schema.place = Place::default();
            schema.facts.erase_places();
            if let Shape::Json(Json::Unmodelled(unmodelled)) = &mut schema.shape {
                unmodelled.descriptions.iter_mut().for_each(|(place, _)| *place = Place::default());
            }
        });
    }
}

impl Operation {
    /// The schemas of parameters and responses.
    pub fn schemas_beside_body(&self) -> impl Iterator<Item = &Schema> {
        let parameters = self.parameters.iter().map(|parameter| &parameter.schema);
        let contents = self.responses.iter().filter_map(|response| response.content.as_ref());
        parameters.chain(contents)
    }
}

impl Facts {
    fn erase_places(&mut self) {
        self.0.values_mut().for_each(|fact| fact.place = Place::default());
    }
}

impl Method {
    pub const ALL: [Self; 6] = [Self::Get, Self::Put, Self::Post, Self::Delete, Self::Head, Self::Patch];

    /// The name in a path item.
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
