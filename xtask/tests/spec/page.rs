//! The document is found in a page by what it is, and what cannot be used is one line.

use serde_json::{Value, json};
use xtask::page;

const PUBLISHED: &str = include_str!("../documents/page.md");
const VENDORED: &str = include_str!("../documents/page.json");

fn vendored() -> Value {
    serde_json::from_str(VENDORED).unwrap()
}

fn line() -> String {
    vendored().to_string()
}

#[track_caller]
fn found(text: &str) -> Value {
    page::document("page.md", text).unwrap()
}

#[track_caller]
fn error(text: &str) -> String {
    let error = page::document("page.md", text).unwrap_err().to_string();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[test]
fn the_published_page() {
    let document = found(PUBLISHED);
    assert_eq!(document, vendored());
    // Member order included: what is vendored is what is published.
    assert_eq!(format!("{document:#}\n"), VENDORED);
}

/// Fences as Markdown has them.
#[test]
fn fences_of_every_kind() {
    let json = line();
    for page in [
        format!("# A\n\n```json\n{json}\n```\n"),
        format!("~~~json\n{json}\n~~~\n"),
        format!("~~~~~\n{json}\n~~~~~\n"),
        format!("````json\n{json}\n````\n"),
        format!("```\n{json}\n```\n"),
        format!("```jsonc\n{json}\n```\n"),
        format!("```json title=\"a.json\" {{% raw %}}\n{json}\n```\n"),
        format!("``` JSON\n{json}\n```\n"),
        format!("   ```json\n   {json}\n   ```\n"),
        format!("- a list\n\n  ```json\n  {json}\n  ```\n"),
        format!("> ```json\n> {json}\n> ```\n"),
        format!("```json\n{json}\n```"),
        format!("```json\n{json}"),
        format!("# A\r\n\r\n```json\r\n{json}\r\n```\r\n"),
        format!("\u{feff}```json\n{json}\n```\n"),
        format!("```json\n{:#}\n```\n", vendored()),
        format!("```json\r\n{}\r\n```\r\n", format!("{:#}", vendored()).replace('\n', "\r\n")),
    ] {
        assert_eq!(found(&page), vendored(), "{}", &page[..40]);
    }
}

#[test]
fn a_plain_document() {
    assert_eq!(found(&line()), vendored());
    assert_eq!(found(VENDORED), vendored());
    assert_eq!(found(&format!("\u{feff}\n {VENDORED}")), vendored());
}

/// Blocks that are not JSON or not OpenAPI are none of ours, wherever they stand.
#[test]
fn other_blocks_are_passed_over() {
    let page = format!(
        "```\nGET https://a.example/?ask=<question>\n```\n\n```json\n{{\"success\":true,\"paths\":1\n\n```json\n```\n\
         ```yaml\nopenapi: 3.0.3\npaths: {{}}\n```\n\n```json\n[1, 2]\n```\n\n```json\n{{\"success\":true}}\n```\n\n```json\n{}\n```\n\n\
         ```js\nconst openapi = {{}}\n```\n",
        line()
    );
    let page = page.replace(",\"paths\":1\n\n```json\n```", "}\n```");
    assert_eq!(found(&page), vendored());
}

/// Several operations make several blocks; each has what its operation needs, or leaves it to another.
#[test]
fn several_blocks_are_one_document() {
    let mut second = vendored();
    second["paths"] = json!({ "/openapi/personalTagMapping": second["paths"]["/openapi/personalTagMapping/delete"] });
    let mut both = vendored();
    both["paths"]["/openapi/personalTagMapping"] = both["paths"]["/openapi/personalTagMapping/delete"].clone();

    let mut bare = json!({ "paths": second["paths"] });
    let schemas = json!({ "components": vendored()["components"] });
    let mut without = vendored();
    without.as_object_mut().unwrap().shift_remove("components");
    let named = json!({ "openapi": "3.0.3", "info": vendored()["info"], "components": vendored()["components"] });
    for blocks in [
        vec![vendored(), second.clone()],
        vec![vendored(), bare.clone()],
        vec![without.clone(), bare.clone(), schemas],
        vec![without, bare.take(), named],
    ] {
        let blocks: Vec<_> = blocks.iter().map(|block| format!("## A\n\n> B\n\n```json\n{block}\n```\n")).collect();
        assert_eq!(found(&blocks.join("\n")), both);
    }
}

#[test]
fn the_same_block_twice_is_one() {
    let json = line();
    assert_eq!(found(&format!("```json\n{json}\n```\n\n## Once more\n\n```json\n{json}\n```\n")), vendored());
}

#[test]
fn what_cannot_be_used() {
    let json = line();
    let of = |value: Value| format!("text\n\n```json\n{value}\n```\n");
    let without = |member: &str| {
        let mut document = vendored();
        document.as_object_mut().unwrap().shift_remove(member);
        of(document)
    };
    let mut differing = vendored();
    differing["security"] = json!([]);
    differing["paths"] = json!({});
    let mut again = vendored();
    again["tags"] = json!([]);
    for (page, why) in [
        (
            "# A\n\n```json\n{\n  \"openapi\": \"3.0.3\",\n  \"openapi\": \"3.0.3\"\n}\n```\n".to_owned(),
            "page.md:6:11: not JSON: the key \"openapi\" is there twice",
        ),
        (String::new(), "page.md: no OpenAPI document in it: expected a fenced block with one"),
        (
            "# Only text\n\n`{\"openapi\":1}`\n".to_owned(),
            "page.md: no OpenAPI document in it: expected a fenced block with one",
        ),
        (of(json!({ "success": true })), "page.md: no OpenAPI document in it: expected a fenced block with one"),
        (
            format!("a\n\n```json\n{}\n```\n", &json[..json.len() - 1]),
            "page.md:5:0: not JSON: EOF while parsing an object",
        ),
        (
            "```jsonc\n{ // a comment\n \"openapi\": \"3.0.3\" }\n```\n".to_owned(),
            "page.md:2:3: not JSON: key must be a string",
        ),
        (without("openapi"), "page.md: an OpenAPI document without \"openapi\""),
        (without("info"), "page.md: an OpenAPI document without \"info\""),
        (without("paths"), "page.md: an OpenAPI document without \"paths\""),
        (
            format!("```json\n{json}\n```\n\n```json\n{again}\n```\n"),
            "page.md:2 and page.md:6: /paths/~1openapi~1personalTagMapping~1delete/post: the operation is in both documents",
        ),
        (
            format!("```json\n{json}\n```\n\n```json\n{differing}\n```\n"),
            "page.md:2 and page.md:6: /security: it differs",
        ),
        ("{\"a\": 1}".to_owned(), "page.md: JSON, but no OpenAPI document"),
        ("{\"openapi\": ".to_owned(), "page.md:1:12: not JSON: EOF while parsing a value"),
    ] {
        assert_eq!(error(&page), why);
    }
}

/// A version that the generator does not read can be compared all the same; only vendoring it is refused.
#[test]
fn other_versions_are_found() {
    for document in [json!({ "openapi": "3.1.0", "info": {}, "paths": {} }), json!({ "swagger": "2.0", "info": {} })] {
        assert_eq!(found(&format!("```json\n{document}\n```\n")), document);
        assert_eq!(found(&document.to_string()), document);
    }
}

/// JSON with a member of such a name is an example of something else.
#[test]
fn what_only_looks_like_a_document() {
    let page = format!(
        "{{% hint style=\"info\" %}}\nText\n{{% endhint %}}\n\n```json\n{}\n```\n\n```json\n{}\n```\n\n<details>\n<summary>a</summary>\n```json\n{}\n```\n</details>\n",
        json!({ "name": "t", "language": "en", "components": [{ "type": "body" }] }),
        json!({ "paths": { "a": {} } }),
        line()
    );
    assert_eq!(found(&page), vendored());
}
