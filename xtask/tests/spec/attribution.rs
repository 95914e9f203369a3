//! Each finding is on its own page, whatever the names on other pages are.

use serde_json::{Value, json};
use xtask::finding::{Finding, Level};
use xtask::report::Report;
use xtask::verdict::{self, Page};

const VENDORED: &str = include_str!("../documents/page.json");

/// A page with an operation at a path, whose response has further properties.
fn page(path: &str, schema: &str, properties: &[&str]) -> Value {
    let mut document: Value = serde_json::from_str(VENDORED).unwrap();
    let mut operation = document["paths"]["/openapi/personalTagMapping/delete"].clone();
    operation["post"]["responses"]["200"]["content"]["application/json"]["schema"] =
        json!({ "$ref": format!("#/components/schemas/{schema}") });
    document["paths"] = json!({ path: operation });
    let schemas = &mut document["components"]["schemas"];
    schemas[schema] = schemas["BasicSuccessResponse"].clone();
    for property in properties {
        schemas[schema]["properties"][property] = json!({ "type": "string" });
    }
    document
}

fn judge(pages: &[(&str, Value, Value)]) -> Vec<Vec<Finding>> {
    let page = |(file, old, new): &(&str, Value, Value)| {
        let file = format!("openapi/{file}.json");
        Page { file, old: old.clone(), new: new.clone(), ..Page::default() }
    };
    let mut pages: Vec<_> = pages.iter().map(page).collect();
    verdict::judge(&mut pages);
    pages.into_iter().map(|page| page.findings).collect()
}

fn places(findings: &[Finding]) -> Vec<(Level, &str)> {
    findings.iter().map(|finding| (finding.level, finding.pointer.as_str())).collect()
}

#[test]
fn a_field_may_be_named_like_another_pages_operation() {
    let other = page("/openapi/clientTag", "Plain", &[]);
    let (old, new) = (page("/openapi/list", "Reply", &[]), page("/openapi/list", "Reply", &["clientTagName"]));
    let found = judge(&[("a", other.clone(), other), ("b", old, new)]);
    assert!(found[0].is_empty(), "{found:?}");
    assert_eq!(places(&found[1]), [(Level::Additive, "/components/schemas/Reply/properties/clientTagName")]);
}

#[test]
fn a_schema_may_be_named_like_another_pages_operation() {
    for schema in ["ClientTagReply", "ClientTagging"] {
        let other = page("/openapi/clientTag", "Plain", &[]);
        let (old, mut new) = (page("/openapi/list", schema, &["kind"]), page("/openapi/list", schema, &["kind"]));
        new["components"]["schemas"][schema]["properties"]["kind"]["enum"] = json!(["a", "b"]);
        let found = judge(&[("a", other.clone(), other), ("b", old, new)]);
        assert!(found[0].is_empty(), "{found:?}");
        assert!(found[1].iter().all(|finding| finding.pointer.contains(schema)), "{found:?}");
        assert!(found[1][0].code.iter().any(|line| line.contains(".kind: Option<String> -> ")), "{found:?}");
    }
}

#[test]
fn a_shared_component_changes_on_each_page() {
    let pages = ["/openapi/list", "/openapi/count"].map(|path| page(path, "Reply", &[]));
    let changed = |document: &Value| {
        let mut document = document.clone();
        document["components"]["schemas"]["ErrorResponse"]["properties"]["success"]["type"] = json!("string");
        document
    };
    let found = judge(&[("a", pages[0].clone(), changed(&pages[0])), ("b", pages[1].clone(), changed(&pages[1]))]);
    for findings in &found {
        assert_eq!(places(findings), [(Level::Breaking, "/components/schemas/ErrorResponse/properties/success")]);
        assert!(findings[0].code.iter().any(|line| line.contains("bool -> String")), "{findings:?}");
    }
}

/// Accepting a finding on one page doesn't accept it on another.
#[test]
fn the_same_finding_has_a_fingerprint_for_each_page() {
    let (old, new) = (page("/openapi/list", "Reply", &[]), page("/openapi/list", "Reply", &["more"]));
    let mut pages = ["openapi/a.json", "openapi/b.json"].map(|file| Page {
        file: file.to_owned(),
        old: old.clone(),
        new: new.clone(),
        ..Page::default()
    });
    verdict::judge(&mut pages);
    let report = Report::of(&pages);
    assert_eq!((report.findings.len(), report.fingerprints().len()), (2, 2));
}
