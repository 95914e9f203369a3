//! The forms of documents that the generator accepts, and those that it refuses in one line with the file and place. The
//! crate's test `pages` compiles and calls accepted forms, with `documents/forms.json` and `notes-3-1.json`.
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

/// The vendored page with additional schemas. `A` is the body of an operation `/a`.
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

/// The fields of a type, as declared.
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

/// An object with string properties.
fn object(names: &[&str]) -> Value {
    let properties = names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" })));
    json!({ "type": "object", "properties": properties.collect::<serde_json::Map<_, _>>() })
}

#[test]
fn all_of_becomes_one_object() {
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
    // An object merged with one of its own parts keeps all properties.
    let list = |items: Value| json!({ "properties": { "list": { "type": "array", "items": items } } });
    let part = object(&["a"]);
    let more = json!({ "type": "object", "allOf": [part, object(&["b"])] });
    let document = with(json!({ "A": { "allOf": [list(part), list(more)] } }));
    assert_eq!(fields(&document, "AListItem"), ["a: Option<String>", "b: Option<String>"]);
    let kind = |values: Value| json!({ "properties": { "kind": { "type": "string", "enum": values } } });
    let document = with(json!({ "A": { "allOf": [kind(json!(["a", "b", "c"])), kind(json!(["b", "a"]))] } }));
    let [types, ..] = generate(&document).unwrap();
    assert!(
        types.contains("#[non_exhaustive]\npub enum AKind {\n    ///`a` on the wire.") && !types.contains("///`c`"),
        "{types}"
    );
    // A lone reference keeps its type.
    let alone = with(
        json!({ "A": { "type": "object", "properties": { "p": { "allOf": [reference("B")], "description": "d" } } }, "B": object(&["b"]) }),
    );
    assert_eq!(fields(&alone, "A"), ["p: Option<B>"]);
}

/// The documentation states the reason.
#[test]
fn a_property_that_no_value_can_have_is_any_json() {
    for (one, other) in [
        (json!({ "type": "string" }), json!({ "type": "integer" })),
        (json!({ "type": "string", "enum": ["a"] }), json!({ "type": "string", "enum": ["b"] })),
        (
            json!({ "type": "array", "items": { "type": "string" } }),
            json!({ "type": "array", "items": reference("C") }),
        ),
        (reference("C"), json!({ "type": "boolean" })),
    ] {
        let part = |property: &Value| json!({ "type": "object", "properties": { "p": property } });
        for parts in [[part(&one), part(&other)], [part(&other), part(&one)]] {
            let document = with(json!({ "A": { "allOf": parts }, "C": object(&["c"]) }));
            assert_eq!(fields(&document, "A"), ["p: Option<::serde_json::Value>"]);
            let [types, ..] = generate(&document).unwrap();
            assert!(types.contains("///Any JSON: the parts of its `allOf` contradict each other.\n"), "{types}");
        }
    }
    // Both types contain themselves, so merging them would never end.
    let tree = |name: &str| json!({ "type": "object", "properties": { "p": reference(name) } });
    let document = with(json!({ "A": { "allOf": [reference("B"), reference("C")] }, "B": tree("B"), "C": tree("C") }));
    assert!(generate(&document).unwrap()[0].contains("///Any JSON: its schema is a part of itself.\n"));
}

#[test]
fn two_objects_in_one_place_merge() {
    let list = |items: &str| json!({ "properties": { "list": { "type": "array", "items": reference(items) } } });
    let parts = json!({ "allOf": [list("B"), list("C")] });
    let document = with(json!({ "A": parts, "B": object(&["b"]), "C": object(&["c"]) }));
    assert_eq!(fields(&document, "A"), ["list: Vec<AListItem>"]);
    assert_eq!(fields(&document, "AListItem"), ["b: Option<String>", "c: Option<String>"]);
    // If one type allows exactly the values that both allow, it keeps its name, in any order.
    for parts in [["B", "C"], ["C", "B"]] {
        let document =
            with(json!({ "A": { "allOf": parts.map(list) }, "B": object(&["b"]), "C": object(&["b", "c"]) }));
        assert_eq!(fields(&document, "A"), ["list: Vec<C>"]);
    }
}

/// Nested references multiply. A document's budget limits them, and the documentation states that.
#[test]
fn work_and_code_stay_in_proportion_to_the_document() {
    let chain = |link: &dyn Fn(&Value, usize) -> Value, first: Value, length: usize| {
        let mut schemas = json!({ "A0": first });
        for index in 1..=length {
            schemas[format!("A{index}")] = link(&reference(&format!("A{}", index - 1)), index);
        }
        schemas["A"] = reference(&format!("A{length}"));
        with(schemas)
    };
    let twice = |inner: &Value, _: usize| json!({ "allOf": [inner, { "allOf": [inner] }] });
    let map = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let variants = |inner: &Value, _: usize| json!({ "oneOf": [inner, { "anyOf": [inner, { "type": "string" }] }] });
    let longer = |inner: &Value, index: usize| json!({ "allOf": [inner, object(&[&format!("p{index}")])] });
    // Each `p` merges two types that contain the previous ones.
    let nested = |inner: &Value, index: usize| {
        let part = |name: &str| json!({ "type": "object", "properties": { "p": inner, name: { "type": "string" } } });
        json!({ "allOf": [part(&format!("x{index}")), { "allOf": [inner, part("y")] }] })
    };
    let elsewhere = |_: &Value, index: usize| {
        let earlier = |name: &str| json!({ "$ref": format!("#{SCHEMAS}/A{}/properties/{name}", index - 1) });
        json!({ "type": "object", "properties": { "p": { "type": "object", "properties": { "a": earlier("p"), "b": earlier("p") } } } })
    };
    let mut shared = with(json!({ "A": object(&["a"]) }));
    let mut all = object(&[]);
    for index in 0..40 {
        all["properties"][format!("p{index}")] = object(&["inner"]);
        let mut operation = shared["paths"]["/a"].clone();
        operation["post"]["responses"]["200"] = json!({ "$ref": "#/components/responses/All" });
        shared["paths"][format!("/p{index}")] = operation;
    }
    let content = json!({ "application/json": { "schema": all } });
    shared["components"]["responses"]["All"] = json!({ "description": "d", "content": content });
    let documents = [
        ("an object twice", chain(&twice, object(&["a"]), 30)),
        ("a map twice", chain(&twice, map, 40)),
        ("variants", chain(&variants, object(&["a"]), 40)),
        ("longer and longer", chain(&longer, object(&["a"]), 80)),
        ("nested", chain(&nested, json!({ "type": "object", "properties": { "p": { "type": "string" } } }), 30)),
        (
            "references into components",
            chain(&elsewhere, json!({ "type": "object", "properties": { "p": object(&["a"]) } }), 30),
        ),
        ("a shared response", shared),
    ];
    for (name, document) in documents {
        let size = document.to_string().len();
        let text = Document { file: "a.json".to_owned(), text: document.to_string() };
        let mut written = 0;
        let work = allocation_counter::measure(|| {
            let files =
                generator::generate(std::slice::from_ref(&text)).unwrap_or_else(|error| panic!("{name}: {error}"));
            written = files.files().iter().map(|(_, text)| text.len()).sum();
        });
        let per_byte = work.count_total / size as u64;
        assert!(
            per_byte < 400 && written < 200 * size,
            "{name}: {per_byte} allocations and {} bytes a byte",
            written / size
        );
    }
    let deep = |depth: usize| {
        let inner = |inner: Value, _| json!({ "type": "object", "properties": { "p": inner } });
        with(json!({ "A": (0..depth).fold(object(&["a"]), inner) }))
    };
    assert!(generate(&deep(55)).is_ok());
    assert!(generate(&deep(100)).unwrap_err().contains("not JSON: recursion limit exceeded"));
}

/// A document of twice the size takes twice the work, not four times.
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

/// Wherever the document has them.
#[test]
fn secrets_are_taken_out_of_bodies() {
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
        // In a response, it is an ordinary property.
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
    // A body that two requests share, and a body with nothing but the secret.
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
    let why = "it refers to a request's body with a secret: expected two schemas";
    assert_refused(&response, &format!("{SCHEMAS}/ErrorResponse/properties/request: {why}"));
    let several = json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] });
    for wrong in [json!({ "type": "integer" }), reference("Number"), several, json!({}), json!(true)] {
        let schema = json!({ "type": "object", "properties": { "secret": wrong } });
        let why = "a credential that is not a plain string cannot be kept from logs";
        let document = with(json!({ "A": schema, "Number": { "type": "integer" } }));
        assert_refused(&document, &format!("{SCHEMAS}/A/properties/secret: {why}"));
    }
}

/// Forms that MantaGO may use some day. No error needs a type.
#[test]
fn other_forms_of_responses_are_accepted() {
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
fn unusable_methods_and_paths_are_refused() {
    for method in ["options", "trace"] {
        let mut document = page();
        let operation = document["paths"]["/openapi/personalTagMapping/delete"]["post"].clone();
        document["paths"]["/openapi/other"] = json!({ method: operation });
        assert_refused(
            &document,
            &format!("/paths/~1openapi~1other/{method}: a method that the client does not support"),
        );
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

/// Pages may have different versions at the same time, but must agree on everything that they share.
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

/// Both versions of a document generate the same client.
#[test]
fn openapi_3_1_is_lowered() {
    let pairs = [
        (json!({ "type": ["string", "null"] }), json!({ "type": "string", "nullable": true })),
        (json!({ "type": ["null", "array"], "items": {} }), json!({ "type": "array", "nullable": true, "items": {} })),
        (json!({ "type": ["string"] }), json!({ "type": "string" })),
        (json!({ "const": "a" }), json!({ "type": "string", "enum": ["a"] })),
        (json!({ "const": 1, "examples": [1] }), json!({ "enum": [1] })),
        (json!({ "type": "integer", "const": 1 }), json!({ "type": "integer", "enum": [1] })),
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
        // A mere value isn't a schema.
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
        // The first line identifies the document.
        let texts =
            |document: &Value| generate(document).unwrap().map(|text| text.split_once('\n').unwrap().1.to_owned());
        assert!(texts(&lowered) == texts(&written), "{new}");
    }
    // The documentation states limits.
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
    // A reference with a description beside it, and a document without paths.
    document["paths"]["/a"]["post"]["responses"]["401"]["description"] = json!("other");
    document["paths"]["/a"]["post"]["responses"]["401"]["summary"] = json!("s");
    generate(&document).unwrap();
    let mut parts = [document, page()];
    parts[0].as_object_mut().unwrap().remove("paths");
    let documents = parts.map(|part| Document { file: "a.json".to_owned(), text: part.to_string() });
    generator::generate(&documents).unwrap();
}

#[test]
fn a_schema_that_the_model_cannot_express_is_any_json() {
    let keyword = |keyword: &str| format!("its schema has `{keyword}`");
    for (schema, why) in [
        (json!({ "type": ["string", "integer"] }), "its values have several types".to_owned()),
        (json!({ "enum": ["a", 1] }), "its values are not all strings".to_owned()),
        (json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] }), keyword("oneOf")),
        (json!({ "anyOf": [reference("B"), { "type": "string" }] }), keyword("anyOf")),
        (json!({ "type": "array", "prefixItems": [{}] }), keyword("prefixItems")),
        (json!({ "if": {}, "then": {} }), keyword("if")),
        (json!({ "patternProperties": {} }), keyword("patternProperties")),
        (json!({ "type": "object", "propertyNames": { "pattern": "^a" } }), keyword("propertyNames")),
        (json!({ "dependentSchemas": {} }), keyword("dependentSchemas")),
        (json!({ "$dynamicRef": "#a" }), keyword("$dynamicRef")),
        (json!({ "allOf": [{ "contains": {} }] }), keyword("contains")),
        (json!({ "allOf": [reference("B"), { "not": { "type": "string" } }] }), keyword("not")),
    ] {
        let mut document =
            with(json!({ "A": { "type": "object", "properties": { "p": schema } }, "B": object(&["b"]) }));
        document["openapi"] = json!("3.1.0");
        assert_eq!(fields(&document, "A"), ["p: Option<::serde_json::Value>"], "{why}");
        assert!(generate(&document).unwrap()[0].contains(&format!("///Any JSON: {why}.\n")), "{why}");
    }
    // These allow everything, too.
    for schema in [json!({}), json!(true), json!({ "type": ["null"] }), json!({ "description": "d" })] {
        let mut document = with(json!({ "A": { "type": "object", "properties": { "p": schema } } }));
        document["openapi"] = json!("3.1.0");
        assert_eq!(fields(&document, "A"), ["p: Option<::serde_json::Value>"], "{schema}");
    }
}

/// Variants that only state which properties are required don't change the type.
#[test]
fn conditions_on_required_properties_are_documented() {
    let required = |name: &str| json!({ "required": [name] });
    for (keyword, value) in [
        ("oneOf", json!([required("a"), required("b")])),
        ("anyOf", json!([required("a"), { "title": "t", "required": ["b"], "not": required("a") }])),
        ("not", json!({ "required": ["a", "b"] })),
    ] {
        let mut schema = object(&["a", "b"]);
        schema[keyword] = value.clone();
        let document = with(json!({ "A": schema }));
        assert_eq!(fields(&document, "A"), ["a: Option<String>", "b: Option<String>"]);
        let [types, ..] = generate(&document).unwrap();
        assert!(types.contains(&format!("`{keyword}`: `")), "{types}");
    }
}

#[test]
fn any_json_hides_no_credential_and_no_identification() {
    let variants = |schema: Value| json!({ "oneOf": [schema, { "type": "string" }] });
    let hidden = |name: &str| format!("{name} is inside a schema that becomes any JSON: it cannot be kept from logs");
    for (name, schema) in [("secret", variants(object(&["secret"]))), ("token", variants(reference("B")))] {
        let document = with(json!({ "A": schema, "B": { "allOf": [object(&["token"])] } }));
        assert_refused(&document, &format!("{SCHEMAS}/A: {}", hidden(name)));
    }
    let identifying = object(&["clientId", "platform", "platformClientId"]);
    let inside = json!({ "type": "object", "properties": { "p": variants(identifying.clone()) } });
    let split = json!({ "allOf": [variants(object(&["clientId", "platform"])), object(&["platformClientId"])] });
    let why = "clientId, platform and platformClientId are inside a schema that becomes any JSON: only a body that has them \
               itself is checked";
    for (place, a) in [("", variants(reference("B"))), ("/properties/p", inside), ("", split)] {
        let document = with(json!({ "A": a, "B": identifying }));
        assert_refused(&document, &format!("{SCHEMAS}/A{place}: {why}"));
    }
}

#[test]
fn an_unknown_type_is_refused_with_its_place() {
    for kind in [json!("strang"), json!(["string", "nul"]), json!(7), json!([])] {
        let mut schemas = json!({ "A": object(&["a"]), "B": object(&["b"]) });
        schemas["B"]["properties"]["b"]["type"] = kind.clone();
        let expected = format!("{SCHEMAS}/B/properties/b/type: expected a type of JSON, found {kind}");
        assert_refused(&with(schemas), &expected);
    }
}

/// A reference may lead into a component.
#[test]
fn a_reference_into_a_component_is_followed() {
    let b = json!({ "type": "object", "properties": { "list": { "type": "array", "items": { "type": "integer" } } } });
    let p = json!({ "$ref": format!("#{SCHEMAS}/B/properties/list") });
    let document = with(json!({ "A": { "type": "object", "properties": { "p": p } }, "B": b }));
    assert_eq!(fields(&document, "A"), ["p: Vec<i64>"]);
}

/// Keywords and other names that Rust reserves.
#[test]
fn awkward_names_work() {
    let names = ["gen", "send", "into_inner", "type", "self", "fn", "new", "a.b"];
    let document = with(json!({ "A": object(&names) }));
    let expected = ["a_b", "fn_", "gen_", "into_inner", "new", "self_", "send", "type_"]
        .map(|name| format!("{name}: Option<String>"));
    assert_eq!(fields(&document, "A"), expected);
    for name in ["gen", "send", "into_inner", "type", "new", "body", "and"] {
        let mut document = page();
        let operation = document["paths"]["/openapi/personalTagMapping/delete"].clone();
        document["paths"] = json!({ "/a": operation });
        document["paths"]["/a"]["post"]["operationId"] = json!("gen");
        let parameter = json!({ "name": name, "in": "query", "required": true, "schema": { "type": "string" } });
        document["paths"]["/a"]["post"]["parameters"] = json!([parameter]);
        let [_, client, mock] = generate(&document).unwrap();
        let setter =
            if ["gen", "send", "type", "new", "body"].contains(&name) { format!("{name}_") } else { name.to_owned() };
        assert!(
            client.contains(&format!("pub fn {setter}<V>(mut self")) && client.contains("pub fn gen_(&self)"),
            "{name}"
        );
        let client: String = client.split_whitespace().collect();
        assert!(client.contains(&format!("QueryParam::new({name:?},&{setter}")), "{name}");
        let condition = if name == "and" { "and_" } else { &setter };
        assert!(mock.contains(&format!("pub fn {condition}(self, value: &str)")), "{name}: {mock}");
    }
    let property = with(json!({ "A": object(&["_"]) }));
    assert_eq!(fields(&property, "A"), ["x: Option<String>"]);
}

#[test]
fn a_parameter_of_any_json_is_text() {
    for schema in [
        json!({}),
        json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] }),
        json!({ "type": ["string", "integer"] }),
    ] {
        let mut document = page();
        let operation = &mut document["paths"]["/openapi/personalTagMapping/delete"]["post"];
        operation["parameters"] = json!([{ "name": "since", "in": "query", "required": true, "schema": schema }]);
        let [_, client, _] = generate(&document).unwrap();
        let client: String = client.split_whitespace().collect();
        assert!(client.contains("since:::std::result::Result<::std::string::String"), "{client}");
    }
}

/// OpenAPI describes these headers elsewhere.
#[test]
fn headers_that_openapi_ignores_are_ignored() {
    for name in ["Accept", "content-type", "AUTHORIZATION"] {
        let mut document = page();
        let operation = &mut document["paths"]["/openapi/personalTagMapping/delete"]["post"];
        let header = json!({ "name": name, "in": "header", "required": true, "schema": { "type": "string" } });
        operation["parameters"].as_array_mut().unwrap().push(header);
        let texts =
            |document: &Value| generate(document).unwrap().map(|text| text.split_once('\n').unwrap().1.to_owned());
        assert!(texts(&document) == texts(&page()), "{name}");
    }
}

/// Whatever characters they contain.
#[test]
fn names_in_documentation_are_code() {
    let hostile = "a` <img src=x onerror=alert(1)> [x](https://x) `b";
    let mut a = object(&["p"]);
    a["properties"][hostile] = json!({ "type": "string", "enum": [hostile, "c"] });
    let [types, ..] = generate(&with(json!({ "A": a }))).unwrap();
    assert!(types.contains(&format!("///``{hostile}`` on the wire.\n")), "{types}");
    for line in types.lines().filter(|line| line.trim_start().starts_with("///") && line.contains("<img")) {
        assert!(line.trim_start().starts_with("///``a` <img"), "{line}");
    }
}
