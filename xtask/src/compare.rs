//! Compares two versions of an API: can today's SDK still talk to the new one?
//!
//! [`compare`] walks both models side by side and returns typed differences; [`levels`] has the one table of their levels.
//! Whether users' code still compiles isn't judged here: see [`surface`](crate::surface).

mod facts;
mod findings;
mod flat;
mod json;
mod levels;
mod pairs;
mod prose;
mod schemas;
mod texts;

use std::collections::BTreeSet;

use ureq::http::Uri;

use crate::finding::Direction;
use crate::generator::model::{Api, Body, Facts, Location, Operation, Parameter, Place, Response, Status};
pub use facts::Change;
pub use findings::{Found, findings};
use flat::{Flat, all};
use pairs::{Pairs, by_key};
pub use texts::texts;

/// A difference between two versions of an API.
#[derive(Clone, Debug)]
pub struct Difference {
    pub kind: Kind,
    pub way: Way,
    pub place: Sides,
    /// The parameter, property, type or operation that a Rust item stands for.
    pub part: Sides,
    /// The type or operation that the part belongs to.
    pub owner: Sides,
    /// `POST /openapi/client`
    pub operations: BTreeSet<String>,
}

/// The places of one thing in both versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sides {
    pub old: Option<Place>,
    pub new: Option<Place>,
}

/// The part of a call that contains the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    Parameter,
    Request,
    Success,
    /// Errors are read without the generated types.
    Error,
}

/// The kind of a difference.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    BaseUrlChanged,
    OperationAdded,
    OperationRemoved,
    BodyAdded {
        is_required: bool,
    },
    BodyRemoved,
    StatusAdded,
    StatusRemoved,
    ContentAdded,
    ContentRemoved,
    ParameterAdded {
        is_required: bool,
    },
    ParameterRemoved,
    PropertyAdded {
        is_required: bool,
    },
    PropertyRemoved,
    BecameRequired,
    BecameOptional,
    BecameNullable {
        is_required: bool,
    },
    NoLongerNullable {
        is_required: bool,
    },
    /// Values of another type.
    TypeChanged {
        old: &'static str,
        new: &'static str,
    },
    /// The same values under another name.
    TypeRenamed {
        old: String,
        new: String,
    },
    /// A schema that the model cannot express.
    JsonChanged {
        gains_variants: bool,
    },
    EnumBecameString {
        is_open: bool,
    },
    StringBecameEnum,
    ValueAdded {
        text: String,
        is_open: bool,
    },
    ValueRemoved {
        text: String,
    },
    AdditionalPropertiesChanged {
        is_typed: bool,
    },
    Fact {
        keyword: String,
        change: Change,
    },
    Prose {
        old: String,
        new: String,
        is_identification: bool,
    },
}

/// Every difference between two versions. Prose of new parts is no difference if a person has `read` it elsewhere.
pub fn compare(old: &Api, new: &Api, read: &BTreeSet<&str>) -> Vec<Difference> {
    let mut comparison = Comparison::new(old, new, read);
    comparison.apis();
    comparison.found
}

struct Comparison<'a> {
    old: &'a Api,
    new: &'a Api,
    read: &'a BTreeSet<&'a str>,
    found: Vec<Difference>,
    pairs: Pairs<'a>,
    scope: Scope,
}

/// The parts that the walk is in.
#[derive(Clone, Default)]
struct Scope {
    part: Sides,
    owner: Sides,
    /// Whether the parts identify a MantaGO client.
    identifies_client: bool,
    is_new_operation: bool,
}

impl<'a> Comparison<'a> {
    fn new(old: &'a Api, new: &'a Api, read: &'a BTreeSet<&'a str>) -> Self {
        Self { old, new, read, found: Vec::new(), pairs: Pairs::default(), scope: Scope::default() }
    }

    fn report<'p>(
        &mut self,
        kind: Kind,
        way: Way,
        old: impl Into<Option<&'p Place>>,
        new: impl Into<Option<&'p Place>>,
    ) {
        self.report_at(kind, way, Sides::of(old.into(), new.into()));
    }

    fn report_at(&mut self, kind: Kind, way: Way, place: Sides) {
        self.pairs.add_difference(self.found.len());
        let Scope { part, owner, .. } = self.scope.clone();
        self.found.push(Difference { kind, way, place, part, owner, operations: BTreeSet::new() });
    }

    /// Runs a step of the walk within a part.
    fn within(&mut self, part: Sides, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.scope.part, part);
        walk(self);
        self.scope.part = outer;
    }

    fn notes(&mut self, old: &'a Facts, new: &'a Facts, way: Way) {
        self.facts(&all(old), &all(new), way, false);
    }

    fn apis(&mut self) {
        let (old, new) = (self.old, self.new);
        if address(&old.base_url) != address(&new.base_url) {
            self.report(Kind::BaseUrlChanged, Way::Request, &old.base_url_place, &new.base_url_place);
        }
        self.notes(&old.facts, &new.facts, Way::Request);
        let key = |operation: &'a Operation| ((&operation.path, operation.method), operation);
        for (_, old, new) in by_key(old.operations.iter().map(key), new.operations.iter().map(key)) {
            let Some(Operation { method, path, .. }) = new.or(old) else { continue };
            let name = format!("{} {path}", method.as_str().to_uppercase());
            self.pairs.begin();
            self.operation(old, new);
            self.pairs.end();
            while let Some(pair) = self.pairs.next() {
                self.types(pair);
                self.pairs.finish(pair);
            }
            for index in self.pairs.reached() {
                self.found[index].operations.insert(name.clone());
            }
        }
    }

    fn operation(&mut self, old: Option<&'a Operation>, new: Option<&'a Operation>) {
        let operation = Sides::of(old.map(|old| &old.place), new.map(|new| &new.place));
        let identifies_client = [old, new]
            .into_iter()
            .flatten()
            .any(|operation| operation.body.as_ref().is_some_and(|body| body.identifies_client));
        self.scope = Scope { part: operation.clone(), owner: operation, identifies_client, is_new_operation: false };
        let (Some(old), Some(new)) = (old, new) else {
            let kind = if old.is_none() { Kind::OperationAdded } else { Kind::OperationRemoved };
            self.report(kind, Way::Request, old.map(|old| &old.place), new.map(|new| &new.place));
            if let Some(new) = new {
                self.new_operation(new);
            }
            return;
        };
        self.text("summary", (&old.summary, &old.place), (&new.summary, &new.place), Way::Request);
        self.text("description", (&old.description, &old.place), (&new.description, &new.place), Way::Request);
        self.notes(&old.facts, &new.facts, Way::Request);
        let key = |parameter: &'a Parameter| (parameter_key(parameter), parameter);
        for (_, old, new) in by_key(old.parameters.iter().map(key), new.parameters.iter().map(key)) {
            let part = Sides::of(old.map(|old| &old.place), new.map(|new| &new.place));
            self.within(part, |this| this.parameter(old, new));
        }
        let body = Sides::of(old.body.as_ref().map(|body| &body.place), new.body.as_ref().map(|body| &body.place));
        self.within(body, |this| this.body(old.body.as_ref(), new.body.as_ref()));
        let key = |response: &'a Response| (response.status, response);
        for (status, old, new) in by_key(old.responses.iter().map(key), new.responses.iter().map(key)) {
            self.response(status, old, new);
        }
    }

    fn parameter(&mut self, old: Option<&'a Parameter>, new: Option<&'a Parameter>) {
        let way = Way::Parameter;
        match (old, new) {
            (Some(old), Some(new)) => {
                self.required(old.is_required, new.is_required, way, (&old.place, &new.place));
                self.text("description", (&old.description, &old.place), (&new.description, &new.place), way);
                self.notes(&old.facts, &new.facts, way);
                self.schemas(&old.schema, &new.schema, way, new.is_required);
            }
            (Some(old), None) => self.report(Kind::ParameterRemoved, way, &old.place, None),
            (None, Some(new)) => {
                self.report(Kind::ParameterAdded { is_required: new.is_required }, way, None, &new.place);
                self.new_description(&new.description, &new.place, way);
                self.new_schema(&Flat::of(self.new, &new.schema), way);
            }
            (None, None) => {}
        }
    }

    fn body(&mut self, old: Option<&'a Body>, new: Option<&'a Body>) {
        let way = Way::Request;
        match (old, new) {
            (Some(old), Some(new)) => {
                self.required(old.is_required, new.is_required, way, (&old.place, &new.place));
                self.text("description", (&old.description, &old.place), (&new.description, &new.place), way);
                self.notes(&old.facts, &new.facts, way);
                self.schemas(&old.schema, &new.schema, way, true);
            }
            (Some(old), None) => self.report(Kind::BodyRemoved, way, &old.place, None),
            (None, Some(new)) => {
                self.report(Kind::BodyAdded { is_required: new.is_required }, way, None, &new.place);
                self.new_description(&new.description, &new.place, way);
                self.new_schema(&Flat::of(self.new, &new.schema), way);
            }
            (None, None) => {}
        }
    }

    fn response(&mut self, status: Status, old: Option<&'a Response>, new: Option<&'a Response>) {
        let way = if status.is_success() { Way::Success } else { Way::Error };
        let (Some(old), Some(new)) = (old, new) else {
            let kind = if old.is_none() { Kind::StatusAdded } else { Kind::StatusRemoved };
            return self.report(kind, way, old.map(|old| &old.place), new.map(|new| &new.place));
        };
        self.text("description", (&old.description, &old.place), (&new.description, &new.place), way);
        self.notes(&old.facts, &new.facts, way);
        match (&old.content, &new.content) {
            (Some(old), Some(new)) => self.schemas(old, new, way, true),
            (Some(content), None) => self.report(Kind::ContentRemoved, way, &content.place, None),
            (None, Some(content)) => self.report(Kind::ContentAdded, way, None, &content.place),
            (None, None) => {}
        }
    }

    fn required(&mut self, old: bool, new: bool, way: Way, places: (&Place, &Place)) {
        match (old, new) {
            (false, true) => self.report(Kind::BecameRequired, way, places.0, places.1),
            (true, false) => self.report(Kind::BecameOptional, way, places.0, places.1),
            _ => {}
        }
    }
}

/// Names of headers have no case.
fn parameter_key(parameter: &Parameter) -> (Location, String) {
    let name = match parameter.location {
        Location::Header => parameter.wire.to_lowercase(),
        Location::Path | Location::Query => parameter.wire.clone(),
    };
    (parameter.location, name)
}

/// An address in one spelling: scheme and host in small letters, without the default port.
fn address(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let Ok(uri) = url.parse::<Uri>() else { return url.to_owned() };
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default().to_lowercase();
    let host = authority.strip_suffix(":443").filter(|_| scheme == "https").unwrap_or(&authority);
    format!("{scheme}://{host}{}", uri.path().trim_end_matches('/'))
}

impl Sides {
    pub fn of(old: Option<&Place>, new: Option<&Place>) -> Self {
        Self { old: old.cloned(), new: new.cloned() }
    }

    fn both(old: &Place, new: &Place) -> Self {
        Self::of(Some(old), Some(new))
    }

    /// The place in the new version, or in the old one if it is gone.
    pub fn current(&self) -> Option<&Place> {
        self.new.as_ref().or(self.old.as_ref())
    }
}

impl Place {
    /// The place of a member.
    fn member(&self, key: &str) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        Self { file: self.file.clone(), pointer: format!("{}/{key}", self.pointer) }
    }
}

impl Way {
    fn direction(self) -> Direction {
        match self {
            Self::Parameter | Self::Request => Direction::Request,
            Self::Success | Self::Error => Direction::Response,
        }
    }
}
