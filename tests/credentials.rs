//! A bot's token and secret travel together, can be replaced while calls are in flight, and show nowhere.

mod support;

use std::error::Error as _;
use std::fmt::{Debug, Display, Write};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use mantago::{Client, ClientBuilder, Credentials, Error, ErrorCode, ErrorKind, Secret};
use support::{SECRET, Server, TOKEN, call, credentials, in_child, json, nowhere, once, removed, response, untag};
use tokio::sync::Notify;
use tokio::time::Instant;

/// The pair of that generation.
fn pair(generation: usize) -> Credentials {
    Credentials::new(format!("tok-3f9a-{generation}"), format!("sec-b81e-{generation}"))
}

/// A MantaGO that accepts the pair of one generation only, which the test can change.
struct Rotating {
    server: Server,
    accepted: Arc<AtomicUsize>,
}

impl Rotating {
    async fn start() -> Self {
        let accepted = Arc::new(AtomicUsize::new(1));
        let generation = accepted.clone();
        let server = Server::start_with(move |request| {
            let superseded = r#"{"success":false,"errResponse":{"message":"superseded","code":120000}}"#;
            let accepted = pair(generation.load(SeqCst)) == sent(request);
            if accepted { removed() } else { json("401 Unauthorized", superseded) }
        })
        .await;
        Self { server, accepted }
    }

    fn builder(&self) -> ClientBuilder {
        ClientBuilder::new(pair(1)).base_url(self.server.url())
    }

    fn rotate(&self) {
        self.accepted.fetch_add(1, SeqCst);
    }

    /// The generations of the tokens that came.
    fn generations(&self) -> Vec<usize> {
        self.server.requests().iter().map(generation).collect()
    }
}

/// The pair of a request.
fn sent(request: &support::Request) -> Credentials {
    Credentials::new(request.token(), request.json()["secret"].as_str().unwrap())
}

/// The generation of the one pair of a request.
fn generation(request: &support::Request) -> usize {
    let sent = sent(request);
    let token = sent.token().expose_secret();
    let generation = token.rsplit('-').next().unwrap().parse().unwrap();
    assert_eq!(sent, pair(generation), "a token met the secret of another pair");
    generation
}

/// A function for `refresh_with` that gives what the test says, and the count of its calls.
fn fetch(
    outcome: impl Fn(usize) -> Result<Credentials, &'static str> + Send + Sync + 'static,
) -> (Arc<AtomicUsize>, impl Fn() -> std::future::Ready<Result<Credentials, &'static str>>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    (calls, move || std::future::ready(outcome(counted.fetch_add(1, SeqCst) + 1)))
}

#[tokio::test]
async fn the_pair_can_be_replaced_for_a_client_and_all_its_clones() {
    let server = Server::start(removed()).await;
    let client = ClientBuilder::new(pair(1)).base_url(server.url()).build().unwrap();
    let clones = [client.clone(), client.with_retry(mantago::RetryPolicy::none())];
    untag(&client).await.unwrap();
    clones[0].set_credentials(pair(2)).unwrap();
    for client in [&client, &clones[0], &clones[1]] {
        untag(client).await.unwrap();
    }
    assert_eq!(client.set_credentials(Credentials::new("", SECRET)).unwrap_err().kind(), ErrorKind::Configuration);
    untag(&client).await.unwrap();
    assert_eq!(server.requests().iter().map(generation).collect::<Vec<_>>(), [1, 2, 2, 2, 2]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn another_bot_goes_over_the_same_connections() {
    let server = Server::start(removed()).await;
    let client = ClientBuilder::new(pair(1)).base_url(server.url()).build().unwrap();
    let other = client.with_credentials(pair(2)).unwrap();
    for client in [&client, &other, &client] {
        untag(client).await.unwrap();
    }
    other.set_credentials(pair(3)).unwrap();
    for client in [&client, &other] {
        untag(client).await.unwrap();
    }
    assert_eq!(server.requests().iter().map(generation).collect::<Vec<_>>(), [1, 2, 1, 1, 3]);
    assert_eq!(server.connections(), 1);
}

/// An attempt on the wire keeps its pair; each next one has the pair of its moment.
#[tokio::test]
async fn a_retry_has_the_pair_of_its_moment() {
    let client = Arc::new(Mutex::new(None::<Client>));
    let rotating = client.clone();
    let server = Server::start_with(move |request| {
        let generation = generation(request);
        if generation == 4 {
            return removed();
        }
        rotating.lock().unwrap().as_ref().unwrap().set_credentials(pair(generation + 1)).unwrap();
        // A 401 too is worth another attempt, beside those of the policy: the pair that it refuses is not the current one.
        response(if generation == 2 { "401 Unauthorized" } else { "503 Busy" }, &[], "")
    })
    .await;
    let builder = ClientBuilder::new(pair(1)).base_url(server.url()).retry(support::at_once());
    *client.lock().unwrap() = Some(builder.build().unwrap());
    let client = client.lock().unwrap().clone().unwrap();
    let reply = call(&client).send().await.unwrap();
    assert_eq!(reply.message, "removed");
    assert_eq!(server.requests().iter().map(generation).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_refused_pair_is_refreshed_and_the_call_retried() {
    let mantago = Rotating::start().await;
    let (calls, fetch) = fetch(|_| Ok(pair(2)));
    // Whatever the policy says: a request that was refused has done nothing.
    let client = mantago.builder().retry(mantago::RetryPolicy::none()).refresh_with(fetch).build().unwrap();
    untag(&client).await.unwrap();
    assert_eq!(calls.load(SeqCst), 0, "it is asked only where a pair is refused");
    mantago.rotate();
    assert_eq!(untag(&client.clone()).await.unwrap(), "removed");
    untag(&client).await.unwrap();
    assert_eq!((mantago.generations(), calls.load(SeqCst)), (vec![1, 1, 2, 2], 1));

    // Another bot's pair is not this function's to fetch.
    let other = client.with_credentials(pair(1)).unwrap();
    assert_eq!(untag(&other).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(calls.load(SeqCst), 1);
}

#[tokio::test]
async fn without_a_function_a_401_is_the_error() {
    let mantago = Rotating::start().await;
    mantago.rotate();
    let error = untag(&mantago.builder().build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unauthorized, Some(ErrorCode::SupersededCredentials)));
    assert!(error.source().is_none() && !error.is_retryable());
    assert_eq!(mantago.generations(), [1]);
}

/// A new pair that is refused too is not refreshed in the same call, and not at once in the next ones.
#[tokio::test(start_paused = true)]
async fn pairs_that_are_fetched_and_refused_are_not_fetched_at_once_again() {
    let server = Server::start(response("401 Unauthorized", &[], "")).await;
    let (calls, fetch) = fetch(|call| Ok(pair(call + 1)));
    let builder = ClientBuilder::new(pair(1)).base_url(server.url()).retry(support::at_once().assume_idempotent(true));
    let client = builder.refresh_with(fetch).build().unwrap();
    let start = Instant::now();
    for (at, attempts, expected) in [(0, 2, 1), (0, 1, 1), (900, 1, 1), (1100, 2, 2), (3000, 1, 2), (3200, 2, 3)] {
        for _ in 0..if attempts == 1 { 50 } else { 1 } {
            tokio::time::sleep_until(start + Duration::from_millis(at)).await;
            let error = untag(&client).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, attempts), "at {at} ms");
            assert_eq!(calls.load(SeqCst), expected, "at {at} ms");
            let said: Vec<_> = sources(&error).iter().map(ToString::to_string).collect();
            assert_eq!(said, ["refreshing the credentials failed", "it returned a pair that was refused, too"]);
        }
    }
}

/// Where the function fails, panics, or returns what was refused or cannot be sent, the 401 is the error and its sources say
/// why. It is asked again after 1 s, then 2 s and so on up to 30 s.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_is_repeated_less_and_less_often() {
    type Outcome = fn(usize) -> Result<Credentials, &'static str>;
    let outcomes: [(Outcome, &str); 4] = [
        (|_| Err("the vault is sealed"), "the vault is sealed"),
        (|_| Ok(pair(1)), "it returned the pair that was refused"),
        (|_| Ok(Credentials::new("token", " ")), "the secret is blank"),
        (|_| panic!("no vault here"), "panicked with message \"no vault here\""),
    ];
    for (outcome, why) in outcomes {
        let mantago = Rotating::start().await;
        mantago.rotate();
        let (calls, fetch) = fetch(outcome);
        let client = mantago.builder().refresh_with(fetch).build().unwrap();
        let start = Instant::now();
        let schedule = [
            (0, 1),
            (100, 1),
            (900, 1),
            (1_100, 2),
            (3_000, 2),
            (3_200, 3),
            (7_100, 3),
            (7_300, 4),
            (15_200, 4),
            (15_400, 5),
            (31_300, 5),
            (31_500, 6),
            (61_400, 6),
            (61_600, 7),
            (91_500, 7),
            // What was refused a long time ago has passed.
            (122_000, 8),
            (123_100, 9),
        ];
        for (at, expected) in schedule {
            tokio::time::sleep_until(start + Duration::from_millis(at)).await;
            let error = untag(&client).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1));
            assert_eq!(error.code(), Some(ErrorCode::SupersededCredentials));
            let sources = sources(&error);
            assert_eq!(sources[0].to_string(), "refreshing the credentials failed");
            assert!(sources.last().unwrap().to_string().ends_with(why), "{error:?}");
            assert_eq!(calls.load(SeqCst), expected, "{why}, at {at} ms");
        }
        // For another pair, it is asked at once.
        client.set_credentials(pair(7)).unwrap();
        untag(&client).await.unwrap_err();
        assert_eq!(calls.load(SeqCst), 10);
    }
}

/// A pair that MantaGO has accepted is refreshed at once, however many failed before it.
#[tokio::test(start_paused = true)]
async fn a_pair_that_was_accepted_begins_anew() {
    let mantago = Rotating::start().await;
    let (calls, fetch) = fetch(|call| if call < 4 { Err("not yet") } else { Ok(pair(call - 2)) });
    let client = mantago.builder().refresh_with(fetch).build().unwrap();
    mantago.rotate();
    for seconds in [0, 2, 4] {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        untag(&client).await.unwrap_err();
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    for fetches in 4..14 {
        assert_eq!(untag(&client).await.unwrap(), "removed");
        assert_eq!(calls.load(SeqCst), fetches);
        mantago.rotate();
    }
}

/// All calls that wait for a refresh which panics learn of it, and none waits for ever.
#[tokio::test]
async fn a_refresh_that_panics_is_an_error_for_all() {
    let mantago = Rotating::start().await;
    mantago.rotate();
    let go_on = Arc::new(Notify::new());
    let notified = go_on.clone();
    let fetch = move || {
        let go_on = notified.clone();
        async move {
            go_on.notified().await;
            let lines: Vec<&str> = "".lines().collect();
            Ok::<_, Error>(Credentials::new(lines[0], lines[1]))
        }
    };
    let client = mantago.builder().refresh_with(fetch).build().unwrap();
    let calls = (0..64).map(|_| untag(&client));
    let refused = async {
        support::until(|| mantago.server.request_count() == 64).await;
        go_on.notify_one();
    };
    let (errors, ()) = tokio::join!(futures_util::future::join_all(calls), refused);
    for error in errors.into_iter().map(Result::unwrap_err) {
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1));
        assert!(sources(&error)[1].to_string().contains("panicked"), "{error:?}");
    }
}

/// It goes on when its call has ended, by its deadline or because it was dropped, and serves the next.
#[tokio::test(start_paused = true)]
async fn a_refresh_survives_its_call() {
    const TAKES: Duration = Duration::from_millis(700);
    const LIMIT: Duration = Duration::from_millis(500);
    for is_dropped in [false, true] {
        let mantago = Rotating::start().await;
        mantago.rotate();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let fetch = move || {
            counted.fetch_add(1, SeqCst);
            async move {
                tokio::time::sleep(TAKES).await;
                Ok::<_, Error>(pair(2))
            }
        };
        let deadline = if is_dropped { 10 * LIMIT } else { LIMIT };
        let client = mantago.builder().deadline(deadline).refresh_with(fetch).build().unwrap();
        let start = Instant::now();
        if is_dropped {
            assert!(tokio::time::timeout(LIMIT, untag(&client)).await.is_err());
        } else {
            let error = untag(&client).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1));
            assert_eq!(sources(&error)[0].to_string(), "the deadline ended the call before a refresh did");
        }
        assert_eq!(start.elapsed(), LIMIT);
        // It waits for the same one.
        assert_eq!(untag(&client).await.unwrap(), "removed");
        assert_eq!((calls.load(SeqCst), mantago.generations()), (1, vec![1, 1, 2]));
        assert!(start.elapsed() < TAKES + Duration::from_millis(10), "{:?}", start.elapsed());
    }
}

/// A function that never ends when it is called first, and then returns the second pair; and how often it was called.
fn hanging_once() -> (impl Fn() -> BoxFuture<'static, Result<Credentials, Error>> + Send + Sync, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let fetch = move || {
        let first = counted.fetch_add(1, SeqCst) == 0;
        async move { if first { std::future::pending().await } else { Ok(pair(2)) } }.boxed()
    };
    (fetch, calls)
}

/// A function that never ends is ended by the call's deadline, and asked again by a later call.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_hangs_ends_with_its_call() {
    let mantago = Rotating::start().await;
    mantago.rotate();
    let (fetch, calls) = hanging_once();
    let client = mantago.builder().deadline(Duration::from_secs(20)).refresh_with(fetch).build().unwrap();
    let start = Instant::now();
    for ends_at in [20, 40] {
        let error = untag(&client).await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed().as_secs()), (ErrorKind::Unauthorized, ends_at));
        assert_eq!(sources(&error)[0].to_string(), "the deadline ended the call before a refresh did");
        assert_eq!(calls.load(SeqCst), 1);
    }
    assert_eq!((untag(&client).await.unwrap().as_str(), calls.load(SeqCst)), ("removed", 2));
}

/// A function that blocks its thread for longer than the call has leaves the 401, and no attempt of no time.
#[tokio::test]
async fn a_refresh_that_blocks_leaves_the_401() {
    let mantago = Rotating::start().await;
    mantago.rotate();
    let fetch = || {
        std::thread::sleep(Duration::from_millis(300));
        std::future::ready(Ok::<_, Error>(pair(2)))
    };
    let builder = mantago.builder().deadline(Duration::from_millis(250)).refresh_with(fetch);
    let client = builder.build().unwrap();
    let error = untag(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1));
    assert_eq!(sources(&error)[0].to_string(), "the deadline ended the call before a refresh did");
    assert_eq!(mantago.generations(), [1]);
    // The pair is there all the same.
    assert_eq!(untag(&client).await.unwrap(), "removed");
    assert_eq!(mantago.generations(), [1, 2]);
}

/// A client outlives the runtime that a refresh began in.
#[test]
fn a_refresh_whose_runtime_ends_is_begun_anew() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let of_the_server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mantago = of_the_server.block_on(Rotating::start());
    mantago.rotate();
    let (fetch, calls) = hanging_once();
    let client = mantago.builder().refresh_with(fetch).build().unwrap();
    runtime().block_on(async {
        tokio::select! {
            _ = untag(&client) => panic!("it waits for the refresh"),
            () = support::until(|| calls.load(SeqCst) == 1) => {}
        }
    });
    assert_eq!(runtime().block_on(untag(&client)).unwrap(), "removed");
    assert_eq!(calls.load(SeqCst), 2);
}

/// Credentials that are set during a refresh are used at once.
#[tokio::test(start_paused = true)]
async fn set_credentials_ends_the_wait_for_a_refresh() {
    let mantago = Rotating::start().await;
    mantago.rotate();
    let client = mantago.builder().refresh_with(std::future::pending::<Result<_, Error>>).build().unwrap();
    let set = async {
        support::until(|| mantago.server.request_count() == 1).await;
        client.set_credentials(pair(2)).unwrap();
    };
    let start = Instant::now();
    let (outcome, ()) = tokio::join!(untag(&client), set);
    assert_eq!((outcome.unwrap().as_str(), start.elapsed().as_secs()), ("removed", 0));
}

/// Another call's pause that is longer than a refreshed call may wait ends it with what it was told: the 401.
#[tokio::test(start_paused = true)]
async fn a_pause_after_a_refresh_leaves_the_401() {
    let server = Server::start_with(|request| match request.query()[0].1.as_str() {
        "busy" => response("429 Wait", &[("retry-after", "30")], ""),
        _ => response("401 Unauthorized", &[], ""),
    })
    .await;
    let (refused, refreshed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (is_refused, may_go_on) = (refused.clone(), refreshed.clone());
    let fetch = move || {
        is_refused.notify_one();
        let may_go_on = may_go_on.clone();
        async move {
            may_go_on.notified().await;
            Ok::<_, Error>(pair(2))
        }
    };
    let client = once(server.url()).deadline(Duration::from_secs(10)).refresh_with(fetch).build().unwrap();
    let busy = async {
        refused.notified().await;
        call(&client).bot_id("busy").send().await.unwrap_err();
        refreshed.notify_one();
    };
    let (error, ()) = tokio::join!(untag(&client), busy);
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1));
    assert_eq!(server.request_count(), 2);
}

/// The pair is replaced on the server in the middle of 10,000 calls: no call fails, and one of them fetches for all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_under_load_costs_no_call() {
    const CALLS: usize = 10_000;
    const IN_FLIGHT: usize = 64;
    let mantago = Rotating::start().await;
    let fetches = Arc::new(AtomicUsize::new(0));
    let counted = fetches.clone();
    let fetch = move || {
        counted.fetch_add(1, SeqCst);
        async {
            tokio::task::yield_now().await;
            Ok::<_, Error>(pair(2))
        }
    };
    let client = mantago.builder().retry(mantago::RetryPolicy::none()).refresh_with(fetch).build().unwrap();
    let mut running: tokio::task::JoinSet<Result<String, Error>> = tokio::task::JoinSet::new();
    for number in 0..CALLS {
        if running.len() == IN_FLIGHT {
            assert_eq!(running.join_next().await.unwrap().unwrap().unwrap(), "removed");
        }
        if number == CALLS / 2 {
            mantago.rotate();
        }
        let client = client.clone();
        running.spawn(async move { untag(&client).await });
    }
    while let Some(sent) = running.join_next().await {
        assert_eq!(sent.unwrap().unwrap(), "removed");
    }
    assert_eq!(fetches.load(SeqCst), 1);
    let generations = mantago.generations();
    let refused = generations.len() - CALLS;
    assert!((1..=IN_FLIGHT).contains(&refused), "{refused} requests were refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pair_can_come_from_the_environment() {
    const NAMES: [&str; 4] = ["MANTAGO_TOKEN", "MANTAGO_SECRET", "MANTAGO_BASE_URL", "MANTAGO_BOT_ID"];
    let server = Server::start(removed()).await;
    let url = server.url();
    let from_env = |values: &[&[u8]]| {
        let variables = NAMES.into_iter().zip(values.iter().map(|value| os_string(value)));
        let variables = variables.filter(|(_, value)| value != "-").collect::<Vec<_>>();
        in_child("the_pair_can_come_from_the_environment", variables, || {
            let sent = mantago::Client::from_env()
                .and_then(|client| support::block_on(client.request(mantago::Method::POST, "/a").send::<()>()));
            sent.map_or_else(|error| format!("{:?}: {error}", error.kind()), |_| "sent".to_owned())
        })
    };
    let (token, secret) = (TOKEN.as_bytes(), SECRET.as_bytes());
    for (values, said) in [
        (&[&b"-"[..], b"-"][..], "Configuration: MANTAGO_TOKEN is not set"),
        (&[b"-", secret], "Configuration: MANTAGO_TOKEN is not set"),
        (&[token, b"-"], "Configuration: MANTAGO_SECRET is not set"),
        (&[b"", secret], "Configuration: MANTAGO_TOKEN is blank"),
        (&[token, b" "], "Configuration: MANTAGO_SECRET is blank"),
        (&[token, b"sec\n"], "Configuration: MANTAGO_SECRET has white space around it"),
        (&[token, secret, b""], "Configuration: MANTAGO_BASE_URL is blank"),
        (
            &[token, secret, b"mantago.cc"],
            "Configuration: MANTAGO_BASE_URL: relative URL without a base: expected an https URL",
        ),
        (
            &[token, secret, b"http://mantago.cc"],
            "Configuration: MANTAGO_BASE_URL: plain http would show the token and the secret: expected https, or allow_http",
        ),
        (&[token, secret, url.as_bytes(), b" "], "Configuration: MANTAGO_BOT_ID is blank"),
        (&[token, secret, url.as_bytes(), b"-"], "sent"),
        (&[token, secret, url.as_bytes(), b"bot-7"], "sent"),
        #[cfg(unix)]
        (&[b"\xff", secret], "Configuration: MANTAGO_TOKEN is not Unicode"),
        #[cfg(unix)]
        (&[token, b"\xff"], "Configuration: MANTAGO_SECRET is not Unicode"),
        #[cfg(unix)]
        (&[token, secret, b"\xff"], "Configuration: MANTAGO_BASE_URL is not Unicode"),
    ] {
        assert_eq!(from_env(values), said);
    }
    let [without_bot, with_bot] = &server.requests()[..] else { panic!("two requests") };
    assert_eq!(without_bot.line(), "POST /a HTTP/1.1");
    assert_eq!(with_bot.line(), "POST /a?botId=bot-7 HTTP/1.1");
    assert!(with_bot.token() == TOKEN && with_bot.json()["secret"] == SECRET);
}

/// What is set later has not come from a variable.
#[test]
fn a_base_url_is_named_by_where_it_is_from() {
    let variables = [("MANTAGO_TOKEN", TOKEN), ("MANTAGO_SECRET", SECRET), ("MANTAGO_BASE_URL", "ftp://h")];
    let said = in_child("a_base_url_is_named_by_where_it_is_from", variables, || {
        let of = |builder: ClientBuilder| builder.build().unwrap_err().to_string();
        let from_env = || ClientBuilder::from_env().unwrap();
        format!("{} | {}", of(from_env()), of(from_env().base_url("ftp://other")))
    });
    assert_eq!(said, "MANTAGO_BASE_URL: expected an https URL | base URL: expected an https URL");
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    String::from_utf8(bytes.to_vec()).unwrap().into()
}

/// The causes of an error, the first one last.
fn sources(error: &Error) -> Vec<&dyn std::error::Error> {
    std::iter::successors(error.source(), |source| (*source).source()).collect()
}

#[track_caller]
fn shows_none(text: &str) {
    for credential in [TOKEN, SECRET] {
        assert!(!text.contains(credential), "{credential} shows in: {text}");
    }
}

#[track_caller]
fn debug_shows_none(value: &impl Debug) {
    shows_none(&format!("{value:?}"));
    shows_none(&format!("{value:#?}"));
}

#[track_caller]
fn display_shows_none(value: &(impl Display + Debug)) {
    debug_shows_none(value);
    shows_none(&format!("{value}"));
    shows_none(&format!("{value:#}"));
}

#[test]
fn no_value_shows_them() {
    let builder = || ClientBuilder::new(credentials());
    let client = builder().base_url("http://localhost").refresh_with(|| async { Ok::<_, Error>(credentials()) });
    debug_shows_none(&client);
    let client = client.build().unwrap();
    debug_shows_none(&Secret::from(SECRET));
    debug_shows_none(&credentials());
    debug_shows_none(&builder());
    debug_shows_none(&builder().base_url(format!("https://user:{SECRET}@mantago.cc")));
    debug_shows_none(&client);
    debug_shows_none(&client.with_credentials(credentials()).unwrap());
    debug_shows_none(&call(&client));
    assert_eq!(format!("{:?}", Some(Secret::from(SECRET.to_owned()))), "Some(Secret([redacted]))");
    assert_eq!(credentials().secret().expose_secret(), SECRET);

    display_shows_none(&ClientBuilder::new(Credentials::new(format!("{TOKEN}\n"), SECRET)).build().unwrap_err());
    for base_url in [format!("https://{TOKEN}:{SECRET}@mantago.cc"), format!("http//{TOKEN}")] {
        display_shows_none(&builder().base_url(base_url).build().unwrap_err());
    }
}

/// Every kind of response, of a server that repeats what it was sent wherever it can.
#[tokio::test]
async fn no_error_shows_them() {
    let said = format!("bad pair {TOKEN} / {SECRET}");
    let body =
        serde_json::json!({ "success": false, "message": said, "errResponse": { "message": said, "code": 1002 } });
    let body = body.to_string();
    let quoted = serde_json::json!({ "success": SECRET, "message": "m", "errResponse": { "code": TOKEN } }).to_string();
    let page = format!("<pre>Authorization: Bearer {TOKEN}\n{SECRET}</pre>");
    let content_type = format!("text/{SECRET}");
    let headers = [("x-echo", said.as_str()), ("content-type", &content_type)];
    let target = format!("https://elsewhere.example/?secret={SECRET}");
    let mut responses = vec![
        response("307 Temporary Redirect", &[("location", &target)], ""),
        response("302 Found", &[("location", &target)], &page),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{page}\r\nbroken\r\n", page.len()).into(),
        "nonsense\r\n\r\n".into(),
    ];
    for status in
        ["200 OK", "400 Bad", "401 Unauthorized", "403 Forbidden", "404 Not Found", "429 Wait", "500 Oh", "502 Bad"]
    {
        for body in [&body, &quoted, &page] {
            responses.push(response(status, &headers, body));
        }
    }
    for response in responses {
        let error = support::error_of(response).await;
        display_shows_none(&error);
        shows_none(&String::from_utf8_lossy(error.body()));
        shows_none(error.message().unwrap_or_default());
        debug_shows_none(error.headers());
        sources(&error).iter().for_each(display_shows_none);
    }
    let error = untag(&once(nowhere()).build().unwrap()).await.unwrap_err();
    display_shows_none(&error);
    sources(&error).iter().for_each(display_shows_none);
}

/// The error of a request with this secret, if the server responds so.
async fn error_with(secret: &str, response: Vec<u8>) -> Error {
    let server = Server::start(response).await;
    untag(&server.client().with_credentials(Credentials::new(TOKEN, secret)).unwrap()).await.unwrap_err()
}

/// However a server spells a credential, it does not show: not in an error, and not in a success.
#[tokio::test]
async fn every_spelling_is_redacted() {
    for (secret, spelled) in [
        ("abc/def+ghi=", "abc/def+ghi="),
        ("abc/def+ghi=", r"abc\/def+ghi="),
        ("abc/def+ghi=", r"abc/def\u002bghi\u003D"),
        ("abc/def+ghi=", r"abc\u002Fdef\u002Bghi\u003d"),
        ("abc/def+ghi=", "abc%2Fdef%2Bghi%3D"),
        ("abc/def+ghi=", "abc%2fdef%2bghi%3d"),
        ("abc/def+ghi=", "%61%62%63%2f%64%65%66%2b%67%68%69%3d"),
        ("abc/def+ghi=", "abc&#47;def&#43;ghi&#61;"),
        ("abc/def+ghi=", "abc&#x2F;def&#X2b;ghi&#x3d;"),
        // Each character in another way.
        ("abc/def+ghi=", r"a%62c\u002fdef&#43;ghi\u{3d}"),
        ("s3\"cr<e>t&'", r#"s3\"cr<e>t&'"#),
        ("s3\"cr<e>t&'", "s3&quot;cr&lt;e&gt;t&amp;&#039;"),
        ("s3\"cr<e>t&'", "s3&QUOT;cr&LT;e&GT;t&AMP;&apos;"),
        ("s3\"cr<e>t&'", r"s3\u0022cr\u003ce\u003et\u0026\u0027"),
        ("back\\slash", r"back\\slash"),
        ("back\\slash", r"back\\\\slash"),
        ("abc/def+ghi=", r"abc\\/def\\u002bghi="),
        ("back\\slash", "back%5Cslash"),
        ("100%41-sure", "100%41-sure"),
        ("100%41-sure", "100%2541-sure"),
        ("s3cret-\u{e9}\u{1f600}", "s3cret-\u{e9}\u{1f600}"),
        ("s3cret-\u{e9}\u{1f600}", r"s3cret-\u00e9\ud83d\uDE00"),
        ("s3cret-\u{e9}\u{1f600}", "s3cret-%C3%a9%f0%9F%98%80"),
        ("s3cret-\u{e9}\u{1f600}", "s3cret-&#233;&#x1F600;"),
        ("s3cret-\u{e9}\u{1f600}", r"s3cret-\u{e9}\u{1f600}"),
    ] {
        let page = format!("<p>no {spelled}!</p>");
        let is_header = page.is_ascii();
        let echo = if is_header { page.as_str() } else { "" };
        for status in ["401 Unauthorized", "200 OK"] {
            let error = error_with(secret, response(status, &[("x-echo", echo)], &page)).await;
            assert_eq!(String::from_utf8_lossy(error.body()), "<p>no [redacted]!</p>", "{spelled}");
            assert!(!is_header || error.headers()["x-echo"] == "<p>no [redacted]!</p>", "{spelled}: {error:?}");
        }
        // As a message, and as another crate quotes it, which says where the JSON is not as documented.
        let said = serde_json::Value::from(format!("no {spelled}!")).to_string();
        let error = error_with(secret, json("401 Unauthorized", format!(r#"{{"message":{said}}}"#))).await;
        assert_eq!(
            (error.message(), error.to_string()),
            (Some("no [redacted]!"), "401 Unauthorized: no [redacted]!".into())
        );
        let error = error_with(secret, json("200 OK", format!(r#"{{"success":{said},"message":"m"}}"#))).await;
        assert!(error.to_string().contains("no [redacted]!"), "{spelled}: {error}");

        let success = format!(r#"{{"success":true,"message":{said}}}"#);
        let server = Server::start(response("200 OK", &[("x-echo", echo)], success)).await;
        let client = server.client().with_credentials(Credentials::new(TOKEN, secret)).unwrap();
        let reply = call(&client).send().await.unwrap();
        assert!(!is_header || reply.headers()["x-echo"] == "<p>no [redacted]!</p>", "{spelled}: {reply:?}");
        for shown in [format!("{reply:?}"), format!("{reply:#?}")] {
            assert!(shown.contains("no [redacted]!"), "{spelled}: {shown}");
        }
        // The body is data: it is not changed.
        assert_eq!(reply.message, format!("no {spelled}!"));
    }
}

/// What comes near a credential is none, and one of less than six bytes is not looked for.
#[tokio::test]
async fn nothing_else_is_redacted() {
    for (secret, said) in [
        ("abc/def", "abc\\def"),
        ("abc/def", "abc%2Edef"),
        ("abc/def", "ABC/DEF"),
        ("abc/def", "abc/d"),
        ("abcde", "abcde"),
        ("abc/def", "%"),
        ("abc/def", "&#x2F"),
    ] {
        let error = error_with(secret, response("401 Unauthorized", &[], said)).await;
        assert_eq!(String::from_utf8_lossy(error.body()), said, "{secret}");
    }
}

/// The pair that has replaced that of the attempt is not shown either.
#[tokio::test]
async fn the_current_pair_is_redacted_too() {
    let client = Arc::new(Mutex::new(None::<Client>));
    let rotating = client.clone();
    let server = Server::start_with(move |request| {
        rotating.lock().unwrap().as_ref().unwrap().set_credentials(pair(10)).unwrap();
        // One of them begins with the other.
        let said = format!("{} tok-3f9a-10 sec-b81e-10 sec-b81e-1", request.token());
        let body = serde_json::json!({ "success": request.line().contains("fine"), "message": said });
        response("200 OK", &[("x-echo", &said)], body.to_string())
    })
    .await;
    let client_of = || ClientBuilder::new(pair(1)).base_url(server.url()).build().unwrap();
    *client.lock().unwrap() = Some(client_of());
    let first = client.lock().unwrap().clone().unwrap();
    let error = untag(&first).await.unwrap_err();
    assert_eq!(error.message(), Some("[redacted] [redacted] [redacted] [redacted]"));
    assert_eq!(error.headers()["x-echo"], "[redacted] [redacted] [redacted] [redacted]");
    let again = client_of();
    *client.lock().unwrap() = Some(again.clone());
    let reply = call(&again).bot_id("fine").send().await.unwrap();
    assert!(format!("{reply:?}").contains(r#"message: "[redacted] [redacted] [redacted] [redacted]""#), "{reply:?}");
}

/// A secret that is like a part of the JSON itself costs neither status nor headers.
#[tokio::test]
async fn redacting_keeps_the_status() {
    let body = r#"{"success":false,"errResponse":{"message":"m","code":120000}}"#;
    for secret in ["120000", "message", "errResponse", "success", "\":false"] {
        let error = error_with(secret, response("429 Too Many Requests", &[("retry-after", "3")], body)).await;
        assert_eq!((error.status().unwrap().as_u16(), error.is_retryable()), (429, true), "{secret}");
        assert_eq!(error.retry_after().unwrap().as_secs(), 3);
    }
}

/// A credential at the limit of what is kept of a body does not show in part.
#[tokio::test]
async fn a_secret_at_the_limit_is_redacted() {
    const LIMIT: usize = 64 * 1024;
    for spelled in [SECRET.to_owned(), SECRET.replace('-', "%2d")] {
        for left in 1..spelled.len() {
            for status in ["404 Not Found", "200 OK"] {
                let error = error_with(SECRET, response(status, &[], "x".repeat(LIMIT - left) + &spelled)).await;
                assert!(!String::from_utf8_lossy(error.body()).contains("xs"), "{left} bytes of it");
            }
            // All that comes before the cut is replaced by what is shorter, so that the cut itself is shown.
            let many = spelled.repeat(100_000 / spelled.len()) + &spelled[..left];
            let body = error_with(SECRET, response("404 Not Found", &[], many)).await.body().to_vec();
            let shown = String::from_utf8(body).unwrap().replace("[redacted]", "");
            assert!(shown.len() < 6 + 2, "{left} bytes of it: {shown}");
            // A body that breaks off.
            let broken = format!("HTTP/1.1 404 No\r\ncontent-length: 99\r\n\r\nno {}", &spelled[..left]);
            let server = Server::start_with(move |_| vec![support::send(&broken), support::Step::Close]).await;
            let error = untag(&server.client()).await.unwrap_err();
            let shown = String::from_utf8_lossy(error.body()).into_owned();
            assert!(shown == "no [redacted]" || shown.len() < 3 + 6 + 2, "{left} bytes of it: {shown}");
        }
    }
}

/// What an application gives its own HTTP client may be secret, too.
#[test]
fn no_default_header_is_shown() {
    let mut headers = mantago::reqwest::header::HeaderMap::new();
    headers.insert("x-api-key", SECRET.parse().unwrap());
    let http = || mantago::reqwest::Client::builder().default_headers(headers.clone());
    let builder = || ClientBuilder::new(Credentials::new("tok-other", "sec-other")).http(http());
    debug_shows_none(&builder());
    let client = builder().base_url("http://localhost").build().unwrap();
    debug_shows_none(&client);
    debug_shows_none(&call(&client));
    let shown = format!("{client:?}");
    assert!(shown.starts_with(r#"Client { base_url: "http://localhost", settings: "#), "{shown}");
}

/// What the crates below this one log, by `tracing` or by `log`, at the most talkative level.
#[tokio::test]
async fn no_log_shows_them() {
    static LOG: Log = Log(Mutex::new(String::new()));
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let layer = tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), &LOG);
    tracing::subscriber::set_global_default(layer).unwrap();
    tracing::trace!(seen = "by tracing", "an event");

    let success = Server::start(removed()).await;
    let refused = Server::start(json("401 Unauthorized", format!(r#"{{"message":"{TOKEN} {SECRET}"}}"#))).await;
    untag(&success.client()).await.unwrap();
    untag(&refused.client()).await.unwrap_err();
    untag(&once(nowhere()).build().unwrap()).await.unwrap_err();

    let log = LOG.0.lock().unwrap().clone();
    for seen in ["by tracing", "starting new connection"] {
        assert!(log.contains(seen), "{seen:?} is not in: {log}");
    }
    shows_none(&log);
}

/// All that is logged, as one text.
struct Log(Mutex<String>);

impl Log {
    fn add(&self, value: &dyn Debug) {
        let _ = writeln!(self.0.lock().unwrap(), "{value:?}");
    }
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.add(record.args());
    }

    fn flush(&self) {}
}

impl tracing::field::Visit for &Log {
    fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn Debug) {
        self.add(value);
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for &'static Log {
    fn on_new_span(
        &self,
        span: &tracing::span::Attributes<'_>,
        _: &tracing::span::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        span.record(&mut &**self);
    }

    fn on_record(
        &self,
        _: &tracing::span::Id,
        values: &tracing::span::Record<'_>,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        values.record(&mut &**self);
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        event.record(&mut &**self);
    }
}
