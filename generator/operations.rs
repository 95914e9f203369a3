//! Parses the operations of one document, with their bodies and responses.

use std::collections::BTreeMap;

use super::Error;
use super::any_json::any_json;
use super::cursor::At;
use super::lift::{Hint, anything, lift};
use super::model::{Body, Method, NamedType, Operation, Reason, Response, Schema, Status, TypeName};
use super::parameters;
use super::schemas::Schemas;
use super::spelling::{identifier, is_identifier, pascal};

/// The client's own methods: no operation may have such a name.
#[rustfmt::skip]
const TAKEN: [&str; 19] = [
    "base_url", "bot_id", "builder", "clone", "from_env", "new", "request", "set_credentials", "url", "with", "with_bot",
    "with_bot_id", "with_credentials", "with_deadline", "with_header", "with_refresh", "with_retry", "with_store",
    "with_timeout",
];

const NOT_JSON: &str = "expected content of application/json";

/// How many methods each path has, over all documents.
pub type MethodCounts = BTreeMap<String, usize>;

/// A document while its operations are parsed.
pub struct Page<'d> {
    root: At<'d>,
    schemas: Schemas<'d>,
    methods: &'d MethodCounts,
}

impl<'d> Page<'d> {
    pub fn new(root: At<'d>, schemas: Schemas<'d>, methods: &'d MethodCounts) -> Self {
        Self { root, schemas, methods }
    }

    /// The types that the document declares. A reference to a nullable component becomes nullable.
    pub fn into_types(mut self, operations: &mut [Operation]) -> BTreeMap<TypeName, NamedType> {
        let others = operations.iter_mut().flat_map(|operation| {
            let parameters = operation.parameters.iter_mut().map(|parameter| &mut parameter.schema);
            let contents = operation.responses.iter_mut().filter_map(|response| response.content.as_mut());
            parameters.chain(contents).chain(&mut operation.success).chain(&mut operation.error)
        });
        self.schemas.move_null_to_references(others);
        self.schemas.types
    }

    /// The operations of a path.
    pub fn path(&mut self, path: &str, item: &At<'d>) -> Result<Vec<Operation>, Error> {
        let item = &item.followed()?.checked()?;
        if let Some(unsupported) = item.get("options").or_else(|| item.get("trace")) {
            return Err(unsupported.error("a method that the client does not support"));
        }
        refuse_servers(item)?;
        let has_siblings = self.methods.get(path).is_some_and(|count| *count > 1);
        let mut operations = Vec::new();
        for method in Method::ALL {
            let Some(at) = item.get(method.as_str()).map(At::checked).transpose()? else { continue };
            let name = name(path, method, &at, has_siblings)?;
            operations.push(self.operation(path, method, name, &at, item)?);
        }
        Ok(operations)
    }

    fn operation(
        &mut self,
        path: &str,
        method: Method,
        name: String,
        at: &At<'d>,
        item: &At<'d>,
    ) -> Result<Operation, Error> {
        refuse_servers(at)?;
        self.check_security(at)?;
        let type_name = pascal(&name);
        let parameters = parameters::read(&mut self.schemas, path, at, item, &type_name)?;
        let body = self.body(at, &type_name)?;
        let Contents { success, error, responses } = self.responses(at, method, &type_name)?;
        let is_method = |key: &str| Method::ALL.iter().any(|method| method.as_str() == key);
        let is_text = |key: &str| ["operationId", "summary", "description"].contains(&key);
        let is_modelled = |key: &str| is_text(key) || ["parameters", "requestBody", "responses"].contains(&key);
        let mut facts = item.facts(|key| is_method(key) || is_modelled(key));
        facts.0.extend(at.facts(is_modelled).0);
        Ok(Operation {
            name,
            method,
            path: path.to_owned(),
            summary: at.text_of("summary").to_owned(),
            description: at.text_of("description").to_owned(),
            parameters,
            body,
            success,
            error,
            responses,
            facts,
            place: at.place(),
        })
    }

    /// Refuses an operation unless a bearer token alone is enough: the client sends nothing else.
    fn check_security(&self, operation: &At<'d>) -> Result<(), Error> {
        let security = operation.get("security").or_else(|| self.root.get("security"));
        let schemes = self.root.get("components").and_then(|components| components.get("securitySchemes"));
        let is_bearer = |name: &str| {
            let scheme = schemes.as_ref().and_then(|schemes| schemes.get(name)).and_then(|at| at.followed().ok());
            scheme.is_some_and(|scheme| {
                scheme.text_of("type") == "http" && scheme.text_of("scheme").eq_ignore_ascii_case("bearer")
            })
        };
        let mut alternatives = security.iter().flat_map(At::items);
        let is_bearer_alone = |schemes: At| {
            let mut names = schemes.members().map(|(name, _)| name);
            names.next().is_some_and(is_bearer) && names.next().is_none()
        };
        if alternatives.any(is_bearer_alone) {
            return Ok(());
        }
        let message = "no HTTP bearer scheme is required, or not that alone: the client sends a bearer token";
        Err(security.as_ref().unwrap_or(operation).error(message))
    }

    fn body(&mut self, operation: &At<'d>, type_name: &str) -> Result<Option<Body>, Error> {
        let Some(at) = operation.get("requestBody").map(|at| at.followed()).transpose()? else { return Ok(None) };
        let media = json_content(&at)?.ok_or_else(|| at.error(NOT_JSON))?;
        let mut schema = self.content(&media, &Hint::new(format!("{type_name}Body")))?;
        // A builder cannot send null as a body.
        schema.is_nullable = false;
        let mut facts = at.facts(|key| ["description", "required", "content"].contains(&key));
        facts.0.extend(media.facts(|key| key == "schema").0);
        Ok(Some(Body {
            description: at.text_of("description").to_owned(),
            is_required: at.is_true("required"),
            schema,
            has_secret: false,
            identifies_client: false,
            facts,
            place: at.place(),
        }))
    }

    /// The schema of JSON content.
    fn content(&mut self, media: &At<'d>, hint: &Hint) -> Result<Schema, Error> {
        match media.get("schema") {
            Some(schema) => self.schemas.inline(&schema, hint),
            None => Ok(anything(&media.place())),
        }
    }

    fn responses(&mut self, operation: &At<'d>, method: Method, type_name: &str) -> Result<Contents, Error> {
        let mut documented = Vec::new();
        for (name, at) in operation.members_of("responses")? {
            if name.starts_with("x-") {
                continue;
            }
            let status =
                status(name).ok_or_else(|| at.error("expected a status: three digits, 1XX to 5XX, or default"))?;
            let response = at.followed()?;
            let media = match json_content(&response) {
                // A response to HEAD never has a body, whatever the document says.
                _ if status.is_success() && method == Method::Head => None,
                Err(error) if status.is_success() => return Err(error),
                media => media.ok().flatten(),
            };
            documented.push(Documented { status, at, response, media });
        }
        documented.sort_by_key(|documented| documented.status);
        let (successes, errors): (Vec<_>, Vec<_>) =
            documented.iter().partition(|documented| documented.status.is_success());
        let is_same = |documented: &[&Documented]| {
            documented.windows(2).all(|pair| pair[0].schema_value() == pair[1].schema_value())
        };
        let success = match &successes[..] {
            [] => Some(anything(&operation.place())),
            [first, ..] if is_same(&successes) => match &first.media {
                Some(media) => Some(self.content(media, &Hint::new(format!("{type_name}Response")))?),
                None => None,
            },
            _ => Some(self.several(operation)?),
        };
        let with_content: Vec<_> = errors.into_iter().filter(|error| error.media.is_some()).collect();
        let error = match with_content.first().and_then(|first| first.media.as_ref()) {
            Some(media) if is_same(&with_content) => {
                Some(self.content(media, &Hint::new(format!("{type_name}Error")))?)
            }
            _ => None,
        };
        let mut responses = Vec::new();
        for documented in &documented {
            let common = if documented.status.is_success() { &success } else { &error };
            responses.push(self.response(documented, common.as_ref())?);
        }
        Ok(Contents { success, error, responses })
    }

    /// Any JSON, for successes with different schemas.
    fn several(&mut self, operation: &At<'d>) -> Result<Schema, Error> {
        let responses = operation.get("responses").unwrap_or_else(|| operation.clone());
        let tree = self.schemas.unmodelled(&responses, Reason::SeveralTypes)?;
        lift(&mut self.schemas.types, tree, &Hint::new(String::new()))
    }

    fn response(&mut self, documented: &Documented<'d>, common: Option<&Schema>) -> Result<Response, Error> {
        let Documented { status, at, response, media } = documented;
        let content = match media {
            None => None,
            Some(media) => Some(match (common, media.get("schema")) {
                (Some(common), _) => common.clone(),
                // The operation's errors differ, so they have no common type, and inline schemas need no name.
                (None, Some(schema)) => self.differing_error(&schema)?,
                (None, None) => self.content(media, &Hint::new(String::new()))?,
            }),
        };
        let mut facts = response.facts(|key| ["description", "content"].contains(&key));
        facts.0.extend(media.iter().flat_map(|media| media.facts(|key| key == "schema").0));
        let description = response.text_of("description").to_owned();
        Ok(Response { status: *status, description, content, facts, place: at.place() })
    }

    fn differing_error(&mut self, at: &At<'d>) -> Result<Schema, Error> {
        let tree = match at.component_type() {
            Some(_) => self.schemas.tree(at)?,
            None => any_json(at, Reason::SeveralTypes),
        };
        lift(&mut self.schemas.types, tree, &Hint::new(String::new()))
    }
}

/// The content of an operation's responses.
struct Contents {
    success: Option<Schema>,
    error: Option<Schema>,
    responses: Vec<Response>,
}

/// A documented response, before its content is parsed.
struct Documented<'d> {
    status: Status,
    at: At<'d>,
    /// `at`, with its reference followed.
    response: At<'d>,
    media: Option<At<'d>>,
}

impl Documented<'_> {
    fn schema_value(&self) -> Option<&serde_json::Value> {
        self.media.as_ref().and_then(|media| media.value.get("schema"))
    }
}

fn refuse_servers(at: &At) -> Result<(), Error> {
    match at.get("servers") {
        Some(servers) => Err(servers.error("servers of its own: expected the document's for all operations")),
        None => Ok(()),
    }
}

/// The JSON content of a body or response, the only kind that the client supports.
fn json_content<'d>(at: &At<'d>) -> Result<Option<At<'d>>, Error> {
    let content = at.members_of("content")?;
    let is_empty = content.is_empty();
    let is_json = |media_type: &str| {
        let essence = media_type.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("application/json")
    };
    match content.into_iter().find(|(media_type, _)| is_json(media_type)) {
        Some((_, media)) => Ok(Some(media)),
        None if is_empty => Ok(None),
        None => Err(at.error(NOT_JSON)),
    }
}

fn status(name: &str) -> Option<Status> {
    if name == "default" {
        return Some(Status::Default);
    }
    match name.strip_suffix("XX") {
        Some(class) => class.parse().ok().map(Status::Class),
        None => name.parse().ok().map(Status::Code),
    }
}

/// The client's method for an operation.
fn name(path: &str, method: Method, at: &At, has_siblings: bool) -> Result<String, Error> {
    let name = match at.text_of("operationId") {
        "" => name_of_path(path, method, has_siblings),
        id => identifier(id),
    };
    if !is_identifier(&name) {
        Err(at.error("no name can be made for it: expected an operationId, or a path with a word in it"))
    } else if TAKEN.contains(&name.as_str()) {
        Err(at.error(format_args!("it resolves to the name {name}, which is a method of the client")))
    } else {
        Ok(name)
    }
}

/// The name of an operation without an `operationId`: its path, without the leading `openapi` and without parameters. If the
/// path ends in a parameter, the name ends in `by` and the parameter, which leaves the shorter name to an operation that
/// lists all items.
///
/// If a path has several methods, the name also ends in the method, except for POST. All published operations use POST, and
/// a second method on their path must not rename them.
fn name_of_path(path: &str, method: Method, has_siblings: bool) -> String {
    let mut segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if segments.first() == Some(&"openapi") {
        segments.remove(0);
    }
    segments.retain(|segment| !segment.contains('{'));
    if let Some((_, last)) = path.strip_suffix('}').and_then(|path| path.rsplit_once('{')) {
        segments.extend(["by", last]);
    }
    if has_siblings && method != Method::Post {
        segments.push(method.as_str());
    }
    identifier(&segments.join("_"))
}
