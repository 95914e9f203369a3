//! However long an answer is, little of it is read, and less is kept. Measured as the peak memory of this process, so
//! it is the only test in its file.
#![cfg(target_os = "linux")]

mod loopback;

use std::io::{Read, Write};
use std::net::TcpListener;

use loopback::{once, untag};
use mantago::ErrorKind;

const GIB: usize = 1 << 30;
const MIB: usize = 1 << 20;

/// The most memory that this process had so far, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// Answers each connection with 1 GiB, and counts what of it could be sent.
fn serve(listener: TcpListener, head: String) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 16]).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let block = vec![b' '; 64 * 1024];
        (0..GIB).step_by(block.len()).take_while(|_| stream.write_all(&block).is_ok()).count() * block.len()
    })
}

#[tokio::test]
async fn of_a_gibibyte_little_is_read() {
    for (status, kind, shown, bound) in [
        ("404 Not Found", ErrorKind::NotFound, "the answer is not as documented", 8 * MIB),
        ("418 I'm a teapot", ErrorKind::UnexpectedResponse, "the answer is not as documented", 8 * MIB),
        ("302 Found", ErrorKind::UnexpectedResponse, "the answer is not as documented", 8 * MIB),
        ("200 OK", ErrorKind::UnexpectedResponse, "the answer has more than 16 MiB", 64 * MIB),
    ] {
        for length in [format!("content-length: {GIB}\r\n"), String::new()] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let client = once(format!("http://{}", listener.local_addr().unwrap())).build().unwrap();
            let sending = serve(listener, format!("HTTP/1.1 {status}\r\n{length}\r\n"));
            let before = peak();
            let error = untag(&client).await.unwrap_err();
            let grown = peak() - before;
            assert_eq!(error.kind(), kind);
            assert_eq!(error.to_string(), format!("{status}: {shown}"));
            assert_eq!(error.body().len(), 64 * 1024);
            assert!(grown < bound, "{status}: {} MiB more memory", grown / MIB);
            drop(client);
            let sent = tokio::task::spawn_blocking(|| sending.join().unwrap()).await.unwrap();
            assert!(sent < GIB, "all of it was read");
        }
    }
}
