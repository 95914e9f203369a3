//! A handshake of TLS as the crate is by default: with ring, which nobody has installed, and with the certificates that the
//! operating system trusts.
#![cfg(all(feature = "rustls", not(feature = "native-tls"), target_os = "linux"))]

mod loopback;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::{env, fs, thread};

use loopback::{REMOVED, json, once, untag};
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Where the process that is the client finds the server.
const BASE_URL: &str = "TEST_BASE_URL";

/// What comes of a call in a process of its own: what it trusts is a matter of the environment.
fn call(test: &str, base_url: &str, trusted: &Path) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(BASE_URL, base_url)
        .env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let line = printed.lines().find_map(|line| line.split_once("outcome: "));
    line.unwrap_or_else(|| panic!("{output:?}")).1.to_owned()
}

/// Makes the call and prints what comes of it, if this is that process.
fn is_called() -> bool {
    let Ok(base_url) = env::var(BASE_URL) else { return false };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        match untag(&once(base_url).build().unwrap()).await {
            Ok(message) => println!("outcome: {message}"),
            Err(error) => println!("outcome: {error}; retryable: {}", error.is_retryable()),
        }
    });
    true
}

/// A server with a certificate for a name, which answers each request alike; and the file of the certificate.
fn server(name: &str) -> (String, PathBuf) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut certificate = CertificateParams::new([name.to_owned()]).unwrap();
    certificate.distinguished_name.push(DnType::CommonName, port.to_string());
    let key = KeyPair::generate().unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{port}.pem"));
    fs::write(&file, certificate.pem()).unwrap();

    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream.unwrap());
            let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
            // A client that does not trust it breaks off.
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                request.extend_from_slice(&buffer[..read]);
                if request.ends_with(b"}") {
                    stream.write_all(&json("200 OK", REMOVED)).unwrap();
                }
            }
        }
    });
    (format!("https://localhost:{port}"), file)
}

#[test]
fn a_trusted_server() {
    if is_called() {
        return;
    }
    let (base_url, certificate) = server("localhost");
    assert_eq!(call("a_trusted_server", &base_url, &certificate), "removed");
}

#[test]
fn a_server_that_is_not_trusted() {
    if is_called() {
        return;
    }
    let (base_url, _) = server("localhost");
    let (_, another) = server("localhost");
    assert_eq!(
        call("a_server_that_is_not_trusted", &base_url, &another),
        "connection failed: no connection: invalid peer certificate: UnknownIssuer; retryable: true"
    );
}

#[test]
fn a_server_of_another_name() {
    if is_called() {
        return;
    }
    let (base_url, certificate) = server("elsewhere.example");
    let outcome = call("a_server_of_another_name", &base_url, &certificate);
    assert!(outcome.starts_with("connection failed: no connection: invalid peer certificate: "), "{outcome}");
    assert!(outcome.contains("not valid for name \"localhost\""), "{outcome}");
}
