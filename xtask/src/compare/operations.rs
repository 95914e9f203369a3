//! Compares operations.

use super::flat::{Flat, all};
use super::pairs::by_key;
use super::{Comparison, Kind, Presence, Scope, Sides, Way};
use crate::generator::model::{Body, Facts, Location, Operation, Parameter, Place, Response, Schema, Status};

/// A parameter or body.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    pub description: &'a str,
    pub is_required: bool,
    pub schema: &'a Schema,
    pub facts: &'a Facts,
    pub place: &'a Place,
}

impl<'a> From<&'a Parameter> for Part<'a> {
    fn from(parameter: &'a Parameter) -> Self {
        let Parameter { description, is_required, schema, facts, place, .. } = parameter;
        Self { description, is_required: *is_required, schema, facts, place }
    }
}

impl<'a> From<&'a Body> for Part<'a> {
    fn from(body: &'a Body) -> Self {
        let Body { description, is_required, schema, facts, place, .. } = body;
        Self { description, is_required: *is_required, schema, facts, place }
    }
}

impl<'a> Comparison<'a> {
    pub fn operation(&mut self, old: Option<&'a Operation>, new: Option<&'a Operation>) {
        let place = Sides::of(old.map(|old| &old.place), new.map(|new| &new.place));
        let mut bodies = [old, new].into_iter().flatten().filter_map(|operation| operation.body.as_ref());
        let identifies_client = bodies.any(|body| body.identifies_client);
        self.scope = Scope { part: place.clone(), owner: place.clone(), identifies_client, is_new_operation: false };
        let (Some(old), Some(new)) = (old, new) else {
            let kind = if old.is_none() { Kind::OperationAdded } else { Kind::OperationRemoved };
            self.report_at(kind, Way::Request, place);
            return new.into_iter().for_each(|new| self.new_operation(new));
        };
        self.text("summary", (&old.summary, &old.place), (&new.summary, &new.place), Way::Request);
        self.text("description", (&old.description, &old.place), (&new.description, &new.place), Way::Request);
        self.facts(&all(&old.facts), &all(&new.facts), Way::Request, false);
        let key = |parameter: &'a Parameter| (parameter_key(parameter), Part::from(parameter));
        for (_, old, new) in by_key(old.parameters.iter().map(key), new.parameters.iter().map(key)) {
            self.part(old, new, Way::Parameter);
        }
        self.part(old.body.as_ref().map(Part::from), new.body.as_ref().map(Part::from), Way::Request);
        match (&old.body, &new.body) {
            (Some(Body { has_secret: false, .. }), Some(Body { has_secret: true, place, .. })) => {
                self.report(Kind::SecretAdded, Way::Request, None, place);
            }
            (Some(Body { has_secret: true, place, .. }), Some(Body { has_secret: false, .. })) => {
                self.report(Kind::SecretRemoved, Way::Request, place, None);
            }
            _ => {}
        }
        let key = |response: &'a Response| (response.status, response);
        for (status, old, new) in by_key(old.responses.iter().map(key), new.responses.iter().map(key)) {
            self.response(status, old, new);
        }
    }

    fn part(&mut self, old: Option<Part<'a>>, new: Option<Part<'a>>, way: Way) {
        let place = Sides::of(old.map(|old| old.place), new.map(|new| new.place));
        let is_parameter = way == Way::Parameter;
        self.within(place.clone(), |this| match (old, new) {
            (Some(old), Some(new)) => {
                this.required(old.is_required, new.is_required, way, place);
                this.text("description", (old.description, old.place), (new.description, new.place), way);
                this.facts(&all(old.facts), &all(new.facts), way, false);
                this.schemas(old.schema, new.schema, way, new.is_required || !is_parameter);
            }
            (Some(_), None) => {
                let kind = if is_parameter { Kind::ParameterRemoved } else { Kind::BodyRemoved };
                this.report_at(kind, way, place);
            }
            (None, Some(new)) => {
                let presence = Presence::of(new.is_required);
                let kind = if is_parameter { Kind::ParameterAdded(presence) } else { Kind::BodyAdded(presence) };
                this.report_at(kind, way, place);
                this.new_part(new, way);
            }
            (None, None) => {}
        });
    }

    /// Finds conditions in the descriptions of a new part.
    pub fn new_part(&mut self, part: Part<'a>, way: Way) {
        self.new_description(part.description, part.place, way);
        self.new_schema(&Flat::of(self.new, part.schema), way);
    }

    fn response(&mut self, status: Status, old: Option<&'a Response>, new: Option<&'a Response>) {
        let way = if status.is_success() { Way::Success } else { Way::Error };
        let (Some(old), Some(new)) = (old, new) else {
            let kind = if old.is_none() { Kind::StatusAdded } else { Kind::StatusRemoved };
            return self.report(kind, way, old.map(|old| &old.place), new.map(|new| &new.place));
        };
        self.text("description", (&old.description, &old.place), (&new.description, &new.place), way);
        self.facts(&all(&old.facts), &all(&new.facts), way, false);
        match (&old.content, &new.content) {
            (Some(old), Some(new)) => self.schemas(old, new, way, true),
            (Some(content), None) => self.report(Kind::ContentRemoved, way, &content.place, None),
            (None, Some(content)) => self.report(Kind::ContentAdded, way, None, &content.place),
            (None, None) => {}
        }
    }

    pub fn required(&mut self, old: bool, new: bool, way: Way, place: Sides) {
        match (old, new) {
            (false, true) => self.report_at(Kind::BecameRequired, way, place),
            (true, false) => self.report_at(Kind::BecameOptional, way, place),
            _ => {}
        }
    }
}

/// A parameter's key in both versions. Headers' names are case-insensitive.
fn parameter_key(parameter: &Parameter) -> (Location, String) {
    let name = match parameter.location {
        Location::Header => parameter.wire.to_lowercase(),
        Location::Path | Location::Query => parameter.wire.clone(),
    };
    (parameter.location, name)
}
