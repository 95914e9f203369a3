//! Finds the OpenAPI document of a documentation page.
//!
//! A page is Markdown with its document in fenced code blocks: one complete document, or several parts of one. A block is
//! recognized by its content, not by its heading or language. The project doesn't control the pages, so the search takes
//! linear time.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::Outcome;
use crate::generator::model::Method;
use crate::generator::{self, json};

/// A document, or part of one, has at least one of these members.
const MARKS: [&str; 3] = ["openapi", "swagger", "paths"];

/// Members that every part of a document needs, and may leave to another part on the same page.
const SHARED: [&str; 4] = ["openapi", "info", "servers", "security"];

/// The most bytes of shared members to copy to other parts: the limit for a page.
const LONGEST_SHARED: usize = 8 * 1024 * 1024;

/// The document of a page, or of a plain JSON file. `name` is the place of the text, for messages.
pub fn document(name: &str, text: &str) -> Outcome<Value> {
    let missing = || format!("{name}: no OpenAPI document: expected a fenced block with one, in JSON");
    Ok(find(name, text)?.ok_or_else(missing)?)
}

/// The document of a page, if the page has one. A document in an unsupported form is an error.
pub fn find(name: &str, text: &str) -> Outcome<Option<Value>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut parts = match json::parse(name, text) {
        Ok(value) if is_openapi(&value) => vec![(name.to_owned(), value)],
        Ok(_) => return Err(format!("{name}: JSON, but no OpenAPI document").into()),
        Err(error) if begins_like_openapi(text) => return Err(error.into()),
        Err(_) => parts(name, text)?,
    };
    if parts.is_empty() {
        return Ok(None);
    }
    for (place, part) in &parts {
        generator::check_names(place, part)?;
    }
    let has = |member: &str| parts.iter().any(|(_, part)| part.get(member).is_some());
    if let Some(member) = ["openapi", "info", "paths"].into_iter().find(|member| !has(member) && !has("swagger")) {
        return Err(format!("{name}: an OpenAPI document without \"{member}\"").into());
    }
    if let [(_, document)] = &parts[..] {
        // A document can be compared even if the generator refuses it.
        return Ok(Some(document.clone()));
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
    Ok(Some(unite(&parts)?))
}

/// Unites the parts of a document from several blocks.
fn unite(parts: &[(String, Value)]) -> Outcome<Value> {
    let mut document = Value::Object(Map::new());
    for (name, part) in parts {
        add(&mut document, part, &[]).map_err(|(pointer, message)| {
            let first = parts.iter().find(|(_, part)| part.pointer(&pointer).is_some());
            let first_name = first.map(|(name, _)| name.as_str()).unwrap_or_default();
            format!("{first_name} and {name}: {pointer}: {message}")
        })?;
    }
    Ok(document)
}

/// Adds members to an object at a path of keys. A conflict is an error with its pointer and message.
fn add(object: &mut Value, added: &Value, path: &[&str]) -> Result<(), (String, &'static str)> {
    for (key, member) in added.as_object().into_iter().flatten() {
        let path: Vec<_> = path.iter().copied().chain([key.as_str()]).collect();
        let Some(known) = object.get_mut(key) else {
            object[key] = member.clone();
            continue;
        };
        let conflict = |message| {
            let steps = path.iter().map(|key| format!("/{}", generator::step(key)));
            Err((steps.collect(), message))
        };
        match (&path[..], known) {
            (["paths" | "components"] | [_, _], known) if known.is_object() && member.is_object() => {
                add(known, member, &path)?;
            }
            (["paths", _, method], _) if Method::ALL.iter().any(|known| known.as_str() == *method) => {
                return conflict("the operation is in both documents");
            }
            (["tags"], Value::Array(tags)) => {
                let others = member.as_array().into_iter().flatten();
                let new: Vec<_> = others.filter(|tag| !tags.contains(tag)).cloned().collect();
                tags.extend(new);
            }
            (["info" | "externalDocs"], _) => {}
            (_, known) if known == member || (path.len() == 1 && key.starts_with("x-")) => {}
            _ => return conflict("it differs"),
        }
    }
    Ok(())
}

/// Whether a JSON value is a document or part of one, rather than an example with a member of the same name.
fn is_openapi(value: &Value) -> bool {
    let is_paths =
        |paths: &Value| paths.as_object().is_some_and(|paths| paths.keys().all(|path| path.starts_with('/')));
    value.get("openapi").is_some() || value.get("swagger").is_some() || value.get("paths").is_some_and(is_paths)
}

/// The blocks of a page that are OpenAPI, each with its place.
fn parts(name: &str, text: &str) -> Outcome<Vec<(String, Value)>> {
    let mut parts: Vec<(String, Value)> = Vec::new();
    let mut known = HashSet::new();
    let Split { blocks, prose } = split(text);
    for (line, block) in blocks {
        match json::parse(name, &block) {
            // A page may repeat a block.
            Ok(value) if is_openapi(&value) => {
                if known.insert(value.clone()) {
                    parts.push((format!("{name}:{line}"), value));
                }
            }
            Ok(_) => {}
            Err(_) if begins_like_openapi(&block) => {
                // Empty lines in front make the error's line number count from the top of the page.
                json::parse(name, &("\n".repeat(line - 1) + &block))?;
            }
            Err(_) => refuse_yaml(name, (line..).zip(block.lines()))?,
        }
    }
    refuse_yaml(name, prose.iter().copied())?;
    refuse_embedded(name, &prose)?;
    Ok(parts)
}

/// Whether a block that isn't valid JSON was meant as a document.
fn begins_like_openapi(block: &str) -> bool {
    let Some(members) = block.trim_start().strip_prefix('{') else { return false };
    let mut lines = members.lines().map(str::trim_start);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with("//")).unwrap_or_default();
    let key = first.split(':').next().unwrap_or_default();
    MARKS.contains(&unquoted(key))
}

/// The key and the value on a line of YAML.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    Some((unquoted(key), value.trim()))
}

/// A key without its quotes, as in JSON, JSON5 or YAML.
fn unquoted(key: &str) -> &str {
    let trimmed = key.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| trimmed.strip_prefix(*quote)?.strip_suffix(*quote));
    unquoted.unwrap_or(trimmed)
}

/// Fails on a document in YAML, recognized by OpenAPI's version or by paths, in front matter or elsewhere.
fn refuse_yaml<'t>(name: &str, lines: impl Iterator<Item = (usize, &'t str)>) -> Outcome<()> {
    let mut is_front_matter = false;
    // The number of the last line, if that was `paths:`.
    let mut paths = None;
    for (number, line) in lines {
        let words = line.trim_start_matches([' ', '\t', '>']).trim_end();
        if words == "---" {
            is_front_matter = number == 1;
            continue;
        }
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        let is_path = words.starts_with(['/', '"', '\'']) && words.trim_start_matches(['"', '\'']).starts_with('/');
        let place = match key_and_value(words) {
            _ if paths.is_some() && is_path => paths,
            Some(("openapi" | "swagger", value)) if is_front_matter || is_version(value) => Some(number),
            _ => None,
        };
        if let Some(place) = place {
            return Err(format!("{name}:{place}: an OpenAPI document in YAML: expected JSON, in a fenced block").into());
        }
        paths = key_and_value(words).filter(|key| *key == ("paths", "")).map(|_| number);
    }
    Ok(())
}

fn is_version(value: &str) -> bool {
    value.trim_start_matches(['"', '\'']).starts_with(|c: char| c.is_ascii_digit())
}

/// Fails on a tag that embeds a document from elsewhere: `{% openapi %}`, `{% swagger %}`, or an HTML tag.
fn refuse_embedded(name: &str, prose: &[(usize, &str)]) -> Outcome<()> {
    // A tag's name may be on the next line.
    let mut is_open = false;
    for (number, line) in prose {
        let lower = line.to_lowercase();
        let mut tags = lower.split("{%").skip(1).chain(lower.split('<').skip(1));
        if tags.any(is_embedding) || (is_open && is_embedding(&lower)) {
            let expected = "expected the document itself, in a fenced block of JSON";
            return Err(format!("{name}:{number}: a tag for a document elsewhere: {expected}").into());
        }
        is_open = line.trim_end().ends_with(['%', '<']);
    }
    Ok(())
}

/// Whether a tag's text, in lower case, begins like a tag that embeds a document.
fn is_embedding(tag: &str) -> bool {
    let name = tag.trim_start_matches([' ', '\t', '-']);
    ["openapi", "swagger", "redoc"].iter().any(|embedding| name.starts_with(embedding))
}

/// A page's fenced code blocks, and all other lines, each with its (first) line number.
struct Split<'t> {
    blocks: Vec<(usize, String)>,
    prose: Vec<(usize, &'t str)>,
}

/// A page's fenced code blocks, each with the line number at which its content begins.
pub fn blocks(text: &str) -> Vec<(usize, String)> {
    split(text).blocks
}

/// Splits a page at its fences, including fences in lists, quotes and HTML.
fn split(text: &str) -> Split<'_> {
    let mut split = Split { blocks: Vec::new(), prose: Vec::new() };
    let mut open: Option<(&str, usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let words = line.trim_start_matches([' ', '\t', '>', '-', '*']);
        let fence = fence(words);
        open = match open {
            // A line with more backticks after the fence is a code span.
            None if fence.len() >= 3 && (fence.starts_with('~') || !words[fence.len()..].contains('`')) => {
                Some((fence, number + 1, String::new()))
            }
            Some((opened, start, block)) if fence.starts_with(opened) && words.trim_end() == fence => {
                split.blocks.push((start, block));
                None
            }
            Some((opened, start, block)) => {
                let content = line.strip_prefix('>').unwrap_or(line);
                Some((opened, start, block + content + "\n"))
            }
            None => {
                split.prose.push((number, line));
                None
            }
        };
    }
    split.blocks.extend(open.map(|(_, start, block)| (start, block)));
    split
}

/// The backticks or tildes with which a line begins.
fn fence(line: &str) -> &str {
    let rest = match line.chars().next() {
        Some(mark @ ('`' | '~')) => line.trim_start_matches(mark),
        _ => line,
    };
    &line[..line.len() - rest.len()]
}
