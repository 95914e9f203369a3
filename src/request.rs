//! A request for any operation: the API has more of them than documents are vendored, and none should need another client.

use std::any::TypeId;
use std::fmt::{self, Debug, Display, Formatter};

use progenitor_client::encode_path;
use reqwest::{Method, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::call::{self, Operation, Success, Target, check_id, check_segment};
use crate::{Client, Error, Response};

/// A request for any operation of the API, made by [`Client::request`].
///
/// It owns its client, so that its call can be spawned: `tokio::spawn(request.send::<T>())`.
#[derive(Clone)]
#[must_use = "nothing is sent before send()"]
pub struct Request {
    client: Client,
    method: Method,
    path: String,
    parameters: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Option<Value>,
    /// Why a body or a query that was given cannot be sent.
    invalid: Option<String>,
}

impl Client {
    /// A request for any operation of the API, with or without a method of its own.
    ///
    /// It has the same credentials, retries, limits and errors as any call. A GET counts as idempotent, other methods only after
    /// [`assume_idempotent`](crate::RetryPolicy::assume_idempotent).
    ///
    /// `path` is the part after the base URL. [`path_parameter`](Request::path_parameter) replaces its parameters, which are in
    /// braces as on MantaGO's pages. Spans show the path with its braces.
    ///
    /// ```no_run
    /// # async fn example(client: mantago::Client) -> Result<(), mantago::Error> {
    /// let request = client.request(mantago::Method::POST, "/openapi/personalTag/get/{tagId}");
    /// let reply: mantago::Response<serde_json::Value> = request.path_parameter("tagId", "tag-42").send().await?;
    /// println!("{}", reply["personalTag"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request {
        let has_body = [Method::POST, Method::PUT, Method::PATCH].contains(&method);
        Request {
            client: self.clone(),
            method,
            path: path.into(),
            parameters: Vec::new(),
            query: Vec::new(),
            body: has_body.then(|| json!({})),
            invalid: None,
        }
    }
}

impl Request {
    /// Sets a parameter of the path, which must have it. Its value is escaped as needed.
    pub fn path_parameter(mut self, name: impl Into<String>, value: impl Display) -> Self {
        self.parameters.push((name.into(), value.to_string()));
        self
    }

    /// Adds a parameter to the query. Its value is escaped as needed.
    ///
    /// `botId` is added by default if the client has a [bot](crate::ClientBuilder::bot_id).
    pub fn query(mut self, name: impl Into<String>, value: impl Display) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds the fields of a struct or map to the query, without those that are `None`. A field that is a list adds each of its
    /// values.
    ///
    /// ```
    /// # fn example(client: &mantago::Client) -> mantago::Request {
    /// #[derive(serde::Serialize)]
    /// #[serde(rename_all = "camelCase")]
    /// struct Filter<'a> {
    ///     platform: Option<&'a str>,
    ///     page_size: u32,
    /// }
    ///
    /// let filter = Filter { platform: None, page_size: 50 };
    /// client.request(mantago::Method::GET, "/openapi/personalTag").queries(&filter)
    /// # }
    /// ```
    pub fn queries(mut self, parameters: &impl Serialize) -> Self {
        match query(parameters) {
            Ok(parameters) => self.query.extend(parameters),
            Err(why) => self.invalid = Some(format!("query: {why}")),
        }
        self
    }

    /// Sets the body: anything that serializes to a JSON object. The client adds the secret.
    ///
    /// The body is not checked. To identify exactly one client, take a request made by `for_client`, or give a type of your own a
    /// [`ClientIdentity`](crate::ClientIdentity) with `#[serde(flatten)]`.
    ///
    /// By default, the body of a POST, PUT or PATCH is only the secret, and other methods have none.
    pub fn body(mut self, body: impl Serialize) -> Self {
        match serde_json::to_value(body) {
            Ok(Value::Object(body)) if !body.contains_key("secret") => self.body = Some(Value::Object(body)),
            Ok(_) => {
                let expected = "body: expected a JSON object without a secret: the client adds its own";
                self.invalid = Some(expected.to_owned());
            }
            Err(error) => self.invalid = Some(format!("body: {error}")),
        }
        self
    }

    /// Sends the request and deserializes the body of a success.
    ///
    /// `()` accepts every success, whatever its body. An empty body, such as that of a 204, counts as `null`: `()`, [`Option`] and
    /// [`serde_json::Value`] accept it.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), before anything is sent, if the path is not one below the base
    /// URL; if a parameter of the path is missing, unknown or given twice; if an ID (a parameter whose name ends in `Id`) is
    /// blank or has white space around it; if the query is not a struct or map of plain values; if the body is not an object,
    /// or has a `secret`. Otherwise see [`ErrorKind`](crate::ErrorKind).
    pub async fn send<T: DeserializeOwned + 'static>(self) -> Result<Response<T>, Error> {
        let Self { client, method, path, parameters, mut query, body, invalid } = self;
        invalid.map_or(Ok(()), |why| Err(Error::invalid_request(why)))?;
        let has_bot = query.iter().any(|(name, _)| name == "botId");
        let bot = client.bot_id().filter(|_| !has_bot);
        query.extend(bot.map(|id| ("botId".to_owned(), id.to_owned())));
        for (name, value) in parameters.iter().chain(&query).filter(|(name, _)| name.ends_with("Id")) {
            check_id(name, value)?;
        }
        let url = url(&client, &path, &parameters)?;
        // serde deserializes `()` only from `null`.
        let wants_nothing = TypeId::of::<T>() == TypeId::of::<()>();
        let success = if wants_nothing { Success::Nothing } else { Success::Any };
        let operation = Operation { method, path: &path, success };
        let bot_id = query.iter().find_map(|(name, id)| (name == "botId").then_some(id.as_str()));
        let target = Target { url, bot_id };
        call::send(&client, &operation, target, |request, credentials| {
            body.iter().fold(request.query(&query), |request, body| request.json(&credentials.with(body)))
        })
        .await
    }
}

impl Debug for Request {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { client, method, path, parameters, query, body, .. } = self;
        f.debug_struct("Request")
            .field("method", method)
            .field("path", path)
            .field("parameters", parameters)
            .field("query", query)
            .field("body", &body.as_ref().map(ToString::to_string))
            .field("client", client)
            .finish_non_exhaustive()
    }
}

/// The parameters of a query.
fn query(parameters: &impl Serialize) -> Result<Vec<(String, String)>, String> {
    let expected = "expected a struct or map of texts, numbers, booleans and lists of these";
    let Value::Object(fields) = serde_json::to_value(parameters).map_err(|error| error.to_string())? else {
        return Err(expected.to_owned());
    };
    let mut query = Vec::new();
    for (name, value) in fields {
        let values = if let Value::Array(values) = value { values } else { vec![value] };
        for value in values {
            match value {
                Value::Null => {}
                Value::String(text) => query.push((name.clone(), text)),
                Value::Number(_) | Value::Bool(_) => query.push((name.clone(), value.to_string())),
                Value::Array(_) | Value::Object(_) => return Err(format!("{name}: {expected}")),
            }
        }
    }
    Ok(query)
}

/// The URL, unless parsing would change the path. A URL parser resolves `..`, turns backslashes into slashes, escapes, and drops
/// line breaks.
fn url(client: &Client, template: &str, parameters: &[(String, String)]) -> Result<Url, Error> {
    let invalid = |why: String| Error::invalid_request(format_args!("path {template:?}: {why}"));
    for (name, value) in parameters {
        check_segment(name, value)?;
    }
    let path = fill(template, parameters).map_err(invalid)?;
    let url = client.url(&path);
    if path.starts_with('/') && !path.contains("//") && url.path().ends_with(&path) {
        return Ok(url);
    }
    let expected =
        "expected a path such as \"/openapi/tag/{tagId}\", with no query, no \"..\" and nothing that needs escaping";
    Err(invalid(expected.to_owned()))
}

/// The path with its parameters replaced. Each must be set once.
fn fill(template: &str, parameters: &[(String, String)]) -> Result<String, String> {
    let (mut path, mut rest, mut names) = (String::new(), template, Vec::new());
    while let Some((before, name, after)) = split_parameter(rest) {
        let Some((_, value)) = parameters.iter().find(|(given, _)| given == name) else {
            return Err(format!("{name} is missing: set it with path_parameter({name:?}, …)"));
        };
        path += before;
        path += &encode_path(value);
        names.push(name);
        rest = after;
    }
    for (index, (name, _)) in parameters.iter().enumerate() {
        if !names.contains(&name.as_str()) {
            return Err(format!("path_parameter({name:?}, …) was given, but the path has no {{{name}}}"));
        }
        if parameters[..index].iter().any(|(other, _)| other == name) {
            return Err(format!("path_parameter({name:?}, …) was given twice"));
        }
    }
    Ok(path + rest)
}

/// The text before the first parameter, its name, and the text after it.
fn split_parameter(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}
