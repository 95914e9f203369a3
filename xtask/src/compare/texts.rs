//! Compares descriptions, and finds the conditions in those of new parts.

use std::collections::BTreeSet;

use super::flat::{Flat, Form};
use super::{Comparison, Kind, Way, prose};
use crate::finding::Level;
use crate::generator::model::{Api, Json, Operation, Place, Schema, Shape, TypeName};

impl<'a> Comparison<'a> {
    /// Compares a text at a keyword of its owner.
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
        let is_identification = [old, new].into_iter().any(|text| self.is_about_identification(text));
        let kind = Kind::Prose { old: old.to_owned(), new: new.to_owned(), is_identification };
        self.report(kind, way, &old_owner.member(keyword), &new_owner.member(keyword));
    }

    fn is_about_identification(&self, text: &str) -> bool {
        let is_platform = |word| word == "platform";
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        prose::is_about_identification(text) || (self.scope.identifies_client && words.any(is_platform))
    }

    /// Finds conditions in a description of a new part.
    pub fn new_description(&mut self, text: &str, owner: &Place, way: Way) {
        self.new_text(text, &owner.member("description"), way);
    }

    pub fn new_text(&mut self, text: &str, place: &Place, way: Way) {
        if text.is_empty() || self.read.contains(text) {
            return;
        }
        // All prose of a new operation is about something new.
        let is_identification = !self.scope.is_new_operation && self.is_about_identification(text);
        let kind = Kind::Prose { old: String::new(), new: text.to_owned(), is_identification };
        if kind.judge(way).level >= Level::Rule {
            self.report(kind, way, None, place);
        }
    }

    pub fn new_operation(&mut self, operation: &'a Operation) {
        self.scope.is_new_operation = true;
        self.new_text(&operation.summary, &operation.place.member("summary"), Way::Request);
        self.new_description(&operation.description, &operation.place, Way::Request);
        for parameter in &operation.parameters {
            self.new_description(&parameter.description, &parameter.place, Way::Parameter);
            self.new_schema(&Flat::of(self.new, &parameter.schema), Way::Parameter);
        }
        if let Some(body) = &operation.body {
            self.new_description(&body.description, &body.place, Way::Request);
            self.new_schema(&Flat::of(self.new, &body.schema), Way::Request);
        }
    }

    /// Finds conditions in the descriptions of a new schema and those inside.
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

/// All texts of an API.
pub fn texts(api: &Api) -> BTreeSet<&str> {
    let mut texts = BTreeSet::new();
    let mut schemas: Vec<&Schema> = Vec::new();
    for operation in &api.operations {
        texts.extend([operation.summary.as_str(), &operation.description]);
        texts.extend(operation.parameters.iter().map(|parameter| parameter.description.as_str()));
        texts.extend(operation.body.iter().map(|body| body.description.as_str()));
        schemas.extend(operation.body.iter().map(|body| &body.schema));
        schemas.extend(operation.schemas_beside_body());
    }
    for named in api.types.values() {
        texts.insert(&named.description);
        schemas.extend(named.schemas());
    }
    while let Some(schema) = schemas.pop() {
        texts.insert(&schema.description);
        match &schema.shape {
            Shape::Map(inner) | Shape::Array(inner) => schemas.push(inner),
            Shape::Json(Json::Unmodelled(unmodelled)) => {
                texts.extend(unmodelled.descriptions.iter().map(|(_, text)| text.as_str()));
            }
            _ => {}
        }
    }
    texts
}
