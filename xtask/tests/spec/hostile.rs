//! Hostile pages: their text is shown as text, and becomes neither code nor Markdown.

use std::fs;
use std::process::Command;

use proptest::prelude::*;
use pulldown_cmark::{BrokenLink, Event, Options, Parser, Tag};
use serde_json::{Value, json};
use syn::visit_mut::VisitMut;
use syn::{Attribute, Expr, Lit};
use xtask::generator::prose::{code, fence, is_hidden, prose, visible};
use xtask::generator::{self, Document, Generated};
use xtask::page;
use xtask::report::{Format, Report};
use xtask::verdict::{self, Page};

use crate::repository;

const VENDORED: &str = include_str!("../documents/page.json");

fn vendored() -> Value {
    serde_json::from_str(VENDORED).unwrap()
}

fn hostile(name: &str) -> String {
    fs::read_to_string(repository().join("xtask/tests/pages/hostile").join(name)).unwrap()
}

/// Texts that could break out of documentation or reports.
const TEXTS: [&str; 44] = [
    "```no_run\ncompile_error!(\"x\");\n```",
    "~~~\ncompile_error!(\"x\");\n~~~",
    "`~~~``no_run\ncompile_error!(\"x\");\n`~~~``",
    "``````rust\ncompile_error!(\"x\");\n``````\n```\nx\n```",
    "- a list\n\n  ```\n  compile_error!(\"x\");\n  ```",
    "> ```\n> compile_error!(\"x\");\n> ```",
    "text\n\n    indented\n\n\tby a tab",
    "- a\n    - b\n        - c\n            - d\n\n                    code?",
    "1. a\n\n       code?\n\n2. b\n        - c",
    "<script>alert(1)</script>",
    "<div>\n\n**bold**\n\n</div>",
    "<!-- since {\"findings\":[]} -->",
    "<https://evil.example> https://evil.example www.evil.example a@evil.example",
    "[here](javascript:alert(1)) [there][x]\n\n[x]: https://evil.example",
    "![x](https://evil.example/x.png)",
    "[Client] [`Client`] [Client](crate::Client) [client::Client]: x",
    "[^1]\n\n[^1]: a footnote",
    "# Heading\n## Heading #\n####### seven",
    "Heading\n===\n\nHeading\n---",
    "***\n\n---\n\n___\n\n- - -",
    "| a | b |\n|---|---|\n| c | d |",
    "a | b\n--- | ---\nc | d",
    "> quoted\n>> twice",
    "**bold** *it* __bold__ _it_ ~~gone~~ ***both***",
    "&lt;b&gt; &#60;b&#62; &amp;lt; &copy;",
    "*/ compile_error!(\"x\"); /*",
    "/* /** nested",
    "\"# ); compile_error!(\"x\"); r#\"",
    "\\\\` \\[a](b) \\\\\\<b> ends in \\",
    "2023. was good\n1986. too\n1) one\n2) two",
    "+ a\n* b\n• c\n- [ ] task\n- [x] done\n-\n+\n*",
    "a\r\nb\rc\u{85}# d\u{2028}# e\u{2029}# f\u{b}# g\u{c}# h",
    "nul \0 bell \u{7} escape \u{1b}[31m delete \u{7f}",
    "right \u{202e}left\u{202c} \u{2066}isolate\u{2069} \u{200f}mark",
    "zero\u{200b}width\u{feff} soft\u{ad}hyphen \u{e0041}tag",
    "@somebody #123 GH-1 owner/repo@abcdef0",
    "::error title=x::y\n::set-output name=a::b\n##[add-path]x",
    "::stop-commands::x",
    "$(touch x) `touch x` ${{ github.token }} %0A::error::x",
    "$x^2$ $$y$$",
    "---\ntitle: front matter\n---",
    "+++\ntitle = 1\n+++",
    ": a definition\n\nterm\n: another",
    "#![allow(x)]\n/// a comment\n//! another\nfn main() {}",
];

type Place = (&'static str, fn(&mut Value, &str));

const OPERATION: &str = "/paths/~1openapi~1personalTagMapping~1delete/post";
const REQUEST: &str = "/components/schemas/PersonalTagMappingRequest";

fn at<'d>(document: &'d mut Value, place: &str) -> &'d mut Value {
    document.pointer_mut(place).unwrap()
}

/// Places for prose in a document.
const PLACES: [Place; 33] = [
    ("the title of the document", |document, text| document["info"]["title"] = json!(text)),
    ("the description of the document", |document, text| document["info"]["description"] = json!(text)),
    ("the license", |document, text| document["info"]["license"] = json!({ "name": text })),
    ("a tag's description", |document, text| {
        document["tags"] = json!([{ "name": "PersonalTags", "description": text }]);
    }),
    ("the external documentation", |document, text| {
        document["externalDocs"] = json!({ "url": "https://a.example", "description": text });
    }),
    ("the server's description", |document, text| document["servers"][0]["description"] = json!(text)),
    ("the security scheme's description", |document, text| {
        document["components"]["securitySchemes"]["bearerAuth"]["description"] = json!(text);
    }),
    ("the operation's description", |document, text| at(document, OPERATION)["description"] = json!(text)),
    ("the operation's summary", |document, text| at(document, OPERATION)["summary"] = json!(text)),
    ("the path's description", |document, text| {
        at(document, "/paths/~1openapi~1personalTagMapping~1delete")["description"] = json!(text);
    }),
    ("a parameter's description", |document, text| {
        at(document, OPERATION)["parameters"][0]["description"] = json!(text);
    }),
    ("a parameter's example", |document, text| at(document, OPERATION)["parameters"][0]["example"] = json!(text)),
    ("a parameter's pattern", |document, text| {
        at(document, OPERATION)["parameters"][0]["schema"]["pattern"] = json!(text);
    }),
    ("the body's description", |document, text| at(document, OPERATION)["requestBody"]["description"] = json!(text)),
    ("a response's description", |document, text| {
        at(document, OPERATION)["responses"]["404"]["description"] = json!(text);
    }),
    ("a shared response's description", |document, text| {
        document["components"]["responses"]["TokenError"]["description"] = json!(text);
    }),
    ("a response's example", |document, text| {
        at(document, OPERATION)["responses"]["200"]["content"]["application/json"]["examples"] =
            json!({ "a": { "value": { text: text } } });
    }),
    ("a schema's description", |document, text| at(document, REQUEST)["description"] = json!(text)),
    ("a schema's title", |document, text| at(document, REQUEST)["title"] = json!(text)),
    ("a schema's example", |document, text| at(document, REQUEST)["example"] = json!({ text: text })),
    ("a property's description", |document, text| {
        at(document, REQUEST)["properties"]["tagId"]["description"] = json!(text);
    }),
    ("a property's default", |document, text| at(document, REQUEST)["properties"]["clientId"]["default"] = json!(text)),
    ("a property's pattern", |document, text| at(document, REQUEST)["properties"]["tagId"]["pattern"] = json!(text)),
    ("a limit that is none", |document, text| {
        at(document, REQUEST)["properties"]["tagId"]["maxWords"] = json!(text.replace(is_hidden, ""));
    }),
    ("an extension", |document, text| at(document, REQUEST)["properties"]["tagId"]["x-note"] = json!({ text: text })),
    ("an enumeration's description", |document, text| {
        at(document, REQUEST)["properties"]["platform"]["description"] = json!(text);
    }),
    ("the description of a property of a response", |document, text| {
        document["components"]["schemas"]["BasicSuccessResponse"]["properties"]["message"]["description"] = json!(text);
    }),
    ("the description of an inner object", |document, text| {
        document["components"]["schemas"]["ErrorResponse"]["properties"]["errResponse"]["description"] = json!(text);
    }),
    ("the description of an inner property", |document, text| {
        document["components"]["schemas"]["ErrorResponse"]["properties"]["errResponse"]["properties"]["botId"]["description"] =
            json!(text);
    }),
    ("the description of a secret", |document, text| {
        at(document, REQUEST)["properties"]["secret"]["description"] = json!(text);
    }),
    ("the description of items", |document, text| {
        at(document, REQUEST)["properties"]["list"] = json!({ "type": "array", "description": text, "items": { "type": "object", "description": text, "properties": { "description": { "type": "string", "description": text } } } });
    }),
    ("the description of an enumeration of its own", |document, text| {
        document["components"]["schemas"]["Kind"] =
            json!({ "type": "string", "enum": ["a", "b"], "description": text });
        at(document, REQUEST)["properties"]["kind"] = json!({ "$ref": "#/components/schemas/Kind" });
    }),
    ("the descriptions of alternatives", |document, text| {
        let variant = |name: &str| json!({ "type": "object", "description": text, "properties": { name: { "type": "string", "description": text } }, "required": [name] });
        document["components"]["schemas"]["Either"] =
            json!({ "oneOf": [variant("a"), variant("b")], "description": text });
        at(document, REQUEST)["properties"]["either"] = json!({ "$ref": "#/components/schemas/Either" });
    }),
];

fn put_everywhere(document: &mut Value, text: &str) {
    for (_, put) in PLACES {
        put(document, text);
    }
}

fn generate(document: &Value) -> Generated {
    let text = document.to_string();
    let text = text.as_str();
    generator::generate(&[Document { file: "page".to_owned(), text: text.to_owned() }])
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Removes and collects the documentation in code.
#[derive(Default)]
struct Documentation(Vec<String>);

impl VisitMut for Documentation {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        let mut lines = Vec::new();
        attributes.retain(|attribute| {
            let text = attribute.meta.require_name_value().ok().filter(|_| attribute.path().is_ident("doc"));
            let Some(Expr::Lit(literal)) = text.map(|text| &text.value) else { return true };
            let Lit::Str(text) = &literal.lit else { return true };
            lines.push(text.value());
            false
        });
        // rustdoc strips the space after `///`, too.
        let line = |line: &String| line.strip_prefix(' ').unwrap_or(line).to_owned();
        self.0.extend((!lines.is_empty()).then(|| lines.iter().map(line).collect::<Vec<_>>().join("\n")));
    }
}

/// A client's code without documentation, and the documentation in order, both read from the text that is compiled.
fn taken_apart(generated: &Generated) -> (String, Vec<String>) {
    let (mut code, mut documentation) = (String::new(), Documentation::default());
    for (_, text) in generated.files() {
        let mut file = syn::parse_file(&text).unwrap();
        documentation.visit_file_mut(&mut file);
        code += &prettyplease::unparse(&file);
    }
    (code, documentation.0)
}

/// Everything in a text that Markdown renders as more than paragraphs, lists and text.
fn marks(markdown: &str, options: Options) -> Vec<String> {
    let mut broken = Vec::new();
    let mut marks = Vec::new();
    let mut callback = |link: BrokenLink| {
        broken.push(format!("a link to {}", link.reference));
        None
    };
    let mut block = None;
    for event in Parser::new_with_broken_link_callback(markdown, options, Some(&mut callback)) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => block = Some(format!("{kind:?}")),
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => marks.extend(block.take()),
            Event::Text(text) => block.iter_mut().for_each(|block| *block += &text),
            Event::Start(Tag::Paragraph | Tag::List(_) | Tag::Item) | Event::End(_) | Event::SoftBreak => {}
            Event::Code(text) => marks.push(format!("`{text}`")),
            other => marks.push(format!("{other:?}")),
        }
    }
    marks.extend(broken);
    marks
}

fn of_rustdoc() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_SMART_PUNCTUATION
}

/// Whether a mark is expected: constraints and invisible characters are shown as code.
fn is_shown(mark: &str) -> bool {
    mark.starts_with("`U+") || mark.starts_with("`\"") || ["`pattern`", "`maxWords`"].contains(&mark)
}

/// Prose changes neither the code nor the markup in its documentation.
#[test]
fn prose_becomes_text() {
    let mut everywhere = vendored();
    put_everywhere(&mut everywhere, "text");
    let plain = generate(&everywhere);
    let (code, documentation) = taken_apart(&plain);
    let expected: Vec<_> = documentation.iter().map(|text| marks(text, of_rustdoc())).collect();
    let mut all = Vec::new();
    for text in TEXTS {
        let mut document = vendored();
        put_everywhere(&mut document, text);
        // The title names a type.
        at(&mut document, REQUEST)["title"] = everywhere.pointer(REQUEST).unwrap()["title"].clone();
        let generated = generate(&document);
        let (same, documentation) = taken_apart(&generated);
        assert_eq!(same, code, "{text:?}");
        assert_eq!(generated.examples, plain.examples, "{text:?}");
        for (found, expected) in documentation.iter().zip(&expected) {
            let marks: Vec<_> = marks(found, of_rustdoc()).into_iter().filter(|mark| !is_shown(mark)).collect();
            let expected: Vec<_> = expected.iter().filter(|mark| !is_shown(mark)).cloned().collect();
            assert_eq!(marks, expected, "{text:?}: {found}");
        }
        all.extend(documentation);
    }
    rustdoc_takes(&all);
}

/// A title also names types.
#[test]
fn titles_become_text() {
    let own: Vec<_> = taken_apart(&generate(&vendored())).1.iter().flat_map(|text| marks(text, of_rustdoc())).collect();
    for text in TEXTS {
        let mut document = vendored();
        for (name, put) in PLACES {
            if name.contains("title") {
                put(&mut document, text);
            }
        }
        let variant = |name: &str| json!({ "type": "object", "title": format!("{name}\n{text}"), "properties": { name: { "type": "string" } }, "required": [name] });
        document["components"]["schemas"]["Either"] = json!({ "oneOf": [variant("a"), variant("b")] });
        at(&mut document, REQUEST)["properties"]["either"] = json!({ "$ref": "#/components/schemas/Either" });
        let documents = [Document { file: "page".to_owned(), text: document.to_string() }];
        // A title that cannot become a name is refused.
        let Ok(generated) = generator::generate(&documents) else { continue };
        for found in taken_apart(&generated).1 {
            let marks = marks(&found, of_rustdoc());
            let is_own = |mark: &String| {
                own.contains(mark)
                    || is_shown(mark)
                    || mark.starts_with('`')
                    || mark.contains("Heading {")
                    || mark.contains("Link {")
                    || mark.starts_with("Fenced(Borrowed(\"no_run\"))async fn example(\n")
            };
            assert!(
                marks.iter().all(is_own) && !found.contains("compile_error!(\"x\");\n"),
                "{text:?}: {found} {marks:?}"
            );
        }
    }
}

/// Asserts that rustdoc has no warning about the documentation. Lints on links are off, because their targets aren't here.
fn rustdoc_takes(documentation: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    let items =
        documentation.iter().enumerate().map(|(number, text)| format!("#[doc = {text:?}]\npub struct D{number};\n"));
    let library = format!("//! A client.\n{}", items.collect::<String>());
    fs::write(folder.path().join("lib.rs"), library).unwrap();
    let output = Command::new(std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into()))
        .args(["lib.rs", "--edition=2024", "--crate-type=lib", "-Dwarnings", "-Drustdoc::all"])
        .args(["-Arustdoc::broken_intra_doc_links", "-Aunknown_lints"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn lists_and_paragraphs_still_read_well() {
    for (text, expected) in [
        ("One.\nTwo.\n\n\nThree.", "One.\nTwo.\n\nThree."),
        ("  Rules:\n- Either 'a' OR\n  both\n- c\n", "Rules:\n- Either 'a' OR both\n- c"),
        ("* a\n  * b\n    * c\n  * d\n* e\n\nEnd", "- a\n    - b\n        - c\n    - d\n- e\n\nEnd"),
        ("Steps:\n1) a\n2) b\n   - c\n3) d", "Steps:\n1. a\n2. b\n    - c\n3. d"),
        ("2023. was good", "2023\\. was good"),
        ("bot_id and _id, a*b", "bot_id and \\_id, a\\*b"),
        ("See https://a.example/b_c", "See https\\://a.example/b_c"),
        ("a \u{202e}b", "a `U+202E`b"),
        ("a\u{a0}b\tc  d", "a b c d"),
        ("", ""),
    ] {
        assert_eq!(prose(text), expected);
    }
}

/// Hostile pages from files.
#[test]
fn hostile_pages_become_text() {
    for name in ["description-fence.md", "html.md"] {
        let document = page::document(name, &hostile(name)).unwrap();
        let generated = generate(&document);
        let mut plain = document.clone();
        at(&mut plain, OPERATION)["description"] = json!("text");
        assert_eq!(taken_apart(&generated).0, taken_apart(&generate(&plain)).0);
        assert_eq!(generated.examples, generate(&plain).examples);
        let all = |generated: &Generated| {
            taken_apart(generated).1.iter().flat_map(|text| marks(text, of_rustdoc())).collect::<Vec<_>>()
        };
        assert_eq!(all(&generated), all(&generate(&plain)));
    }
    let name = "expected a name without control, line-break or bidirectional characters";
    for (page, why) in [
        (
            "schema-name.md",
            "schema-name.md:8: /components/schemas: \"x\\n```\\n@somebody please merge\\n::error title=x::a workflow command\\n```text\\n\": ".to_owned() + name,
        ),
        (
            "status-key.md",
            format!("status-key.md:8: {OPERATION}/responses: \"404\\n```no_run\\ncompile_error!(\\\"prose reached the compiler\\\");\\n```\\n\": {name}"),
        ),
        (
            "version.md",
            "version.md:8: /info/version: \"0.319.0** @somebody ![x](https://x.invalid/x.png)\\n\\n# Approved\": expected a text without control, line-break or bidirectional characters".to_owned(),
        ),
    ] {
        let error = page::document(page, &hostile(page)).unwrap_err().to_string();
        assert_eq!(error, why);
    }
}

/// Reading the page and building both refuse a hostile name, in any place. The error shows the name as JSON.
#[test]
fn names_are_refused() {
    type Change = fn(&mut Value, &str);
    let places: [(&str, Change); 21] = [
        ("/paths", |document, name| document["paths"][format!("/{name}")] = json!({})),
        ("/components/schemas", |document, name| document["components"]["schemas"][name] = json!({})),
        ("/components/responses", |document, name| document["components"]["responses"][name] = json!({})),
        ("/components/headers", |document, name| document["components"]["headers"] = json!({ name: {} })),
        ("/components/securitySchemes", |document, name| document["components"]["securitySchemes"][name] = json!({})),
        ("/security/0", |document, name| document["security"][0] = json!({ name: [] })),
        ("/info/version", |document, name| document["info"]["version"] = json!(name)),
        ("/openapi", |document, name| document["openapi"] = json!(name)),
        ("/servers/0/url", |document, name| document["servers"][0]["url"] = json!(name)),
        ("/tags/0/name", |document, name| document["tags"][0]["name"] = json!(name)),
        ("OPERATION/tags/0", |document, name| at(document, OPERATION)["tags"][0] = json!(name)),
        ("OPERATION/operationId", |document, name| at(document, OPERATION)["operationId"] = json!(name)),
        ("OPERATION/parameters/0/name", |document, name| {
            at(document, OPERATION)["parameters"][0]["name"] = json!(name);
        }),
        ("OPERATION/requestBody/content", |document, name| {
            at(document, OPERATION)["requestBody"]["content"][name] = json!({});
        }),
        ("REQUEST/properties", |document, name| at(document, REQUEST)["properties"][name] = json!({})),
        ("REQUEST/properties/platform/enum/0", |document, name| {
            at(document, REQUEST)["properties"]["platform"]["enum"][0] = json!(name);
        }),
        ("REQUEST/required/0", |document, name| at(document, REQUEST)["required"][0] = json!(name)),
        ("REQUEST/discriminator/propertyName", |document, name| {
            at(document, REQUEST)["discriminator"] = json!({ "propertyName": name });
        }),
        ("REQUEST/properties/tagId/format", |document, name| {
            at(document, REQUEST)["properties"]["tagId"]["format"] = json!(name);
        }),
        // A property may be named like a member that may contain anything.
        ("REQUEST/properties/example/properties", |document, name| {
            at(document, REQUEST)["properties"]["example"] = json!({ "properties": { name: {} } });
        }),
        ("REQUEST/x-/properties/description/enum/0", |document, name| {
            at(document, REQUEST)["properties"] =
                json!({ "properties": { "properties": { "description": { "enum": [name] } } } });
        }),
    ];
    for (place, put) in places {
        for (name, json) in [
            ("a\nb", r"a\nb"),
            ("a\u{202e}b", r"a\u202eb"),
            ("a\u{200b}b", r"a\u200bb"),
            ("\0", r"\u0000"),
            ("a\u{85}", r"a\u0085"),
        ] {
            let mut document = vendored();
            put(&mut document, name);
            let place = place
                .replace("OPERATION", OPERATION)
                .replace("REQUEST/x-", &format!("{REQUEST}/properties/properties"));
            let place = place.replace("REQUEST", REQUEST);
            let slash = if place == "/paths" { "/" } else { "" };
            for error in [
                page::document("page.md", &document.to_string()).unwrap_err().to_string(),
                generator::generate(&[Document { file: "page.md".to_owned(), text: document.to_string() }])
                    .err()
                    .unwrap()
                    .to_string(),
            ] {
                let expected = format!("page.md: {place}: \"{slash}{json}\": expected a ");
                assert!(error.starts_with(&expected), "{error}\n{expected}");
                assert!(error.ends_with("without control, line-break or bidirectional characters"), "{error}");
            }
        }
    }
}

#[test]
fn hostile_statuses_and_paths_are_refused() {
    let refused =
        |document: &Value| page::document("page.md", &document.to_string()).map_err(|error| error.to_string());
    for status in ["200 ", "20", "2000", "600", "099", "4xx", "6XX", "XXX", "", "Default", "`404`", "４０４"] {
        let mut document = vendored();
        at(&mut document, OPERATION)["responses"][status] = json!({ "description": "x" });
        let expected = format!(
            "page.md: {OPERATION}/responses: {}: expected a status: three digits, 1XX to 5XX, or default",
            json!(status)
        );
        assert_eq!(refused(&document), Err(expected));
    }
    for status in ["100", "204", "599", "1XX", "5XX", "default", "x-note"] {
        let mut document = vendored();
        at(&mut document, OPERATION)["responses"][status] = json!({ "description": "x" });
        assert!(refused(&document).is_ok(), "{status}");
    }
    for path in ["/a`b", "/a b", "/<b>", "/a\"b", "/a|b"] {
        let mut document = vendored();
        document["paths"][path] = json!({});
        let expected = format!("page.md: /paths: {}: expected a path of characters that a URL may have", json!(path));
        assert_eq!(refused(&document), Err(expected));
    }
}

/// Asserts that a report's Markdown has only bold counts, code, and an invisible end.
#[track_caller]
pub fn is_inert(markdown: &str) {
    let (shown, known) = markdown.trim_end().rsplit_once("\n\n").unwrap();
    assert!(known.starts_with("<!-- since {\"findings\":[") && known.lines().count() == 1, "{known}");
    let marks = marks(shown, Options::all());
    let is_own = |mark: &String| {
        mark == "Start(Strong)" || mark.starts_with('`') || mark.starts_with("Fenced(Borrowed(\"text\"))")
    };
    assert!(marks.iter().all(is_own), "{marks:?}\n{markdown}");
    assert_eq!(marks.iter().filter(|mark| mark.starts_with("Fenced")).count(), 1, "{markdown}");
    assert!(!outside_code(shown).contains('@'), "{markdown}");
    assert!(!markdown.contains("##["), "{markdown}");
}

/// Asserts that a changelog has this many headings, all its own, and that a page's text is code.
#[track_caller]
pub fn has_only_headings_and_code(markdown: &str, headings: usize) {
    let marks = marks(markdown, of_rustdoc());
    let (found, others): (Vec<_>, Vec<_>) = marks.iter().partition(|mark| mark.starts_with("Start(Heading"));
    assert_eq!(found.len(), headings, "{markdown}");
    let is_own = |mark: &&String| mark.starts_with('`') || *mark == "a link to Unreleased";
    assert!(others.iter().all(is_own), "{others:?}\n{markdown}");
    assert!(!outside_code(markdown).contains('@'), "{markdown}");
}

fn outside_code(markdown: &str) -> String {
    let mut depth = 0;
    let texts = Parser::new_ext(markdown, Options::all()).filter_map(move |event| match event {
        Event::Start(Tag::CodeBlock(_)) => {
            depth += 1;
            None
        }
        Event::End(pulldown_cmark::TagEnd::CodeBlock) => {
            depth -= 1;
            None
        }
        Event::Text(text) if depth == 0 => Some(text.to_string()),
        _ => None,
    });
    texts.collect()
}

/// In every format.
#[test]
fn reports_show_values_as_json() {
    for text in TEXTS {
        let mut new = vendored();
        put_everywhere(&mut new, text);
        // Names may have any visible character.
        let name: String = text.chars().filter(|c| !is_hidden(*c)).collect();
        at(&mut new, REQUEST)["properties"][&name] = json!({ "type": "string" });
        at(&mut new, REQUEST)["required"].as_array_mut().unwrap().push(json!(name));
        at(&mut new, REQUEST)["properties"]["platform"]["enum"].as_array_mut().unwrap().push(json!(name));
        new["components"]["schemas"][&name] = json!({ "type": "object" });
        new["info"]["version"] = json!(name);
        new["servers"][0]["url"] = json!(name);
        let new = page::document("page.md", &new.to_string()).unwrap();
        let mut pages = [Page { file: "openapi/page.json".to_owned(), old: vendored(), new, ..Page::default() }];
        verdict::judge(&mut pages);
        let mut report = Report::of(&pages);
        report.notes = vec![format!("{name}\n::error::x")];

        is_inert(&report.print(Format::Markdown));
        let text_format = report.print(Format::Text);
        let json_format = report.print(Format::Json);
        for line in text_format.lines().chain(json_format.lines()) {
            assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
            assert!(!line.contains(is_hidden), "{line:?}");
        }
        let read: Value = serde_json::from_str(&json_format).unwrap();
        assert_eq!(read["findings"].as_array().unwrap().len(), report.findings.len());
        for (read, finding) in read["findings"].as_array().unwrap().iter().zip(&report.findings) {
            assert_eq!(read["new"], json!(finding.new), "the escapes are JSON's");
        }
        for line in report.print(Format::Github).lines() {
            let is_command = ["::notice ", "::error ", "::warning "].iter().any(|command| line.starts_with(command));
            assert!(is_command && !line.contains("##["), "{line}");
        }
    }
}

/// A text that is likely to break out of its context.
fn nasty() -> impl Strategy<Value = String> {
    let parts = [
        "`", "```", "~~~", "*", "_", "[", "]", "(", ")", "<", ">", "&", "#", "-", "+", "=", "|", "!", "\\", ":", "/",
        "1.", "2)", "a", "b_c", "é", " ", "  ", "    ", "\t", "\n", "\n\n", "\r", "\u{2028}", "\u{202e}", "\0", "://",
        "•", "<!--", "-->", "[^1]", "]:", "---", "===", "- ", "* ", "> ", "$", "^", "{", "}", "@", "\"",
    ];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..40).prop_map(|parts| parts.concat())
}

/// The words of a text, without markup and separators.
fn words(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_prose(text in nasty()) {
        let shown = prose(&text);
        for documentation in [shown.clone(), format!("- `a`: {shown}"), format!("before\n\n{shown}\n# Responses")] {
            let marks: Vec<_> = marks(&documentation, of_rustdoc()).into_iter().filter(|mark| !mark.starts_with("`U+") && mark != "`a`").collect();
            let own = documentation.starts_with("before").then(|| "Start(Heading { level: H1, id: None, classes: [], attrs: [] })".to_owned());
            prop_assert_eq!(marks, own.into_iter().collect::<Vec<_>>(), "{:?}", documentation);
        }
        let read: String = Parser::new_ext(&shown, of_rustdoc()).filter_map(|event| match event {
            Event::Text(text) => Some(text.to_string()),
            _ => None,
        }).collect();
        // A list's numbers are markers, not words.
        let letters = |text: &str| words(text).replace(|c: char| c.is_ascii_digit(), "");
        prop_assert_eq!(letters(&read), letters(&text));
    }

    #[test]
    fn any_code(text in nasty()) {
        let marks = marks(&format!("before {} after", code(&format!("\"{text}\""))), Options::all());
        prop_assert_eq!(marks, [format!("`{}`", visible(&format!("\"{text}\"")))]);
        let fence = fence(&text, 3);
        let block = format!("{fence}text\n{}\n{fence}\n", visible(&text));
        prop_assert_eq!(Parser::new_ext(&block, Options::all()).filter(|event| matches!(event, Event::Start(_))).count(), 1);
    }
}

/// The work grows with a page's length, however many blocks the page has.
#[test]
fn many_blocks_are_read_in_time() {
    for page in ["```\n```\n".repeat(10_000), "```json\n{\"paths\"\n```\n".repeat(1000), "- > ```\n".repeat(20_000)] {
        let blocks = page::blocks(&page);
        assert!(blocks.len() > 900);
        assert!(blocks.iter().map(|(_, block)| block.len()).sum::<usize>() <= page.len());
    }
    // Pointers are built only when needed: for these members, they would take gigabytes.
    let deep: serde_json::Map<_, _> = (0..20_000).map(|number| (number.to_string(), json!({}))).collect();
    let mut document = vendored();
    document["components"]["schemas"]["x".repeat(1 << 20)] = deep.into();
    assert!(page::document("page.md", &document.to_string()).is_ok());
    // Copies of shared members are limited.
    let first = json!({ "openapi": "3.0.3", "info": { "version": "1" }, "paths": {}, "security": "x".repeat(100_000) });
    let others = (0..200).map(|number| format!("```json\n{}\n```\n", json!({ "paths": { format!("/{number}"): {} } })));
    let page = format!("```json\n{first}\n```\n{}", others.collect::<String>());
    let error = page::document("page.md", &page).unwrap_err().to_string();
    assert_eq!(error, "page.md: \"security\" is too long to be shared by 200 blocks");
}
