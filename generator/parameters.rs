//! The parameters of operations, and why some cannot be sent.

use serde_json::Value;

use super::Error;
use super::spec::{CREDENTIALS, Spec};
use super::spelling::identifier;

/// A parameter of an operation.
pub struct Parameter {
    /// Its name on the wire.
    pub wire: String,
    /// Its method on the operation's builder.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    pub description: String,
    pub is_required: bool,
    /// Whether it is any string, and must be given.
    pub is_string: bool,
}

/// The parameters of an operation: its own, and those of its whole path that it has not itself. With what is said of each.
pub fn read<'s>(spec: &'s Spec, path: &str, operation: &str) -> Result<(Vec<Parameter>, Vec<&'s Value>), Error> {
    let (item, _) = operation.rsplit_once('/').unwrap_or_default();
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut told = Vec::new();
    for owner in [operation, item] {
        let inherited = if owner == item { parameters.len() } else { 0 };
        for index in 0..spec.at(&format!("{owner}/parameters")).as_array().map_or(0, Vec::len) {
            let pointer = spec.resolve(&format!("{owner}/parameters/{index}"));
            let parameter = Parameter::at(spec, &pointer);
            let is_same = |own: &Parameter| (&own.wire, &own.place) == (&parameter.wire, &parameter.place);
            if parameters[..inherited].iter().any(is_same) {
                continue;
            }
            let message = if parameters.iter().any(|other| other.wire == parameter.wire) {
                Some("a second parameter of its name")
            } else {
                parameter.refusal(spec, &pointer, path)
            };
            if let Some(message) = message {
                return Err(spec.error(&pointer, message));
            }
            parameters.push(parameter);
            told.push(spec.at(&pointer));
        }
    }
    if path.matches('{').count() != parameters.iter().filter(|parameter| parameter.place == "path").count() {
        return Err(spec.error(operation, "its path has a parameter that is not among its parameters"));
    }
    Ok((parameters, told))
}

impl Parameter {
    fn at(spec: &Spec, pointer: &str) -> Self {
        let parameter = spec.at(pointer);
        let [wire, place, description] =
            ["name", "in", "description"].map(|key| parameter[key].as_str().unwrap_or_default().to_owned());
        let is_required = parameter["required"] == true;
        let schema = spec.at(&spec.resolve(&format!("{pointer}/schema")));
        let is_plain = schema["type"] == "string" && schema["enum"].is_null() && schema["nullable"] != true;
        let is_string = is_required && is_plain;
        Self { name: identifier(&wire), wire, place, description, is_required, is_string }
    }

    /// Why the client cannot send it.
    fn refusal(&self, spec: &Spec, pointer: &str, path: &str) -> Option<&'static str> {
        let Self { wire, place, .. } = self;
        let parameter = spec.at(pointer);
        let schema = spec.resolve(&format!("{pointer}/schema"));
        let items = spec.resolve(&format!("{schema}/items"));
        let (schema, items) = (spec.at(&schema), spec.at(&items));
        let is_scalar =
            |schema: &Value| ["string", "integer", "number", "boolean"].iter().any(|kind| schema["type"] == *kind);
        let is_list = schema["type"] == "array" && place == "query" && is_scalar(items) && items["nullable"] != true;
        let style = if ["query", "cookie"].contains(&place.as_str()) { "form" } else { "simple" };
        let is_secret = CREDENTIALS.contains(&wire.as_str()) || schema["format"] == "password";
        let is_token = wire.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
        let times = path.matches(&format!("{{{wire}}}")).count();
        Some(if is_secret || wire.eq_ignore_ascii_case("authorization") {
            "a credential as a parameter: in a URL or header it cannot be kept from logs"
        } else if !["path", "query", "header"].contains(&place.as_str()) {
            "expected a parameter in the path, in the query or in a header"
        } else if (!is_scalar(schema) && !is_list) || (schema["nullable"] == true && place != "query") {
            "expected a parameter that is a string, a number or a boolean, or in the query a list of them"
        } else if !parameter["style"].is_null() && parameter["style"] != style {
            "expected the style form in the query, and simple elsewhere"
        } else if is_list && parameter["explode"] == false {
            "a list with commas: expected one that repeats the parameter (explode)"
        } else if place == "path" && times != 1 {
            if times == 0 { "it is not in the path" } else { "it is in the path more than once" }
        } else if place == "path" && !self.is_required {
            "it is in the path: expected required: true"
        } else if place == "header" && !is_token {
            "its name cannot be that of a header"
        } else {
            return None;
        })
    }
}
