//! The delimiter is the header's. A list that could be read in two ways is refused with both readings.

use crate::folder::{Folder, clients, end};
use crate::support::{Server, nowhere, removed};

async fn sent(list: &str) -> Vec<String> {
    let folder = Folder::with_list("delimiter", list);
    let server = Server::start(removed()).await;
    let ended = folder.run(&server, &["clients.csv"]).await;
    assert_eq!(ended.status, Some(0), "{list:?}: {ended:?}");
    clients(&server)
}

/// The error, without its beginning.
async fn refusal(list: &str) -> String {
    let folder = Folder::with_list("refused", list);
    let ended = end(folder.program(&nowhere(), &["clients.csv"])).await;
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{list:?}: {ended:?}");
    assert_eq!(folder.files(), ["clients.csv"]);
    ended.stderr.strip_prefix("mantago: clients.csv").unwrap().to_owned()
}

#[tokio::test]
async fn a_delimiter_without_a_second_column_separates_fields() {
    for delimiter in [",", ";", "\t", "|"] {
        let list = |text: &str| text.replace(';', delimiter);
        assert_eq!(sent(&list("clientId;\nkx-1;VIP\nkx-2;\n")).await, ["kx-1", "kx-2"], "{delimiter:?}");
        assert_eq!(sent(&list(";clientId\nAnna;kx-1")).await, ["kx-1"], "{delimiter:?}");
        assert_eq!(sent(&list(";;clientId;;\n;;kx-1;x;\n;;;;\n")).await, ["kx-1"], "{delimiter:?}");
        assert_eq!(sent(&list("\"clientId\";\"Name\"\n\"kx-1\";\"A;B\"\n")).await, ["kx-1"], "{delimiter:?}");
    }
}

#[tokio::test]
async fn other_delimiters_in_other_columns_are_text() {
    assert_eq!(sent("clientId;Name,Note\nkx-1;A,B|C\n").await, ["kx-1"]);
    assert_eq!(sent("Name,clientId\n\"Smith; Anna\",kx-1\n").await, ["kx-1"]);
    assert_eq!(sent("Name;clientId\nSmith, Anna;kx-1\n").await, ["kx-1"]);
}

#[tokio::test]
async fn a_delimiter_in_an_id_is_refused_with_both_readings() {
    let readings = |id: &str, first: &str, rest: &str, delimiter: char| {
        format!(
            "clientId can be read in two ways: {id:?}, or {first:?} and {rest:?} if {delimiter:?} separates the fields"
        )
    };
    for (list, flaw) in [
        ("clientId\nkx-1;Anna", readings("kx-1;Anna", "kx-1", "Anna", ';')),
        ("clientId\nkx-1,\n", readings("kx-1,", "kx-1", "", ',')),
        ("clientId\n;kx-1\n", readings(";kx-1", "", "kx-1", ';')),
        ("clientId\nkx-1\tAnna\n", readings("kx-1\tAnna", "kx-1", "Anna", '\t')),
        ("clientId\n\"kx-1|Anna\"\n", readings("kx-1|Anna", "kx-1", "Anna", '|')),
        ("clientId\nkx-1；Anna\n", readings("kx-1；Anna", "kx-1", "Anna", '；')),
        ("clientId,Name\nkx-1;Anna\n", readings("kx-1;Anna", "kx-1", "Anna", ';')),
        ("clientId;Name\nkx-1,x;Anna\n", readings("kx-1,x", "kx-1", "x", ',')),
    ] {
        let expected = format!(": 1 of 1 row is wrong, and nothing was sent:\n  line 2: {flaw}\n");
        assert_eq!(refusal(list).await, expected, "{list:?}");
    }
    let platform = refusal("platform;platformClientId\nline;U1|x\n").await;
    assert!(platform.contains("platformClientId can be read in two ways: \"U1|x\", or \"U1\" and \"x\""), "{platform}");
}

#[tokio::test]
async fn a_header_with_two_delimiters_is_refused_with_both_readings() {
    let twice = |this: &[&str], other: &[&str]| {
        format!(", line 1: the header can be read in two ways, as {this:?} or as {other:?}\n")
    };
    for (list, flaw) in [
        ("clientId;x,clientId\na;b,c\n", twice(&["clientId;x", "clientId"], &["clientId", "x,clientId"])),
        ("Name,clientId;Note\na,b;c\n", twice(&["Name", "clientId;Note"], &["Name,clientId", "Note"])),
        ("\"clientId,Name\"\n\"kx-1,Anna\"\n", twice(&["clientId,Name"], &["\"clientId", "Name\""])),
        (
            "clientId,platform|platformClientId\nc,line|U\n",
            twice(&["clientId", "platform|platformClientId"], &["clientId,platform", "platformClientId"]),
        ),
    ] {
        assert_eq!(refusal(list).await, flaw, "{list:?}");
    }
}

#[tokio::test]
async fn a_sep_line_sets_the_delimiter() {
    for first in ["sep=;", "\"sep=;\"", "SEP=;"] {
        assert_eq!(sent(&format!("{first}\r\nclientId;Name\r\nkx-1;A\r\n")).await, ["kx-1"], "{first}");
    }
    assert_eq!(sent("sep=\t\nclientId\nkx-1\n").await, ["kx-1"]);
    assert_eq!(
        refusal("sep=;\nclientId,Name\nkx-1,A\n").await,
        ", line 2: the header can be read in two ways, as [\"clientId,Name\"] or as [\"clientId\", \"Name\"]\n"
    );
    assert_eq!(
        refusal("sep=:\nclientId:Name\n").await,
        ", line 1: expected a comma, semicolon, tab or pipe after sep=\n"
    );
    let wide = refusal("sep=;\nclientId\nkx-1;A\n").await;
    assert!(wide.ends_with("\n  line 3: expected 1 field, as in the header, found 2\n"), "{wide}");
}

/// Excel omits empty cells at the end of a row, or adds some.
#[tokio::test]
async fn rows_may_omit_or_add_empty_cells() {
    assert_eq!(sent("clientId;Name;Note\nc1;A;N\nc2;B\nc3\nc4;D;N;;\n").await, ["c1", "c2", "c3", "c4"]);
    let missing = refusal("Name;clientId;Note\nA;c1;N\nB\n").await;
    assert!(missing.contains("\n  line 3: no client is identified: "), "{missing}");
    let missing = refusal("platform,platformClientId,Name\nline,U1,N\nline\n").await;
    assert!(missing.contains("\n  line 3: platformClientId is missing: "), "{missing}");
    // A program that doesn't quote line breaks wrote a note.
    for list in ["clientId,note\nc1,line one\nline two\n", "clientId;a;note\nc1;A;one\nline two; three\nc2;B\n"] {
        let line = refusal(list).await;
        assert!(
            line.ends_with("\n  line 3: can be read in two ways: as a row, or as a line of the row before it\n"),
            "{line}"
        );
    }
    let wide = refusal("clientId;Name\nc1;A;B\n").await;
    assert!(wide.ends_with("\n  line 2: expected 2 fields, as in the header, found 3\n"), "{wide}");
}

#[tokio::test]
async fn quotation_marks_never_swallow_rows() {
    let follows = |line, first| {
        format!(
            ", line {line}: text follows the quotation mark that ends a field (the field begins on line {first}); nothing was sent\n"
        )
    };
    let open = |line| format!(", line {line}: expected a quotation mark that ends the field; nothing was sent\n");
    let both = "\n  line 2: can be read in two ways: as one row with line breaks between quotation marks, or as a row on each line\n";
    for (list, flaw) in [
        ("clientId,note\nkx-1,\"5 inch\nkx-2,ok\nkx-3,\"7 inch\"\nkx-4,end\n", follows(4, 2)),
        ("clientId,note\nkx-1,\"a\" b\nkx-2,ok\n", follows(2, 2)),
        ("clientId;note\r\nkx-1;\"5\r\nkx-2;\"\"\r\nkx-3;\"7\"\r\n", follows(4, 2)),
        ("clientId,note\nkx-1,\"Bob\nkx-2,Al\n", open(2)),
        ("clientId,note\rkx-1,Al\rkx-2,\"Bob\rkx-3,Eve\r", open(3)),
        ("clientId,note\nkx-1,\"Bob", open(2)),
        ("clientId,note\nkx-1,\"5 inch\nkx-2,ok\nkx-3,7\"\nkx-4,end\n", both.to_owned()),
        ("clientId;note\r\nkx-1;\"5 inch\r\nkx-2;7\"\r\nkx-3;x\r\n", both.to_owned()),
    ] {
        let refusal = refusal(list).await;
        assert!(refusal.ends_with(&flaw), "{list:?}: {refusal}");
    }
}

#[tokio::test]
async fn quoted_line_breaks_and_inches_are_text() {
    assert_eq!(sent("clientId,note\nkx-1,\"line one\nline, two\"\nkx-2,5\" screen\n").await, ["kx-1", "kx-2"]);
    // Excel ends rows with CR LF, and lines in a cell with LF.
    assert_eq!(sent("clientId,note\r\nkx-1,\"one\ntwo,three\"\r\nkx-2,x\r\n").await, ["kx-1", "kx-2"]);
    assert_eq!(sent("note,clientId\n\"line one\nline two\",kx-1\n").await, ["kx-1"]);
    assert_eq!(sent("clientId,note\nkx-1,\"say \"\"hi\"\",\r\nplease\"\nkx-2,\n").await, ["kx-1", "kx-2"]);
}

/// It may separate rows, or belong to a note.
#[tokio::test]
async fn a_cr_between_lines_that_end_with_lf_is_refused() {
    let flaw =
        "ends with another line break than the lines before it: expected CR, or LF, but not both; nothing was sent\n";
    assert_eq!(refusal("clientId,note\nkx-1,one\rtwo\nkx-2,x\n").await, format!(", line 2: {flaw}"));
    assert_eq!(refusal("clientId,note\rkx-1,one\ntwo\rkx-2,x\r").await, format!(", line 2: {flaw}"));
    // A program converted the line breaks twice.
    assert_eq!(sent("clientId,note\r\r\nkx-1,one\r\r\nkx-2,x\r\r\n").await, ["kx-1", "kx-2"]);
}
