//! Parses the parameters of operations, and refuses those that the client cannot send.

use serde_json::Value;

use super::Error;
use super::cursor::At;
use super::keywords::CREDENTIALS;
use super::lift::{Hint, lift};
use super::model::{Location, Parameter, Shape};
use super::schemas::Schemas;
use super::spelling::{identifier, is_identifier, pascal};
use super::tree::{Node, Tree};

/// Methods that every builder has. A parameter's setter with such a name gets a `_` at its end.
const TAKEN: [&str; 3] = ["body", "new", "send"];

/// Headers that OpenAPI describes elsewhere: it tells tools to ignore such parameters.
const IGNORED: [&str; 3] = ["accept", "authorization", "content-type"];

/// An operation's own parameters, and the path-level parameters that it doesn't override.
pub fn read<'d>(
    schemas: &mut Schemas<'d>,
    path: &str,
    operation: &At<'d>,
    item: &At<'d>,
    type_name: &str,
) -> Result<Vec<Parameter>, Error> {
    let mut parameters = Vec::new();
    let own = followed(operation)?;
    for at in &own {
        add(&mut parameters, parameter(schemas, path, at, type_name)?)?;
    }
    for at in followed(item)? {
        let is_same = |own: &At| ["name", "in"].iter().all(|key| own.text_of(key) == at.text_of(key));
        if !own.iter().any(is_same) {
            add(&mut parameters, parameter(schemas, path, &at, type_name)?)?;
        }
    }
    let in_path = parameters.iter().filter(|parameter| parameter.location == Location::Path).count();
    if path.matches('{').count() == in_path {
        Ok(parameters)
    } else {
        Err(operation.error("its path has a parameter that is not among its parameters"))
    }
}

/// The parameters that an operation or path lists, with references followed.
fn followed<'d>(owner: &At<'d>) -> Result<Vec<At<'d>>, Error> {
    let mut parameters = Vec::new();
    for at in owner.items_of("parameters") {
        let parameter = at.followed()?;
        let is_ignored = IGNORED.iter().any(|name| parameter.text_of("name").eq_ignore_ascii_case(name));
        if !(is_ignored && parameter.text_of("in") == "header") {
            parameters.push(parameter);
        }
    }
    Ok(parameters)
}

fn add(parameters: &mut Vec<Parameter>, parameter: Parameter) -> Result<(), Error> {
    if let Some(other) = parameters.iter().find(|other| other.name == parameter.name) {
        let Parameter { name, place, .. } = &parameter;
        return Err(place.error(format_args!("it resolves to the name {name}, which {} has", other.place)));
    }
    parameters.push(parameter);
    Ok(())
}

fn parameter<'d>(schemas: &mut Schemas<'d>, path: &str, at: &At<'d>, type_name: &str) -> Result<Parameter, Error> {
    let wire = at.text_of("name");
    let location = match at.text_of("in") {
        "path" => Location::Path,
        "query" => Location::Query,
        "header" => Location::Header,
        _ => return Err(at.error("expected a parameter in the path, in the query or in a header")),
    };
    let name = name(wire).ok_or_else(|| at.error("no name can be made for it: expected a name with a word in it"))?;
    let schema = at.get("schema").ok_or_else(|| at.error("expected a parameter with a schema"))?;
    let mut facts = at.facts(|key| ["name", "in", "required", "description", "schema"].contains(&key));
    let mut tree = schemas.tree(&schema)?;
    if matches!(schemas.value(&tree)?.shape, Shape::Json(_)) {
        // On the wire, every parameter is text.
        (tree.shape, tree.is_nullable) = (Shape::String, false);
        facts.0.insert("schema".to_owned(), schema.fact());
    }
    if location != Location::Query {
        // A path or header cannot express null.
        tree.is_nullable = false;
    }
    if let Some(message) = refusal(schemas, path, at, location, &tree)? {
        return Err(at.error(message));
    }
    let hint = Hint::new(format!("{type_name}{}", pascal(wire)));
    Ok(Parameter {
        wire: wire.to_owned(),
        name,
        location,
        description: at.text_of("description").to_owned(),
        is_required: at.is_true("required"),
        schema: lift(&mut schemas.types, tree, &hint)?,
        facts,
        place: at.place(),
    })
}

/// The setter of a parameter.
fn name(wire: &str) -> Option<String> {
    let name = identifier(wire);
    let name = if TAKEN.contains(&name.as_str()) { format!("{name}_") } else { name };
    is_identifier(&name).then_some(name)
}

/// The reason why the client cannot send a parameter, if there is one.
fn refusal(
    schemas: &mut Schemas,
    path: &str,
    at: &At,
    location: Location,
    tree: &Tree,
) -> Result<Option<&'static str>, Error> {
    let wire = at.text_of("name");
    let value = schemas.value(tree)?;
    let is_list = match &value.shape {
        Shape::Array(items) if location == Location::Query => {
            let item = schemas.value(items)?;
            is_scalar(&item) && !item.is_nullable
        }
        _ => false,
    };
    let style = if location == Location::Query { "form" } else { "simple" };
    let is_secret = CREDENTIALS.contains(&wire) || value.shape == Shape::Secret;
    let is_token = wire.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
    let times = path.matches(&format!("{{{wire}}}")).count();
    Ok(Some(if is_secret {
        "a credential as a parameter: in a URL or header it cannot be kept from logs"
    } else if !is_scalar(&value) && !is_list {
        "expected a parameter that is a string, a number or a boolean, or in the query a list of them"
    } else if !["", style].contains(&at.text_of("style")) {
        "expected the style form in the query, and simple elsewhere"
    } else if is_list && at.value.get("explode") == Some(&Value::Bool(false)) {
        "a list with commas: expected one that repeats the parameter (explode)"
    } else if location == Location::Path && times == 0 {
        "it is not in the path"
    } else if location == Location::Path && times > 1 {
        "it is in the path more than once"
    } else if location == Location::Path && !at.is_true("required") {
        "it is in the path: expected required: true"
    } else if location == Location::Header && !is_token {
        "its name cannot be that of a header"
    } else {
        return Ok(None);
    }))
}

fn is_scalar(tree: &Tree) -> bool {
    match tree.shape {
        Shape::String | Shape::Ref(Node::Enum(_)) | Shape::Integer(_) | Shape::Number | Shape::Boolean => true,
        Shape::Ref(Node::Named(_) | Node::Object(_))
        | Shape::Map(_)
        | Shape::Array(_)
        | Shape::Secret
        | Shape::Json(_) => false,
    }
}
