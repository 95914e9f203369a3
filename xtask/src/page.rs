//! Finds the OpenAPI document in a documentation page.
//!
//! A page is Markdown, and has its document in fenced code blocks: one complete document, or several parts of one. A
//! block is recognized by its content, not by its heading or its language.

use std::error::Error;

use serde_json::Value;

use crate::generator::{self, Document, json};

/// The members of which a block that is not JSON has one, if it was meant as a document.
const MARKS: [&str; 4] = ["openapi", "swagger", "paths", "components"];

/// What every part of a document needs, and may leave to another part of the same page.
const SHARED: [&str; 4] = ["openapi", "info", "servers", "security"];

/// The document of a page, or of a plain JSON file. `name` says where the text is from, for messages.
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
    let has = |member: &str| parts.iter().any(|(_, part)| part.get(member).is_some());
    if let Some(member) = ["openapi", "info", "paths"].into_iter().find(|member| !has(member) && !has("swagger")) {
        return Err(format!("{name}: an OpenAPI document without \"{member}\"").into());
    }
    if let [(_, document)] = &parts[..] {
        // Whether the generator can read it is for those who vendor it: to compare, it need not.
        return Ok(document.clone());
    }
    for member in SHARED {
        let Some(value) = parts.iter().find_map(|(_, part)| part.get(member)).cloned() else { continue };
        for (_, part) in parts.iter_mut().filter(|(_, part)| part.get(member).is_none()) {
            part[member] = value.clone();
        }
    }
    let parts: Vec<_> = parts.into_iter().map(|(file, part)| Document { file, text: part.to_string() }).collect();
    Ok(generator::unite(&parts)?)
}

/// Whether a JSON value is a document or a part of one, and not some other object with a member of that name.
fn is_openapi(value: &Value) -> bool {
    let is_paths =
        |paths: &Value| paths.as_object().is_some_and(|paths| paths.keys().all(|path| path.starts_with('/')));
    let has = |member: &str| value.get(member).is_some();
    has("openapi") || has("swagger") || value.get("paths").is_some_and(is_paths) || value["components"].is_object()
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

/// The fenced code blocks of a page, each with the line on which its content begins: in a list, a quote or HTML too.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let words = line.trim_start_matches([' ', '\t', '>', '-', '*']);
        let fence = fence(words);
        open = match open {
            None if fence.len() >= 3 => Some((fence, number + 1, String::new())),
            Some((opened, start, block)) if fence.starts_with(opened) && words.trim_end() == fence => {
                blocks.push((start, block));
                None
            }
            Some((opened, start, block)) => {
                let content = line.strip_prefix('>').unwrap_or(line);
                Some((opened, start, block + content + "\n"))
            }
            None => None,
        };
    }
    blocks.extend(open.map(|(_, start, block)| (start, block)));
    blocks
}

/// The backticks or tildes with which a line begins.
fn fence(line: &str) -> &str {
    let rest = match line.chars().next() {
        Some(mark @ ('`' | '~')) => line.trim_start_matches(mark),
        _ => line,
    };
    &line[..line.len() - rest.len()]
}
