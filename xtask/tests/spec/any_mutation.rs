//! No difference between two documents goes unreported, wherever it is and whatever it is.

use crate::compare;
use proptest::prelude::*;
use serde_json::{Value, json};
use xtask::finding::Level;

const PAGE: &str = include_str!("../documents/page.json");

/// The JSON pointers of all values in a document.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(object) => {
            for (key, member) in object {
                pointers(member, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
}

/// Keys that mean something somewhere, and ones that do not.
fn key() -> impl Strategy<Value = String> {
    let known = vec![
        "type",
        "description",
        "required",
        "properties",
        "enum",
        "$ref",
        "oneOf",
        "nullable",
        "schema",
        "content",
        "get",
        "post",
        "parameters",
        "responses",
        "200",
        "404",
        "x-a",
        "title",
        "default",
        "items",
        "format",
        "deprecated",
        "example",
        "servers",
    ];
    prop_oneof![prop::sample::select(known).prop_map(str::to_owned), "[a-z]{1,4}"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z/#]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..3).prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    })
}

#[derive(Clone, Debug)]
enum Mutation {
    Replace(Value),
    Remove,
    Insert(String, Value),
    Push(Value),
    Reverse,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        value().prop_map(Mutation::Replace),
        Just(Mutation::Remove),
        (key(), value()).prop_map(|(key, value)| Mutation::Insert(key, value)),
        value().prop_map(Mutation::Push),
        Just(Mutation::Reverse),
    ]
}

fn mutate(document: &mut Value, pointer: &str, mutation: Mutation) {
    match mutation {
        Mutation::Replace(value) => *document.pointer_mut(pointer).unwrap() = value,
        Mutation::Remove => {
            let Some((parent, key)) = pointer.rsplit_once('/') else { return };
            match document.pointer_mut(parent).unwrap() {
                Value::Object(object) => drop(object.shift_remove(&key.replace("~1", "/").replace("~0", "~"))),
                Value::Array(items) => drop(items.remove(key.parse().unwrap())),
                _ => {}
            }
        }
        Mutation::Insert(key, value) => {
            if let Some(object) = document.pointer_mut(pointer).unwrap().as_object_mut() {
                object.insert(key, value);
            }
        }
        Mutation::Push(value) => {
            if let Some(items) = document.pointer_mut(pointer).unwrap().as_array_mut() {
                items.push(value);
            }
        }
        Mutation::Reverse => {
            if let Some(items) = document.pointer_mut(pointer).unwrap().as_array_mut() {
                items.reverse();
            }
        }
    }
}

#[test]
fn every_mutation_is_reported() {
    let page: Value = serde_json::from_str(PAGE).unwrap();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), mutation()), 1..4);
    let config = ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(changes in changes)| {
        let mut mutated = page.clone();
        for (at, mutation) in changes {
            let mut all = Vec::new();
            pointers(&mutated, "", &mut all);
            let pointer = at.get(&all[..]).clone();
            mutate(&mut mutated, &pointer, mutation);
        }
        for (old, new) in [(&page, &mutated), (&mutated, &page)] {
            let findings = compare(old, new);
            prop_assert_eq!(findings.is_empty(), old == new, "{}", mutated);
            for finding in findings {
                prop_assert!(!finding.meaning.is_empty());
            }
        }
    });
}

/// A keyword that nobody knows is breaking wherever a keyword would have a meaning.
#[test]
fn what_is_not_known_is_breaking() {
    const OPERATION: &str = "/paths/~1openapi~1personalTagMapping~1delete/post";
    let page: Value = serde_json::from_str(PAGE).unwrap();
    for place in [
        "",
        "/components",
        "/paths/~1openapi~1personalTagMapping~1delete",
        OPERATION,
        &format!("{OPERATION}/parameters/0"),
        &format!("{OPERATION}/parameters/0/schema"),
        &format!("{OPERATION}/requestBody"),
        &format!("{OPERATION}/requestBody/content/application~1json"),
        &format!("{OPERATION}/responses/200"),
        &format!("{OPERATION}/responses/200/content/application~1json"),
        "/components/responses/TokenError",
        "/components/schemas/PersonalTagMappingRequest",
        "/components/schemas/PersonalTagMappingRequest/properties/platform",
        "/components/schemas/ErrorResponse/properties/errResponse",
    ] {
        let mut other = page.clone();
        other.pointer_mut(place).unwrap()["unheardOf"] = json!(1);
        for (old, new) in [(&page, &other), (&other, &page)] {
            let found: Vec<_> = compare(old, new).into_iter().map(|finding| (finding.level, finding.pointer)).collect();
            assert_eq!(found, [(Level::Breaking, format!("{place}/unheardOf"))]);
        }
    }
}

/// A reference to itself, and a chain of them: comparing ends.
#[test]
fn cycles_end() {
    let mut page: Value = serde_json::from_str(PAGE).unwrap();
    let schemas = &mut page["components"]["schemas"];
    schemas["A"] = json!({ "$ref": "#/components/schemas/B" });
    schemas["B"] = json!({ "allOf": [{ "$ref": "#/components/schemas/A" }] });
    schemas["PersonalTagMappingRequest"]["properties"]["self"] =
        json!({ "$ref": "#/components/schemas/PersonalTagMappingRequest" });
    page["components"]["responses"]["Loop"] = json!({ "$ref": "#/components/responses/Loop" });
    let mut mutated = page.clone();
    mutated["components"]["schemas"]["B"]["allOf"][0]["$ref"] = json!("#/components/schemas/B");
    assert_eq!(compare(&page, &mutated).len(), 1);
    assert!(compare(&page, &page).is_empty());
}
