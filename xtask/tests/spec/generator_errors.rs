//! Documents that the generator refuses. Each error is one line that names the file and the place.

use std::fmt::Display;
use xtask::generator::{self, Document};

use serde_json::{Value, json};

const FILE: &str = "openapi/page.json";
const PAGE: &str = include_str!("../documents/page.json");
const OPERATION: &str = "/paths/~1openapi~1personalTagMapping~1delete/post";
const SCHEMA: &str = "/components/schemas/PersonalTagMappingRequest";

fn page() -> Value {
    serde_json::from_str(PAGE).unwrap()
}

fn document(file: &str, text: impl Display) -> Document {
    Document { file: file.to_owned(), text: text.to_string() }
}

#[track_caller]
fn error_of(documents: &[Document]) -> String {
    let error = generator::generate(documents).map(drop).expect_err("the generator takes it").to_string();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

/// The error for a changed vendored page.
#[track_caller]
fn error_of_change(change: impl FnOnce(&mut Value)) -> String {
    let mut page = page();
    change(&mut page);
    error_of(&[document(FILE, page)])
}

/// The error for the vendored page and a second page, which differs by the change and by its path.
#[track_caller]
fn error_of_second(change: impl FnOnce(&mut Value)) -> String {
    let mut second = page();
    second["paths"] = json!({ "/openapi/personalTagMapping": page()["paths"]["/openapi/personalTagMapping/delete"] });
    change(&mut second);
    error_of(&[document(FILE, PAGE), document("openapi/second.json", second)])
}

fn set(page: &mut Value, pointer: &str, value: Value) {
    *page.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is not there")) = value;
}

fn remove(page: &mut Value, pointer: &str, key: &str) {
    page.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key).unwrap();
}

#[test]
fn no_documents() {
    assert_eq!(error_of(&[]), "openapi: no document: expected at least one *.json");
}

#[test]
fn not_json() {
    for (text, error) in [
        ("", "openapi/a.json:1:0: not JSON: EOF while parsing a value"),
        ("{\n  \"openapi\": \"3.0.3\",\n}", "openapi/a.json:3:1: not JSON: trailing comma"),
        ("{\"openapi\": nope}", "openapi/a.json:1:14: not JSON: expected ident"),
        ("{} {}", "openapi/a.json:1:4: not JSON: trailing characters"),
        ("{\"a\": {\"b\": 1,\n \"b\": 2}}", "openapi/a.json:2:4: not JSON: the key \"b\" is there twice"),
    ] {
        assert_eq!(error_of(&[document("openapi/a.json", text)]), error);
    }
}

#[test]
fn not_openapi_3() {
    for (text, error) in [
        (json!({ "openapi": "4.0.0" }), "openapi/a.json: /openapi: expected OpenAPI 3.0.x or 3.1.x, found \"4.0.0\""),
        (json!({ "openapi": 3 }), "openapi/a.json: /openapi: expected OpenAPI 3.0.x or 3.1.x, found 3"),
        (json!({ "swagger": "2.0" }), "openapi/a.json: /openapi: expected OpenAPI 3.0.x or 3.1.x, found null"),
        (json!([1, 2]), "openapi/a.json: /openapi: expected OpenAPI 3.0.x or 3.1.x, found null"),
        (json!({ "openapi": "3.0.3", "paths": [] }), "openapi/a.json: /paths: expected an object"),
        (json!({ "openapi": "3.0.3", "paths": { "/a": 1 } }), "openapi/a.json: /paths/~1a: expected an object"),
        (
            json!({ "openapi": "3.0.3", "components": { "schemas": 1 } }),
            "openapi/a.json: /components/schemas: expected an object",
        ),
    ] {
        assert_eq!(error_of(&[document("openapi/a.json", text)]), error);
    }
    let error = error_of_second(|second| set(second, "/openapi", json!("2.0")));
    assert_eq!(error, "openapi/second.json: /openapi: expected OpenAPI 3.0.x or 3.1.x, found \"2.0\"");
}

#[test]
fn responses_that_are_no_object() {
    let error = error_of_change(|page| set(page, &format!("{OPERATION}/responses"), json!(7)));
    assert_eq!(error, format!("{FILE}: {OPERATION}/responses: expected an object"));
}

#[test]
fn documents_that_differ() {
    for (pointer, value, error) in [
        ("/servers/0/url", json!("https://eu.mantago.cc/api"), "/servers/0/url: it differs"),
        (
            "/components/schemas/ErrorResponse/properties/success/type",
            json!("string"),
            "/components/schemas/ErrorResponse: it differs",
        ),
        (
            "/components/schemas/ErrorResponse/properties/errResponse/properties/code/type",
            json!("string"),
            "/components/schemas/ErrorResponse/properties/errResponse: it differs",
        ),
    ] {
        let found = error_of_second(|second| set(second, pointer, value));
        assert_eq!(found, format!("{FILE} and openapi/second.json: {error}"));
    }

    let both = error_of_second(|second| second["paths"] = page()["paths"].clone());
    assert_eq!(both, format!("{FILE} and openapi/second.json: {OPERATION}: the operation is in both documents"));
}

/// The first conflict is also the generator's error.
#[test]
fn every_conflict_is_listed() {
    let mut second = page();
    set(&mut second, "/components/schemas/ErrorResponse/type", json!("string"));
    set(&mut second, "/servers/0/url", json!("https://other"));
    let documents = [document("a.json", PAGE), document("b.json", second)];
    let expected = [
        "a.json and b.json: /servers/0/url: it differs".to_owned(),
        format!("a.json and b.json: {OPERATION}: the operation is in both documents"),
        "a.json and b.json: /components/schemas/ErrorResponse: it differs".to_owned(),
    ];
    let conflicts = generator::conflicts(&documents).unwrap();
    assert_eq!(conflicts.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    let generator::Error { file, pointer, message } = &conflicts[0];
    assert_eq!([file, pointer, message], ["a.json and b.json", "/servers/0/url", "it differs"]);
    assert_eq!(error_of(&documents), expected[0]);
}

/// The error names the two documents that differ.
#[test]
fn the_third_document_differs_from_the_second() {
    let at = |path: &str, schema: Value| {
        let mut page = page();
        page["paths"] = json!({ path: page["paths"]["/openapi/personalTagMapping/delete"] });
        page["components"]["schemas"]["Tag"] = schema;
        page
    };
    let second = at("/openapi/second", json!({ "type": "string" }));
    let third = at("/openapi/third", json!({ "type": "integer" }));
    let error = error_of(&[document("a.json", PAGE), document("b.json", second), document("c.json", third)]);
    assert_eq!(error, "b.json and c.json: /components/schemas/Tag: it differs");
}

#[test]
fn two_operations_with_one_name() {
    let renamed = |path: &'static str| {
        move |second: &mut Value| {
            let item = second["paths"]["/openapi/personalTagMapping"].take();
            second["paths"] = json!({ path: item });
        }
    };
    for path in ["/openapi/personalTagMapping/delete/", "/personal-tag-mapping/delete"] {
        let escaped = path.replace('/', "~1");
        assert_eq!(
            error_of_second(renamed(path)),
            format!(
                "openapi/second.json: /paths/{escaped}/post: it resolves to the name personal_tag_mapping_delete, which {FILE}: {OPERATION} has"
            )
        );
    }
    let error = error_of_second(|second| {
        second["paths"]["/openapi/personalTagMapping"]["post"]["operationId"] = json!("personalTagMapping.delete");
    });
    assert_eq!(
        error,
        format!(
            "{FILE}: {OPERATION}: it resolves to the name personal_tag_mapping_delete, which openapi/second.json: /paths/~1openapi~1personalTagMapping/post has"
        )
    );
}

#[test]
fn an_operation_without_a_name() {
    for path in ["/openapi", "/openapi/-", "/"] {
        let error = error_of_second(|second| {
            let item = second["paths"]["/openapi/personalTagMapping"].take();
            second["paths"] = json!({ path: item });
        });
        let pointer = format!("/paths/{}/post", path.replace('/', "~1"));
        assert_eq!(
            error,
            format!(
                "openapi/second.json: {pointer}: no name can be made for it: expected an operationId, or a path with a word in it"
            )
        );
    }
}

/// In the second of two documents: the error names its file and the place.
#[allow(clippy::too_many_lines, reason = "it is a table")]
#[test]
fn unusable_operations_are_refused() {
    const SECOND: &str = "openapi/second.json: /paths/~1openapi~1personalTagMapping/post";
    let string = json!({ "type": "string" });
    let cases: [(&str, Value, &str); 14] = [
        (
            "/responses/42",
            json!({ "description": "" }),
            "/responses: \"42\": expected a status: three digits, 1XX to 5XX, or default",
        ),
        (
            "/responses/200",
            json!({ "description": "", "content": { "text/plain": { "schema": string } } }),
            "/responses/200: expected content of application/json",
        ),
        (
            "/requestBody",
            json!({ "content": { "multipart/form-data": { "schema": { "type": "object" } } } }),
            "/requestBody: expected content of application/json",
        ),
        ("/requestBody", json!({ "content": {} }), "/requestBody: expected content of application/json"),
        (
            "/parameters/0/style",
            json!("pipeDelimited"),
            "/parameters/0: expected the style form in the query, and simple elsewhere",
        ),
        (
            "/parameters",
            json!([{ "name": "botId", "in": "query", "content": {} }]),
            "/parameters/0: expected a parameter with a schema",
        ),
        (
            "/parameters",
            json!([{ "name": "ids", "in": "query", "schema": { "type": "array", "items": { "type": "object" } } }]),
            "/parameters/0: expected a parameter that is a string, a number or a boolean, or in the query a list of them",
        ),
        (
            "/parameters",
            json!([{ "name": "ids", "in": "header", "schema": { "type": "array", "items": string } }]),
            "/parameters/0: expected a parameter that is a string, a number or a boolean, or in the query a list of them",
        ),
        (
            "/parameters",
            json!([{ "name": "ids", "in": "query", "explode": false, "schema": { "type": "array", "items": string } }]),
            "/parameters/0: a list with commas: expected one that repeats the parameter (explode)",
        ),
        (
            "/parameters",
            json!([{ "name": "ids", "in": "query", "style": "spaceDelimited", "schema": { "type": "array", "items": string } }]),
            "/parameters/0: expected the style form in the query, and simple elsewhere",
        ),
        (
            "/parameters",
            json!([{ "name": "session", "in": "cookie", "schema": string }]),
            "/parameters/0: expected a parameter in the path, in the query or in a header",
        ),
        (
            "/parameters",
            json!([{ "name": "a b", "in": "header", "schema": string }]),
            "/parameters/0: its name cannot be that of a header",
        ),
        (
            "/parameters",
            json!([{ "name": "tagId", "in": "path", "schema": string }]),
            "/parameters/0: it is not in the path",
        ),
        (
            "/parameters",
            json!([{ "name": "tagId", "in": "path", "required": true, "schema": string }]),
            "/parameters/0: it is not in the path",
        ),
    ];
    for (pointer, value, why) in cases {
        let error = error_of_second(|second| {
            let operation = &mut second["paths"]["/openapi/personalTagMapping"]["post"];
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            operation.pointer_mut(parent).unwrap()[key.replace("~1", "/")] = value;
        });
        assert_eq!(error, format!("{SECOND}{why}"), "{pointer}");
    }

    let error = error_of_second(|second| {
        let item = second["paths"]["/openapi/personalTagMapping"].take();
        second["paths"] = json!({ "/openapi/tag/{tagId}": item });
    });
    assert_eq!(
        error,
        "openapi/second.json: /paths/~1openapi~1tag~1{tagId}/post: its path has a parameter that is not among its parameters"
    );
    let error = error_of_second(|second| {
        second["components"]["schemas"]["Nothing"] =
            json!({ "type": "array", "items": { "$ref": "#/components/schemas/Gone" } });
    });
    assert_eq!(
        error,
        "openapi/second.json: /components/schemas/Nothing/items: it refers to #/components/schemas/Gone, which is not there"
    );
}

type Change = Box<dyn FnOnce(&mut Value)>;

const BODY: &str = "/paths/~1openapi~1personalTagMapping~1delete/post/requestBody/content/application~1json/schema";

/// The rules on identifying a client and on credentials, for which the generated code calls hand-written code.
#[allow(clippy::too_many_lines, reason = "it is a table")]
#[test]
fn documents_that_break_a_rule_are_refused() {
    let shape = "not as the rule on clientId, platform and platformClientId has it: expected an object with two strings and an enumeration";
    let bearer = "no HTTP bearer scheme is required, or not that alone: the client sends a bearer token";
    let parameter = "a credential as a parameter: in a URL or header it cannot be kept from logs";
    let within = "clientId, platform and platformClientId are further inside a body: only a body that has them itself is checked";
    let cases: Vec<(Change, String)> = vec![
        (
            Box::new(|page| set(page, &format!("{SCHEMA}/properties/clientId/type"), json!("integer"))),
            format!("{SCHEMA}/properties/clientId: {shape}"),
        ),
        (
            Box::new(|page| remove(page, &format!("{SCHEMA}/properties/platform"), "enum")),
            format!("{SCHEMA}/properties/platform: {shape}"),
        ),
        (
            Box::new(|page| page.pointer_mut(SCHEMA).unwrap()["oneOf"] = json!([{ "required": ["clientId"] }])),
            format!("{SCHEMA}/oneOf: {shape}"),
        ),
        (
            Box::new(|page| set(page, BODY, json!({ "type": "array", "items": { "$ref": format!("#{SCHEMA}") } }))),
            format!("{SCHEMA}: {within}"),
        ),
        (
            Box::new(|page| {
                let inner = json!({ "anyOf": [{ "$ref": format!("#{SCHEMA}") }] });
                let object = json!({ "allOf": [{ "type": "object", "properties": { "b": inner } }] });
                set(page, BODY, json!({ "type": "object", "properties": { "a": object } }));
            }),
            format!("{SCHEMA}: {within}"),
        ),
        (
            Box::new(|page| {
                let mut other = page["paths"]["/openapi/personalTagMapping/delete"].clone();
                let mut copy = page["components"]["schemas"]["PersonalTagMappingRequest"].clone();
                copy["properties"]["platform"]["enum"] = json!(["line", "telegram"]);
                other["post"]["requestBody"]["content"]["application/json"]["schema"] = copy;
                page["paths"]["/openapi/other"] = other;
            }),
            format!("{SCHEMA}/properties/platform: its values differ from those of the platforms at {FILE}: /paths/~1openapi~1other/post/requestBody/content/application~1json/schema/properties/platform"),
        ),
        (
            Box::new(|page| page["components"]["schemas"]["Platform"] = json!({ "type": "string" })),
            "/components/schemas/Platform: the name Platform belongs to the platforms of requests".to_owned(),
        ),
        (
            Box::new(|page| set(page, &format!("{SCHEMA}/properties/secret"), json!({ "type": "object" }))),
            format!("{SCHEMA}/properties/secret: a credential that is not a plain string cannot be kept from logs"),
        ),
        (
            Box::new(|page| {
                page["components"]["schemas"]["ErrorResponse"]["properties"]["token"] = json!({ "type": "integer" });
            }),
            "/components/schemas/ErrorResponse/properties/token: a credential that is not a plain string cannot be kept from logs".to_owned(),
        ),
        (
            Box::new(|page| {
                let request = json!({ "$ref": format!("#{SCHEMA}") });
                page["components"]["schemas"]["ErrorResponse"]["properties"]["request"] = request;
            }),
            "/components/schemas/ErrorResponse/properties/request: it refers to a request's body with a secret: expected two schemas".to_owned(),
        ),
        (
            Box::new(|page| {
                let secret = json!({ "name": "secret", "in": "query", "schema": { "type": "string" } });
                page.pointer_mut(&format!("{OPERATION}/parameters")).unwrap().as_array_mut().unwrap().push(secret);
            }),
            format!("{OPERATION}/parameters/1: {parameter}"),
        ),
        (
            Box::new(|page| {
                page["components"]["parameters"] =
                    json!({ "Key": { "name": "apiToken", "in": "query", "schema": { "type": "string" } } });
                let key = json!({ "$ref": "#/components/parameters/Key" });
                page.pointer_mut(&format!("{OPERATION}/parameters")).unwrap().as_array_mut().unwrap().push(key);
            }),
            format!("/components/parameters/Key: {parameter}"),
        ),
        (
            Box::new(|page| page.pointer_mut(OPERATION).unwrap()["security"] = json!([])),
            format!("{OPERATION}/security: {bearer}"),
        ),
        (
            Box::new(|page| set(page, "/security", json!([{ "bearerAuth": [], "other": [] }]))),
            format!("/security: {bearer}"),
        ),
        (
            Box::new(|page| set(page, "/components/securitySchemes/bearerAuth/scheme", json!("basic"))),
            format!("/security: {bearer}"),
        ),
        (Box::new(|page| remove(page, "", "security")), format!("{OPERATION}: {bearer}")),
        (
            Box::new(|page| remove(page, "", "servers")),
            "/servers/0/url: expected an https URL without variables".to_owned(),
        ),
        (
            Box::new(|page| set(page, "/servers/0/url", json!("https://{region}.mantago.cc"))),
            "/servers/0/url: expected an https URL without variables".to_owned(),
        ),
        (
            Box::new(|page| page.pointer_mut(OPERATION).unwrap()["servers"] = json!([{ "url": "https://other" }])),
            format!("{OPERATION}/servers: servers of its own: expected the document's for all operations"),
        ),
    ];
    for (change, why) in cases {
        assert_eq!(error_of_change(change), format!("{FILE}: {why}"));
    }
}

/// Duplicate names would not compile.
#[test]
fn duplicate_names_are_refused() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 4] = [
        (
            |page| {
                page["components"]["schemas"]["errorResponse"] =
                    json!({ "type": "object", "properties": { "a": { "type": "string" } } });
            },
            "/components/schemas/errorResponse: it resolves to the name types::ErrorResponse, which openapi/page.json: /components/schemas/ErrorResponse has",
        ),
        (
            |page| {
                page["components"]["schemas"]["ErrorResponseErrResponse"] =
                    json!({ "type": "object", "properties": { "a": { "type": "string" } } });
            },
            "/components/schemas/ErrorResponseErrResponse: it resolves to the name types::ErrorResponseErrResponse, which openapi/page.json: /components/schemas/ErrorResponse/properties/errResponse has",
        ),
        (
            |page| page.pointer_mut(SCHEMA).unwrap()["properties"]["client_id"] = json!({ "type": "string" }),
            "/components/schemas/PersonalTagMappingRequest/properties/client_id: two things resolve to the name types::PersonalTagMappingRequest.client_id",
        ),
        (
            |page| {
                let parameters = page.pointer_mut(&format!("{OPERATION}/parameters")).unwrap().as_array_mut().unwrap();
                parameters.push(json!({ "name": "bot_id", "in": "query", "schema": { "type": "string" } }));
            },
            "/paths/~1openapi~1personalTagMapping~1delete/post/parameters/1: it resolves to the name bot_id, which openapi/page.json: /paths/~1openapi~1personalTagMapping~1delete/post/parameters/0 has",
        ),
    ];
    for (change, why) in cases {
        assert_eq!(error_of_change(change), format!("{FILE}: {why}"));
    }
}

/// Operations share the client's namespace with its own methods.
#[test]
fn no_operation_has_the_name_of_a_method_of_the_client() {
    let sources = [
        include_str!("../../../src/client.rs"),
        include_str!("../../../src/request.rs"),
        include_str!("../../../src/setup.rs"),
    ];
    let items = sources.into_iter().flat_map(|source| syn::parse_file(source).unwrap().items);
    let is_client = |ty: &syn::Type| matches!(ty, syn::Type::Path(ty) if ty.path.is_ident("Client"));
    let own = items.filter_map(|item| match item {
        syn::Item::Impl(item) if item.trait_.is_none() && is_client(&item.self_ty) => Some(item.items),
        _ => None,
    });
    let names = own.flatten().filter_map(|item| match item {
        syn::ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
        _ => None,
    });
    let names: Vec<_> = names.chain(["clone".to_owned()]).collect();
    assert!(["builder", "request", "with_retry"].iter().all(|name| names.contains(&(*name).to_owned())));
    for name in names {
        let error = error_of_change(|page| page.pointer_mut(OPERATION).unwrap()["operationId"] = json!(name));
        let why = format!("it resolves to the name {name}, which is a method of the client");
        assert_eq!(error, format!("{FILE}: {OPERATION}: {why}"));
    }
}

#[test]
fn parameters_without_a_name() {
    for name in ["$", "_", ""] {
        let parameter = json!({ "name": name, "in": "query", "required": true, "schema": { "type": "string" } });
        let error = error_of_change(|page| page.pointer_mut(OPERATION).unwrap()["parameters"] = json!([parameter]));
        let why = "no name can be made for it: expected a name with a word in it";
        assert_eq!(error, format!("{FILE}: {OPERATION}/parameters/0: {why}"));
    }
}

#[test]
fn one_name_in_the_path_and_in_the_query() {
    let error = error_of_change(|page| {
        let mut item = page["paths"]["/openapi/personalTagMapping/delete"].take();
        let parameter =
            |place: &str| json!({ "name": "id", "in": place, "required": true, "schema": { "type": "string" } });
        item["post"]["parameters"] = json!([parameter("path"), parameter("query")]);
        page["paths"] = json!({ "/a/{id}": item });
    });
    let place = "/paths/~1a~1{id}/post/parameters";
    assert_eq!(error, format!("{FILE}: {place}/1: it resolves to the name id, which {FILE}: {place}/0 has"));
}

/// A component that is part of itself is any JSON. A component that contains itself, like a tree, is a type.
#[test]
fn recursive_components_end() {
    let a = || json!({ "$ref": "#/components/schemas/A" });
    for schema in [
        json!({ "allOf": [a(), { "type": "object" }] }),
        a(),
        json!({ "oneOf": [{ "type": "string" }, { "allOf": [a()] }] }),
        json!({ "not": a() }),
        json!({ "$ref": "#/components/schemas/A/allOf/0" }),
        json!({ "allOf": [{ "$ref": "#/components/schemas/A/allOf/0" }] }),
    ] {
        let mut page = page();
        page["components"]["schemas"]["A"] = schema.clone();
        match generator::generate(&[document(FILE, page)]) {
            Ok(generated) => {
                assert!(generated.files()[0].1.contains("pub struct A(pub ::serde_json::Value);"), "{schema}");
            }
            Err(error) => assert!(
                error.message.contains("lead back to themselves") || error.message.contains("not there"),
                "{error}"
            ),
        }
    }
    let error = error_of_change(|page| {
        page["components"]["responses"]["A"] = json!({ "$ref": "#/components/responses/B" });
        page["components"]["responses"]["B"] = json!({ "$ref": "#/components/responses/A" });
        page.pointer_mut(OPERATION).unwrap()["responses"]["200"] = json!({ "$ref": "#/components/responses/A" });
    });
    assert_eq!(error, format!("{FILE}: {OPERATION}/responses/200: its references lead back to themselves"));

    let mut tree = page();
    tree["components"]["schemas"]["Tree"] = json!({ "type": "object", "properties": { "children": { "type": "array", "items": { "$ref": "#/components/schemas/Tree" } } } });
    generator::generate(&[document(FILE, tree)]).unwrap();
}

/// Unknown members are kept, and must not differ between documents.
#[test]
fn unknown_members_of_documents_must_agree() {
    let error = error_of(&[
        document("a.json", {
            let mut page = page();
            page["webhooks"] = json!({ "a": 1 });
            page
        }),
        document("b.json", {
            let mut page = page();
            page["paths"] = json!({});
            page["webhooks"] = json!({ "a": 2 });
            page
        }),
    ]);
    assert_eq!(error, "a.json and b.json: /webhooks: it differs");
    // Extensions may differ: they have no effect.
    let mut second = page();
    second["paths"] = json!({});
    second["components"]["x-a"] = json!({ "b": 1 });
    let mut first = page();
    first["components"]["x-a"] = json!("s");
    generator::generate(&[document("a.json", first), document("b.json", second)]).unwrap();
}

/// The generator returns a client or a one-line error.
#[test]
fn any_value_anywhere_is_handled() {
    fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
        all.push(at.to_owned());
        for (key, member) in value.as_object().into_iter().flatten() {
            pointers(member, &format!("{at}/{}", key.replace('/', "~1")), all);
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            pointers(item, &format!("{at}/{index}"), all);
        }
    }
    let mut all = Vec::new();
    pointers(&page(), "", &mut all);
    let values =
        [json!(null), json!("text"), json!([7]), json!({}), json!({ "$ref": "#/components/schemas/ErrorResponse" })];
    for (number, pointer) in all.into_iter().enumerate() {
        // Two values for each place, in turn: all values would take too long.
        for value in values.iter().cycle().skip(number).take(2) {
            let mut page = page();
            *page.pointer_mut(&pointer).unwrap() = value.clone();
            if let Err(error) = generator::generate(&[document(FILE, page)]) {
                assert_eq!(error.to_string().lines().count(), 1, "{pointer}: {error}");
            }
        }
    }
}

/// A package without the folder, and a folder with other files.
#[test]
fn a_missing_folder_is_an_error_and_other_files_are_ignored() {
    let package = std::env::temp_dir().join(format!("mantago-generator-{}", std::process::id()));
    let error = generator::read(&package).unwrap_err().to_string();
    assert!(error.starts_with("openapi: "), "{error}");

    std::fs::create_dir_all(package.join("openapi")).unwrap();
    for name in ["b.json", "a.json", "sources.toml", "notes.md"] {
        std::fs::write(package.join("openapi").join(name), name).unwrap();
    }
    let documents = generator::read(&package).unwrap();
    std::fs::remove_dir_all(&package).unwrap();
    let files: Vec<_> = documents.iter().map(|document| (document.file.as_str(), document.text.as_str())).collect();
    assert_eq!(files, [("openapi/a.json", "a.json"), ("openapi/b.json", "b.json")]);
}
