//! A version of the API that only adds compiles under the code of today's users, and under the hand-written code here.

mod copy;

use std::fs;
use std::path::Path;

use copy::{Copy, PACKAGE};
use serde_json::{Value, json};

const DOCUMENT: &str = "openapi/page.json";

/// The document with one of each that the design calls additive, or metadata.
fn bumped() -> Value {
    let text = fs::read_to_string(Path::new(PACKAGE).join("tests/documents/page.json")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["info"] = json!({ "title": "Other", "version": "0.363.10", "description": "d" });
    document["tags"] = json!([]);
    document["x-note"] = json!(1);
    let schemas = &mut document["components"]["schemas"];
    schemas["New"] = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let request = &mut schemas["PersonalTagMappingRequest"]["properties"];
    request["reason"] = json!({ "type": "string" });
    request["options"] = json!({ "type": "object", "properties": { "silent": { "type": "boolean" } } });
    request["platform"]["enum"].as_array_mut().unwrap().push(json!("telegram"));
    request["tagId"]["description"] = json!("The ID");
    let success = &mut schemas["BasicSuccessResponse"];
    success["properties"]["removedAt"] = json!({ "type": "string" });
    success["properties"]["count"] = json!({ "type": "integer" });
    success["required"] = json!(["success", "message", "removedAt"]);
    let error = &mut schemas["ErrorResponse"]["properties"]["errResponse"];
    error["properties"]["hint"] = json!({ "type": "string" });
    let operation = &mut document["paths"]["/openapi/personalTagMapping/delete"]["post"];
    operation["parameters"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "dryRun", "in": "query", "schema": { "type": "boolean" } }));
    operation["responses"]["409"] = operation["responses"]["404"].clone();
    operation["summary"] = json!("s");
    document["paths"]["/openapi/personalTagMapping"] = document["paths"]["/openapi/personalTagMapping/delete"].clone();
    document
}

#[test]
fn todays_code_compiles_and_runs() {
    let copy = Copy::new("additive-bump");
    fs::copy(Path::new(PACKAGE).join("tests/additive_bump/user.rs"), copy.0.join("tests/user.rs")).unwrap();
    fs::write(copy.0.join(DOCUMENT), format!("{:#}\n", bumped())).unwrap();
    let run = copy.cargo(&["--test", "user"]);
    assert!(run.succeeded && run.ran_build_script(), "{}", run.printed);
    assert!(run.printed.contains("test result: ok. 1 passed"), "{}", run.printed);
}
