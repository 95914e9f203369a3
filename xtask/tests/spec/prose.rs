//! Conditions that a document states in prose are found in all parts of requests, and quoted.

use crate::compare;
use serde_json::{Value, json};
use xtask::finding::{Finding, Level};
use xtask::verdict::{self, Page};

const VENDORED: &str = include_str!("../documents/page.json");
const BROADCAST: &str = include_str!("../documents/broadcast.json");

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The findings about a new description of `tagId`.
fn found(description: &str) -> Vec<Finding> {
    let old = parsed(VENDORED);
    let mut new = old.clone();
    new["components"]["schemas"]["PersonalTagMappingRequest"]["properties"]["tagId"]["description"] =
        json!(description);
    compare(&old, &new)
}

const CONDITIONS: &str = include_str!("../cases/sentences/conditions.txt");
const OTHERS: &str = include_str!("../cases/sentences/others.txt");

#[test]
fn conditions_are_rules() {
    for sentence in CONDITIONS.lines() {
        let findings = found(sentence);
        let [finding] = &findings[..] else { panic!("{sentence}: {findings:?}") };
        let meaning = format!("no code checks this: {}", json!(sentence.trim_end_matches('.')));
        assert_eq!(finding.meaning, meaning, "{sentence}");
        assert_eq!((finding.level, finding.id.as_str()), (Level::Rule, "rule-in-prose"), "{sentence}");
    }
}

#[test]
fn values_defaults_formats_and_advice_are_no_rules() {
    for sentence in OTHERS.lines() {
        let findings = found(sentence);
        assert!(findings.iter().all(|finding| finding.level == Level::Metadata), "{sentence}: {findings:?}");
    }
}

/// Only conditions, shortened for a reader.
#[test]
fn conditions_are_quoted() {
    let text =
        "The tag. It is required when there is no message. It is shown\nin blue.\n- At least one of them\n* Green";
    let meaning = "no code checks this: \"It is required when there is no message\", \"At least one of them\"";
    assert_eq!(found(text)[0].meaning, meaning);
    let long = format!("{}. ", "Required if it is so and so ".repeat(40)).repeat(40);
    assert!(found(&long)[0].meaning.len() < 1000);
}

#[test]
fn a_lost_condition_is_a_rule() {
    let mut old = parsed(BROADCAST);
    let new = old.clone();
    old["components"]["schemas"]["BroadcastRequest"]["properties"]["message"]["description"] =
        json!("Required when it is Monday");
    let mut findings = compare(&old, &new);
    assert_eq!(findings.len(), 1);
    assert!(findings.remove(0).meaning.contains("required if intentId is empty"));
    let mut without = new.clone();
    without["components"]["schemas"]["BroadcastRequest"]["description"] = json!("Everything goes");
    let findings = compare(&new, &without);
    assert!(findings[0].meaning.contains("\"Either intentId or message must be provided (cannot both be empty)\""));
    assert_eq!(findings[0].level, Level::Rule);
}

#[test]
fn conditions_on_a_new_page_are_rules_unless_a_vendored_page_states_them() {
    let (vendored, broadcast) = (parsed(VENDORED), parsed(BROADCAST));
    let page =
        |file: &str, old: Value, new: &Value| Page { file: file.to_owned(), old, new: new.clone(), ..Page::default() };
    let mut pages =
        [page("a.json", vendored.clone(), &vendored), page("b.json", Page::nothing(&broadcast), &broadcast)];
    verdict::judge(&mut pages);
    assert!(pages[0].findings.is_empty());
    let found: Vec<_> = pages[1].findings.iter().map(|finding| (finding.level, finding.pointer.as_str())).collect();
    assert_eq!(
        found,
        [
            (Level::Rule, "/components/schemas/BroadcastRequest/description"),
            (Level::Rule, "/components/schemas/BroadcastRequest/properties/fbTag/description"),
            (Level::Rule, "/components/schemas/BroadcastRequest/properties/intentId/description"),
            (Level::Rule, "/components/schemas/BroadcastRequest/properties/message/description"),
            (Level::Additive, "/paths/~1openapi~1broadcast/post"),
        ]
    );
    // Another operation that identifies the client, with the vendored page's wording.
    let mut tags = vendored.clone();
    tags["paths"] = json!({ "/openapi/personalTagMapping": vendored["paths"]["/openapi/personalTagMapping/delete"] });
    let mut pages = [page("a.json", vendored.clone(), &vendored), page("b.json", Page::nothing(&tags), &tags)];
    verdict::judge(&mut pages);
    let found: Vec<_> = pages[1].findings.iter().map(|finding| (finding.level, finding.pointer.as_str())).collect();
    assert_eq!(found, [(Level::Additive, "/paths/~1openapi~1personalTagMapping/post")]);
}
