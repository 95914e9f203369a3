//! Each form of a list that spreadsheets and other programs write, and what is wrong with a row.

use serde_json::json;

use crate::folder::{Folder, end, list};
use crate::support::{Request, Server, nowhere, removed};

const ROWS: &str = "Name,Client ID,PLATFORM,platform_client_id\nA,c1,,\nB,,Line,U2\n,,,\nC,,LIVE CHAT,u 3\n";

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// A list means the same three clients in each form.
#[tokio::test]
async fn each_form_of_a_list_is_the_same_list() {
    let mark = |text: &str| format!("\u{feff}{text}");
    let windows_1252 = ROWS.replace("A,", "Jos\u{e9},").chars().map(|character| character as u8).collect::<Vec<_>>();
    let (header, rows) = ROWS.split_once("A,").unwrap();
    let big_5 = [header.as_bytes(), b"\xa4\x5c\xae\x7c,", rows.as_bytes()].concat();
    let said = "mantago: clients.csv is neither UTF-8 nor UTF-16: it is read as Windows-1252\n";
    for (form, bytes, notice) in [
        ("plain", ROWS.into(), ""),
        ("mark", mark(ROWS).into(), ""),
        ("crlf", ROWS.replace('\n', "\r\n").into(), ""),
        ("cr", ROWS.replace('\n', "\r").into(), ""),
        ("semicolon", ROWS.replace(',', ";").into(), ""),
        ("tab", ROWS.replace(',', "\t").into(), ""),
        ("quoted", ROWS.replace("A,c1", "\"A\r\n\"\"a\"\", a\",\"c1\"").into(), ""),
        ("no last break", ROWS.trim_end().into(), ""),
        ("blank rows", format!("\n,,\n{ROWS},,\n\n;;\n").replace(";;", ", ,,,").into(), ""),
        ("names", ROWS.replace("Client ID", "clientId").replace("platform_client_id", "PlatformClientID").into(), ""),
        ("utf-16 le", utf_16(&mark(ROWS), u16::to_le_bytes), ""),
        ("utf-16 be", utf_16(&mark(ROWS), u16::to_be_bytes), ""),
        ("utf-16 le, no mark", utf_16(ROWS, u16::to_le_bytes), ""),
        ("utf-16 be, no mark", utf_16(ROWS, u16::to_be_bytes), ""),
        ("windows-1252", windows_1252, said),
        // Columns of no interest may be in any encoding.
        ("big5", big_5, said),
    ] {
        let folder = Folder::with_list("form", bytes);
        let server = Server::start(removed()).await;
        let ended = folder.run(&server, &["clients.csv"]).await;
        assert_eq!(ended.status, Some(0), "{form}: {ended:?}");
        assert!(ended.stderr.starts_with(notice) && ended.stderr.lines().count() < 3, "{form}: {}", ended.stderr);
        let mut clients: Vec<_> = server.requests().iter().map(Request::json).collect();
        clients.sort_by_key(|client| client["platform"].as_str().map(str::to_owned));
        let expected = [
            json!({ "clientId": "c1", "secret": "sec-b81e04d2", "tagId": "vip" }),
            json!({ "platform": "line", "platformClientId": "U2", "secret": "sec-b81e04d2", "tagId": "vip" }),
            json!({ "platform": "liveChat", "platformClientId": "u 3", "secret": "sec-b81e04d2", "tagId": "vip" }),
        ];
        assert_eq!(clients, expected, "{form}");
    }
}

#[tokio::test]
async fn an_id_may_be_in_windows_1252() {
    let folder = Folder::with_list("latin", b"clientId\nZo\xeb\n");
    let server = Server::start(removed()).await;
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(0));
    assert_eq!(server.request().json()["clientId"], "Zo\u{eb}");
}

#[tokio::test]
async fn every_wrong_row_is_named_and_nothing_is_sent() {
    let rows = "platformClientId,clientId,name,platform\r\n,c1,A,\r\n,,B,\r\n\r\nU1,,\"C\r\nc\",\r\nU1,,D,sms\r\n,c1,E,line\r\n\
        U1, ,F,line\r\nU1 ,,G,line\r\n,,H,line\r\n,c1\r\n";
    let folder = Folder::with_list("wrong", rows);
    let ended = end(folder.program(&nowhere(), &["clients.csv"])).await;
    // Which platforms there are is the API's matter.
    let platform = "sms".parse::<mantago::Platform>().unwrap_err();
    let expected = format!(
        "\
mantago: clients.csv: 8 of 9 rows are wrong, and nothing was sent:
  line 3: no client is identified: expected clientId, or both platform and platformClientId
  line 5: platform is missing: platformClientId identifies a client only together with it
  line 7: platform: {platform}
  line 8: the client is ambiguous: expected clientId, or both platform and platformClientId, but not more
  line 9: clientId is blank: expected an ID
  line 10: platformClientId has white space around it
  line 11: platformClientId is missing: platform identifies a client only together with it
  line 12: expected 4 fields, as in the header, found 2
"
    );
    assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr), (Some(2), "", expected));
    assert_eq!(folder.files(), ["clients.csv"]);
}

/// Nobody sees what is wrong with these in a spreadsheet, and the API would not find the client, or find another one.
#[tokio::test]
async fn an_id_that_a_spreadsheet_has_ruined_is_wrong() {
    let rounded = |id| {
        format!("is {id}, a number that a spreadsheet has rounded: format the column as text, and get the IDs anew")
    };
    let formula = |id| format!("is {id}, a formula or an error of a spreadsheet");
    let character = |number| format!("has an invisible or broken character, U+{number}");
    let around = "has white space around it".to_owned();
    let cases = [
        ("1.23E+15", rounded("1.23E+15")),
        ("1,23E+15", rounded("1,23E+15")),
        ("1.23e+15", rounded("1.23e+15")),
        ("2E+15", rounded("2E+15")),
        ("-1.5E-7", rounded("-1.5E-7")),
        ("#N/A", formula("#N/A")),
        ("=\"123\"", formula("=\"123\"")),
        ("c\u{200b}1", character("200B")),
        ("c1\u{200d}", character("200D")),
        ("\u{feff}c1", character("FEFF")),
        ("c\u{a0}1", character("00A0")),
        ("c\u{202e}1", character("202E")),
        ("c\u{ad}1", character("00AD")),
        ("c\u{1}1", character("0001")),
        ("c\t1", character("0009")),
        ("c\u{fffd}1", character("FFFD")),
        ("\u{a0}c1", around.clone()),
        ("c1\u{3000}", around),
    ];
    let quoted = |id: &str| format!("\"{}\"\n", id.replace('"', "\"\""));
    let rows: String = cases.iter().map(|(id, _)| quoted(id)).collect();
    let ended = Folder::with_list("ruined", format!("clientId\n{rows}")).dry_run().await;
    let lines = (2..).zip(&cases).map(|(line, (_, why))| format!("  line {line}: clientId {why}\n"));
    let expected =
        format!("mantago: clients.csv: 18 of 18 rows are wrong, and nothing was sent:\n{}", lines.collect::<String>());
    assert_eq!((ended.status, ended.stderr), (Some(2), expected));

    // What only looks like it.
    let right = "clientId\n1e15\n12E5\n507f1f77bcf86cd799439011\n+886912345678\n1.5\nab+3e+4\nc-1 d\n";
    let ended = Folder::with_list("not_ruined", right).dry_run().await;
    assert!(ended.stdout.starts_with("clients.csv: 7 clients, "), "{ended:?}");
}

#[tokio::test]
async fn twenty_wrong_rows_are_listed_and_all_are_counted() {
    let folder = Folder::with_list("many_wrong", format!("clientId\nc1\n{}", " x\n".repeat(3_000)));
    let ended = folder.dry_run().await;
    assert_eq!((ended.status, ended.stderr.lines().count()), (Some(2), 22));
    let first = "mantago: clients.csv: 3000 of 3001 rows are wrong, and nothing was sent:\n  line 3: clientId has";
    assert!(ended.stderr.starts_with(first), "{}", ended.stderr);
    assert!(
        ended.stderr.ends_with("\n  line 22: clientId has white space around it\n  and 2980 more\n"),
        "{}",
        ended.stderr
    );
}

/// The rows after it would be part of a name.
#[tokio::test]
async fn a_quotation_mark_that_is_never_closed_loses_no_rows() {
    for (rows, line) in [("c1,\"Bob\nc2,Al\nc3,Eve\n", 2), ("c1,Al\r\nc2,\"Bob\r\nc3,Eve\r\n", 3)] {
        let ended = Folder::with_list("quote", format!("clientId,name\n{rows}")).dry_run().await;
        let expected = format!(
            "mantago: clients.csv, line {line}: expected a quotation mark that ends the field; nothing was sent\n"
        );
        assert_eq!((ended.status, ended.stderr), (Some(2), expected));
    }
    let ended = Folder::with_list("inches", "clientId,name\nc1,5\" screen\nc2,Al\n").dry_run().await;
    assert!(ended.stdout.starts_with("clients.csv: 2 clients"), "{ended:?}");
}

#[tokio::test]
async fn a_header_that_is_wrong_is_quoted() {
    let expected = "expected clientId, or both platform and platformClientId";
    for (bytes, why) in [
        ("id;platform\n", format!(", line 1: the header is \"id, platform\": {expected}")),
        ("\n\nid\n", format!(", line 3: the header is \"id\": {expected}")),
        ("clientId,platform,Client ID\nc1,,c2\n", ", line 1: the header has clientId twice".to_owned()),
        ("platformClientId\nU1\n", format!(", line 1: the header is \"platformClientId\": {expected}")),
        ("", ": expected a header and a row for each client, found nothing".to_owned()),
        (",,\n\n", ": expected a header and a row for each client, found nothing".to_owned()),
    ] {
        let ended = Folder::with_list("header", bytes).dry_run().await;
        assert_eq!((ended.status, ended.stderr), (Some(2), format!("mantago: clients.csv{why}\n")));
    }
}

#[tokio::test]
async fn a_list_without_rows_is_done() {
    let ended = Folder::with_list("empty", "clientId\n").dry_run().await;
    assert_eq!(
        (ended.status, ended.stdout.lines().next()),
        (Some(0), Some("clients.csv: 0 clients, 0 done by earlier runs, 0 to do."))
    );
}

#[tokio::test]
async fn standard_input_has_a_journal_by_its_content() {
    let folder = Folder::with_list("stdin", list(1..=2));
    folder.write("other.csv", list(3..=4));
    let server = Server::start(removed()).await;
    for (file, requests) in [("clients.csv", 2), ("other.csv", 4), ("clients.csv", 4)] {
        let mut command = folder.program(&server.url(), &["-"]);
        command.stdin(std::fs::File::open(folder.0.join(file)).unwrap());
        let ended = end(command).await;
        assert_eq!((ended.status, server.request_count()), (Some(0), requests), "{ended:?}");
    }
    let files = folder.files();
    let journals: Vec<_> = files.iter().filter(|name| name.ends_with(".journal")).collect();
    assert_eq!((files.len(), journals.len()), (4, 2), "{files:?}");
    assert!(journals.iter().all(|name| name.starts_with("stdin-") && name.len() == 50), "{journals:?}");
}
