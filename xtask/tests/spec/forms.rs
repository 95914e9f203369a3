//! The forms that documents have: what is taken, and what is refused in one line that names the file and the place. What is
//! taken is compiled and called in the test `pages` of the crate, with `documents/forms.json` and `notes-3-1.json`.
#![allow(clippy::needless_pass_by_value, clippy::too_many_lines, reason = "JSON in tables")]

use serde_json::{Value, json};
use xtask::generator::{self, Document};

const PAGE: &str = include_str!("../documents/page.json");
const SCHEMAS: &str = "/components/schemas";

fn page() -> Value {
    serde_json::from_str(PAGE).unwrap()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#{SCHEMAS}/{name}") })
}

/// The vendored page with some more schemas, of which `A` is the body of an operation `/a`.
fn with(schemas: Value) -> Value {
    let mut page = page();
    let mut operation = page["paths"]["/openapi/personalTagMapping/delete"].clone();
    operation["post"]["requestBody"]["content"]["application/json"]["schema"] = reference("A");
    page["paths"]["/a"] = operation;
    for (name, schema) in schemas.as_object().unwrap() {
        page["components"]["schemas"][name] = schema.clone();
    }
    page
}

fn generate(document: &Value) -> Result<[String; 3], String> {
    let documents = [Document { file: "a.json".to_owned(), text: document.to_string() }];
    let generated = generator::generate(&documents).map_err(|error| error.to_string())?;
    Ok(generated.files().map(|(_, text)| text))
}

#[track_caller]
fn assert_refused(document: &Value, expected: &str) {
    let error = generate(document).map(drop).expect_err("the generator takes it");
    assert_eq!(error, format!("a.json: {expected}"));
}

/// The fields of a type as they are declared.
#[track_caller]
fn fields(document: &Value, name: &str) -> Vec<String> {
    let [types, ..] = generate(document).unwrap();
    let (_, declared) = types.split_once(&format!("\npub struct {name} {{")).unwrap_or_else(|| panic!("{types}"));
    let (declared, _) = declared.split_once("\n}").unwrap();
    let lines = declared.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.strip_suffix(','));
    let short =
        |line: &str| line.replace("::std::string::", "").replace("::std::option::", "").replace("::std::vec::", "");
    lines.map(short).collect()
}

/// An object with some properties that are strings.
fn object(names: &[&str]) -> Value {
    let properties = names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" })));
    json!({ "type": "object", "properties": properties.collect::<serde_json::Map<_, _>>() })
}

#[test]
fn an_object_of_several() {
    let mut base = object(&["b", "kind"]);
    base["allOf"] = json!([reference("Root")]);
    base["required"] = json!(["b"]);
    let mut own = object(&["a"]);
    own["properties"]["kind"] = json!({ "type": "string", "enum": ["one"], "description": "Which" });
    own["properties"]["list"] = json!({ "type": "array", "items": reference("Root") });
    let document = with(json!({
        "Root": { "type": "object", "properties": { "r": { "type": "integer" } } },
        "Base": base,
        "A": { "description": "An A", "allOf": [reference("Base"), own, { "required": ["a", "r"], "properties": { "list": { "type": "array", "items": { "type": "object" } } } }] },
    }));
    assert_eq!(fields(&document, "A"), ["a: String", "b: String", "kind: Option<AKind>", "list: Vec<Root>", "r: i64"]);
    let [types, ..] = generate(&document).unwrap();
    assert!(types.contains("///An A\n") && types.contains("///Which\n"), "{types}");
    assert_eq!(fields(&document, "Base"), ["b: String", "kind: Option<String>", "r: Option<i64>"]);
    // Of one that has the other as a part nothing is lost.
    let list = |items: Value| json!({ "properties": { "list": { "type": "array", "items": items } } });
    let part = object(&["a"]);
    let more = json!({ "type": "object", "allOf": [part, object(&["b"])] });
    let document = with(json!({ "A": { "allOf": [list(part), list(more)] } }));
    assert_eq!(fields(&document, "AListItem"), ["a: Option<String>", "b: Option<String>"]);
    let kind = |values: Value| json!({ "properties": { "kind": { "type": "string", "enum": values } } });
    let document = with(json!({ "A": { "allOf": [kind(json!(["a", "b", "c"])), kind(json!(["b", "a"]))] } }));
    assert!(generate(&document).unwrap()[0].contains("#[non_exhaustive]\npub enum AKind {\n    ///`b`"));
    // One that is only referred to stays the type that it is.
    let alone = with(
        json!({ "A": { "type": "object", "properties": { "p": { "allOf": [reference("B")], "description": "d" } } }, "B": object(&["b"]) }),
    );
    assert_eq!(fields(&alone, "A"), ["p: Option<B>"]);
}

/// Nothing is both: it is said where, and not by rustc.
#[test]
fn properties_that_no_value_can_have() {
    let why = "another part of an allOf has this property too, and of another type";
    for (one, other) in [
        (json!({ "type": "string" }), json!({ "type": "integer" })),
        (json!({ "type": "string", "enum": ["a"] }), json!({ "type": "string", "enum": ["b"] })),
        (reference("B"), reference("C")),
        (json!({ "type": "array", "items": reference("B") }), json!({ "type": "array", "items": reference("C") })),
    ] {
        let part = |property: &Value| json!({ "type": "object", "properties": { "p": property } });
        let a = json!({ "allOf": [part(&one), part(&other)] });
        let document = with(json!({ "A": a, "B": object(&["b"]), "C": object(&["c"]) }));
        assert_refused(&document, &format!("{SCHEMAS}/A/allOf/0/properties/p: {why}"));
    }
    // Each of two has itself inside: to merge them has no end.
    let tree = |name: &str| json!({ "type": "object", "properties": { "p": reference(name) } });
    let document = with(json!({ "A": { "allOf": [reference("B"), reference("C")] }, "B": tree("B"), "C": tree("C") }));
    assert_refused(&document, &format!("{SCHEMAS}/B/properties/p: {why}"));
    let variants = json!({ "properties": { "p": reference("B") }, "oneOf": [tree("C"), { "type": "string" }] });
    let document = with(json!({ "A": variants, "B": tree("B"), "C": tree("C") }));
    assert_refused(&document, &format!("{SCHEMAS}/A/oneOf/0/properties/p: {why}"));
}

/// What is small in the document and large in code: no real one is so.
#[test]
fn what_grows_out_of_proportion() {
    let chain = |link: &dyn Fn(&Value, usize) -> Value, first: Value, length: usize| {
        let mut schemas = json!({ "A0": first });
        for index in 1..=length {
            schemas[format!("A{index}")] = link(&reference(&format!("A{}", index - 1)), index);
        }
        schemas["A"] = reference(&format!("A{length}"));
        with(schemas)
    };
    let twice = |inner: &Value, _: usize| json!({ "allOf": [inner, { "allOf": [inner] }] });
    // Objects are put together in one way, however often they are there.
    assert!(generate(&chain(&twice, object(&["a"]), 20)).is_ok());
    let map = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let why = "with all that it is composed of, the document is several times as long";
    assert_refused(&chain(&twice, map, 20), &format!("{SCHEMAS}/A9: {why}"));
    let ways = "its allOf, oneOf and anyOf can be put together in more than 200 ways";
    assert_refused(
        &chain(&twice, json!({ "oneOf": [object(&["a"]), { "type": "string" }] }), 20),
        &format!("{SCHEMAS}/A9: {ways}"),
    );
    let variants = |inner: &Value, _: usize| json!({ "oneOf": [inner, { "anyOf": [inner, { "type": "string" }] }] });
    assert_refused(&chain(&variants, object(&["a"]), 20), &format!("{SCHEMAS}/A9: {ways}"));
    let longer = |inner: &Value, index: usize| json!({ "allOf": [inner, object(&[&format!("p{index}")])] });
    assert!(generate(&chain(&longer, object(&["a"]), 20)).is_ok());
    assert_refused(
        &chain(&longer, object(&["a"]), 60),
        &format!("{SCHEMAS}/A11/allOf/0: more than 100 parts and references lead to it, or it is a part of itself"),
    );
    let deep = |depth: usize| {
        let inner = |inner: Value, _| json!({ "type": "object", "properties": { "p": inner } });
        with(json!({ "A": (0..depth).fold(object(&["a"]), inner) }))
    };
    assert!(generate(&deep(17)).is_ok());
    let error = generate(&deep(20)).map(drop).unwrap_err();
    assert!(error.ends_with("/properties/p: it is more than 40 steps deep in the document"), "{error}");
    let names: Vec<_> = (0..100).map(|index| format!("p{index}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut schemas = json!({ "A": object(&names) });
    for index in 0..100 {
        schemas[format!("B{index}")] = json!({ "allOf": [reference("A"), object(&["own"])] });
    }
    let error = generate(&with(schemas)).map(drop).unwrap_err();
    assert!(error.ends_with(why), "{error}");

    let mut shared = with(json!({ "A": object(&["a"]) }));
    for index in 0..100 {
        let mut operation = shared["paths"]["/a"].clone();
        operation["post"]["responses"]["200"] = json!({ "$ref": "#/components/responses/All" });
        shared["paths"][format!("/p{index}")] = operation;
    }
    let mut all = object(&[]);
    for name in &names {
        all["properties"][name] = object(&["inner"]);
    }
    let content = json!({ "application/json": { "schema": all } });
    shared["components"]["responses"]["All"] = json!({ "description": "d", "content": content });
    let error = generate(&shared).map(drop).unwrap_err();
    let why = "with all that it refers to, the document is several times as long";
    assert!(error.ends_with(&format!("/post: {why}")), "{error}");
}

/// Twice the document is twice the work, and not four times.
#[test]
fn work_grows_as_the_document_does() {
    type Make = fn(usize) -> Value;
    let operations: Make = |count| {
        let mut page = with(json!({ "A": object(&["a"]) }));
        let operation = page["paths"]["/a"].clone();
        for index in 0..count {
            page["components"]["schemas"]["A"]["properties"][format!("p{index}")] = json!({ "type": "string" });
            page["paths"][format!("/p{index}")] = operation.clone();
        }
        page
    };
    let properties: Make = |count| {
        let mut a = object(&[]);
        for index in 0..count {
            a["properties"][format!("p{index}")] =
                json!({ "type": "object", "properties": { "token": { "type": "string" } } });
        }
        with(json!({ "A": a }))
    };
    let references: Make = |count| {
        let mut schemas = json!({ "A": object(&[]) });
        for index in 0..count {
            schemas[format!("B{index}")] = json!({ "allOf": [reference("C"), object(&["b"])] });
            schemas["A"]["properties"][format!("p{index}")] = reference(&format!("B{index}"));
        }
        schemas["C"] = object(&["c"]);
        with(schemas)
    };
    for make in [operations, properties, references] {
        let allocations = |count: usize| {
            let documents = [Document { file: "a.json".to_owned(), text: make(count).to_string() }];
            allocation_counter::measure(|| drop(generator::generate(&documents).unwrap())).count_total
        };
        let (one, two) = (allocations(20), allocations(40));
        assert!(two < 2 * one, "{one}, and {two} for twice the document");
    }
}

/// A secret in a body is taken out, wherever the document has it.
#[test]
fn secrets_in_bodies() {
    let secret = || {
        let mut schema = object(&["secret"]);
        schema["required"] = json!(["secret"]);
        schema
    };
    let own = || object(&["own"]);
    let cases: [(&str, Value); 9] = [
        ("a base", json!({ "A": { "allOf": [reference("Auth"), own()] }, "Auth": secret() })),
        (
            "a base of a base",
            json!({ "A": { "allOf": [reference("B"), own()] }, "B": { "allOf": [reference("Auth")] }, "Auth": secret() }),
        ),
        (
            "inside an allOf",
            json!({ "A": { "allOf": [{ "allOf": [{ "allOf": [secret(), { "description": "d" }] }] }, own()] } }),
        ),
        (
            "two bases",
            json!({ "A": { "allOf": [reference("Auth"), reference("Other"), own()] }, "Auth": secret(), "Other": secret() }),
        ),
        (
            "required elsewhere",
            json!({ "A": { "allOf": [reference("Auth"), own()], "required": ["secret"] }, "Auth": object(&["secret"]) }),
        ),
        (
            "a reference",
            json!({ "A": { "type": "object", "properties": { "secret": reference("Text"), "own": { "type": "string" } } }, "Text": { "type": "string", "enum": ["a"] } }),
        ),
        (
            "a nullable one",
            json!({ "A": { "type": "object", "properties": { "secret": { "allOf": [reference("Text")], "nullable": true }, "own": { "type": "string" } } }, "Text": { "type": "string" } }),
        ),
        // Of a response it is a part as any other.
        (
            "a base of a response",
            json!({ "A": { "allOf": [reference("Auth"), own()] }, "Auth": secret(), "ErrorResponse": { "allOf": [reference("Auth"), object(&["error"])] } }),
        ),
        (
            "an alias",
            json!({ "A": { "allOf": [reference("B")] }, "B": { "allOf": [reference("Auth"), own()] }, "Auth": secret() }),
        ),
    ];
    for (name, schemas) in cases {
        let type_name = if name == "an alias" { "B" } else { "A" };
        assert_eq!(fields(&with(schemas.clone()), type_name), ["own: Option<String>"], "{name}");
        let [_, client, _] = generate(&with(schemas)).unwrap();
        assert!(client.matches("_credentials.with(&body)").count() == 2, "{name}");
    }
    // A body that two requests have, and one that has nothing else.
    let mut shared = with(json!({ "A": { "allOf": [reference("Auth"), own()] }, "Auth": secret() }));
    shared["paths"]["/b"] = shared["paths"]["/a"].clone();
    shared["paths"]["/c"] = shared["paths"]["/a"].clone();
    shared["paths"]["/c"]["post"]["requestBody"]["content"]["application/json"]["schema"] = reference("Auth");
    assert_eq!(fields(&shared, "A"), ["own: Option<String>"]);
    assert_eq!(fields(&shared, "Auth"), [""; 0]);
    assert_eq!(generate(&shared).unwrap()[1].matches("_credentials.with(&body)").count(), 4);

    let response = with(
        json!({ "A": secret(), "ErrorResponse": { "type": "object", "properties": { "request": reference("A") } } }),
    );
    let why = "is a request's body too, and its secret is not the caller's: expected two schemas";
    assert_refused(&response, &format!("{SCHEMAS}/ErrorResponse/properties/request: {SCHEMAS}/A {why}"));
    for wrong in
        [json!({ "type": "integer" }), reference("Number"), json!({ "oneOf": [{ "type": "string" }] }), json!({})]
    {
        let schema = json!({ "type": "object", "properties": { "secret": wrong } });
        let why = "a credential that is not a plain string cannot be kept from logs";
        let document = with(json!({ "A": schema, "Number": { "type": "integer" } }));
        assert_refused(&document, &format!("{SCHEMAS}/A/properties/secret: {why}"));
    }
}

/// Each as MantaGO may write it some day. No error needs a type.
#[test]
fn responses_that_are_taken() {
    let content = |media_type: &str, schema: Value| json!({ "description": "d", "content": { media_type: { "schema": schema } } });
    let ok = content("application/json", reference("BasicSuccessResponse"));
    for responses in [
        json!({ "200": ok, "500": { "description": "d" } }),
        json!({ "200": ok, "500": content("text/html", json!({ "type": "string" })) }),
        json!({ "200": ok, "404": content("application/json", reference("ErrorResponse")), "default": content("application/json", json!({ "type": "string" })) }),
        json!({ "200": ok, "default": ok }),
        json!({ "200": ok, "4XX": { "description": "d" }, "5XX": content("application/problem+json", json!({ "type": "object" })) }),
        json!({ "200": ok, "404": content("application/json", object(&["a"])), "409": content("application/json", object(&["b"])) }),
        json!({ "200": ok, "499": ok, "598": { "description": "d" }, "302": { "description": "d" } }),
        json!({ "200": ok, "201": ok, "x-note": { "a": 1 }, "404": { "description": "d", "content": { "application/json": {} } } }),
        json!({ "204": { "description": "d" } }),
        json!({ "200": { "description": "d", "content": {} }, "202": { "description": "d" } }),
        json!({ "2XX": ok }),
        json!({ "299": ok }),
    ] {
        let mut document = page();
        document["paths"]["/openapi/personalTagMapping/delete"]["post"]["responses"] = responses.clone();
        if let Err(error) = generate(&document) {
            panic!("{responses}: {error}");
        }
    }
}

#[test]
fn methods_and_paths_that_are_refused() {
    for method in ["options", "trace"] {
        let mut document = page();
        let operation = document["paths"]["/openapi/personalTagMapping/delete"]["post"].clone();
        document["paths"]["/openapi/other"] = json!({ method: operation });
        assert_refused(&document, &format!("/paths/~1openapi~1other/{method}: a method that the HTTP client has not"));
    }
    for (path, required, why) in [
        ("/openapi/{a}/x/{a}", true, "/parameters/0: it is in the path more than once"),
        ("/openapi/{b}", true, "/parameters/0: it is not in the path"),
        ("/openapi/x/{a}", false, "/parameters/0: it is in the path: expected required: true"),
        ("/openapi/{a}/{b}", true, ": its path has a parameter that is not among its parameters"),
    ] {
        let mut document = page();
        let mut operation = document["paths"]["/openapi/personalTagMapping/delete"].clone();
        operation["post"]["parameters"] =
            json!([{ "name": "a", "in": "path", "required": required, "schema": { "type": "string" } }]);
        document["paths"][path] = operation;
        assert_refused(&document, &format!("/paths/{}/post{why}", path.replace('/', "~1")));
    }
}

/// Pages are published at different versions at one time; what they say must be the same all the same.
#[test]
fn the_newest_version_is_the_clients() {
    for (versions, newest) in [
        (["0.318.0", "0.363.10"], "0.363.10"),
        (["0.363.10", "0.363.9"], "0.363.10"),
        (["1.0.0", "0.999.999"], "1.0.0"),
        (["2024-01-01", "2023-12-31"], "2024-01-01"),
    ] {
        let mut documents = [page(), page()];
        documents[1]["paths"] = json!({});
        for (document, version) in documents.iter_mut().zip(versions) {
            document["info"]["version"] = json!(version);
        }
        let documents = documents.map(|document| Document { file: "a.json".to_owned(), text: document.to_string() });
        assert!(generator::conflicts(&documents).unwrap().is_empty());
        let [_, (_, client), _] = generator::generate(&documents).unwrap().files();
        assert!(client.contains(&format!("API_VERSION: &str = {newest:?};")), "{versions:?}");
    }
}

/// The same client comes of a document in either version.
#[test]
fn openapi_3_1_is_lowered() {
    let pairs = [
        (json!({ "type": ["string", "null"] }), json!({ "type": "string", "nullable": true })),
        (json!({ "type": ["null", "array"], "items": {} }), json!({ "type": "array", "nullable": true, "items": {} })),
        (json!({ "type": ["string"] }), json!({ "type": "string" })),
        (json!({ "const": "a" }), json!({ "type": "string", "enum": ["a"] })),
        (json!({ "const": 1, "examples": [1] }), json!({})),
        (json!({ "type": "string", "$comment": "c", "examples": ["a"] }), json!({ "type": "string" })),
        (
            json!({ "type": ["string", "null"], "enum": ["a", null] }),
            json!({ "type": "string", "nullable": true, "enum": ["a"] }),
        ),
        (json!({ "type": "object", "unevaluatedProperties": false }), json!({ "type": "object" })),
        (
            json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
            json!({ "allOf": [{ "type": "string" }], "nullable": true }),
        ),
        (
            json!({ "oneOf": [{ "type": "null" }, reference("B")] }),
            json!({ "allOf": [reference("B")], "nullable": true }),
        ),
        (
            json!({ "$ref": format!("#{SCHEMAS}/B"), "description": "d" }),
            json!({ "allOf": [reference("B")], "description": "d" }),
        ),
        (
            json!({ "oneOf": [{ "anyOf": [{ "type": ["string", "null"] }, { "type": "null" }] }, { "type": "null" }] }),
            json!({ "allOf": [{ "allOf": [{ "type": "string", "nullable": true }], "nullable": true }], "nullable": true }),
        ),
        // What is only a value is no schema.
        (
            json!({ "type": "string", "default": { "if": 1 }, "enum": ["if"] }),
            json!({ "type": "string", "enum": ["if"] }),
        ),
    ];
    for (new, old) in pairs {
        let a = |schema: &Value| json!({ "type": "object", "properties": { "p": schema, "if": { "type": "string" } } });
        let mut lowered = with(json!({ "A": a(&new), "B": object(&["b"]) }));
        lowered["openapi"] = json!("3.1.1");
        let written = with(json!({ "A": a(&old), "B": object(&["b"]) }));
        // The first line is of the document's own.
        let texts =
            |document: &Value| generate(document).unwrap().map(|text| text.split_once('\n').unwrap().1.to_owned());
        assert!(texts(&lowered) == texts(&written), "{new}");
    }
    // Limits are said in the documentation.
    let limits = json!({ "type": "object", "properties": { "p": { "type": "integer", "exclusiveMinimum": 5 }, "q": { "type": "string", "contentEncoding": "base64", "contentMediaType": "image/png" } } });
    let mut document = with(json!({ "A": limits }));
    document["openapi"] = json!("3.1.0");
    document
        .as_object_mut()
        .unwrap()
        .extend([("webhooks".to_owned(), json!({ "a": {} })), ("jsonSchemaDialect".to_owned(), json!("https://d"))]);
    let [types, ..] = generate(&document).unwrap();
    for said in ["`exclusiveMinimum`: `5`", "`contentEncoding`: `\"base64\"`", "`contentMediaType`: `\"image/png\"`"] {
        assert!(types.contains(said), "{said}: {types}");
    }
    // A reference beside which is a description; and no path at all.
    document["paths"]["/a"]["post"]["responses"]["401"]["description"] = json!("other");
    document["paths"]["/a"]["post"]["responses"]["401"]["summary"] = json!("s");
    generate(&document).unwrap();
    let mut parts = [document, page()];
    parts[0].as_object_mut().unwrap().remove("paths");
    let documents = parts.map(|part| Document { file: "a.json".to_owned(), text: part.to_string() });
    generator::generate(&documents).unwrap();
}

#[test]
fn openapi_3_1_that_has_no_equal() {
    let unknown = "it has no equal in OpenAPI 3.0, which the generator reads";
    for (schema, why) in [
        (json!({ "type": ["string", "integer"] }), "/type: expected one type, or one and \"null\"".to_owned()),
        (json!({ "type": ["null"] }), "/type: expected one type, or one and \"null\"".to_owned()),
        (json!({ "unevaluatedProperties": { "type": "string" } }), format!("/unevaluatedProperties: {unknown}")),
        (json!({ "type": "array", "prefixItems": [{}] }), format!("/prefixItems: {unknown}")),
        (json!({ "if": {}, "then": {} }), format!("/if: {unknown}")),
        (json!({ "patternProperties": {} }), format!("/patternProperties: {unknown}")),
        (json!({ "dependentSchemas": {} }), format!("/dependentSchemas: {unknown}")),
        (json!({ "$dynamicRef": "#a" }), format!("/$dynamicRef: {unknown}")),
        (json!({ "allOf": [{ "contains": {} }] }), format!("/allOf/0/contains: {unknown}")),
    ] {
        let mut document = with(json!({ "A": { "type": "object", "properties": { "p": schema } } }));
        document["openapi"] = json!("3.1.0");
        assert_refused(&document, &format!("{SCHEMAS}/A/properties/p{why}"));
    }
    // A schema of everything, or of nothing, is a boolean there.
    let mut document = with(json!({ "A": { "type": "object", "properties": { "p": false } } }));
    document["openapi"] = json!("3.1.0");
    let why = "progenitor cannot generate this: invalid type: boolean `false`, expected struct Schema";
    assert_refused(&document, &format!("{SCHEMAS}/A: {why}"));
}

/// What progenitor cannot generate is found among many.
#[test]
fn the_place_of_what_cannot_be_generated() {
    for index in [0, 1, 33, 62, 63] {
        let mut schemas = json!({ "A": object(&["a"]) });
        for number in 0..64 {
            schemas[format!("B{number:02}")] = object(&["b"]);
        }
        schemas[format!("B{index:02}")]["properties"]["b"]["type"] = json!("strang");
        let why = "progenitor cannot generate this: not yet implemented: invalid type: strang";
        assert_refused(&with(schemas), &format!("{SCHEMAS}/B{index:02}: {why}"));
    }
}
