//! A call that gets no answer ends as what it is, and says whether it may have been carried out.

mod loopback;

use std::io::Write;
use std::time::Duration;

use loopback::{REMOVED, Server, error_of, json, once, untag};
use mantago::ErrorKind;
use mantago::reqwest::{self, StatusCode};
use tokio::net::TcpListener;
use tokio::time::Instant;

#[tokio::test]
async fn refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = once(format!("http://{address}")).build().unwrap();
    let error = untag(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(error.status(), None);
    assert!(error.is_retryable());
    let refused = std::net::TcpStream::connect(address).unwrap_err();
    assert_eq!(error.to_string(), format!("connection failed: no connection: {refused}"));
    assert!(std::error::Error::source(&error).unwrap().is::<reqwest::Error>());
}

#[tokio::test]
async fn closed_before_an_answer() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Read::read(&mut stream, &mut [0; 4096]).unwrap();
    });
    let client = once(format!("http://{address}")).build().unwrap();
    let error = untag(&client).await.unwrap_err();
    server.join().unwrap();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(!error.is_retryable());
    assert_eq!(
        error.to_string(),
        "connection failed: connection closed before message completed; the request may have been carried out"
    );
}

#[tokio::test]
async fn a_success_that_breaks_off() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Read::read(&mut stream, &mut [0; 4096]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\nx-trace: t\r\n\r\n{\"success\":").unwrap();
    });
    let client = once(format!("http://{address}")).build().unwrap();
    let error = untag(&client).await.unwrap_err();
    server.join().unwrap();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(error.status(), Some(StatusCode::OK));
    assert_eq!(error.headers()["x-trace"], "t");
    assert_eq!(error.body(), b"{\"success\":");
    assert!(!error.is_retryable());
    assert_eq!(error.to_string(), "200 OK: the answer broke off; the request may have been carried out");
}

#[tokio::test]
async fn what_is_not_http() {
    let error = error_of("SSH-2.0-OpenSSH_9.2\r\n\r\n").await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(
        error.to_string(),
        "connection failed: invalid HTTP version parsed; the request may have been carried out"
    );
}

/// A server that takes the request and stays silent, or stops within its answer.
#[tokio::test(start_paused = true)]
async fn the_default_limit_of_a_call_is_30_seconds() {
    for begun in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"] {
        let server = Server::start(begun).await;
        let client = server.client();
        let start = Instant::now();
        let error = untag(&client).await.unwrap_err();
        assert_eq!(start.elapsed().as_secs(), 30);
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.status(), (!begun.is_empty()).then_some(StatusCode::OK));
        assert!(!error.is_retryable());
        assert_eq!(
            error.to_string(),
            if begun.is_empty() {
                "timed out: no whole answer within the time limit; the request may have been carried out"
            } else {
                "200 OK: the answer broke off; the request may have been carried out"
            }
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_call_can_be_set() {
    let server = Server::start("").await;
    let existing = loopback::reqwest_client().timeout(Duration::from_secs(300)).build().unwrap();
    for builder in [once(server.url()), once(server.url()).http_client(existing)] {
        let client = builder.timeout(Duration::from_secs(2)).build().unwrap();
        let start = Instant::now();
        assert_eq!(untag(&client).await.unwrap_err().kind(), ErrorKind::Timeout);
        assert_eq!(start.elapsed().as_secs(), 2);
    }
}

/// A TLS handshake that never ends is a connection that is never made.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test(start_paused = true)]
async fn the_limit_to_connect_is_10_seconds_or_what_is_set() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let builder = once(format!("https://{}", silent.local_addr().unwrap()));
    for (builder, seconds) in [(builder.clone(), 10), (builder.connect_timeout(Duration::from_secs(3)), 3)] {
        let start = Instant::now();
        let error = untag(&builder.build().unwrap()).await.unwrap_err();
        assert_eq!(start.elapsed().as_secs(), seconds);
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.is_retryable());
        assert_eq!(error.to_string(), "timed out: no connection within the time limit");
    }
}

/// Whichever limit comes first: nothing was sent, for there was no connection.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test(start_paused = true)]
async fn no_connection_within_the_limit_of_the_call() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let builder = once(format!("https://{}", silent.local_addr().unwrap())).timeout(Duration::from_secs(5));
    let start = Instant::now();
    let error = untag(&builder.build().unwrap()).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 5);
    assert!(error.is_retryable());
    assert_eq!((error.kind(), error.attempts(), error.elapsed()), (ErrorKind::Timeout, 1, None));
    assert_eq!(error.to_string(), "timed out: no connection within the time limit");
}

/// Dropping the future ends the call: the connection goes, and the client goes on.
#[tokio::test]
async fn a_dropped_call_leaves_nothing() {
    let server =
        Server::start_with(
            |request| {
                if request.line().contains("silent") { Vec::new() } else { json("200 OK", REMOVED) }
            },
        )
        .await;
    let client = server.client();
    let call = client.personal_tag_mapping_delete().bot_id("silent").body(loopback::request()).send();
    let mut call = Box::pin(call);
    while server.requests().is_empty() {
        tokio::select! {
            _ = &mut call => panic!("it has no answer"),
            () = tokio::task::yield_now() => {}
        }
    }
    drop(call);
    assert_eq!(untag(&client).await.unwrap(), "removed");
}
