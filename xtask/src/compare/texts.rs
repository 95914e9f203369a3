//! Compares descriptions, and finds conditions in the descriptions of new parts.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::flat::{Flat, Form};
use super::{Comparison, Kind, Sides, Way, prose};
use crate::finding::Level;
use crate::generator::model::{Json, Operation, Place, Schema, Shape, TypeName};

impl<'a> Comparison<'a> {
    /// Compares the texts at a keyword of their owners.
    pub fn text(
        &mut self,
        keyword: &str,
        (old, old_owner): (&str, &Place),
        (new, new_owner): (&str, &Place),
        way: Way,
    ) {
        if old == new {
            return;
        }
        let is_about_identification = [old, new].into_iter().any(|text| self.is_about_identification(text));
        let texts = [old, new].map(str::to_owned);
        let kind = if is_about_identification { Kind::IdentificationProse(texts) } else { Kind::Prose(texts) };
        self.within(Sides::both(old_owner, new_owner), |this| {
            this.report(kind, way, &old_owner.member(keyword), &new_owner.member(keyword));
        });
    }

    fn is_about_identification(&self, text: &str) -> bool {
        let is_platform = |word| word == "platform";
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        prose::is_about_identification(text) || (self.scope.identifies_client && words.any(is_platform))
    }

    /// Finds conditions in the description of a new part.
    pub fn new_description(&mut self, text: &str, owner: &Place, way: Way) {
        self.within(Sides::of(None, Some(owner)), |this| this.new_text(text, &owner.member("description"), way));
    }

    pub fn new_text(&mut self, text: &str, place: &Place, way: Way) {
        if text.is_empty() || self.read.contains(text) {
            return;
        }
        // A new operation's prose changes no existing identification rule.
        let is_about_identification = !self.scope.is_new_operation && self.is_about_identification(text);
        let texts = [String::new(), text.to_owned()];
        let kind = if is_about_identification { Kind::IdentificationProse(texts) } else { Kind::Prose(texts) };
        if kind.judge(way).level >= Level::Rule {
            self.report(kind, way, None, place);
        }
    }

    pub fn new_operation(&mut self, operation: &'a Operation) {
        self.scope.is_new_operation = true;
        self.new_text(&operation.summary, &operation.place.member("summary"), Way::Request);
        self.new_description(&operation.description, &operation.place, Way::Request);
        for parameter in &operation.parameters {
            self.new_part(parameter.into(), Way::Parameter);
        }
        if let Some(body) = &operation.body {
            self.new_part(body.into(), Way::Request);
        }
    }

    /// Finds conditions in the descriptions of a new schema and the schemas inside.
    pub fn new_schema(&mut self, schema: &Flat<'a>, way: Way) {
        let mut seen: BTreeSet<&TypeName> = BTreeSet::new();
        let mut ahead = vec![schema.clone()];
        while let Some(flat) = ahead.pop() {
            self.new_description(flat.description, flat.described, way);
            let inner: Vec<&Schema> = match flat.form {
                Form::Object(name) if seen.insert(name) => self.new.types[name].schemas().collect(),
                Form::Other(Shape::Map(inner) | Shape::Array(inner)) => vec![&**inner],
                Form::Other(Shape::Json(Json::Unmodelled(unmodelled))) => {
                    for (place, text) in &unmodelled.descriptions {
                        self.new_text(text, place, way);
                    }
                    ahead.extend(unmodelled.references.iter().filter_map(|name| Flat::of_type(self.new, name)));
                    Vec::new()
                }
                Form::Object(_) | Form::Enum(..) | Form::Other(_) => Vec::new(),
            };
            ahead.extend(
                inner.into_iter().map(|schema| Flat::of(self.new, schema)).filter(|inner| !inner.is_hidden(way)),
            );
        }
    }
}

/// All descriptions and summaries in the documents.
pub fn texts<'v>(documents: impl IntoIterator<Item = &'v Value>) -> BTreeSet<&'v str> {
    let mut texts = BTreeSet::new();
    let mut ahead: Vec<_> = documents.into_iter().collect();
    while let Some(value) = ahead.pop() {
        texts.extend([&value["description"], &value["summary"]].into_iter().filter_map(Value::as_str));
        ahead.extend(value.as_object().into_iter().flat_map(Map::values));
        ahead.extend(value.as_array().into_iter().flatten());
    }
    texts
}
