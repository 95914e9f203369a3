//! Collects a mock's conditions and translates them to httpmock's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;

use httpmock::HttpMockRequest;
use progenitor_client::encode_path;
use regex::Regex;
use reqwest::{Method, Url};
use serde::Serialize;
use serde_json::{Value, json};

use super::json_text;

type Condition = Box<dyn Fn(httpmock::When) -> httpmock::When>;

/// A mock's conditions. Each reply is an httpmock mock of its own, to which all conditions are added.
pub(crate) struct Conditions {
    template: String,
    path: RefCell<Vec<PathPart>>,
    /// All values of these parameters. A parameter without values is absent.
    query: RefCell<BTreeMap<String, Vec<String>>>,
    others: RefCell<Vec<Condition>>,
}

enum PathPart {
    Literal(String),
    Parameter { name: String, value: Option<String> },
}

impl Conditions {
    #[track_caller]
    pub(super) fn new(method: Method, template: &str) -> Self {
        let path = path_parts(template);
        let example: String = path.iter().map(PathPart::example).collect();
        let url = Url::parse(&format!("http://localhost{example}"));
        assert!(
            url.is_ok_and(|url| url.path() == example) && !example.contains("//"),
            "path {template:?}: expected a path such as \"/openapi/tag/{{tagId}}\", with no query, no \"..\" and nothing \
             that needs escaping"
        );
        let conditions = Self {
            template: template.to_owned(),
            path: RefCell::new(path),
            query: RefCell::default(),
            others: RefCell::default(),
        };
        conditions.and(move |when| when.method(method.as_str()));
        conditions
    }

    pub(super) fn and(&self, condition: impl Fn(httpmock::When) -> httpmock::When + 'static) {
        self.others.borrow_mut().push(Box::new(condition));
    }

    #[track_caller]
    pub(crate) fn path_parameter(&self, wanted: &str, wanted_value: impl Display) {
        for part in self.path.borrow_mut().iter_mut() {
            if let PathPart::Parameter { name, value } = part
                && name == wanted
            {
                *value = Some(wanted_value.to_string());
                return;
            }
        }
        panic!("path {:?} has no parameter {{{wanted}}}", self.template);
    }

    /// All values of a parameter; without any, it is absent.
    pub(crate) fn query(&self, name: &str, values: impl IntoIterator<Item: Display>) {
        let texts = values.into_iter().map(|value| value.to_string()).collect();
        self.query.borrow_mut().insert(name.to_owned(), texts);
    }

    /// Adds a value of a parameter.
    pub(super) fn add_query(&self, name: &str, value: impl Display) {
        self.query.borrow_mut().entry(name.to_owned()).or_default().push(value.to_string());
    }

    /// The value of a header; `None` if it is absent.
    pub(crate) fn header(&self, name: &str, value: Option<impl Display>) {
        let header = name.to_owned();
        match value.map(|value| value.to_string()) {
            Some(value) => self.and(move |when| when.header(&header, &value)),
            None => self.and(move |when| when.header_missing(&header)),
        }
    }

    pub(crate) fn secret(&self, secret: &str) {
        self.body_includes(&json!({ "secret": secret }));
    }

    #[track_caller]
    pub(super) fn body_includes(&self, part: &impl Serialize) {
        let text = json_text(part, "a request");
        self.and(move |when| when.json_body_includes(&text));
    }

    #[track_caller]
    pub(crate) fn body(&self, body: &impl Serialize) {
        // Parsed from text, as httpmock parses the request: parsing may round a float.
        let text = json_text(body, "a request");
        let expected: Value = serde_json::from_str(&text).unwrap_or_default();
        // Also httpmock's own condition, because a failed assertion describes only those.
        self.body_includes(body);
        self.and(move |when| {
            let expected = expected.clone();
            when.is_true(move |request| is_body(request, &expected))
        });
    }

    pub(super) fn apply(&self, mut when: httpmock::When) {
        let path: String = self.path.borrow().iter().map(PathPart::pattern).collect();
        when = when.path_matches(pattern(&format!("^{path}$")));
        for (name, values) in self.query.borrow().iter() {
            when = with_query(when, name, values);
        }
        for condition in self.others.borrow().iter() {
            when = condition(when);
        }
    }
}

impl PathPart {
    fn example(&self) -> &str {
        match self {
            Self::Literal(text) => text,
            Self::Parameter { .. } => "x",
        }
    }

    fn pattern(&self) -> String {
        match self {
            Self::Literal(text) => regex::escape(text),
            Self::Parameter { value: Some(value), .. } => regex::escape(&encode_path(value)),
            Self::Parameter { value: None, .. } => "[^/]*".to_owned(),
        }
    }
}

fn path_parts(template: &str) -> Vec<PathPart> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{')
        && let Some((name, after)) = after.split_once('}')
    {
        parts.push(PathPart::Literal(literal.to_owned()));
        parts.push(PathPart::Parameter { name: name.to_owned(), value: None });
        rest = after;
    }
    parts.push(PathPart::Literal(rest.to_owned()));
    parts
}

/// Matches exactly these values of a parameter, in this order.
fn with_query(when: httpmock::When, name: &str, values: &[String]) -> httpmock::When {
    if values.is_empty() {
        return when.query_param_missing(name);
    }
    // Also httpmock's own conditions, which ignore the order: a failed assertion describes only those.
    let key = pattern(&format!("^{}$", regex::escape(name)));
    let counted = when.query_param_count(key, pattern(""), values.len());
    let when = values.iter().fold(counted, |when, value| when.query_param(name, value));
    if values.len() == 1 {
        return when;
    }
    let (name, values) = (name.to_owned(), values.to_owned());
    when.is_true(move |request| {
        let sent = request.query_params().into_iter().filter(|(key, _)| *key == name);
        sent.map(|(_, value)| value).eq(values.iter().cloned())
    })
}

fn pattern(text: &str) -> Regex {
    // Literal text is escaped, so that only its length can be wrong.
    Regex::new(text).unwrap_or_else(|error| panic!("cannot mock a request: {error}"))
}

/// Whether a body is the expected one, apart from the secret that the client adds.
fn is_body(request: &HttpMockRequest, expected: &Value) -> bool {
    let Ok(mut sent) = serde_json::from_slice::<Value>(request.body_ref()) else { return false };
    if let Value::Object(properties) = &mut sent
        && expected.get("secret").is_none()
    {
        properties.remove("secret");
    }
    sent == *expected
}
