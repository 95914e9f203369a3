//! Documents of real size: 200 operations, 50 pages, and the next version of the vendored one.

use std::collections::BTreeMap;

use crate::compare;
use serde_json::{Value, json};
use xtask::finding::{Finding, Level};
use xtask::page;
use xtask::verdict::{self, Page};

const VENDORED: &str = include_str!("../documents/page.json");

fn vendored() -> Value {
    serde_json::from_str(VENDORED).unwrap()
}

/// A document with `operations` operations, each with its own request and response.
fn document(operations: usize) -> Value {
    let mut document = vendored();
    let operation = document["paths"]["/openapi/personalTagMapping/delete"].clone();
    for number in 0..operations {
        let (request, answer) = (format!("Request{number}"), format!("Answer{number}"));
        let mut item = operation.clone();
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        item["post"]["requestBody"]["content"]["application/json"]["schema"] = reference(&request);
        item["post"]["responses"]["200"]["content"]["application/json"]["schema"] = reference(&answer);
        document["paths"][format!("/openapi/thing{number}/change")] = item;
        let schemas = &mut document["components"]["schemas"];
        schemas[&request] = schemas["PersonalTagMappingRequest"].clone();
        schemas[&answer] = schemas["BasicSuccessResponse"].clone();
    }
    document
}

#[test]
fn each_difference_of_two_hundred_operations_is_found_once() {
    let old = document(200);
    assert!(compare(&old, &old).is_empty());
    let mut new = old.clone();
    for number in (0..200).step_by(10) {
        new["components"]["schemas"][format!("Request{number}")]["properties"]["tagId"]["type"] = json!("integer");
        new["components"]["schemas"][format!("Answer{number}")]["properties"]["more"] = json!({ "type": "string" });
    }
    // A shared component is reported once, with every operation that it reaches.
    new["components"]["schemas"]["ErrorResponse"]["properties"]["success"]["type"] = json!("string");
    let findings = compare(&old, &new);
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    assert_eq!((count(Level::Breaking), count(Level::Additive), findings.len()), (21, 20, 41));
    let shared: BTreeMap<_, _> =
        findings.iter().map(|finding| (finding.pointer.as_str(), finding.operations.len())).collect();
    assert_eq!(shared["/components/schemas/ErrorResponse/properties/success"], 201);
    assert_eq!(shared["/components/schemas/Request10/properties/tagId"], 1);
}

#[test]
fn the_generated_code_adds_no_finding() {
    let old = document(20);
    let mut new = old.clone();
    new["components"]["schemas"]["Request10"]["properties"]["tagId"]["type"] = json!("integer");
    new["components"]["schemas"]["Answer10"]["properties"]["more"] = json!({ "type": "string" });
    let findings = compare(&old, &new);
    let mut pages = [Page { file: "page".to_owned(), old, new, ..Page::default() }];
    verdict::judge(&mut pages);
    let [Page { findings: judged, .. }] = pages;
    let levels = |findings: &[Finding]| {
        findings.iter().map(|finding| (finding.level, finding.pointer.clone())).collect::<Vec<_>>()
    };
    assert_eq!(levels(&judged), levels(&findings));
    assert!(judged[0].code.iter().any(|line| line.ends_with(".tag_id: String -> i64")), "{:?}", judged[0]);
}

/// One page with 50 blocks, each with the components that its operation needs.
#[test]
fn fifty_blocks_are_one_document() {
    let blocks = (0..50).map(|number| {
        let mut block = document(number + 1);
        let path = format!("/openapi/thing{number}/change");
        let names = [format!("Request{number}"), format!("Answer{number}"), "ErrorResponse".to_owned()];
        block["paths"] = json!({ &path: block["paths"][&path] });
        let schemas = block["components"]["schemas"].as_object_mut().unwrap();
        schemas.retain(|name, _| names.contains(name));
        format!("## Operation {number}\n\n> What it does\n\n```json\n{block}\n```\n\n")
    });
    let merged = page::document("page.md", &blocks.collect::<String>()).unwrap();
    assert_eq!(merged["paths"].as_object().unwrap().len(), 50);
    assert_eq!(merged["components"]["schemas"].as_object().unwrap().len(), 101);
    let findings = compare(&document(50), &merged);
    let gone: Vec<_> = findings.iter().map(|finding| finding.pointer.as_str()).collect();
    assert_eq!(gone, ["/paths/~1openapi~1personalTagMapping~1delete/post"]);
}

/// Every description differs in a hundred types, which 200 operations share. Since each type is compared once, this takes a
/// second.
#[test]
fn shared_types_are_compared_once() {
    const TYPES: usize = 100;
    let mut old = document(200);
    let schemas = &mut old["components"]["schemas"];
    let reference = |number: usize| json!({ "$ref": format!("#/components/schemas/Shared{}", number % TYPES) });
    for number in 0..TYPES {
        let properties = json!({
            "name": { "type": "string", "description": "Only if there is no tag." },
            "next": reference(number + 1),
            "afterNext": reference(number + 2),
        });
        schemas[format!("Shared{number}")] = json!({ "type": "object", "properties": properties });
    }
    for number in 0..200 {
        schemas[format!("Request{number}")]["properties"]["shared"] = reference(number);
        schemas[format!("Answer{number}")]["properties"]["shared"] = reference(number);
    }
    let text = old.to_string().replace("Only if there is no tag.", "Only if there is a tag.");
    let new = serde_json::from_str(&text).unwrap();
    let findings = compare(&old, &new);
    assert_eq!(findings.len(), TYPES);
    // The vendored operation has no shared type.
    assert!(findings.iter().all(|finding| finding.level == Level::Rule && finding.operations.len() == 2 * 200));
}
