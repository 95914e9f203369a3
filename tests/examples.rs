//! The examples' output and exit statuses. Wrong usage of `remove_personal_tag` prints one line.

mod support;

use std::env;
use std::process::{Command, Output};

use support::{ERROR, SECRET, SHOWN_ERROR, Server, TOKEN, json, removed};

/// An example, without the environment variables that it reads.
fn example(name: &str) -> Command {
    // Cargo builds the examples beside the tests, in a folder of their own.
    let tests = env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples").join(name);
    let program = program.with_extension(env::consts::EXE_EXTENSION);
    assert!(program.exists(), "where one test is chosen, cargo does not build the examples: cargo build --examples");
    let mut command = Command::new(program);
    for name in ["MANTAGO_TOKEN", "MANTAGO_SECRET", "MANTAGO_BOT_ID", "MANTAGO_BASE_URL", "no_proxy", "NO_PROXY"] {
        command.env_remove(name);
    }
    // This proxy does not exist: none is used for loopback.
    for name in ["http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        command.env(name, "http://127.0.0.1:1");
    }
    command
}

/// `remove_personal_tag` with credentials and a server.
fn remove(base_url: &str, arguments: &[&str]) -> Command {
    let mut command = example("remove_personal_tag");
    command.env("MANTAGO_TOKEN", TOKEN).env("MANTAGO_SECRET", SECRET).env("MANTAGO_BOT_ID", "bot-7");
    command.env("MANTAGO_BASE_URL", base_url).args(arguments);
    command
}

/// The exit status, standard output and standard error.
async fn run(mut command: Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[tokio::test]
async fn without_arguments_it_demonstrates_four_requests() {
    let (status, printed, errors) = run(example("remove_personal_tag")).await;
    assert_eq!((status, errors.as_str()), (0, ""));
    let (first, rest) = printed.split_once('\n').unwrap();
    let address = first.strip_prefix("An embedded MantaGO listens on 127.0.0.1:").unwrap();
    assert!(address.ends_with(&format!(", made from the document of API {}.", mantago::API_VERSION)), "{first}");
    assert_eq!(
        rest,
        "\
It knows one client: client-1001, who is U4af49806 on line, with two tags.

1. Remove the tag \"vip\" from the client with that clientId.
   done: Personal tag mapping deleted successfully
   requests that the server got: 1, tags that are left: trial

2. Remove the tag \"trial\" from the client with that platform and platformClientId.
   done: Personal tag mapping deleted successfully
   requests that the server got: 2, tags that are left: none

3. Name the client in both ways. It is not sent: the API does not say which would count.
   error: invalid request: the client is ambiguous: expected clientId, or both platform and platformClientId, but not more
   requests that the server got: 2, tags that are left: none

4. Name a client that does not exist.
   error: 404 Not Found: Client not found (code 37011, no such client)
   requests that the server got: 3, tags that are left: none
"
    );
}

#[tokio::test]
async fn with_credentials_it_removes_a_tag() {
    let by_id = serde_json::json!({ "clientId": "c1" });
    let by_platform = serde_json::json!({ "platform": "whatsapp", "platformClientId": "u 1" });
    for (arguments, mut expected) in [
        (&["--tag-id", "t1", "--client-id", "c1"][..], by_id),
        (&["--tag-id", "t1", "--platform", "whatsapp", "--platform-client-id", "u 1"], by_platform),
    ] {
        let server = Server::start(removed()).await;
        let outcome = run(remove(&server.url(), arguments)).await;
        assert_eq!(outcome, (0, "removed\n".to_owned(), String::new()));

        let request = server.request();
        assert_eq!(request.query(), [("botId".to_owned(), "bot-7".to_owned())]);
        assert_eq!(request.token(), TOKEN);
        expected["secret"] = SECRET.into();
        expected["tagId"] = "t1".into();
        assert_eq!(request.json(), expected);
    }
}

#[tokio::test]
async fn a_failed_call_prints_one_line_and_exits_with_1() {
    let body = r#"{"success":false,"errResponse":{"message":"expired","code":1004}}"#;
    let server = Server::start(json("401 Unauthorized", body)).await;
    let outcome = run(remove(&server.url(), &["--tag-id", "t", "--client-id", "c"])).await;
    let line =
        "remove_personal_tag: 401 Unauthorized: expired (code 1004, token or secret expired: refresh the pair)\n";
    assert_eq!(outcome, (1, String::new(), line.to_owned()));
}

#[tokio::test]
async fn wrong_usage_prints_one_line_and_exits_with_2() {
    const BOTH: &str = "expected --client-id, or both --platform and --platform-client-id";
    const PLAIN: &str =
        "MANTAGO_BASE_URL: plain http would show the token and the secret: expected https, or allow_http";
    let right = ["--tag-id", "t", "--client-id", "c"];
    let with = |arguments: &[&str]| remove("http://127.0.0.1:1", arguments);
    let without = |name| {
        let mut command = with(&right);
        command.env_remove(name);
        command
    };
    // The API defines the platforms.
    let platform = format!("--platform {}", "sms".parse::<mantago::Platform>().unwrap_err());
    for (command, why) in [
        (with(&[]), "--tag-id is missing"),
        (with(&["--client-id", "c"]), "--tag-id is missing"),
        (with(&["--tag-id", "t"]), BOTH),
        (with(&["--tag-id", "t", "--platform", "line"]), BOTH),
        (with(&["--tag-id", "t", "--platform-client-id", "u"]), BOTH),
        (with(&["--tag-id", "t", "--client-id", "c", "--platform", "line"]), BOTH),
        (with(&["--tag-id", "t", "--client-id", "c", "--tag-id", "u"]), "--tag-id is given twice"),
        (with(&["--tag-id", "t", "--client-id", ""]), "--client-id: clientId is blank: expected the client's ID"),
        (with(&["--tag-id", "t", "--platform", "sms", "--platform-client-id", "u"]), &platform),
        (with(&["--tag-id"]), "missing argument for option '--tag-id'"),
        (with(&["--secret", "s"]), "invalid option '--secret'"),
        (with(&["tag"]), "unexpected argument \"tag\""),
        (without("MANTAGO_TOKEN"), "MANTAGO_TOKEN is not set"),
        (without("MANTAGO_SECRET"), "MANTAGO_SECRET is not set"),
        (without("MANTAGO_BOT_ID"), "MANTAGO_BOT_ID is not set"),
        (remove("http://mantago.cc", &right), PLAIN),
    ] {
        assert_eq!(run(command).await, (2, String::new(), format!("remove_personal_tag: {why} (see --help)\n")));
    }
}

#[tokio::test]
async fn help_lists_every_option_and_variable() {
    let mut command = example("remove_personal_tag");
    command.arg("--help");
    let (status, help, errors) = run(command).await;
    assert_eq!((status, errors.as_str()), (0, ""));
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

/// As in `--help | head`: no panic when nobody reads the output.
#[cfg(unix)]
#[tokio::test]
async fn a_closed_pipe_does_not_panic() {
    for arguments in [&["--help"][..], &[]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = example("remove_personal_tag");
        command.args(arguments).stdout(writer);
        assert_eq!(run(command).await, (0, String::new(), String::new()));
    }
}

#[tokio::test]
async fn the_other_examples_run() {
    const DONE: &str = "Personal tag mapping deleted successfully";
    let rotated = format!("vip: {DONE} (requests: 1)\ntrial: {DONE} (requests: 2)\n");
    assert_eq!(run(example("rotation")).await, (0, rotated, String::new()));
    // The service does not forward MantaGO's message to its callers.
    let told = "DELETE vip: 200 OK removed\nDELETE vip: 403 Forbidden the tag cannot be removed\n";
    let failed = "403 Forbidden: Personal tag mapping operation failed (code 120001, the update failed)";
    assert_eq!(run(example("axum_service")).await, (0, told.to_owned(), format!("tag-service: {failed}\n")));
    let server = Server::start(removed()).await;
    let mut untag = example("untag");
    untag.envs([("MANTAGO_TOKEN", TOKEN), ("MANTAGO_SECRET", SECRET), ("MANTAGO_BASE_URL", &server.url())]);
    untag.args(["bot-7", "tag-42", "client-1"]);
    assert_eq!(run(untag).await, (0, "removed\n".to_owned(), String::new()));
    let usage = "usage: untag BOT TAG CLIENT, with MANTAGO_TOKEN and MANTAGO_SECRET set\n";
    assert_eq!(run(example("untag")).await, (2, String::new(), usage.to_owned()));
}

/// Each bot has its own pair. A refused pair does not affect the other bots.
#[tokio::test]
async fn many_bots_share_one_connection_pool() {
    let server = Server::start_with(|request| {
        let bot = request.query().into_iter().find_map(|(name, id)| (name == "botId").then_some(id)).unwrap();
        let is_its_pair = request.token() == format!("tok-{bot}") && request.json()["secret"] == format!("sec-{bot}");
        if is_its_pair { removed() } else { json("401 Unauthorized", ERROR) }
    })
    .await;
    let folder = std::env::temp_dir().join(format!("mantago-many-bots-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (bot, pair) in [("bot-1", "bot-1"), ("bot-2", "bot-2"), ("bot-3", "an-old-one")] {
        std::fs::write(folder.join(bot), format!("tok-{pair}\nsec-{pair}\n")).unwrap();
    }
    let mut command = example("many_bots");
    command.env("MANTAGO_BASE_URL", server.url()).arg(&folder).args(["tag-42", "client-1"]);
    let (status, printed, errors) = run(command).await;
    std::fs::remove_dir_all(&folder).unwrap();
    let mut removed: Vec<_> = printed.lines().collect();
    removed.sort_unstable();
    assert_eq!((status, removed), (1, vec!["bot-1: removed", "bot-2: removed"]));
    let failure = "refreshing the credentials failed: it returned the pair that was refused";
    assert_eq!(errors, format!("bot-3: 401 Unauthorized: {SHOWN_ERROR}; {failure}\n"));
    let usage = "usage: many_bots FOLDER TAG CLIENT\n";
    assert_eq!(run(example("many_bots")).await, (2, String::new(), usage.to_owned()));
}
