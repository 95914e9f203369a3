//! `examples/remove_personal_tag.rs`: what it prints, its exit statuses, and that wrong use is one line.

mod loopback;

use std::path::PathBuf;
use std::process::{Command, Output};

use loopback::{REMOVED, SECRET, Server, TOKEN, json};

/// The example, without any variable of this environment that it reads.
fn example() -> Command {
    // Cargo builds the examples beside the tests, in a folder of their own.
    let tests: PathBuf = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/remove_personal_tag");
    let mut command = Command::new(program.with_extension(std::env::consts::EXE_EXTENSION));
    for name in ["MANTAGO_TOKEN", "MANTAGO_SECRET", "MANTAGO_BOT_ID", "MANTAGO_BASE_URL"] {
        command.env_remove(name);
    }
    // A proxy that is not there: loopback is spoken to without one.
    for name in ["http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        command.env(name, "http://127.0.0.1:1");
    }
    for name in ["no_proxy", "NO_PROXY"] {
        command.env_remove(name);
    }
    command
}

/// The example with credentials, and a server as its API.
fn with_credentials(base_url: &str) -> Command {
    let mut command = example();
    command.env("MANTAGO_TOKEN", TOKEN).env("MANTAGO_SECRET", SECRET).env("MANTAGO_BOT_ID", "bot-7");
    command.env("MANTAGO_BASE_URL", base_url);
    command
}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn alone_it_shows_four_requests() {
    let output = run(example()).await;
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
    let printed = text(&output.stdout);
    let (first, rest) = printed.split_once('\n').unwrap();
    let address = first.strip_prefix("An embedded MantaGO listens on 127.0.0.1:").unwrap();
    assert!(address.ends_with(&format!(", made from the document of API {}.", mantago::API_VERSION)), "{first}");
    assert_eq!(
        rest,
        "\
It knows one client: client-1001, who is U4af49806 on line. Tags: trial, vip.

1. Remove the tag \"vip\", the client named by clientId.
   done: Personal tag mapping deleted successfully
   requests that reached it: 1, tags that are left: trial

2. Remove the tag \"trial\", the client named by platform and platformClientId.
   done: Personal tag mapping deleted successfully
   requests that reached it: 2, tags that are left: none

3. Name the client in both ways at once. The API does not say which would count, so it is not sent.
   error: invalid request: the client is ambiguous: expected clientId, or both platform and platformClientId, but not more
   requests that reached it: 2, tags that are left: none

4. Name a client that it does not know.
   error: 404 Not Found: Client not found (code 37011, no such client)
   requests that reached it: 3, tags that are left: none
"
    );
}

#[tokio::test]
async fn with_credentials_it_removes_a_tag() {
    for (arguments, identity) in [
        (&["--client-id", "c1"][..], serde_json::json!({ "clientId": "c1" })),
        (
            &["--platform", "whatsapp", "--platform-client-id", "u 1"],
            serde_json::json!({ "platform": "whatsapp", "platformClientId": "u 1" }),
        ),
    ] {
        let server = Server::start(json("200 OK", REMOVED)).await;
        let mut command = with_credentials(&server.url());
        command.args(["--tag-id", "t1"]).args(arguments);
        let output = run(command).await;
        assert_eq!((text(&output.stdout), text(&output.stderr)), ("removed\n".to_owned(), String::new()));
        assert_eq!(output.status.code(), Some(0));

        let request = server.request();
        assert_eq!(request.query(), [("botId".to_owned(), "bot-7".to_owned())]);
        assert_eq!(request.header("authorization"), [format!("Bearer {TOKEN}")]);
        let mut expected = identity;
        expected["secret"] = SECRET.into();
        expected["tagId"] = "t1".into();
        assert_eq!(request.json(), expected);
    }
}

#[tokio::test]
async fn a_failed_call_is_one_line_and_status_1() {
    let body = r#"{"success":false,"errResponse":{"message":"expired","code":1004}}"#;
    let server = Server::start(json("401 Unauthorized", body)).await;
    let mut command = with_credentials(&server.url());
    command.args(["--tag-id", "t", "--client-id", "c"]);
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        (text(&output.stdout), text(&output.stderr)),
        (
            String::new(),
            "remove_personal_tag: 401 Unauthorized: expired (code 1004, token or secret expired: refresh the pair)\n"
                .to_owned()
        )
    );
}

#[tokio::test]
async fn wrong_use_is_one_line_and_status_2() {
    const BOTH: &str = "expected --client-id, or both --platform and --platform-client-id";
    let ready = || with_credentials("http://127.0.0.1:1");
    let without = |name| {
        let mut command = ready();
        command.env_remove(name).args(["--tag-id", "t", "--client-id", "c"]);
        command
    };
    let with = |arguments: &[&str]| {
        let mut command = ready();
        command.args(arguments);
        command
    };
    let mut plain_http = with(&["--tag-id", "t", "--client-id", "c"]);
    plain_http.env("MANTAGO_BASE_URL", "http://mantago.cc");
    let mut no_credentials = example();
    no_credentials.args(["--tag-id", "t", "--client-id", "c"]);

    for (command, why) in [
        (with(&[]), "--tag-id is missing"),
        (with(&["--client-id", "c"]), "--tag-id is missing"),
        (with(&["--tag-id", "t"]), BOTH),
        (with(&["--tag-id", "t", "--platform", "line"]), BOTH),
        (with(&["--tag-id", "t", "--platform-client-id", "u"]), BOTH),
        (with(&["--tag-id", "t", "--client-id", "c", "--platform", "line"]), BOTH),
        (with(&["--tag-id", "t", "--client-id", ""]), "--client-id: clientId is blank: expected the client's ID"),
        (
            with(&["--tag-id", "t", "--platform", "sms", "--platform-client-id", "u"]),
            "--platform sms: expected line, facebook, instagram, liveChat or whatsapp",
        ),
        (with(&["--tag-id"]), "missing argument for option '--tag-id'"),
        (with(&["--secret", "s"]), "invalid option '--secret'"),
        (with(&["tag"]), "unexpected argument \"tag\""),
        (no_credentials, "MANTAGO_SECRET is not set"),
        (without("MANTAGO_TOKEN"), "MANTAGO_TOKEN is not set"),
        (without("MANTAGO_SECRET"), "MANTAGO_SECRET is not set"),
        (without("MANTAGO_BOT_ID"), "MANTAGO_BOT_ID is not set"),
        (plain_http, "base URL: plain http would show the token and the secret: expected https, or allow_http"),
    ] {
        let output = run(command).await;
        let expected = format!("remove_personal_tag: {why} (--help tells more)\n");
        assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), expected));
        assert_eq!(output.status.code(), Some(2), "{why}");
    }
}

#[tokio::test]
async fn help_names_every_option_and_variable() {
    let mut command = example();
    command.arg("--help");
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0));
    let help = text(&output.stdout);
    for name in [
        "--tag-id",
        "--client-id",
        "--platform",
        "--platform-client-id",
        "--help",
        "MANTAGO_TOKEN",
        "MANTAGO_SECRET",
        "MANTAGO_BOT_ID",
        "MANTAGO_BASE_URL",
        "exit status",
    ] {
        assert!(help.contains(name), "{name} is not in: {help}");
    }
}
