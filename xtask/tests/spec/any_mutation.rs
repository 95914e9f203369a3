//! Every difference between two documents is reported.

use crate::compare;
use proptest::prelude::*;
use serde_json::{Value, json};
use xtask::finding::Level;
use xtask::verdict::{self, Page};

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

/// Keywords and other keys.
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
    let config = ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(changes in changes)| {
        let mut mutated = page.clone();
        for (at, mutation) in changes {
            let mut all = Vec::new();
            pointers(&mutated, "", &mut all);
            let pointer = at.get(&all[..]).clone();
            mutate(&mut mutated, &pointer, mutation);
        }
        for (old, new) in [(&page, &mutated), (&mutated, &page)] {
            let mut pages = [Page { file: "page".to_owned(), old: old.clone(), new: new.clone(), ..Page::default() }];
            verdict::judge(&mut pages);
            prop_assert_eq!(pages[0].findings.is_empty(), old == new, "{}", mutated);
            for finding in &pages[0].findings {
                prop_assert!(!finding.meaning.is_empty());
            }
        }
    });
}

/// An unknown keyword is breaking wherever a keyword would have a meaning.
#[test]
fn unknown_keywords_are_breaking() {
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

#[test]
fn comparing_cycles_ends() {
    let mut page: Value = serde_json::from_str(PAGE).unwrap();
    let schemas = &mut page["components"]["schemas"];
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    schemas["A"] = reference("B");
    schemas["B"] = json!({ "allOf": [reference("A")] });
    schemas["C"] = json!({ "oneOf": [reference("C"), reference("D")] });
    schemas["D"] = json!({ "anyOf": [reference("C"), reference("D")] });
    let properties = &mut schemas["ErrorResponse"]["properties"];
    for name in ["A", "C", "ErrorResponse"] {
        properties[name] = reference(name);
    }
    let mut mutated = page.clone();
    mutated["components"]["schemas"]["D"]["anyOf"][0] = reference("D");
    let found: Vec<_> = compare(&page, &mutated).into_iter().map(|finding| finding.pointer).collect();
    assert_eq!(found, ["/components/schemas/D"]);
    assert!(compare(&page, &page).is_empty());
}
