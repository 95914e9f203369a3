//! No type is lost: each schema's type has the schema's properties, even if other types have similar names.

#![allow(clippy::needless_pass_by_value, reason = "the values of json! are written in place")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use xtask::generator::{self, Document};

const PAGE: &str = include_str!("../documents/page.json");

fn generate(document: &Value) -> Result<syn::File, String> {
    let documents = [Document { file: "openapi/page.json".to_owned(), text: document.to_string() }];
    let generated = generator::generate(&documents).map_err(|error| error.to_string())?;
    Ok(generated.modules.into_iter().next().unwrap().1)
}

/// The vendored page with another success and with additional components.
fn page(success: Value, more: Value) -> Value {
    let mut page: Value = serde_json::from_str(PAGE).unwrap();
    page["components"]["schemas"]["BasicSuccessResponse"] = success;
    for (name, schema) in more.as_object().unwrap() {
        page["components"]["schemas"][name] = schema.clone();
    }
    page
}

fn object(properties: Value) -> Value {
    json!({ "type": "object", "properties": properties })
}

fn text() -> Value {
    json!({ "type": "string" })
}

/// Each struct's fields by their names on the wire, with the type inside the option, list or map.
fn structs(types: &syn::File) -> BTreeMap<String, BTreeMap<String, String>> {
    let structs = types.items.iter().filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item),
        _ => None,
    });
    let fields = |item: &syn::ItemStruct| {
        let named = item.fields.iter().filter_map(|field| Some((field.ident.as_ref()?, field)));
        named.map(|(name, field)| (wire(field).unwrap_or_else(|| name.to_string()), innermost(&field.ty))).collect()
    };
    structs.map(|item| (item.ident.to_string(), fields(item))).collect()
}

fn wire(field: &syn::Field) -> Option<String> {
    let mut renamed = None;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            let value = meta.value()?.parse::<syn::LitStr>()?;
            if meta.path.is_ident("rename") {
                renamed = Some(value.value());
            }
            Ok(())
        });
    }
    renamed
}

fn innermost(ty: &syn::Type) -> String {
    let syn::Type::Path(ty) = ty else { return String::new() };
    let last = ty.path.segments.last().unwrap();
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.last().unwrap() {
            syn::GenericArgument::Type(ty) => innermost(ty),
            _ => String::new(),
        },
        _ => last.ident.to_string(),
    }
}

/// The properties of a schema and its parts.
fn properties<'d>(document: &'d Value, schema: &'d Value) -> BTreeMap<&'d str, Vec<&'d Value>> {
    let mut found: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let schema = referred(document, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        found.entry(name).or_default().push(property);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        for (name, schemas) in properties(document, part) {
            found.entry(name).or_default().extend(schemas);
        }
    }
    found
}

fn referred<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(target) => referred(document, document.pointer(target.trim_start_matches('#')).unwrap()),
        None => schema,
    }
}

/// Compares a schema with its type, including everything inside.
fn compare(
    document: &Value,
    schema: &Value,
    name: &str,
    types: &BTreeMap<String, BTreeMap<String, String>>,
    seen: &mut BTreeSet<String>,
) {
    let schema = referred(document, schema);
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            compare(document, &schema[key], name, types, seen);
        }
    }
    let expected = properties(document, schema);
    if expected.is_empty() || !seen.insert(format!("{name} {schema}")) {
        return;
    }
    let fields = types.get(name).unwrap_or_else(|| panic!("no type {name} for {schema}"));
    let given: BTreeSet<_> = expected.keys().copied().filter(|key| *key != "secret").collect();
    assert_eq!(fields.keys().map(String::as_str).collect::<BTreeSet<_>>(), given, "{name}");
    for (key, schemas) in expected.into_iter().filter(|(key, _)| *key != "secret") {
        // Several schemas become one merged type.
        if let [schema] = schemas[..] {
            compare(document, schema, &fields[key], types, seen);
        }
    }
}

#[track_caller]
fn assert_complete(document: &Value) -> BTreeMap<String, BTreeMap<String, String>> {
    let types = structs(&generate(document).unwrap());
    let mut seen = BTreeSet::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        compare(document, schema, name, &types, &mut seen);
    }
    assert!(!seen.is_empty());
    types
}

#[test]
fn every_schema_in_the_test_documents_has_its_type() {
    for text in [
        PAGE,
        include_str!("../documents/auto-tags.json"),
        include_str!("../documents/bots.json"),
        include_str!("../documents/client-tags.json"),
        include_str!("../documents/clients.json"),
        include_str!("../cases/base.json"),
    ] {
        assert_complete(&serde_json::from_str(text).unwrap());
    }
}

/// An addition next to a type doesn't rename it.
#[test]
fn a_nested_property_and_a_property_with_both_names_are_distinct() {
    let tag = object(json!({ "name": text(), "createdAt": text() }));
    let client = object(json!({ "tags": { "type": "array", "items": tag } }));
    let before = assert_complete(&page(object(json!({ "client": client })), json!({})));
    let other = json!({ "type": "array", "items": object(json!({ "id": text() })) });
    let after = assert_complete(&page(object(json!({ "client": client, "clientTags": other })), json!({})));
    for name in ["BasicSuccessResponseClient", "BasicSuccessResponseClientInnerTagsItem"] {
        assert_eq!(before[name], after[name]);
    }
    assert!(after["BasicSuccessResponseClientTagsItem"].contains_key("id"));
    assert_eq!(after.len(), before.len() + 1);
}

#[test]
fn titles_name_no_type() {
    let titled = |name: &str| json!({ "type": "object", "title": "Thing", "properties": { name: text() } });
    let types = assert_complete(&page(object(json!({ "a": titled("x"), "b": titled("y") })), json!({})));
    assert!(!types.contains_key("Thing"));
    for nullable in [true, false] {
        let mut thing = titled("x");
        thing["nullable"] = json!(nullable);
        let success = object(json!({ "p": { "$ref": "#/components/schemas/Thing" } }));
        generate(&page(success, json!({ "Thing": thing }))).unwrap();
    }
}

#[test]
fn inline_schemas_of_every_form_have_types() {
    let inner = |name: &str| object(json!({ name: text() }));
    assert_complete(&page(
        object(json!({
            "map": { "type": "object", "additionalProperties": inner("a") },
            "nullable": { "type": "object", "nullable": true, "description": "One.", "properties": { "b": inner("c") } },
            "lists": { "type": "array", "items": { "type": "array", "items": inner("d") } },
            "all": { "allOf": [{ "$ref": "#/components/schemas/ErrorResponse" }, inner("e")] },
            "kind": { "type": "string", "enum": ["x", null], "nullable": true },
        })),
        json!({}),
    ));
}

/// The error names both places.
#[test]
fn different_types_with_one_name_are_refused() {
    let enumeration = |value: &str| json!({ "type": "string", "enum": [value] });
    let operation = "/paths/~1openapi~1personalTagMapping~1delete/post";
    let body = format!("{operation}/requestBody/content/application~1json/schema");
    let mut beside =
        page(object(json!({ "a": text() })), json!({ "PersonalTagMappingDeleteBody": object(json!({ "a": text() })) }));
    *beside.pointer_mut(&body).unwrap() = object(json!({ "b": text() }));
    let error = |place: &str, name: &str, other: &str| {
        format!(
            "openapi/page.json: {place}: it resolves to the name types::{name}, which openapi/page.json: {other} has"
        )
    };
    assert_eq!(
        generate(&beside).map(drop),
        Err(error(&body, "PersonalTagMappingDeleteBody", "/components/schemas/PersonalTagMappingDeleteBody"))
    );

    let kinds =
        page(object(json!({ "a": object(json!({ "kind": enumeration("x") })), "aKind": enumeration("y") })), json!({}));
    generate(&kinds).unwrap();
    let kinds = page(
        object(json!({ "a": { "type": "array", "items": enumeration("x") }, "aItem": enumeration("y") })),
        json!({}),
    );
    let places =
        ["aItem", "a/items"].map(|place| format!("/components/schemas/BasicSuccessResponse/properties/{place}"));
    assert_eq!(generate(&kinds).map(drop), Err(error(&places[0], "BasicSuccessResponseAItem", &places[1])));
    // Identical schemas share a type.
    let same = page(
        object(json!({ "a": { "type": "array", "items": enumeration("x") }, "aItem": enumeration("x") })),
        json!({}),
    );
    generate(&same).unwrap();
}
