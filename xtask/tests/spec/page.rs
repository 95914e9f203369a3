//! Finding the document of a page by its content. Each error is one line.

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
fn the_document_of_a_page_is_found() {
    let document = found(PUBLISHED);
    assert_eq!(document, vendored());
    // With the published order of its members.
    assert_eq!(format!("{document:#}\n"), VENDORED);
}

#[test]
fn every_kind_of_fence_is_found() {
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
fn a_json_file_is_a_document() {
    assert_eq!(found(&line()), vendored());
    assert_eq!(found(VENDORED), vendored());
    assert_eq!(found(&format!("\u{feff}\n {VENDORED}")), vendored());
}

/// Blocks that are not JSON, or not OpenAPI.
#[test]
fn other_blocks_are_skipped() {
    let page = format!(
        "```\nGET https://a.example/?ask=<question>\n```\n\n```json\n{{\"success\":true,\"paths\":1\n\n```json\n```\n\
         ```yaml\non:\n  paths:\n    - /a\nname: openapi\n```\n\n```json\n[1, 2]\n```\n\n```json\n{{\"success\":true}}\n```\n\n```json\n{}\n```\n\n\
         ```js\nconst openapi = {{}}\n```\n",
        line()
    );
    let page = page.replace(",\"paths\":1\n\n```json\n```", "}\n```");
    assert_eq!(found(&page), vendored());
}

/// Each block is complete, or leaves shared members to another.
#[test]
fn several_blocks_are_one_document() {
    let mut second = vendored();
    second["paths"] = json!({ "/openapi/personalTagMapping": second["paths"]["/openapi/personalTagMapping/delete"] });
    let mut both = vendored();
    both["paths"]["/openapi/personalTagMapping"] = both["paths"]["/openapi/personalTagMapping/delete"].clone();

    let mut bare = json!({ "paths": second["paths"] });
    let schemas = json!({ "openapi": "3.0.3", "components": vendored()["components"] });
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
fn an_unusable_page_is_an_error() {
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
    let mut unlike = vendored();
    unlike["paths"]["/openapi/personalTagMapping/delete"] = json!(5);
    for (page, why) in [
        (
            format!("```json\n{unlike}\n```\n\n```json\n{json}\n```\n"),
            "page.md:2 and page.md:6: /paths/~1openapi~1personalTagMapping~1delete: it differs",
        ),
        (
            "# A\n\n```json\n{\n  \"openapi\": \"3.0.3\",\n  \"openapi\": \"3.0.3\"\n}\n```\n".to_owned(),
            "page.md:6:11: not JSON: the key \"openapi\" is there twice",
        ),
        (String::new(), "page.md: no OpenAPI document: expected a fenced block with one, in JSON"),
        (
            "# Only text\n\n`{\"openapi\":1}`\n".to_owned(),
            "page.md: no OpenAPI document: expected a fenced block with one, in JSON",
        ),
        (of(json!({ "success": true })), "page.md: no OpenAPI document: expected a fenced block with one, in JSON"),
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

/// Versions that the generator does not support can be compared, but not vendored.
#[test]
fn documents_of_other_versions_are_found() {
    for document in [json!({ "openapi": "3.1.0", "info": {}, "paths": {} }), json!({ "swagger": "2.0", "info": {} })] {
        assert_eq!(found(&format!("```json\n{document}\n```\n")), document);
        assert_eq!(found(&document.to_string()), document);
    }
}

/// Three backticks with others on their line are a code span, as in CommonMark.
#[test]
fn a_code_span_is_not_a_fence() {
    let two = found(include_str!("../pages/span-two-ops.md"));
    assert_eq!(two["paths"].as_object().unwrap().keys().collect::<Vec<_>>(), ["/openapi/a", "/openapi/b"]);
    let json = line();
    for span in ["```POST /a``` creates.", "```a`", "````a```` b", "> ```a``` b", "- ``` a ``` `b`"] {
        assert_eq!(found(&format!("{span}\n\n```json\n{json}\n```\n")), vendored(), "{span}");
    }
    // With tildes, backticks may follow.
    assert_eq!(found(&format!("~~~ `a`\n{json}\n~~~\n")), vendored());
}

/// A block that is not JSON is skipped, unless it begins like a document.
#[test]
fn a_block_that_is_not_json_is_skipped() {
    let example = found(include_str!("../pages/whatsapp-example.md"));
    assert_eq!(example["paths"].as_object().unwrap().len(), 1);
    let json = line();
    for other in [
        "{ \"components\": [ ... ] }",
        "{\n  // a template\n  \"name\": \"openapi\", \"paths\": [ ... ]\n}",
        "{ \"info\": ... , \"openapi\": 1",
        "{ ... }",
        "{",
        "[\"openapi\"",
    ] {
        assert_eq!(found(&format!("```json\n{other}\n```\n\n```json\n{json}\n```\n")), vendored(), "{other}");
    }
    for document in ["{\"openapi\": ...", " {\n\n \"swagger\" : ...", "{ // it\n\"paths\": {...} }"] {
        let why = error(&format!("```json\n{json}\n```\n\n```json\n{document}\n```\n"));
        assert!(why.starts_with("page.md:") && why.contains(": not JSON: "), "{why}");
    }
    // Components alone are not a document: WhatsApp's templates have some, too.
    let alone = json!({ "components": { "schemas": { "A": { "type": "string" } } } });
    assert_eq!(found(&format!("```json\n{alone}\n```\n\n```json\n{json}\n```\n")), vendored());
}

/// GitBook's newer pages begin with a quoted line about the index.
#[test]
fn the_line_about_the_index_is_skipped() {
    let line = "> For the complete documentation index, see [llms.txt](https://doc.mantago.cc/llms.txt). \
        Markdown versions of documentation pages are available by appending `.md` to page URLs.";
    assert_eq!(found(&format!("{line}\n\n{PUBLISHED}")), vendored());
}

/// JSON with a member like `paths` may be an example of something else.
#[test]
fn json_that_is_not_openapi_is_skipped() {
    let page = format!(
        "{{% hint style=\"info\" %}}\nText\n{{% endhint %}}\n\n```json\n{}\n```\n\n```json\n{}\n```\n\n<details>\n<summary>a</summary>\n```json\n{}\n```\n</details>\n",
        json!({ "name": "t", "language": "en", "components": [{ "type": "body" }] }),
        json!({ "paths": { "a": {} } }),
        line()
    );
    assert_eq!(found(&page), vendored());
}

/// A document that isn't JSON, or isn't on the page, is never taken for prose, even beside one that can be read.
#[test]
fn a_document_in_another_form_is_an_error() {
    let yaml = "an OpenAPI document in YAML: expected JSON, in a fenced block";
    let tag = "a tag for a document elsewhere: expected the document itself, in a fenced block of JSON";
    let json = format!("\n\n```json\n{}\n```\n", line());
    for (text, why) in [
        ("# A\n\n```yaml\nopenapi: 3.0.3\ninfo:\n```", format!("4: {yaml}")),
        ("```yml\ninfo:\n  title: a\nopenapi: \"3.1.0\"\n```", format!("4: {yaml}")),
        ("```\n---\n# A\nswagger: '2.0'\n```", format!("4: {yaml}")),
        ("```yaml\n\"openapi\" : 3.0.3\r\n```", format!("2: {yaml}")),
        ("- a\n\n  ```yaml\n  openapi: 3.0.3\n  ```", format!("4: {yaml}")),
        ("> ```yaml\n> openapi: 3.0.3\n> ```", format!("2: {yaml}")),
        ("```yaml\npaths:\n  /openapi/a:\n    post:\n```", format!("2: {yaml}")),
        ("```yaml\npaths:\n\n  # A\n  \"/openapi/a\":\n```", format!("2: {yaml}")),
        ("```js\nconst document = {\n  openapi: '3.0.3',\n```", format!("3: {yaml}")),
        ("    openapi: 3.0.3\n    paths:\n", format!("1: {yaml}")),
        ("---\nopenapi: post /openapi/a\n---\n\n# A", format!("2: {yaml}")),
        ("# A\n\n{% openapi src=\"a\" %}\n{% endopenapi %}", format!("3: {tag}")),
        ("{%- openapi-operation spec=\"a\" -%}", format!("1: {tag}")),
        ("text {%\topenapi-schemas %}", format!("1: {tag}")),
        ("{%\n  OpenAPI src=\"a\" %}", format!("2: {tag}")),
        ("{% swagger method=\"post\" path=\"/a\" %}", format!("1: {tag}")),
        ("<OpenAPI src=\"a\" />", format!("1: {tag}")),
        ("<div><swagger-ui url=\"a\"></div>", format!("1: {tag}")),
        ("<redoc spec-url='a'></redoc>", format!("1: {tag}")),
    ] {
        assert_eq!(error(text), format!("page.md:{why}"), "{text}");
        assert_eq!(error(&format!("{text}{json}")), format!("page.md:{why}"), "{text}");
    }
    for text in ["```json5\n{ openapi: '3.0.3' }\n```", "```js\n{\n  'paths': {} }\n```"] {
        let why = error(text);
        assert!(why.starts_with("page.md:") && why.contains(": not JSON: key must be a string"), "{why}");
    }
    // A file of YAML.
    let why = error("openapi: 3.0.3\ninfo:\n  title: a\n");
    assert_eq!(why, format!("page.md:1: {yaml}"));
}

#[test]
fn prose_about_openapi_is_prose() {
    for text in [
        "# OpenAPI: 3 steps\n\nopenapi: what is it?\n\nswagger: an older name\n",
        "---\ntitle: a\n---\n\nopenapi: a\n",
        "```yaml\non:\n  push:\n    paths:\n      - /docs/**\n```\n",
        "```\nGET /openapi/a HTTP/1.1\nHost: a.example\n```\n",
        "{% hint style=\"info\" %}\nopenapi\n{% endhint %}\n<details>\n",
        "paths:\n\nand more\n",
        "```html\n{% openapi %} <redoc>\n```\n",
        "",
    ] {
        assert!(page::find("page.md", text).unwrap().is_none(), "{text}");
    }
}

#[test]
fn a_page_of_tags_is_read_in_time() {
    for part in ["{%", "<", "{%\n", "<\n", "paths:\n", "---\n", "openapi:", "> "] {
        let text = part.repeat((1 << 21) / part.len());
        assert!(page::find("page.md", &text).unwrap().is_none(), "{part}");
        let long = part.repeat(1 << 19) + "\n" + &"x".repeat(1 << 20);
        assert!(page::find("page.md", &long).unwrap().is_none(), "{part}");
    }
}
