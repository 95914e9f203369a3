//! Finds the OpenAPI document in a documentation page.
//!
//! A page is Markdown, and has its document in fenced code blocks: one complete document, or several parts of one. What
//! a block is tells its content, not its heading or its language.

use std::error::Error;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use serde_json::Value;

use crate::generator::{self, Document};

/// The members by which a JSON object is known as OpenAPI, or a part of it.
const MARKS: [&str; 4] = ["openapi", "swagger", "paths", "components"];

/// What every part of a document needs, and may leave to another part of the same page.
const SHARED: [&str; 4] = ["openapi", "info", "servers", "security"];

/// The document of a page, or of a plain JSON file. `name` says where the text is from, for messages.
///
/// # Errors
/// One line if there is no document in it, or one that cannot be read.
pub fn document(name: &str, text: &str) -> Result<Value, Box<dyn Error>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut parts = if text.trim_start().starts_with('{') {
        vec![(name.to_owned(), plain(name, text)?)]
    } else {
        parts(name, text)?
    };
    if parts.is_empty() {
        return Err(format!("{name}: no OpenAPI document in it: expected a fenced block with one").into());
    }
    for member in SHARED {
        let Some(value) = parts.iter().find_map(|(_, part)| part.get(member)).cloned() else { continue };
        for (_, part) in &mut parts {
            if part.get(member).is_none() {
                part[member] = value.clone();
            }
        }
    }
    for member in ["openapi", "info", "paths"] {
        if parts.iter().all(|(_, part)| part.get(member).is_none())
            && parts.iter().all(|(_, part)| part.get("swagger").is_none())
        {
            return Err(format!("{name}: an OpenAPI document without \"{member}\"").into());
        }
    }
    let parts: Vec<_> = parts.into_iter().map(|(file, part)| Document { file, text: part.to_string() }).collect();
    Ok(generator::unite(&parts)?)
}

fn plain(name: &str, text: &str) -> Result<Value, Box<dyn Error>> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("{name}: not JSON: {error}"))?;
    if is_openapi(&value) { Ok(value) } else { Err(format!("{name}: JSON, but no OpenAPI document").into()) }
}

fn is_openapi(value: &Value) -> bool {
    MARKS.iter().any(|mark| value.get(mark).is_some())
}

/// The blocks of a page that are OpenAPI, each with its place.
fn parts(name: &str, text: &str) -> Result<Vec<(String, Value)>, Box<dyn Error>> {
    let mut parts = Vec::new();
    for (line, block) in blocks(text) {
        let place = format!("{name}:{line}");
        match serde_json::from_str::<Value>(&block) {
            Ok(value) if is_openapi(&value) => parts.push((place, value)),
            Err(error) if looks_like_openapi(&block) => {
                return Err(format!("{place}: a block that looks like OpenAPI and is not JSON: {error}").into());
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(parts)
}

/// Whether a block that is not JSON was meant as a document: then it is not to be passed over.
fn looks_like_openapi(block: &str) -> bool {
    block.trim_start().starts_with('{') && MARKS.iter().any(|mark| block.contains(&format!("\"{mark}\"")))
}

/// The code blocks of a page, each with the line on which its content begins.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented)) => {
                block = Some((0, String::new()));
            }
            Event::Text(part) => {
                if let Some((line, content)) = &mut block {
                    if *line == 0 {
                        *line = text[..range.start].matches('\n').count() + 1;
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
