//! The file of failed rows opens where the list opened, and does no harm there.

use std::fs;

use mantago::ErrorCode;

use crate::folder::{Folder, list};
use crate::support::{Server, json, removed};

fn refusal(message: &str) -> Vec<u8> {
    json("404 Not Found", format!(r#"{{"success":false,"errResponse":{{"message":"{message}","code":37011}}}}"#))
}

/// The last cell of a row that failed with that message.
fn error(message: &str) -> String {
    format!("\"404 Not Found: {message} (code {})\"", ErrorCode::ClientNotFound)
}

/// The file of failed rows after a run in which all clients but `c1` failed.
async fn failed_rows(list: impl AsRef<[u8]>) -> Vec<u8> {
    let folder = Folder::with_list("failed_rows", list);
    let server = Server::start_with(|request| match request.json()["clientId"].as_str() {
        Some("c1") => removed(),
        _ => refusal("no"),
    })
    .await;
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(1));
    fs::read(folder.0.join("clients.csv.failed.csv")).unwrap()
}

#[tokio::test]
async fn failed_rows_keep_their_columns_delimiter_and_line_breaks() {
    let shown = error("no");
    for (list, expected) in [
        (
            "Name;clientId;Note\nA;c1;x\n\"B \"\"b\"\"; b\";c2;\"y\n, z\"\n",
            format!("Name;clientId;Note;error\n\"B \"\"b\"\"; b\";c2;\"y\n, z\";{shown}\n"),
        ),
        ("clientId\tName\r\nc1\tA\r\nc2\tB\r\n", format!("clientId\tName\terror\r\nc2\tB\t{shown}\r\n")),
        ("clientId|Name|Note\nc2|B\nc3\n", format!("clientId|Name|Note|error\nc2|B||{shown}\nc3|||{shown}\n")),
        ("clientId,Name\nc2,B,,\n", format!("clientId,Name,error\nc2,B,{shown}\n")),
        ("clientId\nc2", format!("clientId,error\nc2,{shown}\n")),
        ("clientId;\rc2;B\r", format!("clientId;;error\rc2;B;{shown}\r")),
        ("sep=;\nclientId;Name\nc2;B\n", format!("sep=;\nclientId;Name;error\nc2;B;{shown}\n")),
        ("error,clientId\nmine,c2\n", format!("error,clientId,error\nmine,c2,{shown}\n")),
    ] {
        assert_eq!(String::from_utf8(failed_rows(list).await).unwrap(), expected, "{list:?}");
    }
}

#[tokio::test]
async fn failed_rows_keep_their_encoding_and_byte_order_mark() {
    let shown = error("no");
    let (list, expected) =
        ("clientId;Name\nc1;A\nc2;Zo\u{eb}\n", format!("clientId;Name;error\nc2;Zo\u{eb};{shown}\n"));
    let mark = |text: &str| format!("\u{feff}{text}");
    let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    let windows_1252 = |text: &str| text.chars().map(|character| character as u8).collect::<Vec<_>>();
    for encode in [
        &(|text: &str| text.as_bytes().to_vec()) as &dyn Fn(&str) -> Vec<u8>,
        &|text| mark(text).into_bytes(),
        &|text| utf_16(text, u16::to_le_bytes),
        &|text| utf_16(&mark(text), u16::to_le_bytes),
        &|text| utf_16(&mark(text), u16::to_be_bytes),
        &windows_1252,
    ] {
        assert_eq!(failed_rows(encode(list)).await, encode(&expected));
    }
    // Bytes of another encoding stay as they are.
    let big_5 = failed_rows(b"clientId,Name\nc2,\xa4\x5c\xae\x7c\n").await;
    assert_eq!(big_5, [b"clientId,Name,error\nc2,\xa4\x5c\xae\x7c,", shown.as_bytes(), b"\n"].concat());
}

#[tokio::test]
async fn failed_rows_are_a_list_whose_errors_are_replaced() {
    let folder = Folder::with_list("again", "Name;clientId\nA;c1\nB;c2\n");
    let server = Server::start(refusal("first")).await;
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(1));
    let server = Server::start(refusal("second")).await;
    assert_eq!(folder.run(&server, &["clients.csv.failed.csv"]).await.status, Some(1));
    let first = folder.read("clients.csv.failed.csv");
    assert_eq!(folder.read("clients.csv.failed.csv.failed.csv"), first.replace("first", "second"));
}

#[tokio::test]
async fn a_formula_is_neutralized_in_the_error_only() {
    let folder = Folder::with_list("formula", "clientId,note\n+886,=1+1\n@c,-1\n");
    let server = Server::start(refusal("x;=1+1, @cmd|-2 a=b")).await;
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(1));
    let error = error("x;'=1+1, '@cmd|'-2 a=b");
    let expected = format!("clientId,note,error\n+886,=1+1,{error}\n@c,-1,{error}\n");
    assert_eq!(folder.read("clients.csv.failed.csv"), expected);
}

#[cfg(unix)]
#[tokio::test]
async fn no_link_is_followed() {
    use std::os::unix::fs::symlink;

    let folder = Folder::with_list("links", list(1..=1));
    for name in ["first", "second"] {
        folder.write(name, "mine");
    }
    symlink("first", folder.0.join("clients.csv.failed.csv.new")).unwrap();
    symlink("second", folder.0.join("clients.csv.failed.csv")).unwrap();
    assert_eq!(folder.run(&Server::start(refusal("no")).await, &["clients.csv"]).await.status, Some(1));
    assert_eq!((folder.read("first"), folder.read("second")), ("mine".to_owned(), "mine".to_owned()));
    assert!(folder.read("clients.csv.failed.csv").starts_with("clientId,error\nc1,"));
    assert!(!folder.files().contains(&"clients.csv.failed.csv.new".to_owned()));
}
