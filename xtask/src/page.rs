//! Finds the OpenAPI document in a documentation page.
//!
//! A page is Markdown, and has its document in fenced code blocks: one complete document, or several parts of one. A
//! block is recognized by its content, not by its heading or its language. Pages are fetched from elsewhere: no step here
//! takes longer than the page is long, and a document with a name that is none goes no further.

use std::collections::HashSet;

use serde_json::Value;

use crate::Outcome;
use crate::generator::{self, json};

/// The members of which a document, or a part of one, has at least one.
const MARKS: [&str; 3] = ["openapi", "swagger", "paths"];

/// What every part of a document needs, and may leave to another part of the same page.
const SHARED: [&str; 4] = ["openapi", "info", "servers", "security"];

/// How much of that is copied to other parts, in bytes: as much as a page may have.
const LONGEST_SHARED: usize = 8 * 1024 * 1024;

/// The document of a page, or of a plain JSON file. `name` says where the text is from, for messages.
pub fn document(name: &str, text: &str) -> Outcome<Value> {
    let text = text.trim_start_matches('\u{feff}');
    let mut parts = match json::parse(name, text) {
        Ok(value) if is_openapi(&value) => vec![(name.to_owned(), value)],
        Ok(_) => return Err(format!("{name}: JSON, but no OpenAPI document").into()),
        Err(error) if begins_like_openapi(text) => return Err(error.into()),
        Err(_) => parts(name, text)?,
    };
    if parts.is_empty() {
        return Err(format!("{name}: no OpenAPI document in it: expected a fenced block with one").into());
    }
    for (place, part) in &parts {
        generator::check_names(place, part)?;
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
        let without: Vec<_> = parts.iter_mut().filter(|(_, part)| part.get(member).is_none()).collect();
        if value.to_string().len().saturating_mul(without.len()) > LONGEST_SHARED {
            return Err(format!("{name}: \"{member}\" is too long to be shared by {} blocks", without.len()).into());
        }
        for (_, part) in without {
            part[member] = value.clone();
        }
    }
    unite(parts)
}

/// The document whose parts are in several blocks.
fn unite(parts: Vec<(String, Value)>) -> Outcome<Value> {
    let mut parts = parts.into_iter();
    let Some((first, mut document)) = parts.next() else { return Ok(Value::Null) };
    for (name, part) in parts {
        for section in ["paths", "components"] {
            let added = part.get(section).cloned().unwrap_or_default();
            add(&mut document[section], added, 2)
                .map_err(|pointer| format!("{first} and {name}: /{section}{pointer}: it differs"))?;
        }
    }
    Ok(document)
}

/// Adds the members of an object to another, so many levels deep. Returns the pointer to a conflict.
fn add(object: &mut Value, added: Value, depth: usize) -> Result<(), String> {
    let Value::Object(members) = added else { return Ok(()) };
    if object.is_null() {
        *object = members.into();
        return Ok(());
    }
    for (key, member) in members {
        let at = |inner: String| format!("/{}{inner}", key.replace('~', "~0").replace('/', "~1"));
        match object.get_mut(&key) {
            None => object[&key] = member,
            Some(known) if *known == member => {}
            Some(known) if depth > 1 => add(known, member, depth - 1).map_err(at)?,
            Some(_) => return Err(at(String::new())),
        }
    }
    Ok(())
}

/// Whether a JSON value is a document or a part of one, and not some other object with a member of that name.
fn is_openapi(value: &Value) -> bool {
    let is_paths =
        |paths: &Value| paths.as_object().is_some_and(|paths| paths.keys().all(|path| path.starts_with('/')));
    value.get("openapi").is_some() || value.get("swagger").is_some() || value.get("paths").is_some_and(is_paths)
}

/// The blocks of a page that are OpenAPI, each with its place.
fn parts(name: &str, text: &str) -> Outcome<Vec<(String, Value)>> {
    let mut parts: Vec<(String, Value)> = Vec::new();
    let mut known = HashSet::new();
    for (line, block) in blocks(text) {
        match json::parse(name, &block) {
            // A page may show one block twice.
            Ok(value) if is_openapi(&value) => {
                if known.insert(value.clone()) {
                    parts.push((format!("{name}:{line}"), value));
                }
            }
            Err(_) if begins_like_openapi(&block) => {
                // With the lines before it, so that the error counts from the page's first line.
                json::parse(name, &("\n".repeat(line - 1) + &block))?;
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(parts)
}

/// Whether a block that is not JSON was meant as a document: then it is not to be passed over.
fn begins_like_openapi(block: &str) -> bool {
    let Some(members) = block.trim_start().strip_prefix('{') else { return false };
    let mut lines = members.lines().map(str::trim_start);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with("//")).unwrap_or_default();
    MARKS.iter().any(|mark| first.starts_with(&format!("\"{mark}\"")))
}

/// The fenced code blocks of a page, each with the line on which its content begins: in a list, a quote or HTML too.
pub fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let words = line.trim_start_matches([' ', '\t', '>', '-', '*']);
        let fence = fence(words);
        open = match open {
            // With more backticks on its line, it is a code span.
            None if fence.len() >= 3 && (fence.starts_with('~') || !words[fence.len()..].contains('`')) => {
                Some((fence, number + 1, String::new()))
            }
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
