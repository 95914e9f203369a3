//! What the generator makes of documents of the shapes that MantaGO publishes.

use serde_json::{Value, json};
use xtask::generator::{self, Document};

const PAGE: &str = include_str!("documents/page.json");

fn documents(more: &[(&str, String)]) -> Vec<Document> {
    let page = ("openapi/page.json", PAGE.to_owned());
    let all = [page].into_iter().chain(more.iter().cloned());
    all.map(|(file, text)| Document { file: file.to_owned(), text }).collect()
}

/// A method, and its `operationId`.
type Method<'a> = (&'a str, Option<&'a str>);

/// The names of the operations of a page with this path, beside the vendored one.
fn names(path: &str, methods: &[Method<'_>]) -> Vec<String> {
    let mut second: Value = serde_json::from_str(PAGE).unwrap();
    let operation = second["paths"]["/openapi/personalTagMapping/delete"]["post"].take();
    let parameters = path.split('{').skip(1).map(|rest| {
        let name = rest.split('}').next().unwrap();
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let mut item = json!({ "parameters": parameters.collect::<Vec<_>>() });
    for (method, id) in methods {
        item[method] = operation.clone();
        if let Some(id) = id {
            item[method]["operationId"] = json!(id);
        }
    }
    second["paths"] = json!({ path: item });
    let module = generator::generate(&documents(&[("openapi/second.json", second.to_string())])).unwrap();
    let methods = module.lines().filter_map(|line| {
        let (name, rest) = line.trim().strip_prefix("pub fn ")?.split_once("(&self)")?;
        rest.contains("builder::").then(|| name.to_owned())
    });
    methods.filter(|name| name != "personal_tag_mapping_delete").collect()
}

#[test]
fn an_operation_is_named_by_its_path() {
    for (path, name) in [
        ("/openapi/personalTag/get/{tagId}", "personal_tag_get"),
        ("/openapi/personalTagMapping", "personal_tag_mapping"),
        ("/openapi/client/{clientId}", "client"),
        ("/openapi/bind/customer", "bind_customer"),
        ("/openapi/client/{clientId}/tag/{tagId}/history", "client_tag_history"),
        ("/openapi/v2/tag-list.json", "v2_tag_list_json"),
        ("/other/openapi/tag", "other_openapi_tag"),
        ("/openapi/type", "type_"),
        ("/openapi/2fa", "_2fa"),
        ("/openapi/URLShort", "url_short"),
    ] {
        assert_eq!(names(path, &[("post", None)]), [name], "{path}");
        // Alone on its path, another method is named alike.
        assert_eq!(names(path, &[("get", None)]), [name], "{path}");
    }
}

#[test]
fn an_operation_id_is_kept() {
    let path = "/openapi/personalTag/get/{tagId}";
    for (id, name) in [("getTag", "get_tag"), ("tags.get", "tags_get"), ("Get tag!", "get_tag"), ("match", "match_")] {
        assert_eq!(names(path, &[("post", Some(id))]), [name]);
    }
}

/// A method that comes to a path does not change the name of the one that was there.
#[test]
fn several_methods_on_one_path() {
    let path = "/openapi/client/{clientId}";
    assert_eq!(names(path, &[("post", None)]), ["client"]);
    assert_eq!(names(path, &[("get", None), ("post", None)]), ["client_get", "client"]);
    assert_eq!(
        names(path, &[("get", None), ("put", None), ("post", None), ("delete", None)]),
        ["client_get", "client_put", "client", "client_delete"]
    );
    assert_eq!(names(path, &[("get", Some("readClient")), ("post", None)]), ["read_client", "client"]);
}

/// So that a version that adds a field or a value compiles under the code of today's users.
#[test]
fn every_type_is_non_exhaustive() {
    let module = generator::generate(&documents(&further_pages())).unwrap();
    let file = syn::parse_file(&module).unwrap();
    let types = file.items.into_iter().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content,
        _ => None,
    });
    let mut seen = 0;
    for item in types.unwrap().1 {
        let (name, attributes) = match item {
            syn::Item::Struct(item) => (item.ident, item.attrs),
            syn::Item::Enum(item) => (item.ident, item.attrs),
            _ => continue,
        };
        assert!(attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive")), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 14);
}

/// What two pages have in common is united, whatever the order of the files; a component is not made twice.
#[test]
fn pages_are_united() {
    let pages = further_pages();
    let module = generator::generate(&documents(&pages)).unwrap();
    for once in ["pub struct ErrorResponse {", "pub struct TokenRequest {", "pub struct ClientUpdateRequest {"] {
        // The type, and its builder.
        assert_eq!(module.matches(once).count(), 2, "{once}");
    }
    assert_eq!(module, generator::generate(&documents(&pages)).unwrap());
    let mut reversed = documents(&pages);
    reversed.reverse();
    assert!(sorted_words(&module) == sorted_words(&generator::generate(&reversed).unwrap()));
}

/// Key order is no difference, in a component that two documents have too.
#[test]
fn key_order_is_no_conflict() {
    fn reversed(value: Value) -> Value {
        match value {
            Value::Object(object) => object.into_iter().rev().map(|(key, value)| (key, reversed(value))).collect(),
            other => other,
        }
    }
    let mut second: Value = serde_json::from_str(PAGE).unwrap();
    second["paths"] = json!({});
    let second = reversed(second).to_string();
    let module = generator::generate(&documents(&[("openapi/second.json", second)])).unwrap();
    assert_eq!(module, generator::generate(&documents(&[])).unwrap());
}

/// What is made a secret is what the hooks look for in an answer: one list, by the names that the documents have.
#[test]
fn credentials_are_listed_by_name() {
    let mut page: Value = serde_json::from_str(PAGE).unwrap();
    page["components"]["schemas"]["PersonalTagMappingRequest"]["properties"]["apiToken"] = json!({ "type": "string" });
    let module = generator::generate(&[Document { file: "a.json".to_owned(), text: page.to_string() }]).unwrap();
    assert!(module.contains(r#"const CREDENTIALS: &[&str] = &["apiToken", "secret"];"#), "{module}");
    assert!(module.contains("pub api_token: ::std::option::Option<crate::Secret>,"), "{module}");
}

/// A description becomes documentation: code in it is shown, and not taken for Rust that is to be tested.
#[test]
fn code_in_a_description_is_text() {
    let mut page: Value = serde_json::from_str(PAGE).unwrap();
    let text = "See:\n\n    {\"a\": 1}\n\n\tb\n\n```json\n    {}\n```\n~~~~\n```\n~~~~\nend <b> https://a.example */";
    page["components"]["schemas"]["ErrorResponse"]["description"] = json!(text);
    let module = generator::generate(&[Document { file: "a.json".to_owned(), text: page.to_string() }]).unwrap();
    let file = syn::parse_file(&module).unwrap();
    let types = file.items.iter().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    let documented = types.unwrap().1.iter().find_map(|item| match item {
        syn::Item::Struct(item) if item.ident == "ErrorResponse" => item.attrs.first(),
        _ => None,
    });
    let syn::Meta::NameValue(syn::MetaNameValue { value, .. }) = &documented.unwrap().meta else { panic!("no text") };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(shown), .. }) = value else { panic!("no text") };
    let expected =
        "See:\n\n   {\"a\": 1}\n\n b\n\n```text\n    {}\n```\n~~~~text\n```\n~~~~\nend <b> https://a.example */";
    assert_eq!(shown.value(), expected);
}

/// `build.rs` writes what the generator makes.
#[test]
fn the_crate_is_built_from_it() {
    let built = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));
    let vendored = generator::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    assert!(generator::generate(&vendored).unwrap() == built);
}

fn further_pages() -> Vec<(&'static str, String)> {
    vec![
        ("openapi/bots.json", include_str!("documents/bots.json").to_owned()),
        ("openapi/clients.json", include_str!("documents/clients.json").to_owned()),
    ]
}

fn sorted_words(text: &str) -> Vec<&str> {
    let mut words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).collect();
    words.sort_unstable();
    words
}
