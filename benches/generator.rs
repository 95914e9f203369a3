//! The generator on the vendored document, and on documents of 1 to 1,000 operations: rows of a table.
//!
//! `generator OPERATIONS` makes one client of that many and prints nothing: `cargo xtask bench` counts its instructions.

#[allow(dead_code, reason = "the bench uses a part of it")]
#[path = "../build/generator.rs"]
mod generator;

use std::path::Path;
use std::time::{Duration, Instant};

use generator::Document;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let vendored = generator::read(&package)?;
    if let Some(operations) = std::env::args().skip(1).find_map(|argument| argument.parse().ok()) {
        generator::generate(&[many(operations, &vendored[0].text)?])?;
        return Ok(());
    }
    println!("| generator on the vendored document, in ms | {:.0} |", least(&vendored, 9)?.as_secs_f64() * 1000.0);
    let mut last: Option<Duration> = None;
    for operations in [1, 10, 100, 1000] {
        let time = least(&[many(operations, &vendored[0].text)?], if operations < 1000 { 5 } else { 3 })?;
        if let Some(last) = last {
            let ratio = time.as_secs_f64() / last.as_secs_f64();
            println!("| generator on {operations:5} operations to {:4} | {ratio:.1} |", operations / 10);
        }
        last = Some(time);
    }
    Ok(())
}

/// The shortest of some runs.
fn least(documents: &[Document], runs: usize) -> Result<Duration, generator::Error> {
    let mut least = Duration::MAX;
    for _ in 0..runs {
        let start = Instant::now();
        generator::generate(documents)?;
        least = least.min(start.elapsed());
    }
    Ok(least)
}

/// A document with the vendored operation and others like it, each with schemas of its own.
fn many(operations: usize, text: &str) -> serde_json::Result<Document> {
    let mut document: Value = serde_json::from_str(text)?;
    let operation = document["paths"]["/openapi/personalTagMapping/delete"]["post"].clone();
    let request = document["components"]["schemas"]["PersonalTagMappingRequest"].clone();
    let reply = document["components"]["schemas"]["BasicSuccessResponse"].clone();
    for number in 1..operations {
        let mut operation = operation.clone();
        let (request_name, reply_name) = (format!("Request{number}"), format!("Reply{number}"));
        operation["requestBody"]["content"]["application/json"]["schema"] =
            json!({ "$ref": format!("#/components/schemas/{request_name}") });
        operation["responses"]["200"]["content"]["application/json"]["schema"] =
            json!({ "$ref": format!("#/components/schemas/{reply_name}") });
        let mut request = request.clone();
        if let Some(properties) = request["properties"].as_object_mut() {
            // With all three, it would be taken for a copy of the schema that the rule is about.
            properties.remove("clientId");
        }
        document["components"]["schemas"][request_name] = request;
        document["components"]["schemas"][reply_name] = reply.clone();
        document["paths"][format!("/openapi/thing{number}/change")] = json!({ "post": operation });
    }
    Ok(Document { file: "openapi/many.json".to_owned(), text: document.to_string() })
}
