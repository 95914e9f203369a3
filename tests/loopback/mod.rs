//! A server on loopback that plays raw TCP: it keeps what it is sent, and sends what the test says, byte by byte.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mantago::types::PersonalTagMappingRequest;
use mantago::{ApiError, Client, ClientBuilder, ClientIdentity, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A token and a secret that no other text in a test has.
pub const TOKEN: &str = "tok-3f9a77c1";
pub const SECRET: &str = "sec-b81e04d2";

/// The body of the documented success.
pub const REMOVED: &str = r#"{"success":true,"message":"removed"}"#;

/// The start of a `reqwest::Client` of the caller's own, who has to choose a provider of cryptography.
pub fn reqwest_client() -> mantago::reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    mantago::reqwest::Client::builder()
}

/// A server that answers every request alike, and remembers them.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<Request>,
}

/// A request as it came.
#[derive(Clone)]
pub struct Request {
    /// The request line and the headers, without the line breaks.
    pub head: Vec<String>,
    pub body: Vec<u8>,
}

impl Server {
    /// Answers with these bytes, whatever comes.
    pub async fn start(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start_with(move |_| answer.clone()).await
    }

    /// Answers each request with what the function makes of it. An answer that is empty is none: the connection stays
    /// silent.
    pub async fn start_with(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let task = tokio::spawn(serve(listener, seen.clone(), Arc::new(answer)));
        Self { address, seen, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of this server that sends each request once.
    pub fn client(&self) -> Client {
        once(self.url()).build().unwrap()
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().requests.clone()
    }

    /// The one request that came.
    #[track_caller]
    pub fn request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "requests that the server saw");
        requests[0].clone()
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

    /// The values of a header, in the order in which they came.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let headers = self.head[1..].iter().filter_map(|line| line.split_once(": "));
        headers.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    /// The parameters of the query, decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        let target = self.line().split(' ').nth(1).unwrap();
        let url = mantago::reqwest::Url::parse("http://loopback").unwrap().join(target).unwrap();
        url.query_pairs().into_owned().collect()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// An answer with a length, after which the connection stays open.
pub fn answer(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// An answer with a JSON body.
pub fn json(status: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    answer(status, &[("content-type", "application/json")], body)
}

/// The setup of a client that sends each request once.
pub fn once(base_url: impl Into<String>) -> ClientBuilder {
    ClientBuilder::new(TOKEN).base_url(base_url).retry(RetryPolicy::none())
}

/// A request that keeps the rule.
pub fn request() -> PersonalTagMappingRequest {
    PersonalTagMappingRequest::for_client(ClientIdentity::client_id("client-1").unwrap(), "tag-42", SECRET)
}

/// Sends a request that keeps the rule, and says what a user would get of it.
pub async fn untag(client: &Client) -> Result<String, ApiError> {
    let call = client.personal_tag_mapping_delete().bot_id("bot-7").body(request()).send();
    // A call that never ends fails its test, and does not hang it.
    let reply = tokio::time::timeout(Duration::from_secs(3600), call).await.expect("the call has no limit")?;
    Ok(reply.into_inner().message)
}

/// The error of the call, if the server answers so.
pub async fn error_of(answer: impl Into<Vec<u8>>) -> ApiError {
    untag(&Server::start(answer).await.client()).await.unwrap_err()
}

type Answer = Arc<dyn Fn(&Request) -> Vec<u8> + Send + Sync>;

async fn serve(listener: TcpListener, seen: Arc<Mutex<Seen>>, answer: Answer) {
    while let Ok((stream, _)) = listener.accept().await {
        seen.lock().unwrap().connections += 1;
        tokio::spawn(converse(stream, seen.clone(), answer.clone()));
    }
}

async fn converse(mut stream: TcpStream, seen: Arc<Mutex<Seen>>, answer: Answer) {
    let mut received = Vec::new();
    while let Some(request) = receive(&mut stream, &mut received).await {
        seen.lock().unwrap().requests.push(request.clone());
        if stream.write_all(&answer(&request)).await.is_err() {
            return;
        }
    }
}

/// Reads one request; `None` if the client closed.
pub async fn receive(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<Request> {
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
