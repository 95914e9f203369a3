//! Wrong use, one client, and the help.

use crate::folder::{ARGUMENTS, Folder, end, list};
use crate::support::{ERROR, SECRET, SHOWN_ERROR, Server, TOKEN, json, nowhere, removed, response};

#[tokio::test]
async fn wrong_use_sends_nothing_and_is_status_2() {
    let folder = Folder::with_list("use", list(1..=3));
    folder.write("other.csv", list(1..=3));
    folder.write("other.csv.journal", "{\"botId\":\"bot-8\",\"tagId\":\"vip\"}\n");
    folder.write("text.csv", list(1..=3));
    folder.write("text.csv.journal", "shopping list\n");
    let files = folder.files();
    let nowhere = nowhere();
    let with = |arguments: &[&str]| folder.program(&nowhere, arguments);
    let without = |variable: &str| {
        let mut command = with(&["clients.csv"]);
        command.env_remove(variable);
        command
    };
    let in_environment = |bot: &str| {
        let mut command = folder.bare(&["remove-tag", "--tag-id", "t", "--client-id", "c"]);
        command.env("MANTAGO_TOKEN", TOKEN).env("MANTAGO_SECRET", SECRET).env("MANTAGO_BOT_ID", bot);
        command
    };
    let mut no_bot = in_environment("");
    no_bot.env_remove("MANTAGO_BOT_ID");
    let fresh = "; --fresh begins a new journal";
    for (command, why) in [
        (no_bot, "mantago: no bot is named: expected --bot-id, or MANTAGO_BOT_ID\n".to_owned()),
        (in_environment(" "), "mantago: MANTAGO_BOT_ID is blank: expected an ID\n".to_owned()),
        (with(&["none.csv"]), "mantago: none.csv: No such file or directory (os error 2)\n".to_owned()),
        (
            with(&["other.csv"]),
            format!("mantago: other.csv.journal, line 1: this journal is of bot bot-8 and tag vip{fresh}\n"),
        ),
        (with(&["text.csv"]), format!("mantago: text.csv.journal, line 1: expected value at line 1 column 1{fresh}\n")),
        (without("MANTAGO_TOKEN"), "mantago: MANTAGO_TOKEN is not set\n".to_owned()),
        (without("MANTAGO_SECRET"), "mantago: MANTAGO_SECRET is not set\n".to_owned()),
        (
            with(&["--platform", "sms", "--platform-client-id", "u"]),
            format!("mantago: --platform {}\n", "sms".parse::<mantago::Platform>().unwrap_err()),
        ),
    ] {
        let ended = end(command).await;
        assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr), (Some(2), "", why));
    }
    for (arguments, why) in [
        (&[][..], "error: the following required arguments were not provided:\n  <LIST>\n"),
        (&["a", "b"], "error: unexpected argument 'b' found\n"),
        (&["a", "--client-id", "c"], "error: the argument '[LIST]' cannot be used with '--client-id <ID>'\n"),
        (&["a", "--platform", "line"], "error: the argument '[LIST]' cannot be used with '--platform <NAME>'\n"),
        (
            &["--platform", "line"],
            "error: the following required arguments were not provided:\n  --platform-client-id <ID>\n",
        ),
        (
            &["--platform-client-id", "u"],
            "error: the following required arguments were not provided:\n  --platform <NAME>\n",
        ),
        (
            &["--client-id", "c\u{200b}"],
            "error: invalid value 'c\u{200b}' for '--client-id <ID>': has an invisible or broken character, U+200B\n",
        ),
        (&["--client-id", "c", "--fresh"], "error: the argument '--client-id <ID>' cannot be used with '--fresh'\n"),
        (&["--tag-id", "t", "a"], "error: the argument '--tag-id <ID>' cannot be used multiple times\n"),
        (&["--concurrency", "0", "a"], "error: invalid value '0' for '--concurrency <N>': 0 is not in 1..=1000\n"),
        (&["--token", "t", "a"], "error: unexpected argument '--token' found\n"),
    ] {
        let ended = end(with(arguments)).await;
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ended.stderr.starts_with(why), "{arguments:?}: {}", ended.stderr);
    }
    assert_eq!(folder.files(), files);
}

#[tokio::test]
async fn one_client_needs_no_list() {
    let folder = Folder::new("one");
    for (arguments, mut expected) in [
        (&["--client-id", "c1"][..], serde_json::json!({ "clientId": "c1" })),
        (
            &["--platform", "LiveChat", "--platform-client-id", "u 1"],
            serde_json::json!({ "platform": "liveChat", "platformClientId": "u 1" }),
        ),
    ] {
        let server = Server::start(removed()).await;
        let ended = folder.run(&server, arguments).await;
        assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "removed\n", ""));
        let request = server.request();
        assert_eq!(request.query(), [("botId".to_owned(), "bot-7".to_owned())]);
        assert_eq!(request.token(), TOKEN);
        expected["secret"] = SECRET.into();
        expected["tagId"] = "vip".into();
        assert_eq!(request.json(), expected);
    }

    let server = Server::start(json("404 Not Found", ERROR)).await;
    let ended = folder.run(&server, &["--client-id", "c1"]).await;
    let line = format!("mantago: 404 Not Found: {SHOWN_ERROR}\n");
    assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr), (Some(1), "", line));
    assert!(folder.files().is_empty(), "{:?}", folder.files());
}

#[tokio::test]
async fn one_client_in_json_says_what_is_uncertain() {
    let folder = Folder::new("one_json");
    for (answer, status, state) in [
        (removed(), 0, "removed"),
        (json("404 Not Found", ERROR), 1, "failed"),
        (response("500 Internal Server Error", &[], ""), 1, "uncertain"),
    ] {
        let server = Server::start(answer).await;
        let ended = folder.run(&server, &["--json", "--client-id", "c1"]).await;
        let line: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(status), ""));
        assert_eq!((&line["type"], &line["state"], &line["clientId"]), (&"client".into(), &state.into(), &"c1".into()));
        assert_eq!(line["error"].is_string(), status == 1, "{line}");
    }
}

#[tokio::test]
async fn the_bot_may_be_in_the_environment_and_an_argument_goes_first() {
    let folder = Folder::new("bot");
    let server = Server::start(removed()).await;
    let mut command = folder.program(&server.url(), &["--client-id", "c"]);
    command.env("MANTAGO_BOT_ID", "bot-8");
    assert_eq!(end(command).await.status, Some(0));
    let mut command = folder.bare(&["remove-tag", "--tag-id", "t", "--client-id", "c"]);
    command.env("MANTAGO_TOKEN", TOKEN).env("MANTAGO_SECRET", SECRET).env("MANTAGO_BASE_URL", server.url());
    command.env("MANTAGO_BOT_ID", "bot-8");
    assert_eq!(end(command).await.status, Some(0));
    let bots: Vec<_> = server.requests().iter().map(|request| request.query()[0].1.clone()).collect();
    assert_eq!(bots, ["bot-7", "bot-8"]);
}

#[tokio::test]
async fn the_help_is_enough_to_use_it() {
    let help = end(Folder::new("help").bare(&[ARGUMENTS[0], "--help"])).await;
    assert_eq!((help.status, help.stderr.as_str()), (Some(0), ""));
    for name in [
        "--bot-id",
        "--tag-id",
        "--client-id",
        "--platform",
        "--platform-client-id",
        "--concurrency",
        "--dry-run",
        "--fresh",
        "--keep-going",
        "--json",
        "MANTAGO_TOKEN",
        "MANTAGO_SECRET",
        "MANTAGO_BOT_ID",
        "MANTAGO_BASE_URL",
        "Windows-1252",
        "LIST.journal",
        "LIST.failed.csv",
        "Exit status",
        "130",
    ] {
        assert!(help.stdout.contains(name), "{name} is not in: {}", help.stdout);
    }
    // Whatever the API adds is in it, too.
    for platform in ["line", "facebook", "instagram", "liveChat", "whatsapp"] {
        assert!(help.stdout.contains(platform), "{platform}");
    }
    assert!(help.stdout.lines().all(|line| line.len() <= 100), "{}", help.stdout);
}
