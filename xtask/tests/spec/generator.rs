//! The generator's output for documents like those that MantaGO publishes.

use serde_json::{Value, json};
use syn::visit_mut::{self, VisitMut};
use xtask::generator::{self, Document, Generated};

const PAGE: &str = include_str!("../documents/page.json");

fn documents(more: &[(&str, String)]) -> Vec<Document> {
    let page = ("openapi/page.json", PAGE.to_owned());
    let all = [page].into_iter().chain(more.iter().cloned());
    all.map(|(file, text)| Document { file: file.to_owned(), text }).collect()
}

/// The generator's output for documents.
#[derive(PartialEq)]
struct Texts {
    types: String,
    client: String,
    mock: String,
}

fn generate(documents: &[Document]) -> Texts {
    texts(&generator::generate(documents).unwrap())
}

/// Without the first line, which identifies the documents.
fn texts(generated: &Generated) -> Texts {
    let [types, client, mock] = generated.files().map(|(_, text)| text.split_once('\n').unwrap().1.to_owned());
    Texts { types, client, mock }
}

/// A method, and its `operationId`.
type Method<'a> = (&'a str, Option<&'a str>);

/// The names of the operations on a page with this path, generated together with the vendored page.
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
    let generated = generate(&documents(&[("openapi/second.json", second.to_string())]));
    let methods = generated.client.lines().filter_map(|line| {
        let (name, rest) = line.trim().strip_prefix("pub fn ")?.split_once("(&self)")?;
        rest.contains("builder::").then(|| name.to_owned())
    });
    methods.filter(|name| name != "personal_tag_mapping_delete").collect()
}

#[test]
fn an_operation_is_named_by_its_path() {
    for (path, name) in [
        ("/openapi/personalTag/get/{tagId}", "personal_tag_get_by_tag_id"),
        ("/openapi/personalTagMapping", "personal_tag_mapping"),
        ("/openapi/client/{clientId}", "client_by_client_id"),
        ("/openapi/clientTag/delete/{tagId}", "client_tag_delete_by_tag_id"),
        ("/openapi/{tagId}", "by_tag_id"),
        ("/openapi/report/{year}-{month}", "report_by_month"),
        ("/openapi/bind/customer", "bind_customer"),
        ("/openapi/client/{clientId}/tag/{tagId}/history", "client_tag_history"),
        ("/openapi/v2/tag-list.json", "v2_tag_list_json"),
        ("/other/openapi/tag", "other_openapi_tag"),
        ("/openapi/type", "type_"),
        ("/openapi/2fa", "_2fa"),
        ("/openapi/URLShort", "url_short"),
    ] {
        assert_eq!(names(path, &[("post", None)]), [name], "{path}");
        // A path's only method doesn't appear in the name.
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

/// A method that is added to a path doesn't rename the existing one.
#[test]
fn methods_on_one_path_have_distinct_names() {
    let path = "/openapi/client/{clientId}";
    assert_eq!(names(path, &[("post", None)]), ["client_by_client_id"]);
    assert_eq!(names(path, &[("get", None), ("post", None)]), ["client_by_client_id_get", "client_by_client_id"]);
    assert_eq!(
        names(path, &[("get", None), ("put", None), ("post", None), ("delete", None)]),
        ["client_by_client_id_get", "client_by_client_id_put", "client_by_client_id", "client_by_client_id_delete"]
    );
    assert_eq!(names(path, &[("get", Some("readClient")), ("post", None)]), ["read_client", "client_by_client_id"]);
}

/// A later version can then add a field or value without breaking users' code.
#[test]
fn every_type_is_non_exhaustive() {
    let generated = generate(&documents(&further_pages()));
    let mut seen = 0;
    for item in syn::parse_file(&generated.types).unwrap().items {
        let (name, attributes) = match item {
            syn::Item::Struct(item) => (item.ident, item.attrs),
            syn::Item::Enum(item) => (item.ident, item.attrs),
            _ => continue,
        };
        assert!(attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive")), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 23);
}

/// In any order of the files. A shared component becomes one type.
#[test]
fn pages_are_united() {
    let pages = further_pages();
    let types = generate(&documents(&pages)).types;
    for once in ["pub struct ErrorResponse {", "pub enum Platform {", "pub struct TokenResponse {"] {
        // The type and its builder.
        let expected = if once.contains("enum") { 1 } else { 2 };
        assert_eq!(types.matches(once).count(), expected, "{once}");
    }
    let mut reversed = documents(&pages);
    reversed.reverse();
    assert!(sorted_words(&types) == sorted_words(&generate(&reversed).types));
}

/// Two documents may list a component's members in different orders.
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
    let generated = generate(&documents(&[("openapi/second.json", second)]));
    assert!(generated == generate(&documents(&[])));
}

/// The vendored page, changed.
fn changed(change: impl FnOnce(&mut Value)) -> Texts {
    let mut page: Value = serde_json::from_str(PAGE).unwrap();
    change(&mut page);
    generate(&[Document { file: "a.json".to_owned(), text: page.to_string() }])
}

const SCHEMAS: &str = "/components/schemas";

fn schema<'a>(page: &'a mut Value, name: &str) -> &'a mut Value {
    page.pointer_mut(&format!("{SCHEMAS}/{name}")).unwrap()
}

/// Asserts that a text contains the words in this order, regardless of white space.
#[track_caller]
fn assert_has(text: &str, expected: &str) {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(text).contains(&words(expected)), "no {expected} in:\n{text}");
}

/// Requests don't contain the secret; other credentials have a type that hides them.
#[test]
fn credentials_are_not_shown() {
    let pages = generate(&documents(&further_pages()));
    assert!(!pages.types.contains("pub secret"), "{}", pages.types);
    assert_has(&pages.types, r#"#[serde(rename = "apiSecret")] pub api_secret: crate::Secret,"#);
    assert_has(&pages.types, r#"#[serde(rename = "apiToken")] pub api_token: crate::Secret,"#);
    assert_has(&pages.client, ".json(&_credentials.with(&body))");
    // A body without other properties may be omitted.
    let token = pages.client.split("pub fn new").find(|builder| builder.contains("`/openapi/token`")).unwrap();
    assert_has(token, "body: Ok(::std::default::Default::default())");
    assert_eq!(pages.client.matches("Err(\"body is missing: set it with body(…)\".into())").count(), 6);

    let other = changed(|page| {
        let request = schema(page, "PersonalTagMappingRequest");
        request["properties"]["apiToken"] = json!({ "type": "string" });
        request["properties"]["tokens"] = json!({ "type": "string" });
    });
    assert_has(&other.types, "pub api_token: ::std::option::Option<crate::Secret>,");
    assert_has(&other.types, "pub tokens: ::std::option::Option<::std::string::String>,");

    let without = changed(|page| {
        let request = schema(page, "PersonalTagMappingRequest");
        request["properties"].as_object_mut().unwrap().remove("secret");
        request["required"] = json!(["tagId"]);
    });
    assert_has(&without.client, ".json(&body)");
}

/// Under any name, inline and with `allOf`.
#[test]
fn requests_with_the_identifying_properties_get_the_rule() {
    let client = generate(&documents(&further_pages())).client;
    for request in ["PersonalTagMappingRequest", "ClientTagMappingRequest", "AutoTagMappingRequest"] {
        assert_has(&client, &format!("impl TryFrom<&types::{request}> for crate::ClientIdentity"));
    }
    assert_eq!(client.matches("body.validate()?;").count(), 5);
    assert_has(
        &client,
        "pub fn for_client( client: crate::ClientIdentity, auto_tag_id: impl Into<::std::string::String>, ) -> Self",
    );
    assert!(!client.contains("impl types::BindCustomerRequest"), "its clientId is required");

    let inline = changed(|page| {
        let request = schema(page, "PersonalTagMappingRequest").clone();
        let operation = &mut page["paths"]["/openapi/personalTagMapping/delete"]["post"];
        operation["requestBody"]["content"]["application/json"]["schema"] = json!({ "allOf": [request, {
            "type": "object",
            "required": ["why", "client"],
            "properties": {
                "why": { "type": "array", "items": { "type": "string" } },
                "client": { "type": "string" },
                "note": { "type": "string" },
            },
        }] });
        page["components"]["schemas"].as_object_mut().unwrap().remove("PersonalTagMappingRequest");
    });
    let expected = "pub fn for_client( _client: crate::ClientIdentity, client: impl Into<::std::string::String>, tag_id: impl Into<::std::string::String>, \
                    why: impl Into<::std::vec::Vec<::std::string::String>>, ) -> Self {";
    assert_has(&inline.client, expected);
    assert_has(&inline.client, "impl types::PersonalTagMappingDeleteBody {");
    assert_has(&inline.client, "note: ::std::default::Default::default(),");
}

/// Parameters and operations may have names that the generated modules use. Other tests compile the generated code.
#[test]
fn names_that_the_modules_use_are_free_for_documents() {
    let names = ["client", "request", "url", "result", "credentials", "response", "info", "header_map"];
    let generated = changed(|page| {
        let string = json!({ "type": "string" });
        let parameters = names.map(|name| json!({ "name": name, "in": "query", "required": true, "schema": string }));
        page["paths"]["/openapi/personalTagMapping/delete"]["post"]["parameters"] = json!(parameters);
    });
    assert_has(
        &generated.client,
        "let Self { _client, client, credentials, header_map, info, request, response, result, url, body, } = self;",
    );
    assert_has(&generated.client, "url: _client.url(\"/openapi/personalTagMapping/delete\")");
    assert_has(&generated.client, "|_request, _credentials|");
    assert_has(&generated.client, "\"credentials\", &credentials");
}

/// No types of other crates, no types with constraints, and no defaults.
#[test]
fn types_are_plain() {
    let types = changed(|page| {
        schema(page, "ErrorResponse")["properties"] = json!({
            "time": { "type": "string", "format": "date-time", "description": "When." },
            "id": { "type": "string", "format": "uuid", "pattern": "^a", "maxLength": 9 },
            "count": { "type": "integer", "minimum": 1, "default": 7 },
            "small": { "type": "integer", "format": "int32" },
            "set": { "type": "array", "uniqueItems": true, "minItems": 2, "maxItems": 2, "items": { "type": "number" } },
        });
        schema(page, "ErrorResponse")["required"] = json!(["time", "id", "count", "small", "set"]);
        schema(page, "ErrorResponse")["additionalProperties"] = json!(false);
    })
    .types;
    assert_has(&types, "/**When. `format`: `\"date-time\"`*/ pub time: ::std::string::String,");
    assert_has(&types, "/**`format`: `\"uuid\"` `maxLength`: `9` `pattern`: `\"^a\"`*/ pub id: ::std::string::String,");
    assert_has(&types, "pub count: i64,");
    assert_has(&types, "pub small: i32,");
    assert_has(&types, "pub set: ::std::vec::Vec<f64>,");
    // Only the request type is closed: a response may have more properties.
    assert_eq!(types.matches("deny_unknown_fields").count(), 1);
}

/// A property may have the name of a keyword.
#[test]
fn a_name_like_a_keyword_is_a_name() {
    let generated = changed(|page| {
        page["components"]["parameters"] =
            json!({ "maxResults": { "name": "maxResults", "in": "query", "schema": { "type": "integer" } } });
        let parameters = &mut page["paths"]["/openapi/personalTagMapping/delete"]["post"]["parameters"];
        parameters.as_array_mut().unwrap().push(json!({ "$ref": "#/components/parameters/maxResults" }));
        schema(page, "ErrorResponse")["properties"]["format"] = json!({ "type": "string" });
        schema(page, "ErrorResponse")["properties"]["servers"] = json!({ "type": "string" });
    });
    assert_has(&generated.client, "pub fn max_results<V, As>");
    assert_has(&generated.types, "pub format: ::std::option::Option<::std::string::String>,");
    assert_has(&generated.types, "pub servers: ::std::option::Option<::std::string::String>,");
}

/// Messages for people, and descriptions from the document.
#[test]
fn messages_and_documentation_are_complete() {
    let Texts { types, client, .. } = changed(|page| {
        page["components"]["schemas"]["PersonalTagMappingRequest"]["properties"]["tagId"]["description"] =
            json!("The\rpersonal\u{7}tag");
    });
    assert_has(&types, r#"format!( "{value:?}: expected {}", "line, facebook, instagram, liveChat or whatsapp" )"#);
    assert_has(&types, r#"Err( "tag_id is missing: set it with tag_id(…)".to_string(), )"#);
    assert_has(&types, "/**The personal`U+0007`tag*/");
    assert_has(&client, r#"Err("body is missing: set it with body(…)".into())"#);
    assert_has(&client, "- `bot_id`: The bot ID for the API request");
    assert_has(&client, "- `404`: OpenAPI configuration or client not found");
    assert_has(&client, "[`for_client`](crate::types::PersonalTagMappingRequest::for_client) makes the body.");
    assert_has(
        &client,
        "```no_run async fn example( client: &mantago::Client, body: mantago::types::PersonalTagMappingRequest, \
         bot_id: String, ) -> Result<(), mantago::Error> {",
    );
    assert_has(
        &client,
        "/**The bot ID for the API request Default: that of the [client](crate::ClientBuilder::bot_id).*/ pub fn bot_id<V>",
    );
}

/// A type that is only a request body refuses unknown properties, wherever its schema is.
#[test]
fn requests_are_closed() {
    const BODY: &str = "/paths/~1openapi~1personalTagMapping~1delete/post/requestBody/content/application~1json/schema";
    let closed = |change: fn(&mut Value)| changed(change).types.matches("deny_unknown_fields").count();
    let written_out = |page: &mut Value| {
        let request = schema(page, "PersonalTagMappingRequest").take();
        page["components"]["schemas"].as_object_mut().unwrap().remove("PersonalTagMappingRequest");
        *page.pointer_mut(BODY).unwrap() = request;
    };
    // A response uses the type, too.
    let echoed = |page: &mut Value| {
        let request = page.pointer(BODY).unwrap().clone();
        schema(page, "ErrorResponse")["properties"]["request"] = request;
        schema(page, "PersonalTagMappingRequest")["properties"].as_object_mut().unwrap().remove("secret").unwrap();
        schema(page, "PersonalTagMappingRequest")["required"] = json!(["tagId"]);
    };
    let is_open = |page: &mut Value| schema(page, "PersonalTagMappingRequest")["additionalProperties"] = json!(true);
    assert_eq!([closed(|_| {}), closed(written_out), closed(echoed), closed(is_open)], [1, 1, 0, 0]);
}

/// rustdoc must not compile code from a description as an example.
#[test]
fn code_in_a_description_is_prose() {
    let text =
        "See:\n\n    {\"a\": 1}\n\n\tb\n\n```json\n    {}\n```\n~~~~\n-     c\n~~~~\n> ```\n> d\n> ```\nend <b> */";
    let types = changed(|page| schema(page, "ErrorResponse")["description"] = json!(text)).types;
    let file = syn::parse_file(&types).unwrap();
    let documented = file.items.iter().find_map(|item| match item {
        syn::Item::Struct(item) if item.ident == "ErrorResponse" => item.attrs.first(),
        _ => None,
    });
    let syn::Meta::NameValue(syn::MetaNameValue { value, .. }) = &documented.unwrap().meta else { panic!("no text") };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(shown), .. }) = value else { panic!("no text") };
    assert_eq!(
        shown.value(),
        "See:\n\n{\"a\": 1}\n\nb\n\n\\`\\`\\`json\n{}\n\\`\\`\\`\n\\~\\~\\~\\~\n- c \\~\\~\\~\\~ \\> \\`\\`\\` \\> d \\> \\`\\`\\` end \\<b\\> \\*/"
    );
}

/// No build may depend on the spacing in progenitor's output, which varies with proc-macro2, or on its local variables.
#[test]
fn how_progenitor_words_it_does_not_matter() {
    struct Renamed;
    impl VisitMut for Renamed {
        fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
            Locals.visit_impl_item_fn_mut(function);
        }
    }
    /// Renames variables and parameters of closures, which begin in lower case, but not fields, methods and functions.
    struct Locals;
    impl VisitMut for Locals {
        fn visit_pat_ident_mut(&mut self, pattern: &mut syn::PatIdent) {
            pattern.ident = quote::format_ident!("{}_renamed", pattern.ident);
        }
        fn visit_field_pat_mut(&mut self, field: &mut syn::FieldPat) {
            if field.colon_token.is_none() {
                field.colon_token = Some(syn::parse_quote!(:));
            }
            visit_mut::visit_field_pat_mut(self, field);
        }
        fn visit_expr_path_mut(&mut self, path: &mut syn::ExprPath) {
            let variable = path.path.get_ident().filter(|name| name.to_string().starts_with(char::is_lowercase));
            if let Some(name) = variable.map(|name| quote::format_ident!("{name}_renamed")) {
                path.path = name.into();
            }
        }
    }
    let pages = documents(&further_pages());
    let changed = std::cell::Cell::new(0);
    let reprinted = generator::generate_with(&pages, |mut made| {
        let before = prettyplease::unparse(&made);
        Renamed.visit_file_mut(&mut made);
        let after = prettyplease::unparse(&made);
        changed.set(after.matches("_renamed").count());
        assert_ne!(before, after);
        syn::parse_file(&after).unwrap()
    });
    let expected = generate(&pages);
    let Texts { types, client, mock } = texts(&reprinted.unwrap());
    assert!(changed.get() > 500, "{changed:?}");
    assert!(client == expected.client && mock == expected.mock, "the module client or mock differs");
    // Code that is copied from progenitor has the changed names; nothing else in the builders' impls differs.
    // prettyplease puts a long expression in braces.
    let tokens = |text: &str| text.replace(|c: char| c.is_whitespace() || "{},".contains(c), "");
    assert!(tokens(&types.replace("_renamed", "")) == tokens(&expected.types), "the module types differs");
}

fn further_pages() -> Vec<(&'static str, String)> {
    vec![
        ("openapi/auto-tags.json", include_str!("../documents/auto-tags.json").to_owned()),
        ("openapi/bots.json", include_str!("../documents/bots.json").to_owned()),
        ("openapi/client-tags.json", include_str!("../documents/client-tags.json").to_owned()),
        ("openapi/clients.json", include_str!("../documents/clients.json").to_owned()),
    ]
}

fn sorted_words(text: &str) -> Vec<&str> {
    let mut words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).collect();
    words.sort_unstable();
    words
}
