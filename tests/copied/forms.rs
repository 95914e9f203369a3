//! The bytes on the wire for each form of a document: see `pages.rs`.

use mantago::types::{
    BasedRequest, Choice, FormListByFormIdOrder, Mood, Note, NoteBody, NoteKind, Option as OptionType,
    ReferringRequest, Result as ResultType, Titled,
};
use mantago::{ErrorKind, Secret};
use serde_json::json as value;

use crate::support::{ERROR, SECRET, SHOWN_ERROR, Server, json, response};

/// A success as the next version documents it.
const DONE: &str = r#"{"success":true,"message":"removed","removedAt":"today"}"#;

/// An error is read however it is documented: not at all, as HTML, by a range, by `default`, or with several types.
#[tokio::test]
async fn errors_of_every_documented_form() {
    for (status, body, shown) in [
        ("400 Bad Request", "", "400 Bad Request"),
        ("401 Unauthorized", "<html>no</html>", "401 Unauthorized"),
        ("404 Not Found", ERROR, SHOWN_ERROR),
        ("409 Conflict", r#"{"conflict":"c"}"#, "409 Conflict"),
        ("418 I'm a teapot", ERROR, SHOWN_ERROR),
        ("500 Internal Server Error", "", "500 Internal Server Error"),
        ("599 Unnamed", ERROR, SHOWN_ERROR),
    ] {
        let server = Server::start(json(status, body)).await;
        let error = server.client().form_statuses().bot_id("b").send().await.map(drop).unwrap_err();
        assert_eq!(error.status().map(|status| status.as_str().to_owned()).as_deref(), status.split(' ').next());
        assert_eq!(error.body(), body.as_bytes(), "{status}");
        assert!(error.to_string().contains(shown), "{error}");
    }
    let server = Server::start(json("200 OK", DONE)).await;
    assert_eq!(server.client().form_statuses().bot_id("b").send().await.unwrap().message, "removed");
    assert_eq!(server.client().form_range().bot_id("b").send().await.unwrap().message, "removed");
    assert!(server.last_request().line().starts_with("DELETE /openapi/form/range?botId=b "));
}

#[tokio::test]
async fn a_success_without_content() {
    let body = || BasedRequest::builder().name("n");
    for nothing in [response("204 No Content", &[], ""), response("200 OK", &[], "")] {
        let server = Server::start(nothing).await;
        let reply: mantago::Response<()> =
            server.client().form_nothing().bot_id("b").body(body()).send().await.unwrap();
        assert!(reply.status().is_success());
        assert_eq!(server.request().json(), value!({ "name": "n", "secret": SECRET }));
    }
    let server = Server::start(json("401 Unauthorized", ERROR)).await;
    let error = server.client().form_nothing().bot_id("b").body(body()).send().await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    // `success: false` is a refusal, whatever the status.
    let server = Server::start(json("200 OK", ERROR)).await;
    assert!(server.client().form_nothing().bot_id("b").body(body()).send().await.is_err());

    let server = Server::start(response("200 OK", &[], "")).await;
    let head: mantago::Response<()> = server.client().form_head().bot_id("b").send().await.unwrap();
    assert!(head.status().is_success());
    assert!(server.request().line().starts_with("HEAD /openapi/form/head?botId=b "));
}

/// A list becomes one parameter for each value, in order. Enumerations and times are sent as documented.
#[tokio::test]
async fn parameters_in_the_query() {
    let server = Server::start(json("200 OK", DONE)).await;
    let client = server.client();
    let list = || client.form_list_by_form_id().bot_id("b").form_id("f 1".to_owned());
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    list()
        .tags(texts(&["b", "a,c", "b", "&=#+ %", ""]))
        .moods(vec![Mood::Bad, Mood::Good])
        .numbers(vec![3, -1])
        .mood(Mood::Good)
        .order(FormListByFormIdOrder::Oldest)
        .since("2023-07-15T10:30:28.700+02:00")
        .send()
        .await
        .unwrap();
    let of = |name: &str| -> Vec<String> {
        let query = server.last_request().query();
        query.into_iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect()
    };
    assert_eq!(of("tags"), ["b", "a,c", "b", "&=#+ %", ""]);
    assert_eq!(of("moods"), ["bad", "good"]);
    assert_eq!(of("numbers"), ["3", "-1"]);
    assert_eq!((of("mood"), of("order")), (texts(&["good"]), texts(&["oldest"])));
    assert_eq!(of("since"), ["2023-07-15T10:30:28.700+02:00"]);
    assert!(
        server.last_request().line().starts_with("GET /openapi/form/list/f%201?"),
        "{}",
        server.last_request().line()
    );

    list().tags(texts(&[])).send().await.unwrap();
    assert_eq!(server.last_request().query(), [("botId".to_owned(), "b".to_owned())]);
    let seen = server.request_count();
    let error = list().send().await.map(drop).unwrap_err();
    assert_eq!(error.to_string(), "invalid request: tags is missing: set it with tags(…)");
    let error = list().form_id("..".to_owned()).tags(texts(&[])).send().await.map(drop).unwrap_err();
    assert!(error.to_string().starts_with("invalid request: formId cannot be part of a URL's path"), "{error}");
    assert_eq!(server.request_count(), seen);
}

/// The secret appears only on the wire, wherever the document puts it.
#[tokio::test]
async fn a_secret_wherever_it_is() {
    let server = Server::start(json("200 OK", DONE)).await;
    let client = server.client();
    client.form_based().bot_id("b").body(BasedRequest::builder().name("n")).send().await.unwrap();
    assert_eq!(server.last_request().json(), value!({ "name": "n", "secret": SECRET }));

    let body = ReferringRequest::builder().name("n".to_owned()).api_token(Secret::from("other-token-1"));
    client.form_referring().bot_id("b").body(body).send().await.unwrap();
    assert_eq!(server.last_request().json(), value!({ "name": "n", "apiToken": "other-token-1", "secret": SECRET }));

    client.form_secret_only().bot_id("b").send().await.unwrap();
    assert_eq!(server.last_request().json(), value!({ "secret": SECRET }));
}

/// Variants accept any JSON, which the client sends unchanged.
#[tokio::test]
async fn an_optional_body_can_be_left_out() {
    let server = Server::start(json("200 OK", DONE)).await;
    let client = server.client();
    client.form_variant().bot_id("b").body(value!({ "text": "t" })).send().await.unwrap();
    assert_eq!(server.last_request().json(), value!({ "text": "t" }));
    client.form_variant().bot_id("b").send().await.unwrap();
    assert!(server.last_request().header("content-type").is_empty());
}

/// A later version of the API may add values.
#[tokio::test]
async fn an_unknown_value_of_an_enumeration_loses_no_response() {
    let server = Server::start(json("200 OK", r#"{"a":"b","result":"partly"}"#)).await;
    let body = OptionType::builder().a("a").result(ResultType::Ok);
    let reply = server.client().form_option().bot_id("b").body(body).send().await.unwrap();
    assert_eq!(reply.result, Some(ResultType::Other("partly".to_owned())));
    assert_eq!(serde_json::to_value(&*reply).unwrap(), value!({ "a": "b", "result": "partly" }));
    assert_eq!(ResultType::from("error"), ResultType::Error);
    assert_eq!("partly".parse::<ResultType>().unwrap().to_string(), "partly");
}

/// Bodies and responses that are not objects.
#[tokio::test]
async fn values_that_are_no_objects() {
    /// Sends a body, and reads a response.
    macro_rules! assert_is {
        ($operation:ident, $body:expr, $sent:tt, $response:literal, $expected:expr) => {
            let server = Server::start(json("200 OK", $response)).await;
            let reply = server.client().$operation().bot_id("b").body($body).send().await.unwrap().into_inner();
            assert_eq!(server.request().json(), value!($sent));
            assert_eq!(reply, $expected);
        };
    }
    assert_is!(form_flag, true, true, "false", false);
    assert_is!(form_number, 7_i64, 7, "1.5", 1.5);
    assert_is!(form_mood, Mood::Good, "good", "\"bad\"", Mood::Bad);
    assert_is!(form_texts, vec![Mood::Bad], ["bad"], "[\"a\"]", ["a"]);
    assert_is!(form_choice, serde_json::from_str::<Choice>("\"first\"").unwrap(), "first", "\"second\"", {
        serde_json::from_str::<Choice>("\"second\"").unwrap()
    });
    let server = Server::start(json("200 OK", DONE)).await;
    let media = mantago::types::FormMediaBody::builder().a("x".to_owned());
    let reply = server.client().form_media().bot_id("b").body(media).send().await.unwrap();
    assert_eq!(reply.message, "removed");
    assert_eq!(server.request().header("content-type"), ["application/json"]);
    let titled: Titled = serde_json::from_value(value!({ "a": "x" })).unwrap();
    let server = Server::start(json("200 OK", r#"{"titled":null}"#)).await;
    server.client().form_titled().bot_id("b").body(titled).send().await.unwrap();
    assert_eq!(server.request().json(), value!({ "a": "x" }));
    // An undocumented response is an error.
    let server = Server::start(json("200 OK", "7")).await;
    let error = server.client().form_mood().bot_id("b").body(Mood::Good).send().await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
}

/// Types may have the same names as the prelude's.
#[tokio::test]
async fn names_of_the_prelude() {
    use mantago::types::{None, Ok, Prelude, Vec};

    let server = Server::start(json("200 OK", r#"{"a":"b","result":"error"}"#)).await;
    let body = OptionType::builder().a("a").result(ResultType::Ok);
    let reply = server.client().form_option().bot_id("b").body(body).send().await.unwrap();
    assert_eq!((reply.a.as_str(), &reply.result), ("b", &Some(ResultType::Error)));
    assert_eq!(server.request().json(), value!({ "a": "a", "result": "ok" }));

    let server = Server::start(json("200 OK", r#"{"ok":"ok","vec":"none","list":["ok"],"string":{"a":"b"}}"#)).await;
    let client = server.client();
    let body = || Prelude::builder().ok(Ok::Ok).none(None::None);
    let replies = [
        client.default().bot_id("b").body(body()).send().await.unwrap(),
        client.ok().bot_id("b").body(body()).send().await.unwrap(),
        client.some().bot_id("b").body(body()).send().await.unwrap(),
        client.string().bot_id("b").body(body()).send().await.unwrap(),
        client.result().bot_id("b").body(body()).send().await.unwrap(),
    ];
    for reply in &replies {
        assert_eq!((&reply.ok, &reply.vec, &reply.list[..]), (&Ok::Ok, &Some(Vec::None), &[Vec::Ok][..]));
        assert_eq!(reply.string.as_ref().unwrap().a.as_deref(), Some("b"));
    }
    assert_eq!(server.last_request().json(), value!({ "ok": "ok", "none": "none" }));
}

/// A document of OpenAPI 3.1, lowered.
#[tokio::test]
async fn a_document_of_openapi_3_1() {
    let reply = r#"{"success":true,"message":"m","removedAt":"d","note":{"kind":"note","text":null,"size":3,"parent":null,
        "owner":{"name":"o","more":1},"level":null,"data":"aGk=","anything":[1]}}"#;
    let server = Server::start(json("200 OK", reply)).await;
    let note = Note::builder().kind(NoteKind::Note).text(Some("t".to_owned())).size(3_i64);
    let body = NoteBody::builder().note(note);
    let note = server.client().note().bot_id("b").body(body).send().await.unwrap().into_inner().note.unwrap();
    assert_eq!((note.kind, note.text.as_deref(), note.size), (NoteKind::Note, None, Some(3)));
    assert_eq!(note.owner.unwrap().name.as_deref(), Some("o"));
    assert!(note.parent.is_none() && note.level.is_none());
    assert_eq!((note.data.as_deref(), note.anything), (Some("aGk="), Some(value!([1]))));
    let sent = value!({ "note": { "kind": "note", "text": "t", "size": 3 }, "secret": SECRET });
    assert_eq!(server.request().json(), sent);
}

#[cfg(feature = "mock")]
#[tokio::test]
async fn a_mock_of_every_form() {
    use mantago::mock::MockServerExt;

    let server = mantago::httpmock::MockServer::start_async().await;
    let client = crate::support::once(server.base_url()).build().unwrap();
    server.form_nothing(|when, then| {
        when.body(&BasedRequest::builder().name("n").try_into().unwrap());
        then.no_content();
    });
    client.form_nothing().bot_id("b").body(BasedRequest::builder().name("n")).send().await.unwrap();
    server.form_mood(|when, then| {
        when.body(&Mood::Good);
        then.ok(Mood::Bad);
    });
    assert_eq!(*client.form_mood().bot_id("b").body(Mood::Good).send().await.unwrap(), Mood::Bad);
    client.form_mood().bot_id("b").body(Mood::Bad).send().await.unwrap_err();
    server.form_flag(|when, then| {
        when.body(&true).bot_id("b");
        then.ok(false);
    });
    assert!(!*client.form_flag().bot_id("b").body(true).send().await.unwrap());
    client.form_flag().bot_id("b").body(false).send().await.unwrap_err();
    server.form_texts(|when, then| {
        when.body(&vec![Mood::Bad]);
        then.ok(vec!["a".to_owned()]);
    });
    assert_eq!(*client.form_texts().bot_id("b").body(vec![Mood::Bad]).send().await.unwrap(), ["a"]);
    client.form_texts().bot_id("b").body(vec![Mood::Bad, Mood::Good]).send().await.unwrap_err();
}

#[cfg(feature = "mock")]
#[tokio::test]
async fn a_mock_replies_with_every_documented_status() {
    use mantago::mock::MockServerExt;
    use mantago::mock::operations::FormStatusesThen as Then;

    let server = mantago::httpmock::MockServer::start_async().await;
    let client = crate::support::once(server.base_url()).build().unwrap();
    let plays: [(fn(Then) -> Then, u16, &str); 9] = [
        (|then| then.bad_request(), 400, ""),
        (|then| then.unauthorized(), 401, ""),
        (|then| then.not_found(value!({ "a": 1 })), 404, r#"{"a":1}"#),
        (|then| then.conflict(value!({ "conflict": "c" })), 409, r#"{"conflict":"c"}"#),
        (|then| then.client_error(418, value!(1)), 418, "1"),
        (|then| then.server_error(503), 503, ""),
        (|then| then.status_599(value!(null)), 599, "null"),
        (|then| then.default_response(302, value!([])), 302, "[]"),
        (|then| then.status(410), 410, ""),
    ];
    for (play, status, body) in plays {
        let mock = server.form_statuses(|_, then| drop(play(then)));
        let error = client.form_statuses().bot_id("b").send().await.map(drop).unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(error.body(), body.as_bytes(), "{status}");
        mock.delete();
    }
    server.form_range(|_, then| {
        then.success(206, serde_json::from_str::<mantago::types::BasicSuccessResponse>(DONE).unwrap());
    });
    assert_eq!(client.form_range().bot_id("b").send().await.unwrap().status().as_u16(), 206);
    let wrong = std::panic::catch_unwind(|| {
        mantago::httpmock::MockServer::start().form_statuses(|_, then| drop(then.server_error(404)));
    });
    let message = wrong.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(*message, "cannot mock a reply: 404 is not a status from 500 to 599");
}

/// A list matches the same items in the same order, an optional parameter its value or its absence.
#[cfg(feature = "mock")]
#[tokio::test]
async fn a_mock_matches_parameters_exactly() {
    use mantago::mock::MockServerExt;
    use mantago::mock::operations::FormListByFormIdWhen as When;

    let server = mantago::httpmock::MockServer::start_async().await;
    let client = crate::support::once(server.base_url()).build().unwrap();
    let text = ToString::to_string;
    let sent = || {
        let list = client.form_list_by_form_id().bot_id("b").form_id("f 1".to_owned());
        list.tags(["a", "", "b,c"].iter().map(text).collect::<Vec<_>>()).numbers(vec![3, -1]).mood(Mood::Good)
    };
    type Condition = fn(When) -> When;
    let conditions: [(Condition, bool); 20] = [
        (|when| when, true),
        (|when| when.form_id("f 1".to_owned().into()), true),
        (|when| when.form_id("f%201".to_owned().into()), false),
        (|when| when.bot_id("b"), true),
        (|when| when.bot_id(""), false),
        (|when| when.tags(&["a", "", "b,c"].map(str::to_owned)), true),
        (|when| when.tags(&["a", "b,c", ""].map(str::to_owned)), false),
        (|when| when.tags(&["a", ""].map(str::to_owned)), false),
        (|when| when.tags(&["a", "", "b,c", "d"].map(str::to_owned)), false),
        (|when| when.tags(&["a".to_owned()]), false),
        (|when| when.tags(&[]), false),
        (|when| when.numbers(&[3, -1][..]), true),
        (|when| when.numbers(&[-1, 3][..]), false),
        (|when| when.numbers(None), false),
        (|when| when.moods(None), true),
        (|when| when.moods(&[][..]), true),
        (|when| when.moods(&[Mood::Good][..]), false),
        (|when| when.mood(Mood::Good).order(None).since(None), true),
        (|when| when.mood(None), false),
        (|when| when.since("2023-07-15"), false),
    ];
    for (index, (condition, matches)) in conditions.into_iter().enumerate() {
        let mock = server.form_list_by_form_id(|when, then| {
            condition(when);
            then.ok(serde_json::from_str::<mantago::types::BasicSuccessResponse>(DONE).unwrap());
        });
        assert_eq!(sent().send().await.is_ok(), matches, "condition {index}");
        mock.delete();
    }
}
