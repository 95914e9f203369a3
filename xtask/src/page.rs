//! Finds the OpenAPI document in a documentation page.
//!
//! A page is Markdown, and has its document in fenced code blocks: one complete document, or several parts of one. A
//! block is recognized by its content, not by its heading or its language.

use std::error::Error;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use serde_json::Value;

use crate::generator::{self, Document, json};

/// The members that a part of a document may have.
const MEMBERS: [&str; 7] = ["info", "servers", "paths", "components", "security", "tags", "externalDocs"];

/// The members of which a block that is not JSON has one, if it was meant as a document.
const MARKS: [&str; 4] = ["openapi", "swagger", "paths", "components"];

/// What every part of a document needs, and may leave to another part of the same page.
const SHARED: [&str; 4] = ["openapi", "info", "servers", "security"];

/// The document of a page, or of a plain JSON file. `name` says where the text is from, for messages.
///
/// # Errors
/// One line if there is no document in it, or one that cannot be read.
pub fn document(name: &str, text: &str) -> Result<Value, Box<dyn Error>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut parts = match json::parse(name, text) {
        Ok(value) if is_openapi(&value) => vec![(name.to_owned(), value)],
        Ok(_) => return Err(format!("{name}: JSON, but no OpenAPI document").into()),
        Err(error) if looks_like_openapi(text) => return Err(error.into()),
        Err(_) => parts(name, text)?,
    };
    if parts.is_empty() {
        return Err(format!("{name}: no OpenAPI document in it: expected a fenced block with one").into());
    }
    if let [(_, document)] = &parts[..] {
        complete(name, &parts)?;
        // Whether the generator can read it is for those who vendor it: to compare, it need not.
        return Ok(document.clone());
    }
    for member in SHARED {
        let Some(value) = parts.iter().find_map(|(_, part)| part.get(member)).cloned() else { continue };
        for (_, part) in &mut parts {
            if part.get(member).is_none() {
                part[member] = value.clone();
            }
        }
    }
    complete(name, &parts)?;
    let parts: Vec<_> = parts.into_iter().map(|(file, part)| Document { file, text: part.to_string() }).collect();
    Ok(generator::unite(&parts)?)
}

/// Checks that the parts have together what a document must have.
fn complete(name: &str, parts: &[(String, Value)]) -> Result<(), Box<dyn Error>> {
    let has = |member: &str| parts.iter().any(|(_, part)| part.get(member).is_some());
    match ["openapi", "info", "paths"].into_iter().find(|member| !has(member) && !has("swagger")) {
        Some(member) => Err(format!("{name}: an OpenAPI document without \"{member}\"").into()),
        None => Ok(()),
    }
}

/// Whether a JSON value is a document or a part of one, and not some other object with a member of that name.
fn is_openapi(value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let paths = |value: &Value| value.as_object().is_some_and(|paths| paths.keys().all(|path| path.starts_with('/')));
    object.contains_key("openapi")
        || object.contains_key("swagger")
        || (object.keys().all(|key| MEMBERS.contains(&key.as_str()) || key.starts_with("x-"))
            && (object.get("paths").is_some_and(paths) || object.get("components").is_some_and(Value::is_object)))
}

/// The blocks of a page that are OpenAPI, each with its place.
fn parts(name: &str, text: &str) -> Result<Vec<(String, Value)>, Box<dyn Error>> {
    let mut parts: Vec<(String, Value)> = Vec::new();
    for (line, block) in blocks(text) {
        // With the lines before it, so that errors count from the page's first line.
        match json::parse(name, &("\n".repeat(line - 1) + &block)) {
            // A page may show one block twice.
            Ok(value) if is_openapi(&value) && !parts.iter().any(|(_, other)| *other == value) => {
                parts.push((format!("{name}:{line}"), value));
            }
            Err(error) if looks_like_openapi(&block) => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(parts)
}

/// Whether a block that is not JSON was meant as a document: then it is not to be passed over.
fn looks_like_openapi(block: &str) -> bool {
    let block = block.trim_start();
    // A page may begin with a template tag.
    block.starts_with('{')
        && !block.starts_with("{%")
        && MARKS.iter().any(|mark| block.contains(&format!("\"{mark}\"")))
}

/// The code blocks of a page, each with the line on which its content begins.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let (text, lines) = with_fences_apart(text);
    let mut blocks = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (event, range) in Parser::new(&text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented)) => {
                block = Some((0, String::new()));
            }
            Event::Text(part) => {
                if let Some((line, content)) = &mut block {
                    if *line == 0 {
                        *line = lines[text[..range.start].matches('\n').count()];
                    }
                    content.push_str(&part);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(block.take()),
            _ => {}
        }
    }
    blocks
}

/// The text with an empty line before each fence that opens, and the number that each line has in the page. After a line
/// of HTML, Markdown takes a fence for more of it.
fn with_fences_apart(text: &str) -> (String, Vec<usize>) {
    let mut apart = String::new();
    let mut numbers = Vec::new();
    let mut open: Option<(char, usize)> = None;
    for (number, line) in text.split('\n').enumerate() {
        let words = line.trim_start();
        let mark = words.chars().next().filter(|c| ['`', '~'].contains(c));
        let run = mark.map_or(0, |mark| words.chars().take_while(|c| *c == mark).count());
        match (open, mark) {
            (None, Some(mark)) if run >= 3 => {
                open = Some((mark, run));
                apart.push('\n');
                numbers.push(number + 1);
            }
            (Some((opened, length)), Some(mark))
                if mark == opened && run >= length && words[run..].trim().is_empty() =>
            {
                open = None;
            }
            _ => {}
        }
        apart.push_str(line);
        apart.push('\n');
        numbers.push(number + 1);
    }
    numbers.push(numbers.len());
    (apart, numbers)
}
