//! The forms of lists that spreadsheets and other programs write, and wrong rows.

use serde_json::json;

use crate::folder::{Folder, end};
use crate::support::{Request, Server, nowhere, removed};

const ROWS: &str = "Name,Client ID,PLATFORM,platform_client_id\nA,c1,,\nB,,Line,U2\n,,,\nC,,LIVE CHAT,u 3\n";

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// In each form, the list has the same three clients.
#[tokio::test]
async fn every_form_of_a_list_identifies_the_same_clients() {
    let mark = |text: &str| format!("\u{feff}{text}");
    let windows_1252 = ROWS.replace("A,", "Jos\u{e9},").chars().map(|character| character as u8).collect::<Vec<_>>();
    let (header, rows) = ROWS.split_once("A,").unwrap();
    let big_5 = [header.as_bytes(), b"\xa4\x5c\xae\x7c,", rows.as_bytes()].concat();
    let notice = "mantago: clients.csv is neither UTF-8 nor UTF-16: it is read as Windows-1252\n";
    for (form, bytes, warning) in [
        ("plain", ROWS.into(), ""),
        ("mark", mark(ROWS).into(), ""),
        ("crlf", ROWS.replace('\n', "\r\n").into(), ""),
        ("cr", ROWS.replace('\n', "\r").into(), ""),
        ("semicolon", ROWS.replace(',', ";").into(), ""),
        ("tab", ROWS.replace(',', "\t").into(), ""),
        ("pipe", ROWS.replace(',', "|").into(), ""),
        ("utf-16 le, semicolon", utf_16(&mark(&ROWS.replace(',', ";")), u16::to_le_bytes), ""),
        ("quoted", ROWS.replace("A,c1", "\"A\r\n\"\"a\"\", a\",\"c1\"").into(), ""),
        ("no last break", ROWS.trim_end().into(), ""),
        ("blank rows", format!("\n,,\n{ROWS},,\n\n;;\n").replace(";;", ", ,,,").into(), ""),
        ("names", ROWS.replace("Client ID", "clientId").replace("platform_client_id", "PlatformClientID").into(), ""),
        ("utf-16 le", utf_16(&mark(ROWS), u16::to_le_bytes), ""),
        ("utf-16 be", utf_16(&mark(ROWS), u16::to_be_bytes), ""),
        ("utf-16 le, no mark", utf_16(ROWS, u16::to_le_bytes), ""),
        ("utf-16 be, no mark", utf_16(ROWS, u16::to_be_bytes), ""),
        ("windows-1252", windows_1252, notice),
        // Columns that the program doesn't read may be in any encoding.
        ("big5", big_5, notice),
    ] {
        let folder = Folder::with_list("form", bytes);
        let server = Server::start(removed()).await;
        let ended = folder.run(&server, &["clients.csv"]).await;
        assert_eq!(ended.status, Some(0), "{form}: {ended:?}");
        assert!(ended.stderr.starts_with(warning) && ended.stderr.lines().count() < 3, "{form}: {}", ended.stderr);
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

/// The same bytes are another ID in Windows-1252, Big5 or Shift JIS.
#[tokio::test]
async fn an_id_beyond_ascii_needs_unicode() {
    for (id, reading) in [(&b"Zo\xeb"[..], "Zo\u{eb}"), (b"\xa4\xa4\xa4\xe5", "\u{a4}\u{a4}\u{a4}\u{e5}")] {
        let folder = Folder::with_list("encoded", [b"clientId;Name\n", id, b";A\n"].concat());
        let ended = end(folder.program(&nowhere(), &["clients.csv"])).await;
        let why = format!(
            "mantago: clients.csv: 1 of 1 row is wrong, and nothing was sent:\n  line 2: clientId can be read in several ways, \
            such as {reading:?} in Windows-1252: save the list as UTF-8\n"
        );
        assert_eq!((ended.status, ended.stderr), (Some(2), why));
    }
    for list in ["clientId\nZo\u{eb}\n".as_bytes(), &utf_16("\u{feff}clientId\nZo\u{eb}\n", u16::to_be_bytes)] {
        let folder = Folder::with_list("unicode", list);
        let server = Server::start(removed()).await;
        assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(0));
        assert_eq!(server.request().json()["clientId"], "Zo\u{eb}");
    }
}

#[tokio::test]
async fn every_wrong_row_is_named_and_nothing_is_sent() {
    let rows = "platformClientId,clientId,name,platform\r\n,c1,A,\r\n,,B,\r\n\r\nU1,,\"C\r\nc\",\r\nU1,,D,sms\r\n,c1,E,line\r\n\
        U1, ,F,line\r\nU1 ,,G,line\r\n,,H,line\r\n,c1,I,,J\r\n";
    let folder = Folder::with_list("wrong", rows);
    let ended = end(folder.program(&nowhere(), &["clients.csv"])).await;
    // The API defines the platforms.
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
  line 12: expected 4 fields, as in the header, found 5
"
    );
    assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr), (Some(2), "", expected));
    assert_eq!(folder.files(), ["clients.csv"]);
}

/// In a spreadsheet, these look right. The API would not find the client, or find another one.
#[tokio::test]
async fn an_id_that_a_spreadsheet_damaged_is_wrong() {
    let rounded =
        |id| format!("is {id}, a number rounded by a spreadsheet: format the column as text and export the IDs again");
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
        ("'123", formula("'123")),
        ("c\u{200b}1", character("200B")),
        ("c1\u{200d}", character("200D")),
        ("\u{feff}c1", character("FEFF")),
        ("c\u{a0}1", character("00A0")),
        ("c\u{202e}1", character("202E")),
        ("c\u{ad}1", character("00AD")),
        ("c\u{1}1", character("0001")),
        ("c\u{b}1", character("000B")),
        ("c\u{0}1", character("0000")),
        ("c\u{fffd}1", character("FFFD")),
        ("\u{a0}c1", around.clone()),
        ("c1\u{3000}", around),
    ];
    let quoted = |id: &str| format!("\"{}\"\n", id.replace('"', "\"\""));
    let rows: String = cases.iter().map(|(id, _)| quoted(id)).collect();
    let ended = Folder::with_list("ruined", format!("clientId\n{rows}")).dry_run().await;
    let lines = (2..).zip(&cases).map(|(line, (_, why))| format!("  line {line}: clientId {why}\n"));
    let expected =
        format!("mantago: clients.csv: 20 of 20 rows are wrong, and nothing was sent:\n{}", lines.collect::<String>());
    assert_eq!((ended.status, ended.stderr), (Some(2), expected));

    // These only look damaged.
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

#[tokio::test]
async fn a_wrong_header_is_quoted() {
    let expected = "expected clientId, or both platform and platformClientId";
    for (bytes, why) in [
        ("id;platform\n", format!(", line 1: the header is [\"id\", \"platform\"]: {expected}")),
        ("\n\nid\n", format!(", line 3: the header is [\"id\"]: {expected}")),
        ("clientId,platform,Client ID\nc1,,c2\n", ", line 1: the header has clientId twice".to_owned()),
        ("platformClientId\nU1\n", format!(", line 1: the header is [\"platformClientId\"]: {expected}")),
        ("cl\u{1b}[31mient\n", format!(", line 1: the header is [\"cl\\u{{1b}}[31mient\"]: {expected}")),
        ("", ": expected a header and a row for each client, found nothing".to_owned()),
        (",,\n\n", ": expected a header and a row for each client, found nothing".to_owned()),
    ] {
        let ended = Folder::with_list("header", bytes).dry_run().await;
        assert_eq!((ended.status, ended.stderr), (Some(2), format!("mantago: clients.csv{why}\n")));
    }
}

#[tokio::test]
async fn a_list_with_only_a_header_warns() {
    for list in ["clientId\n", "clientId,Name", "sep=;\nclientId;Name\n;\n"] {
        let ended = Folder::with_list("empty", list).dry_run().await;
        assert_eq!((ended.status, &*ended.stderr), (Some(0), "mantago: clients.csv has a header and no clients\n"));
        assert!(ended.stdout.starts_with("clients.csv: 0 clients, 0 done by earlier runs, 0 to do.\n"), "{ended:?}");
    }
}

#[tokio::test]
async fn an_excel_workbook_is_refused() {
    for bytes in [&b"PK\x03\x04\x14\0\x06\0\x08\0"[..], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"] {
        let folder = Folder::with_list("workbook", bytes);
        let ended = end(folder.program(&nowhere(), &["clients.csv"])).await;
        let why = "mantago: clients.csv is an Excel workbook: save it as CSV\n";
        assert_eq!((ended.status, &*ended.stderr), (Some(2), why));
        assert_eq!(folder.files(), ["clients.csv"]);
    }
}

/// Excel keeps 15 digits of a number.
#[tokio::test]
async fn long_ids_that_all_end_in_zeros_warn_once() {
    let warning = |count| {
        format!(
            "mantago: clients.csv: all IDs of 16 and more digits end in zeros ({count}), as if Excel had rounded them: \
            compare them with MantaGO's\n"
        )
    };
    for (ids, expected) in [
        ("1234567890123450\n12345678901234500\nc1\n123456789012345\n", warning(2)),
        ("1234567890123450\n", warning(1)),
        ("1234567890123450\n1234567890123456\n", String::new()),
        ("12345678901234560\n", String::new()),
        ("123456789012340\n", String::new()),
    ] {
        let ended = Folder::with_list("zeros", format!("clientId\n{ids}")).dry_run().await;
        assert_eq!((ended.status, ended.stderr), (Some(0), expected), "{ids:?}");
    }
    let ended = Folder::with_list("zeros", "platform,platformClientId\nline,9876543210987600\n").dry_run().await;
    assert_eq!(ended.stderr, warning(1));
}

#[tokio::test]
async fn a_huge_field_is_accepted_or_quoted_in_part() {
    let note = "x".repeat(300_000);
    let folder = Folder::with_list("huge", format!("clientId,note\nc1,{note}\nc2,\"{note}\n{note}\"\n"));
    let ended = folder.dry_run().await;
    assert!(ended.stdout.starts_with("clients.csv: 2 clients, "), "{:?}", ended.status);
    // A message quotes only the beginning of the field.
    for list in [
        format!("clientId\n{note};{note}\n"),
        format!("clientId\n={note}\n"),
        format!("{note},{note}\n"),
        format!("platform,platformClientId\n{note},U1\n"),
    ] {
        let ended = Folder::with_list("huge_id", list).dry_run().await;
        assert_eq!(ended.status, Some(2));
        assert!(ended.stderr.len() < 1000, "{}", ended.stderr.len());
    }
}

#[tokio::test]
async fn lines_are_counted_with_each_line_break() {
    for line_break in ["\n", "\r\n", "\r"] {
        let rows = "clientId,note\n\nc1,\"a\nb\"\nc2,\n x,\n".replace('\n', line_break);
        let ended = Folder::with_list("lines", rows).dry_run().await;
        let end = "\n  line 6: clientId has white space around it\n";
        assert!(ended.stderr.ends_with(end), "{line_break:?}: {ended:?}");
    }
}
