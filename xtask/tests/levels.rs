//! The level of every kind of difference: one small mutation each. What is not in this table is breaking.

use serde_json::{Value, json};
use xtask::compare::Level::{self, Additive, Breaking, Metadata, Rule};
use xtask::compare::{Direction, compare};

const PAGE: &str = include_str!("../../tests/documents/page.json");
const OPERATION: &str = "/paths/~1openapi~1personalTagMapping~1delete/post";
const REQUEST: &str = "/components/schemas/PersonalTagMappingRequest";
const SUCCESS: &str = "/components/schemas/BasicSuccessResponse";
const ERROR: &str = "/components/schemas/ErrorResponse";

fn page() -> Value {
    serde_json::from_str(PAGE).unwrap()
}

/// The vendored document with further keywords, so that there is one of each to change.
fn rich() -> Value {
    let mut page = page();
    let properties = &mut page["components"]["schemas"]["PersonalTagMappingRequest"]["properties"];
    properties["note"] = json!({ "type": "string", "minLength": 2, "maxLength": 9, "pattern": "^a", "title": "Note" });
    properties["count"] = json!({
        "type": "integer", "format": "int32", "minimum": 2, "maximum": 9, "multipleOf": 2, "exclusiveMinimum": true,
        "exclusiveMaximum": false, "nullable": true, "default": 4, "deprecated": false, "example": 4,
        "externalDocs": { "url": "https://a.example" }, "readOnly": false, "writeOnly": false, "xml": {}
    });
    properties["list"] =
        json!({ "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": 5, "uniqueItems": false });
    properties["ratio"] = json!({ "type": "number", "minimum": 0.7, "maximum": 5, "exclusiveMaximum": true });
    properties["free"] = json!({ "type": "object" });
    properties["closed"] =
        json!({ "type": "object", "additionalProperties": false, "properties": { "a": { "type": "string" } } });
    properties["map"] = json!({
        "type": "object", "additionalProperties": { "type": "string" }, "minProperties": 1, "maxProperties": 5
    });
    properties["choice"] =
        json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }], "discriminator": { "propertyName": "a" } });
    properties["all"] =
        json!({ "allOf": [{ "type": "object" }], "not": { "type": "string" }, "x-note": 1, "x-rust-type": {} });
    page["components"]["schemas"]["BasicSuccessResponse"]["properties"]["kind"] =
        json!({ "type": "string", "enum": ["a", "b"], "maxLength": 5 });
    page["components"]["schemas"]["Shared"] = json!({ "type": "object", "properties": {
        "state": { "type": "string", "enum": ["on", "off"] }, "next": { "$ref": "#/components/schemas/Shared" }
    } });
    let shared = json!({ "$ref": "#/components/schemas/Shared" });
    page["components"]["schemas"]["PersonalTagMappingRequest"]["properties"]["shared"] = shared.clone();
    page["components"]["schemas"]["BasicSuccessResponse"]["properties"]["shared"] = shared;
    page["components"]["schemas"]["Unused"] = json!({ "type": "string" });
    page["components"]["parameters"] =
        json!({ "Page": { "name": "page", "in": "query", "schema": { "type": "integer" } } });
    page["components"]["requestBodies"] = json!({ "Body": { "content": {} } });
    page["components"]["headers"] = json!({ "Trace": { "schema": { "type": "string" } } });
    page["components"]["examples"] = json!({ "One": { "value": 1 } });
    page["components"]["links"] = json!({ "Next": { "operationId": "a" } });
    page["components"]["callbacks"] = json!({ "Done": {} });
    let operation = page.pointer_mut(OPERATION).unwrap();
    operation["parameters"].as_array_mut().unwrap().push(json!({
        "name": "limit", "in": "query", "required": false, "style": "form", "explode": true, "allowReserved": false,
        "allowEmptyValue": false, "deprecated": false, "example": 1, "schema": { "type": "integer", "maximum": 9 }
    }));
    operation["externalDocs"] = json!({ "url": "https://a.example" });
    operation["responses"]["200"]["headers"] = json!({ "x-a": { "schema": { "type": "string" } } });
    operation["responses"]["200"]["links"] = json!({});
    operation["requestBody"]["content"]["application/json"]["example"] = json!({});
    operation["requestBody"]["content"]["application/json"]["encoding"] = json!({});
    page["externalDocs"] = json!({ "url": "https://a.example" });
    page
}

/// What is found when a document is changed so: levels and pointers, worst first.
fn found(mut document: Value, change: impl FnOnce(&mut Value)) -> Vec<(Level, String)> {
    let old = document.clone();
    change(&mut document);
    let findings = compare(&old, &document);
    findings.into_iter().map(|finding| (finding.level, finding.pointer)).collect()
}

fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} is not there"));
    let key = key.replace("~1", "/").replace("~0", "~");
    match parent {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        parent => parent[key] = value,
    }
}

fn remove(document: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} is not there")) {
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        Value::Object(members) => drop(members.shift_remove(&key).unwrap_or_else(|| panic!("{pointer} is not there"))),
        _ => panic!("{parent} has no members"),
    }
}

/// A new value, or `None` where the member is removed.
type New = Option<Value>;

/// Each change ends in one finding of that level, at that place.
#[track_caller]
fn table(document: &Value, base: &str, rows: Vec<(&str, New, Level)>) {
    for (at, new, level) in rows {
        let pointer = format!("{base}{at}");
        let found = found(document.clone(), |document| match new.clone() {
            Some(value) => set(document, &pointer, value),
            None => remove(document, &pointer),
        });
        assert_eq!(found, [(level, pointer.clone())], "{pointer} to {new:?}");
    }
}

#[allow(clippy::unnecessary_wraps, reason = "rows have it beside None")]
fn to(value: impl Into<Value>) -> New {
    Some(value.into())
}

#[test]
fn equal_documents() {
    fn reversed(value: Value) -> Value {
        match value {
            Value::Object(object) => object.into_iter().rev().map(|(key, value)| (key, reversed(value))).collect(),
            other => other,
        }
    }
    assert!(found(rich(), |_| {}).is_empty());
    assert!(found(rich(), |document| *document = reversed(document.take())).is_empty(), "key order is no difference");
}

#[test]
fn the_document() {
    table(
        &rich(),
        "",
        vec![
            ("/openapi", to("3.0.1"), Metadata),
            ("/openapi", to("3.1.0"), Breaking),
            ("/openapi", to(3), Breaking),
            ("/info/version", to("0.363.10"), Metadata),
            ("/info/title", to("Other"), Metadata),
            ("/info/description", to("New"), Metadata),
            ("/tags", to(json!([])), Metadata),
            ("/tags", None, Metadata),
            ("/externalDocs", to(json!({ "url": "https://b.example" })), Metadata),
            ("/servers/0/url", to("https://eu.mantago.cc/api"), Breaking),
            ("/servers/0/description", to("Host"), Metadata),
            ("/servers/0/variables", to(json!({ "a": { "default": "b" } })), Breaking),
            ("/servers/0/x-a", to(1), Metadata),
            ("/servers/0", to("https://mantago.cc"), Breaking),
            ("/servers", to(json!([])), Breaking),
            ("/security", to(json!([])), Breaking),
            ("/security", to(json!([{ "bearerAuth": [] }, {}])), Breaking),
            ("/x-a", to(1), Metadata),
            ("/unheard-of", to(1), Breaking),
        ],
    );
}

#[test]
fn operations() {
    let operation = page().pointer(OPERATION).unwrap().clone();
    let item = json!({ "post": operation });
    table(
        &page(),
        "/paths",
        vec![
            ("/~1openapi~1empty", to(json!({})), Additive),
            ("/~1openapi~1personalTagMapping~1delete/summary", to("s"), Metadata),
            ("/~1openapi~1personalTagMapping~1delete/description", to("s"), Metadata),
            ("/~1openapi~1personalTagMapping~1delete/servers", to(json!([])), Breaking),
            ("/~1openapi~1personalTagMapping~1delete/$ref", to("#/a"), Breaking),
            ("/~1openapi~1personalTagMapping~1delete/x-a", to(1), Metadata),
            ("/~1openapi~1personalTagMapping~1delete/get", to(operation.clone()), Additive),
            ("/~1openapi~1personalTagMapping~1delete/post", None, Breaking),
        ],
    );
    assert_eq!(
        found(page(), |page| page["paths"]["/openapi/new"] = item),
        [(Additive, "/paths/~1openapi~1new/post".to_owned())]
    );
    let path = "/paths/~1openapi~1personalTagMapping~1delete";
    assert_eq!(found(page(), |page| remove(page, path)), [(Breaking, OPERATION.to_owned())]);

    table(
        &rich(),
        OPERATION,
        vec![
            ("/tags", to(json!([])), Metadata),
            ("/summary", to("s"), Metadata),
            ("/description", to("s"), Metadata),
            ("/externalDocs", None, Metadata),
            ("/deprecated", to(true), Additive),
            ("/operationId", to("personalTagMappingDelete"), Metadata),
            ("/security", to(json!([])), Breaking),
            ("/servers", to(json!([])), Breaking),
            ("/callbacks", to(json!({})), Breaking),
            ("/x-a", to(1), Metadata),
            ("/x-dropshot-pagination", to(json!({})), Breaking),
            ("/unheard-of", to(1), Breaking),
        ],
    );
}

#[test]
fn the_name_of_a_method() {
    let renamed = found(page(), |page| set(page, &format!("{OPERATION}/operationId"), json!("removeTag")));
    assert_eq!(renamed, [(Breaking, OPERATION.to_owned()), (Metadata, format!("{OPERATION}/operationId"))]);

    // A second operation that takes the first one's name.
    let twice = found(page(), |page| {
        page["paths"]["/openapi/personalTagMapping/delete/{id}"] =
            page["paths"]["/openapi/personalTagMapping/delete"].clone();
    });
    assert_eq!(twice[0], (Breaking, String::new()));
}

#[test]
fn parameters() {
    let parameters = format!("{OPERATION}/parameters");
    let add = |parameter: Value| {
        found(page(), |page| page.pointer_mut(&parameters).unwrap().as_array_mut().unwrap().push(parameter))
    };
    let at = |index: usize| format!("{parameters}/{index}");
    assert_eq!(add(json!({ "name": "a", "in": "query", "schema": {} })), [(Additive, at(1))]);
    assert_eq!(add(json!({ "name": "a", "in": "query", "required": true, "schema": {} })), [(Breaking, at(1))]);
    assert_eq!(add(json!({ "name": "botId", "in": "header", "schema": {} })), [(Additive, at(1))]);
    assert_eq!(found(rich(), |page| remove(page, &at(1))), [(Breaking, at(1))]);
    assert_eq!(
        found(rich(), |page| page.pointer_mut(&parameters).unwrap().as_array_mut().unwrap().reverse()),
        [(Metadata, parameters.clone())]
    );
    let renamed = found(page(), |page| set(page, &format!("{}/name", at(0)), json!("bot")));
    assert_eq!(renamed, [(Breaking, at(0)), (Breaking, at(0))]);

    // A reference to a shared parameter is that parameter.
    let shared = |page: &mut Value| {
        page.pointer_mut(&parameters)
            .unwrap()
            .as_array_mut()
            .unwrap()
            .push(json!({ "$ref": "#/components/parameters/Page" }));
    };
    assert_eq!(found(rich(), shared), [(Additive, at(2))]);

    table(
        &rich(),
        &at(1),
        vec![
            ("/description", to("d"), Metadata),
            ("/example", to(2), Metadata),
            ("/examples", to(json!({})), Metadata),
            ("/deprecated", to(true), Additive),
            ("/required", to(true), Breaking),
            ("/required", None, Metadata),
            ("/schema/type", to("string"), Breaking),
            ("/schema/maximum", to(8), Breaking),
            ("/schema/maximum", to(10), Breaking),
            ("/style", to("spaceDelimited"), Breaking),
            ("/explode", to(false), Breaking),
            ("/allowReserved", to(true), Breaking),
            ("/allowEmptyValue", to(true), Breaking),
            ("/content", to(json!({})), Breaking),
            ("/x-a", to(1), Metadata),
        ],
    );
}

#[test]
fn bodies_and_media_types() {
    table(
        &rich(),
        &format!("{OPERATION}/requestBody"),
        vec![
            ("/description", to("d"), Metadata),
            ("/required", to(false), Breaking),
            ("/required", None, Breaking),
            ("/content/application~1json/schema/$ref", to(format!("#{SUCCESS}")), Breaking),
            ("/content/application~1json/schema", None, Breaking),
            ("/content/application~1json/example", None, Metadata),
            ("/content/application~1json/examples", to(json!({})), Metadata),
            ("/content/application~1json/encoding", None, Breaking),
            ("/content/application~1json/x-a", to(1), Metadata),
            ("/content/application~1json", None, Breaking),
            ("/content/text~1plain", to(json!({})), Breaking),
            ("/x-a", to(1), Metadata),
        ],
    );
    table(&page(), OPERATION, vec![("/requestBody", None, Breaking)]);
    let mut without = page();
    remove(&mut without, &format!("{OPERATION}/requestBody"));
    table(&without, OPERATION, vec![("/requestBody", to(json!({ "content": {} })), Breaking)]);
}

#[test]
fn responses() {
    let json_of = |schema: &str| json!({ "description": "", "content": { "application/json": { "schema": { "$ref": format!("#{schema}") } } } });
    table(
        &rich(),
        &format!("{OPERATION}/responses"),
        vec![
            ("/409", to(json_of(ERROR)), Additive),
            ("/5XX", to(json_of(ERROR)), Additive),
            ("/409", to(json_of(SUCCESS)), Breaking),
            ("/409", to(json!({ "description": "" })), Breaking),
            ("/404", None, Additive),
            ("/401", None, Additive),
            ("/201", to(json_of(SUCCESS)), Breaking),
            ("/302", to(json!({ "description": "" })), Breaking),
            ("/default", to(json_of(ERROR)), Breaking),
            ("/200", None, Breaking),
            ("/200/description", to("d"), Metadata),
            ("/200/content/application~1json/schema/$ref", to(format!("#{ERROR}")), Breaking),
            ("/200/content/application~1json", None, Breaking),
            ("/200/content/text~1plain", to(json!({})), Breaking),
            ("/200/headers/x-b", to(json!({})), Additive),
            ("/200/headers/x-a", None, Breaking),
            ("/200/headers/x-a", to(json!({})), Breaking),
            ("/200/links", None, Breaking),
            ("/200/x-a", to(1), Metadata),
            ("/401/$ref", to("#/components/responses/RateLimitError"), Breaking),
        ],
    );
    // The last documented error takes the error type with it.
    let mut one = page();
    for status in ["401", "403", "429", "500"] {
        remove(&mut one, &format!("{OPERATION}/responses/{status}"));
    }
    table(
        &one,
        &format!("{OPERATION}/responses"),
        vec![("/404", None, Breaking), ("/409", to(json_of(ERROR)), Additive)],
    );
}

#[allow(clippy::too_many_lines, reason = "it is a table")]
#[test]
fn a_schema_of_requests() {
    table(
        &rich(),
        &format!("{REQUEST}/properties"),
        vec![
            ("/extra", to(json!({ "type": "string" })), Additive),
            ("/note", None, Breaking),
            ("/note/type", to("integer"), Breaking),
            ("/note/format", to("uuid"), Breaking),
            ("/note/title", to("Other"), Breaking),
            ("/note/description", to("d"), Metadata),
            ("/note/default", to("ab"), Breaking),
            ("/note/example", to("ab"), Metadata),
            ("/note/enum", to(json!(["ab"])), Breaking),
            ("/note/nullable", to(true), Breaking),
            ("/note/nullable", to(false), Metadata),
            ("/note/deprecated", to(true), Additive),
            ("/note/minLength", to(3), Breaking),
            ("/note/minLength", to(1), Additive),
            ("/note/minLength", None, Breaking),
            ("/note/maxLength", to(8), Breaking),
            ("/note/maxLength", to(10), Additive),
            ("/note/maxLength", None, Breaking),
            ("/note/pattern", to("^b"), Breaking),
            ("/note/pattern", None, Breaking),
            ("/note/maximum", to(5), Breaking),
            ("/note/$ref", to(format!("#{SUCCESS}")), Breaking),
            ("/count/format", None, Breaking),
            ("/count/minimum", to(3), Breaking),
            ("/count/minimum", to(1), Breaking),
            ("/count/minimum", None, Breaking),
            ("/count/maximum", to(8), Breaking),
            ("/count/maximum", to(10), Breaking),
            ("/count/maximum", None, Breaking),
            ("/count/multipleOf", to(4), Breaking),
            ("/count/multipleOf", None, Breaking),
            ("/count/exclusiveMinimum", to(false), Breaking),
            ("/count/exclusiveMaximum", to(true), Breaking),
            ("/count/nullable", None, Breaking),
            ("/count/default", None, Breaking),
            ("/count/example", None, Metadata),
            ("/count/externalDocs", None, Metadata),
            ("/count/readOnly", to(true), Breaking),
            ("/count/writeOnly", to(true), Breaking),
            ("/count/xml", None, Breaking),
            ("/ratio/minimum", to(0.5), Additive),
            ("/ratio/minimum", to(0.9), Breaking),
            ("/ratio/maximum", None, Additive),
            ("/ratio/exclusiveMaximum", to(false), Additive),
            ("/list/items/type", to("integer"), Breaking),
            ("/list/minItems", to(2), Breaking),
            ("/list/minItems", to(0), Breaking),
            ("/list/maxItems", to(4), Breaking),
            ("/list/maxItems", None, Breaking),
            ("/list/uniqueItems", to(true), Breaking),
            ("/map/additionalProperties/type", to("integer"), Breaking),
            ("/map/additionalProperties", to(false), Breaking),
            ("/map/minProperties", to(2), Breaking),
            ("/map/maxProperties", to(6), Breaking),
            ("/map/required", to(json!(["a"])), Breaking),
            ("/choice/oneOf/1/type", to("number"), Breaking),
            ("/choice/oneOf", to(json!([{ "type": "string" }])), Breaking),
            ("/choice/oneOf", None, Breaking),
            ("/choice/anyOf", to(json!([])), Breaking),
            ("/choice/discriminator", None, Breaking),
            ("/all/allOf/0/type", to("string"), Breaking),
            ("/all/allOf", None, Breaking),
            ("/all/not", None, Breaking),
            ("/all/not", to(json!({ "type": "integer" })), Breaking),
            ("/all/x-note", to(2), Metadata),
            ("/all/x-rust-type", None, Breaking),
            ("/all/unheard-of", to(1), Breaking),
            ("/platform/enum", to(json!(["line", "facebook", "instagram", "liveChat", "whatsapp", "sms"])), Additive),
            ("/platform/enum", to(json!(["line", "facebook", "instagram", "liveChat"])), Breaking),
            ("/platform/enum", to(json!(["facebook", "line", "instagram", "liveChat", "whatsapp"])), Metadata),
            ("/platform/enum", None, Breaking),
        ],
    );
    table(
        &rich(),
        REQUEST,
        vec![
            ("/required", to(json!(["tagId", "secret"])), Metadata),
            ("/required", to(json!(["secret"])), Breaking),
            ("/required", to(json!(["secret", "tagId", "note"])), Breaking),
            ("/required", to(json!(["secret", "tagId", "nowhere"])), Breaking),
            ("/required", to(7), Breaking),
            ("/additionalProperties", to(false), Breaking),
            ("/minProperties", to(3), Breaking),
        ],
    );
    // A type that is no struct so far, or a part of another one, is another type with a property.
    for at in ["/free", "/closed", "/map", "/all/allOf/0"] {
        let pointer = format!("{REQUEST}/properties{at}");
        let found = found(rich(), |page| {
            let schema = page.pointer_mut(&pointer).unwrap();
            schema["properties"]["extra"] = json!({ "type": "string" });
        });
        assert_eq!(found, [(Breaking, format!("{pointer}/properties/extra"))]);
    }
    // A field that is new and required is one difference.
    let required = found(page(), |page| {
        set(page, &format!("{REQUEST}/properties/extra"), json!({ "type": "string" }));
        set(page, &format!("{REQUEST}/required"), json!(["secret", "tagId", "extra"]));
    });
    assert_eq!(required, [(Breaking, format!("{REQUEST}/properties/extra"))]);
    let gone = found(page(), |page| {
        remove(page, &format!("{REQUEST}/properties/tagId"));
        set(page, &format!("{REQUEST}/required"), json!(["secret"]));
    });
    assert_eq!(gone, [(Breaking, format!("{REQUEST}/properties/tagId"))]);
}

#[test]
fn a_schema_of_answers() {
    table(
        &rich(),
        SUCCESS,
        vec![
            ("/properties/extra", to(json!({ "type": "string" })), Additive),
            ("/properties/kind", None, Breaking),
            ("/properties/kind/enum", to(json!(["a", "b", "c"])), Breaking),
            ("/properties/kind/enum", to(json!(["a"])), Breaking),
            ("/properties/kind/maxLength", to(9), Breaking),
            ("/properties/kind/maxLength", to(4), Breaking),
            ("/properties/message/type", to("integer"), Breaking),
            ("/properties/message/nullable", to(true), Breaking),
            ("/properties/message/description", to("d"), Metadata),
            ("/required", to(json!(["success"])), Breaking),
            ("/required", to(json!(["success", "message", "kind"])), Breaking),
            ("/description", to("d"), Metadata),
        ],
    );
    let required = found(page(), |page| {
        set(page, &format!("{SUCCESS}/properties/extra"), json!({ "type": "string" }));
        set(page, &format!("{SUCCESS}/required"), json!(["success", "message", "extra"]));
    });
    assert_eq!(required, [(Additive, format!("{SUCCESS}/properties/extra"))]);
    table(
        &page(),
        &format!("{ERROR}/properties/errResponse"),
        vec![
            ("/properties/hint", to(json!({ "type": "string" })), Additive),
            ("/properties/code/type", to("string"), Breaking),
            ("/required", to(json!(["message"])), Breaking),
        ],
    );
}

/// A schema that travels both ways is judged in both, and the worse verdict stands; cycles end.
#[test]
fn a_schema_of_both() {
    const SHARED: &str = "/components/schemas/Shared";
    table(
        &rich(),
        SHARED,
        vec![
            ("/properties/state/enum", to(json!(["on", "off", "idle"])), Breaking),
            ("/properties/extra", to(json!({ "type": "string" })), Additive),
        ],
    );
    let mut changed = rich();
    set(&mut changed, &format!("{SHARED}/properties/state/type"), json!("integer"));
    let [finding] = &compare(&rich(), &changed)[..] else { panic!("one finding at the component") };
    let directions: Vec<_> = finding.operations.iter().map(|reached| reached.direction).collect();
    assert_eq!(directions, [Direction::Request, Direction::Response]);
    assert!(finding.operations.iter().all(|reached| reached.operation == "POST /openapi/personalTagMapping/delete"));
    // One that no operation has is a type all the same.
    table(
        &rich(),
        "/components/schemas/Unused",
        vec![("/type", to("integer"), Breaking), ("/enum", to(json!(["a"])), Breaking)],
    );
}

/// What hand-written code was written from.
#[test]
fn the_rule() {
    table(
        &page(),
        REQUEST,
        vec![
            ("/description", to("Provide one of them"), Rule),
            ("/description", None, Rule),
            ("/properties/clientId/description", to("d"), Rule),
            ("/properties/platform/description", to("d"), Rule),
            ("/properties/platformClientId/description", to("d"), Rule),
            ("/properties/tagId/description", to("d"), Metadata),
            ("/properties/secret/description", to("d"), Metadata),
            ("/oneOf", to(json!([])), Rule),
            ("/anyOf", to(json!([])), Rule),
            ("/allOf", to(json!([])), Breaking),
        ],
    );
}

#[test]
fn components() {
    table(
        &rich(),
        "/components",
        vec![
            ("/schemas/New", to(json!({ "type": "string" })), Additive),
            ("/schemas/Unused", None, Breaking),
            ("/responses/New", to(json!({ "description": "" })), Additive),
            ("/responses/TokenError", None, Breaking),
            ("/responses/TokenError/description", to("d"), Metadata),
            ("/responses/TokenError/content/application~1json", None, Breaking),
            ("/parameters/New", to(json!({})), Additive),
            ("/parameters/Page", None, Breaking),
            ("/parameters/Page/required", to(true), Breaking),
            ("/parameters/Page/description", to("d"), Metadata),
            ("/requestBodies/New", to(json!({})), Additive),
            ("/requestBodies/Body", None, Breaking),
            ("/requestBodies/Body/description", to("d"), Metadata),
            ("/headers/New", to(json!({})), Additive),
            ("/headers/Trace", to(json!({})), Breaking),
            ("/examples", None, Metadata),
            ("/links", None, Breaking),
            ("/callbacks", None, Breaking),
            ("/securitySchemes/bearerAuth/scheme", to("basic"), Breaking),
            ("/securitySchemes/bearerAuth/type", to("apiKey"), Breaking),
            ("/securitySchemes/bearerAuth/bearerFormat", None, Breaking),
            ("/securitySchemes/bearerAuth/description", to("d"), Metadata),
            ("/securitySchemes/bearerAuth", None, Breaking),
            ("/securitySchemes/other", to(json!({})), Breaking),
            ("/x-a", to(1), Metadata),
            ("/unheard-of", to(json!({})), Breaking),
        ],
    );
}
