//! Rules that a document states in words alone: no schema has them, so no code checks them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::finding::{Finding, Level};

/// What each says alone that one thing depends on another.
const RELATIONS: &str = "either, neither, mutually, exactly one, at least one, at most one, only one of, not both, cannot both, \
    only if, only when, only for, only with, only in combination, only used, only valid, only applies, only applicable, \
    required for, required with, required in, instead of, together with, at the same time, simultaneously, \
    depends on, depending on, conflicts with";

/// What says so beside an obligation.
const CONDITIONS: &str =
    "if, when, whenever, unless, except, otherwise, in case, both, one of, together, without, while";

const OBLIGATIONS: &str = "required, mandatory, compulsory, obligatory, must, need, needs, needed, necessary, has to, have to, \
    should, cannot, can not, can t, may not, not allowed, not permitted, not supported, forbidden, prohibited, ignored, \
    optional, omit, omitted, only";

/// What a description in a request says that code must follow, if it is new or differs. Of an operation that is new, all
/// prose is about something, so that only conditions count.
pub fn judge(old: &Value, new: &Value, is_of_new_operation: bool) -> Option<Finding> {
    if words(old) == words(new) {
        return None;
    }
    let mut sentences = rules(new);
    if sentences.is_empty() {
        sentences = rules(old);
    }
    let quoted = sentences.iter().map(|sentence| Value::from(&sentence[..]).to_string()).collect::<Vec<_>>().join(", ");
    let identifies = |text: &Value| {
        is_about(text, &["clientid", "client id", "identif"]) || (sentences.is_empty() && is_about(text, &["platform"]))
    };
    let (id, meaning) = if !is_of_new_operation && [old, new].into_iter().any(identifies) {
        let meaning = "it is about which client is meant: read it, and whether src/identity.rs still follows it";
        ("identification-prose-changed", meaning.to_owned())
    } else if sentences.is_empty() {
        return None;
    } else {
        ("rule-in-prose", format!("no code checks what it says: {quoted}"))
    };
    Some(Finding::new(id, Level::Rule, meaning))
}

/// Whether a text has one of these words. Many a thing is called an identifier.
fn is_about(text: &Value, words: &[&str]) -> bool {
    let text = text.as_str().unwrap_or_default().to_lowercase().replace("identifier", "");
    words.iter().any(|word| text.contains(word))
}

/// The first sentences of a text that state a condition: as much of them as a person reads.
fn rules(text: &Value) -> Vec<String> {
    const MOST: usize = 4;
    const LONGEST: usize = 200;
    let text = text.as_str().unwrap_or_default().replace("\n-", "\n\n").replace("\n*", "\n\n");
    let paragraphs = text.split("\n\n").map(|lines| lines.split_whitespace().collect::<Vec<_>>().join(" "));
    let sentences = paragraphs.flat_map(|lines| lines.split(". ").map(str::to_owned).collect::<Vec<_>>());
    let rules = sentences.filter(|sentence| is_rule(sentence)).take(MOST);
    rules.map(|rule| rule.trim_end_matches('.').chars().take(LONGEST).collect()).collect()
}

fn is_rule(sentence: &str) -> bool {
    let words: String = sentence.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words = format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "));
    let has = |phrases: &str| phrases.split(", ").any(|phrase| words.contains(&format!(" {phrase} ")));
    has(RELATIONS) || (has(CONDITIONS) && has(OBLIGATIONS))
}

/// A text without its spaces and the full stop at its end.
fn words(text: &Value) -> Vec<&str> {
    text.as_str().unwrap_or_default().trim().trim_end_matches('.').split_whitespace().collect()
}

/// All descriptions in documents.
pub fn texts<'v>(documents: impl IntoIterator<Item = &'v Value>) -> BTreeSet<&'v str> {
    within(documents).flat_map(|value| [&value["description"], &value["summary"]]).filter_map(Value::as_str).collect()
}

/// Values, and all that is in them.
fn within<'v>(values: impl IntoIterator<Item = &'v Value>) -> impl Iterator<Item = &'v Value> {
    let mut ahead: Vec<_> = values.into_iter().collect();
    std::iter::from_fn(move || {
        let next = ahead.pop()?;
        ahead.extend(next.as_object().into_iter().flat_map(Map::values));
        ahead.extend(next.as_array().into_iter().flatten());
        Some(next)
    })
}
