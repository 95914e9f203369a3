//! A request for any operation, because the API has more operations than the vendored documents describe.

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
/// A request owns its client, so its call can be spawned: `tokio::spawn(request.send::<T>())`.
#[derive(Clone)]
#[must_use = "nothing is sent before send()"]
pub struct Request {
    client: Client,
    method: Method,
    path: String,
    parameters: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Option<Value>,
    /// Why the given body or query cannot be sent.
    invalid: Option<String>,
}

impl Client {
    /// A request for any operation of the API, whether or not it has its own method.
    ///
    /// Credentials, retries, limits and errors are the same as for any call. A GET counts as idempotent, other methods only after
    /// [`assume_idempotent`](crate::RetryPolicy::assume_idempotent).
    ///
    /// `path` is the part after the base URL, with parameters in braces as on MantaGO's pages.
    /// [`path_parameter`](Request::path_parameter) replaces them. Spans show the path with its braces.
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
    /// Replaces a parameter of the path, which must contain it. The value is escaped as needed.
    pub fn path_parameter(mut self, name: impl Into<String>, value: impl Display) -> Self {
        self.parameters.push((name.into(), value.to_string()));
        self
    }

    /// Adds a parameter to the query. The value is escaped as needed.
    ///
    /// `botId` is added by default if the client has a [bot](crate::ClientBuilder::bot_id).
    pub fn query(mut self, name: impl Into<String>, value: impl Display) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds the fields of a struct or map to the query, except those that are `None`. A list adds a parameter for each of its
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
    /// The body is not checked. To identify exactly one client, pass a request made by `for_client`, or use a type with a
    /// [`ClientIdentity`](crate::ClientIdentity) field and `#[serde(flatten)]`.
    ///
    /// By default, the body of a POST, PUT or PATCH is only the secret. Other methods send no body by default.
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
    /// The type `()` accepts every success, whatever its body. An empty body, such as a 204's, counts as `null`, which `()`,
    /// [`Option`] and [`serde_json::Value`] accept.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest), before anything is sent, if the path does not stay below the base
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

/// The request's URL, unless parsing would change the path: a URL parser resolves `..`, turns backslashes into slashes, escapes
/// characters, and drops line breaks.
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

/// The path with its parameters replaced. Each parameter must be set exactly once.
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

/// Splits a path at its first parameter: the text before it, the parameter's name, and the text after it.
fn split_parameter(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}
