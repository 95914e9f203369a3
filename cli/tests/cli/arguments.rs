//! Wrong usage, one client, the help, completions and the man page.

use crate::folder::{ARGUMENTS, Folder, end, list};
use crate::support::{ERROR, SECRET, SHOWN_ERROR, Server, TOKEN, json, nowhere, removed, response};

#[tokio::test]
async fn wrong_usage_sends_nothing_and_exits_with_2() {
    let folder = Folder::with_list("use", list(1..=3));
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
    let at = |base_url: &str| folder.program(base_url, &["clients.csv"]);
    for (command, why) in [
        (no_bot, "mantago: no bot is named: expected --bot-id, or MANTAGO_BOT_ID\n".to_owned()),
        (in_environment(" "), "mantago: MANTAGO_BOT_ID is blank: expected an ID\n".to_owned()),
        (with(&["none.csv"]), "mantago: none.csv: No such file or directory (os error 2)\n".to_owned()),
        (with(&["text.csv"]), format!("mantago: text.csv.journal, line 1: expected value at line 1 column 1{fresh}\n")),
        (without("MANTAGO_TOKEN"), "mantago: MANTAGO_TOKEN is not set\n".to_owned()),
        (without("MANTAGO_SECRET"), "mantago: MANTAGO_SECRET is not set\n".to_owned()),
        (at("mantago"), "mantago: MANTAGO_BASE_URL: relative URL without a base: expected an https URL\n".to_owned()),
        (
            at("https://me:password@mantago.cc"),
            "mantago: MANTAGO_BASE_URL: expected no user name or password in it\n".to_owned(),
        ),
        (
            with(&["--platform", "sms", "--platform-client-id", "u"]),
            format!("mantago: --platform {}\n", "sms".parse::<mantago::Platform>().unwrap_err()),
        ),
    ] {
        let ended = end(command).await;
        assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr), (Some(2), "", why));
    }
    for (arguments, why) in [
        (
            &[][..],
            "error: a list or a client is needed: expected LIST, --client-id, or --platform with --platform-client-id\n",
        ),
        (&["a", "b"], "error: unexpected argument 'b' found\n"),
        (&["a", "--client-id", "c"], "error: the argument '[LIST]' cannot be used with '--client-id <ID>'\n"),
        (&["a", "--platform", "line"], "error: the argument '[LIST]' cannot be used with '--platform <NAME>'\n"),
        (
            &["--platform", "line"],
            "error: the following required arguments were not provided:\n  --platform-client-id <ID>\n",
        ),
        (
            &["--client-id", "c", "--platform", "line"],
            "error: the argument '--client-id <ID>' cannot be used with '--platform <NAME>'\n",
        ),
        (
            &["--client-id", "c\u{200b}"],
            "error: invalid value 'c\u{200b}' for '--client-id <ID>': has an invisible or broken character, U+200B\n",
        ),
        (&["--client-id", "c", "--fresh"], "error: the argument '--client-id <ID>' cannot be used with '--fresh'\n"),
        (&["--tag-id", "t", "a"], "error: the argument '--tag-id <ID>' cannot be used multiple times\n"),
        (&["--concurrency", "0", "a"], "error: invalid value '0' for '--concurrency <N>': 0 is not in 1..=1000\n"),
        (
            &["--client-id", "c", "--journal", "j"],
            "error: the argument '--client-id <ID>' cannot be used with '--journal <PATH>'\n",
        ),
        (&["--token", "t", "a"], "error: unexpected argument '--token' found\n"),
    ] {
        let ended = end(with(arguments)).await;
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ended.stderr.starts_with(why), "{arguments:?}: {}", ended.stderr);
    }
    assert_eq!(folder.files(), files);
}

#[tokio::test]
async fn missing_arguments_are_all_named() {
    let folder = Folder::new("missing");
    let target = "a list or a client is needed: expected LIST, --client-id, or --platform with --platform-client-id\n";
    for (arguments, why) in [
        (&["remove-tag"][..], format!("error: --tag-id is needed, and {target}")),
        (&["remove-tag", "--tag-id", "vip"], format!("error: {target}")),
        (
            &["remove-tag", "clients.csv"],
            "error: the following required arguments were not provided:\n  --tag-id <ID>\n".to_owned(),
        ),
    ] {
        let ended = end(folder.bare(arguments)).await;
        assert_eq!(ended.status, Some(2));
        assert!(ended.stderr.starts_with(&why), "{arguments:?}: {}", ended.stderr);
    }
}

#[tokio::test]
async fn a_tag_that_is_written_as_an_option_suggests_tag_id() {
    let folder = Folder::new("suggestion");
    for (argument, tip) in [
        ("--vip", "  tip: a similar argument exists: '--tag-id vip'\n"),
        ("--new-year=1", "  tip: a similar argument exists: '--tag-id new-year'\n"),
        ("--tag", "  tip: a similar argument exists: '--tag-id'\n"),
    ] {
        let ended = end(folder.bare(&["remove-tag", argument, "clients.csv"])).await;
        assert_eq!(ended.status, Some(2));
        assert!(ended.stderr.contains(tip), "{}", ended.stderr);
    }
    // With a tag, it is only a misspelt option.
    let ended = end(folder.bare(&["remove-tag", "--tag-id", "vip", "--dry-ran", "clients.csv"])).await;
    assert!(ended.stderr.contains("  tip: a similar argument exists: '--dry-run'\n"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_dry_run_of_one_client_sends_nothing() {
    let folder = Folder::new("one_dry");
    let mut command = folder.bare(&ARGUMENTS);
    command.args(["--client-id", "c1", "--dry-run"]);
    let ended = end(command).await;
    let plan = "clientId c1: the tag vip of bot bot-7 is to be removed.\nThis is a dry run: nothing was sent.\n";
    assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), plan, ""));

    let platform = ["--platform", "line", "--platform-client-id", "U1", "--dry-run", "--json"];
    let ended = end(folder.program(&nowhere(), &platform)).await;
    let plan: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((ended.status, &plan["type"], &plan["toDo"]), (Some(0), &"plan".into(), &1.into()));
    assert!(folder.files().is_empty());
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
async fn one_client_in_json_has_a_state() {
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
        assert_eq!(line["attempts"] == 1, status == 1, "{line}");
    }
}

#[tokio::test]
async fn an_argument_for_the_bot_overrides_the_environment() {
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
        "--journal",
        "--fresh",
        "--keep-going",
        "--json",
        "MANTAGO_TOKEN",
        "MANTAGO_SECRET",
        "MANTAGO_BOT_ID",
        "MANTAGO_BASE_URL",
        "Windows-1252",
        "LIST.journal",
        "LIST.TAG.journal",
        "stdin-HASH.csv",
        "SIGTERM",
        "LIST.failed.csv",
        "Exit status",
        "130",
    ] {
        assert!(help.stdout.contains(name), "{name} is not in: {}", help.stdout);
    }
    for platform in ["line", "facebook", "instagram", "liveChat", "whatsapp"] {
        assert!(help.stdout.contains(platform), "{platform}");
    }
    assert!(help.stdout.lines().all(|line| line.len() <= 100), "{}", help.stdout);
}

#[tokio::test]
async fn completions_know_every_option() {
    let folder = Folder::new("completions");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ended = end(folder.bare(&["completions", shell])).await;
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""));
        for option in options().await {
            assert!(ended.stdout.contains(&option), "{shell}: {option}");
        }
        for command in ["remove-tag", "completions", "man"] {
            assert!(ended.stdout.contains(command), "{shell}: {command}");
        }
    }
    let unknown = end(folder.bare(&["completions", "tcsh"])).await;
    assert!(unknown.stderr.contains("[possible values: bash, elvish, fish, powershell, zsh]"), "{}", unknown.stderr);
}

#[tokio::test]
async fn the_man_page_has_every_option_and_section() {
    let ended = end(Folder::new("man").bare(&["man"])).await;
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""));
    let page = ended.stdout.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "");
    assert!(page.contains(".TH mantago 1 "), "{page}");
    for option in options().await {
        assert!(page.contains(&format!("--{option}")), "{option}: {page}");
    }
    for section in [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "THE LIST",
        "INTERRUPTIONS",
        "ENVIRONMENT",
        "EXIT STATUS",
        "OTHER COMMANDS",
    ] {
        assert!(page.lines().any(|line| line == format!(".SH {section}")), "{section}: {page}");
    }
}

/// The names of the options that the help lists.
async fn options() -> Vec<String> {
    let help = end(Folder::new("options").bare(&[ARGUMENTS[0], "--help"])).await.stdout;
    let words = help.lines().filter_map(|line| line.trim_start().strip_prefix("--")?.split(' ').next());
    let options: Vec<_> = words.map(str::to_owned).collect();
    assert_eq!(options.len(), 11, "{options:?}");
    options
}
