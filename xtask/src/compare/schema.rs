//! Schemas, each in the direction in which it travels: a request may be loosened, a response may not.

use std::cmp::Ordering;

use serde_json::Value;

use super::place::{At, Shape, names};
use super::{Comparison, Level, Side, identifies, switch, value};

/// What an object may have beside its properties.
enum Extra<'a, 'v> {
    Anything,
    Nothing,
    Only(&'a At<'v>),
}

impl<'v> Comparison<'v> {
    /// Compares two schemas, of which one may not be there.
    pub fn schemas(&mut self, old: Side<'_, 'v>, new: Side<'_, 'v>, must: bool) {
        match (old, new) {
            (Some(old), Some(new)) => self.schema(old, new, must),
            _ => self.unknown(old, new),
        }
    }

    /// Compares two schemas. `must` says that a value is always there, so that today's client has no place for a null.
    fn schema(&mut self, old: &At<'v>, new: &At<'v>, must: bool) {
        let (old, new) = (self.old.follow(old), self.new.follow(new));
        self.touch(&old);
        self.touch(&new);
        if !self.seen.insert((old.pointer.clone(), new.pointer.clone(), self.direction, must)) {
            return;
        }
        let (Some(before), Some(after)) = (self.old.shape(&old), self.new.shape(&new)) else {
            return self.unknown(Some(&old), Some(&new));
        };
        if before.kind() != after.kind() {
            self.covered.extend([old.pointer.clone(), new.pointer.clone()]);
            let (was, is) = (before.keywords.get("type").unwrap_or(&old), after.keywords.get("type").unwrap_or(&new));
            return self.directed("property-type-changed", Level::Breaking, Some(was), Some(is), "the type differs");
        }
        self.format(&before, &after);
        self.properties(&before, &after);
        self.required(&before, &after);
        self.extra(&before, &after);
        for key in names(before.keywords.keys().copied(), after.keywords.keys().copied()) {
            let (old, new) = (before.keywords.get(key), after.keywords.get(key));
            match key {
                // Judged above, or what may change the generated code and nothing else.
                "type"
                | "format"
                | "additionalProperties"
                | "title"
                | "default"
                | "example"
                | "externalDocs"
                | "xml"
                | "readOnly"
                | "writeOnly" => {}
                "description" => self.prose(old, new),
                "deprecated" => self.deprecated(old, new),
                "nullable" => self.nullable(old, new, must),
                "enum" => self.enumeration(old, new),
                "items" => self.schemas(old, new, true),
                "oneOf" | "anyOf" | "allOf" => self.variants(key, old, new),
                _ if is_limit(key) => self.limit(key, old, new),
                _ => self.other(key, old, new),
            }
        }
    }

    fn format(&mut self, before: &Shape<'v>, after: &Shape<'v>) {
        let (old, new) = (before.format(), after.format());
        let level = match (old, new) {
            _ if value(old) == value(new) => return,
            // A text of some form is a text.
            (None, Some(_)) if !self.is_request() && before.kind() == "string" => Level::Metadata,
            (Some(_), None) if self.is_request() => Level::Additive,
            _ => Level::Breaking,
        };
        let meaning = match level {
            Level::Breaking => "values of another form are expected, or come",
            _ => "what was right before is right",
        };
        self.directed("property-format-changed", level, old, new, meaning);
    }

    fn nullable(&mut self, old: Side, new: Side, must: bool) {
        match (switch(old), switch(new)) {
            (Some(false), Some(true)) if self.is_request() => {
                self.directed("property-became-nullable", Level::Additive, old, new, "requests may say null");
            }
            (Some(false), Some(true)) if must => {
                let meaning = "today's SDK cannot read a null there";
                self.directed("property-became-nullable", Level::Breaking, old, new, meaning);
            }
            (Some(true), Some(false)) if must && self.is_request() => {
                let meaning = "a request with null is refused";
                self.directed("property-became-not-nullable", Level::Breaking, old, new, meaning);
            }
            (Some(_), Some(_)) => {}
            _ => self.unknown(old, new),
        }
    }

    fn properties(&mut self, before: &Shape<'v>, after: &Shape<'v>) {
        for (name, old) in &before.properties {
            if let Some(new) = after.properties.get(name) {
                // Today's client has a place for a null where it need not be.
                self.schema(old, new, before.required.contains_key(name));
            } else {
                let meaning = format!("code that sets or reads {name} no longer compiles");
                self.directed("property-removed", Level::Breaking, Some(old), None, meaning);
            }
        }
        for (name, new) in after.properties.iter().filter(|(name, _)| !before.properties.contains_key(*name)) {
            let required = after.required.contains_key(name);
            let (id, level, meaning) = match (required, self.is_request()) {
                (true, true) => {
                    ("new-required-property", Level::Breaking, format!("a request without {name} is refused"))
                }
                (true, false) => {
                    let meaning = format!("users' mocks and stored responses have no {name}");
                    ("new-required-property", Level::Breaking, meaning)
                }
                _ if self.variant => {
                    let meaning = format!("with {name} another variant may be meant");
                    ("new-property-of-a-variant", Level::Breaking, meaning)
                }
                (false, true) if identifies(new.value["description"].as_str()) => {
                    let meaning = format!("{name} can be set, and speaks of which client is meant: read it");
                    ("new-identifying-property", Level::Rule, meaning)
                }
                (false, true) => ("new-optional-property", Level::Additive, format!("{name} can be set")),
                (false, false) => ("new-optional-property", Level::Additive, format!("{name} can be read")),
            };
            self.directed(id, level, None, Some(new), meaning);
        }
    }

    /// Which properties are required. Of one that is new or gone, [`properties`](Self::properties) says it.
    fn required(&mut self, before: &Shape<'v>, after: &Shape<'v>) {
        let lists = before.required.iter().chain(&after.required);
        let half =
            lists.filter(|(name, _)| before.properties.contains_key(*name) != after.properties.contains_key(*name));
        self.covered.extend(half.map(|(_, at)| at.pointer.clone()));
        let in_both = |name: &str| before.properties.contains_key(name) == after.properties.contains_key(name);
        for (name, new) in after.required.iter().filter(|(name, _)| !before.required.contains_key(*name)) {
            let is_property = after.properties.contains_key(name);
            if in_both(name) && (self.is_request() || !is_property) {
                let meaning = format!("a request without {name} is refused");
                self.directed("property-became-required", Level::Breaking, None, Some(new), meaning);
            } else if in_both(name) {
                let meaning = format!("{name} is always there");
                self.directed("property-became-required", Level::Additive, None, Some(new), meaning);
            }
        }
        for (name, old) in before.required.iter().filter(|(name, _)| !after.required.contains_key(*name)) {
            if in_both(name) && self.is_request() {
                let meaning = format!("requests may leave out {name}");
                self.directed("property-became-optional", Level::Additive, Some(old), None, meaning);
            } else if in_both(name) {
                let meaning = format!("today's SDK cannot read a response without {name}");
                self.directed("property-became-optional", Level::Breaking, Some(old), None, meaning);
            }
        }
    }

    fn extra(&mut self, before: &Shape<'v>, after: &Shape<'v>) {
        fn extra<'a, 'v>(shape: &'a Shape<'v>) -> Option<Extra<'a, 'v>> {
            match shape.keywords.get("additionalProperties") {
                None => Some(Extra::Anything),
                Some(at) => match at.value {
                    Value::Bool(true) => Some(Extra::Anything),
                    Value::Bool(false) => Some(Extra::Nothing),
                    Value::Object(schema) if schema.is_empty() => Some(Extra::Anything),
                    Value::Object(_) => Some(Extra::Only(at)),
                    _ => None,
                },
            }
        }
        let [old, new] = [before, after].map(|shape| shape.keywords.get("additionalProperties"));
        match (extra(before), extra(after)) {
            (Some(Extra::Only(old)), Some(Extra::Only(new))) => self.schema(old, new, true),
            (Some(Extra::Anything), Some(Extra::Anything)) | (Some(Extra::Nothing), Some(Extra::Nothing)) => {}
            // Of a struct, the client sends its properties and nothing else, and reads no more.
            (Some(Extra::Anything | Extra::Nothing), Some(Extra::Anything | Extra::Nothing))
                if !before.properties.is_empty() => {}
            _ => self.directed("additional-properties-changed", Level::Breaking, old, new, "other members are allowed"),
        }
    }

    fn enumeration(&mut self, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        let (Some(Value::Array(olds)), Some(Value::Array(news))) = (value(old), value(new)) else {
            let loosened = if old.is_none() { !self.is_request() } else { self.is_request() };
            let is_list = [old, new].into_iter().flatten().all(|side| side.value.is_array());
            let level = if loosened && is_list { Level::Additive } else { Level::Breaking };
            return self.directed("enum-changed", level, old, new, "an enumeration of values comes or goes");
        };
        let at = |side: Side<'_, 'v>, value: &'v Value| At {
            pointer: side.map(|side| side.pointer.clone()).unwrap_or_default(),
            value,
        };
        for value in news.iter().filter(|value| !olds.contains(value)) {
            let (level, meaning) = if self.is_request() {
                (Level::Additive, format!("requests may say {value}"))
            } else {
                (Level::Breaking, format!("today's SDK cannot read a response with {value}"))
            };
            self.directed("enum-value-added", level, None, Some(&at(new, value)), meaning);
        }
        for value in olds.iter().filter(|value| !news.contains(value)) {
            let meaning = format!("code that names {value} no longer compiles");
            self.directed("enum-value-removed", Level::Breaking, Some(&at(old, value)), None, meaning);
        }
    }

    fn variants(&mut self, key: &str, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        let (olds, news) = (old.map(At::items).unwrap_or_default(), new.map(At::items).unwrap_or_default());
        if old.is_none() || new.is_none() || olds.len() != news.len() || olds.is_empty() {
            if value(old) != value(new) {
                let id = format!("{}-changed", key.replace("Of", "-of"));
                self.directed(&id, Level::Breaking, old, new, "the variants of the schema differ");
            }
            return;
        }
        let outside = std::mem::replace(&mut self.variant, true);
        for (old, new) in olds.iter().zip(&news) {
            self.schema(old, new, true);
        }
        self.variant = outside;
    }

    /// A limit matters in what is sent: a response that keeps to another one is read all the same.
    fn limit(&mut self, key: &str, old: Side, new: Side) {
        if !self.is_request() || value(old) == value(new) {
            return;
        }
        let (level, meaning) = match tightened(key, value(old), value(new)) {
            Some(Ordering::Greater) => (Level::Breaking, "requests that were right are refused"),
            Some(Ordering::Less) => (Level::Additive, "requests that were refused are right"),
            Some(Ordering::Equal) => return,
            None => (Level::Breaking, "a limit that may refuse requests that were right"),
        };
        self.directed("property-limit-changed", level, old, new, meaning);
    }
}

fn is_limit(key: &str) -> bool {
    ["maximum", "maxLength", "maxItems", "maxProperties"].contains(&key)
        || ["minimum", "minLength", "minItems", "minProperties"].contains(&key)
        || ["exclusiveMaximum", "exclusiveMinimum", "uniqueItems", "pattern", "multipleOf"].contains(&key)
}

/// How strict a limit is next to what it was; `None` where that cannot be told.
fn tightened(key: &str, old: Option<&Value>, new: Option<&Value>) -> Option<Ordering> {
    match key {
        "exclusiveMaximum" | "exclusiveMinimum" | "uniqueItems" => {
            let on = |side: Option<&Value>| side.map_or(Some(false), Value::as_bool);
            Some(on(new)?.cmp(&on(old)?))
        }
        "pattern" | "multipleOf" => new.is_none().then_some(Ordering::Less),
        _ => {
            // Without one, a maximum is without end, and so is a minimum; a length is at least 0.
            let nothing = match key {
                _ if key.starts_with("max") => f64::INFINITY,
                "minimum" => f64::NEG_INFINITY,
                _ => 0.0,
            };
            let number = |side: Option<&Value>| side.map_or(Some(nothing), Value::as_f64);
            let (old, new) = (number(old)?, number(new)?);
            let order = new.partial_cmp(&old)?;
            Some(if key.starts_with("max") { order.reverse() } else { order })
        }
    }
}
