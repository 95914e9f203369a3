//! TLS with the default features: with the certificates that the operating system trusts, and without a provider that an
//! application would have to install.
#![cfg(all(feature = "rustls", not(feature = "native-tls"), target_os = "linux"))]

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs, thread};

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use support::{block_on, in_child, once, removed, untag};

/// The outcome of a call in a separate process, because the trusted certificates depend on the environment.
fn call(test: &str, base_url: &str, trusted: &Path) -> String {
    let variables = [("TEST_BASE_URL", base_url.as_ref()), ("SSL_CERT_FILE", trusted.as_os_str())];
    in_child(test, variables.into_iter().chain([("SSL_CERT_DIR", "".as_ref())]), || {
        let client = once(env::var("TEST_BASE_URL").unwrap()).build().unwrap();
        block_on(untag(&client)).unwrap_or_else(|error| format!("{error}; retryable: {}", error.is_retryable()))
    })
}

/// A server with a certificate for a name and one response to every request, and the certificate's file.
fn server(name: &str) -> (String, PathBuf) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut parameters = CertificateParams::new([name.to_owned()]).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, port.to_string());
    let key = KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
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
                    stream.write_all(&removed()).unwrap();
                }
            }
        }
    });
    (format!("https://localhost:{port}"), file)
}

#[test]
fn a_trusted_certificate_is_accepted() {
    let (base_url, certificate) = server("localhost");
    assert_eq!(call("a_trusted_certificate_is_accepted", &base_url, &certificate), "removed");
}

#[test]
fn an_untrusted_certificate_is_rejected() {
    let (base_url, _) = server("localhost");
    let (_, another) = server("localhost");
    let address = base_url.trim_start_matches("https://");
    assert_eq!(
        call("an_untrusted_certificate_is_rejected", &base_url, &another),
        format!("no connection to {address}: invalid peer certificate: UnknownIssuer; retryable: true")
    );
}

#[test]
fn a_certificate_for_another_name_is_rejected() {
    let (base_url, certificate) = server("elsewhere.example");
    let outcome = call("a_certificate_for_another_name_is_rejected", &base_url, &certificate);
    let address = base_url.trim_start_matches("https://");
    assert!(outcome.starts_with(&format!("no connection to {address}: invalid peer certificate: ")), "{outcome}");
    assert!(outcome.contains("not valid for name \"localhost\""), "{outcome}");
}
