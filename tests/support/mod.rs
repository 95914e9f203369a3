//! A MantaGO on loopback over raw TCP, which records requests and sends the bytes that the test sets, and other helpers.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod rotating;

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::process::{Command, exit};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use mantago::builder::PersonalTagMappingDelete;
use mantago::types::PersonalTagMappingRequest;
use mantago::{Client, ClientBuilder, ClientIdentity, Credentials, Error, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A token and a secret that occur in no other text of a test.
pub const TOKEN: &str = "tok-3f9a77c1";
pub const SECRET: &str = "sec-b81e04d2";

/// The body of the documented success.
pub const REMOVED: &str = r#"{"success":true,"message":"removed"}"#;

/// The body of a documented error.
pub const ERROR: &str = r#"{"success":false,"errResponse":{"message":"they say why","code":37011}}"#;

/// How `Display` shows [`ERROR`].
pub const SHOWN_ERROR: &str = "they say why (code 37011, no such client)";

/// A step of a server after it has read a request.
#[derive(Clone)]
pub enum Step {
    Send(Vec<u8>),
    /// One byte at a time.
    Drip(Vec<u8>),
    /// Again and again, until the client closes the connection.
    Forever(Vec<u8>),
    /// Nothing more, and the connection stays open.
    Stall,
    Close,
    /// The connection is reset (RST).
    Reset,
}

pub fn send(bytes: impl AsRef<[u8]>) -> Step {
    Step::Send(bytes.as_ref().to_vec())
}

/// The steps that follow a request.
pub struct Play(Vec<Step>);

impl From<Vec<Step>> for Play {
    fn from(steps: Vec<Step>) -> Self {
        Self(steps)
    }
}

/// The connection stays open after the bytes.
impl From<Vec<u8>> for Play {
    fn from(bytes: Vec<u8>) -> Self {
        Self(vec![Step::Send(bytes)])
    }
}

type Respond = dyn Fn(&Request) -> Play + Send + Sync;

/// A server that records its requests.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    open: usize,
    most_open: usize,
    requests: Vec<Request>,
}

/// A received request.
#[derive(Clone)]
pub struct Request {
    /// The request line and the headers, without the line breaks.
    pub head: Vec<String>,
    pub body: Vec<u8>,
}

impl Server {
    /// Responds to each request with these bytes. Without any, the connection stays silent.
    pub async fn start(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::start_with(move |_| response.clone()).await
    }

    /// Responds with these in turn, and then always with the last one.
    pub async fn in_turn(responses: Vec<Vec<u8>>) -> Self {
        let next = AtomicUsize::new(0);
        Self::start_with(move |_| {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            responses[turn.min(responses.len() - 1)].clone()
        })
        .await
    }

    /// Responds to each request with the function's result.
    pub async fn start_with<P: Into<Play>>(respond: impl Fn(&Request) -> P + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let respond: Arc<Respond> = Arc::new(move |request| respond(request).into());
        let task = tokio::spawn(serve(listener, seen.clone(), respond));
        Self { address, seen, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of this server that sends each request once.
    pub fn client(&self) -> Client {
        self.client_with(RetryPolicy::none())
    }

    /// A client of this server with that policy.
    pub fn client_with(&self, policy: RetryPolicy) -> Client {
        once(self.url()).http(http_without_certificates()).retry(policy).build().unwrap()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    pub fn connections(&self) -> usize {
        self.seen().connections
    }

    pub fn open_connections(&self) -> usize {
        self.seen().open
    }

    pub fn most_open_connections(&self) -> usize {
        self.seen().most_open
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen().requests.clone()
    }

    pub fn request_count(&self) -> usize {
        self.seen().requests.len()
    }

    /// The one request that came.
    #[track_caller]
    pub fn request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "requests that the server saw");
        requests[0].clone()
    }

    pub fn last_request(&self) -> Request {
        self.seen().requests.last().expect("a request").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Request {
    pub fn line(&self) -> &str {
        &self.head[0]
    }

    /// The values of a header, in order.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let headers = self.head[1..].iter().filter_map(|line| line.split_once(": "));
        headers.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    /// The bearer token.
    pub fn token(&self) -> &str {
        self.header("authorization")[0].strip_prefix("Bearer ").unwrap()
    }

    pub fn url(&self) -> mantago::reqwest::Url {
        let target = self.line().split(' ').nth(1).unwrap();
        mantago::reqwest::Url::parse("http://loopback").unwrap().join(target).unwrap()
    }

    /// The parameters of the query, decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        self.url().query_pairs().into_owned().collect()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A response with a length, after which the connection stays open.
pub fn response(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// A response with a JSON body.
pub fn json(status: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    response(status, &[("content-type", "application/json")], body)
}

/// The documented success.
pub fn removed() -> Vec<u8> {
    json("200 OK", REMOVED)
}

pub fn credentials() -> Credentials {
    Credentials::new(TOKEN, SECRET)
}

/// The setup of a client that sends each request once.
pub fn once(base_url: impl Into<String>) -> ClientBuilder {
    ClientBuilder::new(credentials()).base_url(base_url).retry(RetryPolicy::none())
}

/// Reading the system's certificates takes longer than a call over loopback.
fn http_without_certificates() -> mantago::reqwest::ClientBuilder {
    let http = mantago::reqwest::Client::builder();
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
    let http = http.tls_certs_only([]);
    http
}

/// The default policy without its waits.
pub fn at_once() -> RetryPolicy {
    RetryPolicy::default().base_backoff(Duration::ZERO)
}

/// A valid request.
pub fn request() -> PersonalTagMappingRequest {
    PersonalTagMappingRequest::for_client(ClientIdentity::client_id("client-1").unwrap(), "tag-42")
}

/// A valid call.
pub fn call(client: &Client) -> PersonalTagMappingDelete {
    client.personal_tag_mapping_delete().bot_id("bot-7").body(request())
}

/// Makes the call and returns its outcome.
pub async fn untag(client: &Client) -> Result<String, Error> {
    // A call that never ends fails its test, and does not hang it.
    let sent = tokio::time::timeout(Duration::from_secs(3600), call(client).send()).await;
    Ok(sent.expect("the call has no limit")?.into_inner().message)
}

/// The error of the call, if the server responds with this.
pub async fn error_of(response: impl Into<Vec<u8>>) -> Error {
    untag(&Server::start(response).await.client()).await.unwrap_err()
}

/// A URL of this machine that refuses connections.
pub fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// The causes of an error, from the direct one to the first.
pub fn sources(error: &Error) -> Vec<&dyn std::error::Error> {
    std::iter::successors(std::error::Error::source(error), |source| source.source()).collect()
}

/// Lets other tasks run until a condition holds; a minute is enough on any machine.
pub async fn until(so: impl Fn() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never came to this");
        tokio::task::yield_now().await;
    }
}

/// Runs a future in a new runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The variable by which a process knows that it was started by [`in_child`].
const CHILD: &str = "MANTAGO_TEST_CHILD";

/// The result of a task in a separate process, with these variables but no others of this crate or for proxies. `test` is the
/// name of the calling test: the process runs it up to this call.
#[track_caller]
pub fn in_child<V: AsRef<OsStr>>(
    test: &str,
    variables: impl IntoIterator<Item = (&'static str, V)>,
    task: impl FnOnce() -> String + Send,
) -> String {
    if env::var_os(CHILD).is_some() {
        // In a thread outside any runtime.
        let said = thread::scope(|scope| scope.spawn(task).join()).expect("the task says something");
        println!("\n{CHILD}: {}", said.replace('\n', " "));
        exit(0);
    }
    let mut command = Command::new(env::current_exe().unwrap());
    for (name, _) in env::vars_os() {
        let upper = name.to_string_lossy().to_uppercase();
        if upper.starts_with("MANTAGO_") || upper.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    let output = command.args([test, "--exact", "--nocapture"]).envs(variables).env(CHILD, "1").output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = printed.lines().find_map(|line| line.strip_prefix(CHILD)?.strip_prefix(": "));
    said.unwrap_or_else(|| panic!("{test}: {output:?}")).to_owned()
}

async fn serve(listener: TcpListener, seen: Arc<Mutex<Seen>>, respond: Arc<Respond>) {
    while let Ok((stream, _)) = listener.accept().await {
        {
            let mut seen = seen.lock().unwrap();
            seen.connections += 1;
            seen.open += 1;
            seen.most_open = seen.most_open.max(seen.open);
        }
        let (seen, respond) = (seen.clone(), respond.clone());
        tokio::spawn(async move {
            // The client may close the connection early.
            let _ = converse(stream, &seen, &*respond).await;
            seen.lock().unwrap().open -= 1;
        });
    }
}

async fn converse(mut stream: TcpStream, seen: &Mutex<Seen>, respond: &Respond) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = Vec::new();
    while let Some(request) = receive(&mut stream, &mut received).await {
        seen.lock().unwrap().requests.push(request.clone());
        for step in respond(&request).0 {
            match step {
                Step::Send(bytes) => stream.write_all(&bytes).await?,
                Step::Drip(bytes) => {
                    for byte in bytes {
                        stream.write_all(&[byte]).await?;
                        tokio::task::yield_now().await;
                    }
                }
                Step::Forever(bytes) => loop {
                    stream.write_all(&bytes).await?;
                },
                Step::Stall => while stream.read(&mut [0; 64]).await? > 0 {},
                Step::Close => {
                    stream.shutdown().await?;
                    // The client closes its side when it has seen that the server did.
                    while stream.read(&mut [0; 64]).await? > 0 {}
                    return Ok(());
                }
                Step::Reset => return stream.set_zero_linger(),
            }
        }
    }
    Ok(())
}

/// Reads one request; `None` if the client closed.
async fn receive(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<Request> {
    let end = loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(received).await.ok()? == 0 {
            return None;
        }
    };
    let head: Vec<_> = String::from_utf8_lossy(&received[..end]).split("\r\n").map(str::to_owned).collect();
    let mut request = Request { head, body: Vec::new() };
    let length: usize = request.header("content-length").first().map_or(0, |length| length.parse().unwrap());
    received.drain(..end + 4);
    while received.len() < length {
        if stream.read_buf(received).await.ok()? == 0 {
            return None;
        }
    }
    request.body = received.drain(..length).collect();
    Some(request)
}
