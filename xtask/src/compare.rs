//! Compares two versions of an API: can today's SDK still talk to the new one?
//!
//! [`compare`] walks both models side by side and returns typed differences. [`levels`] assigns each a level, and [`findings()`]
//! describes it. Whether users' code still compiles is decided elsewhere, by comparing [surfaces](crate::surface).

mod facts;
mod findings;
mod flat;
mod json;
mod levels;
mod operations;
mod pairs;
mod prose;
mod schemas;
mod texts;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use ureq::http::Uri;

use crate::finding::{Direction, Reached};
use crate::generator;
use crate::generator::model::{Api, Operation, Place};
pub use facts::Change;
pub use findings::{Found, findings};
use flat::all;
use pairs::{Inside, Pairs, by_key};
pub use texts::texts;

/// A difference between two versions of an API.
#[derive(Clone, Debug)]
pub struct Difference {
    pub kind: Kind,
    pub way: Way,
    pub place: Sides,
    /// The parameter, property, type or operation with the difference, which is a Rust item in the generated code.
    pub part: Sides,
    /// The type or operation that the part belongs to.
    pub owner: Sides,
    /// The operations that the difference affects, shared by all differences of one type.
    pub operations: Arc<BTreeSet<Reached>>,
}

/// The places of the same part in both versions.
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

/// The kind of a difference. An array holds the old and the new value.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    BaseUrlChanged,
    OperationAdded,
    OperationRemoved,
    BodyAdded(Presence),
    BodyRemoved,
    /// The client sends the secret by itself.
    SecretAdded,
    SecretRemoved,
    StatusAdded,
    StatusRemoved,
    ContentAdded,
    ContentRemoved,
    ParameterAdded(Presence),
    ParameterRemoved,
    PropertyAdded(Presence),
    PropertyRemoved,
    BecameRequired,
    BecameOptional,
    BecameNullable(Presence),
    NoLongerNullable(Presence),
    /// The values have another type.
    TypeChanged([&'static str; 2]),
    /// The type has the same values under another name.
    TypeRenamed([String; 2]),
    /// A schema that the model cannot express changed.
    JsonChanged,
    JsonGainedVariants,
    EnumBecameString,
    StringBecameEnum,
    ValueAdded(Value),
    ValueRemoved(Value),
    /// An object now allows or denies unlisted properties.
    ClosednessChanged,
    FurtherPropertiesChanged,
    Fact(String, Change),
    Prose([String; 2]),
    /// Prose about the fields that identify a MantaGO client.
    IdentificationProse([String; 2]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Required,
    Optional,
}

/// Every difference between two versions. A new part's prose is no difference if it is in `read`, the vendored texts that a
/// person has read already.
pub fn compare(old: &Api, new: &Api, read: &BTreeSet<&str>) -> Vec<Difference> {
    let (found, pairs, scope) = (Vec::new(), Pairs::default(), Scope::default());
    Comparison { old, new, read, found, pairs, scope }.apis()
}

struct Comparison<'a> {
    old: &'a Api,
    new: &'a Api,
    read: &'a BTreeSet<&'a str>,
    found: Vec<Difference>,
    pairs: Pairs<'a>,
    scope: Scope,
}

/// The current position of the walk.
#[derive(Clone, Default)]
struct Scope {
    part: Sides,
    owner: Sides,
    /// Whether the current object identifies a MantaGO client.
    identifies_client: bool,
    is_new_operation: bool,
}

impl<'a> Comparison<'a> {
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
        self.found.push(Difference { kind, way, place, part, owner, operations: Arc::default() });
    }

    /// Runs a step of the walk within a part.
    fn within(&mut self, part: Sides, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.scope.part, part);
        walk(self);
        self.scope.part = outer;
    }

    fn apis(mut self) -> Vec<Difference> {
        let (old, new) = (self.old, self.new);
        let has_moved = address(&old.base_url) != address(&new.base_url);
        if has_moved {
            self.report(Kind::BaseUrlChanged, Way::Request, &old.base_url_place, &new.base_url_place);
        }
        let is_reported = |keyword: &str| has_moved && keyword == "servers";
        let [old_facts, new_facts] =
            [old, new].map(|api| all(&api.facts).into_iter().filter(|(keyword, _)| !is_reported(keyword)).collect());
        self.facts(&old_facts, &new_facts, Way::Request, false);
        self.pairs.finish();
        let key = |operation: &'a Operation| ((&operation.path, operation.method), operation);
        for (_, old, new) in by_key(old.operations.iter().map(key), new.operations.iter().map(key)) {
            let Some(Operation { method, path, .. }) = new.or(old) else { continue };
            let name = format!("{} {path}", method.as_str().to_uppercase());
            self.operation(old, new);
            let operation = self.pairs.finish();
            while let Some(pair) = self.pairs.next() {
                self.types(pair);
                self.pairs.finish_pair(pair);
            }
            for index in &operation.differences {
                let difference = &mut self.found[*index];
                difference.operations = Arc::new(BTreeSet::from([difference.way.reached(&name)]));
            }
            self.pairs.reach(&operation, &name);
        }
        for Inside { differences, operations, .. } in self.pairs.into_inside() {
            let operations = Arc::new(operations);
            for index in differences {
                self.found[index].operations = Arc::clone(&operations);
            }
        }
        self.found
    }
}

/// An address in a normalized spelling: scheme and host in lower case, without the default port.
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

    fn member(&self, key: &str) -> Self {
        let [old, new] = [&self.old, &self.new].map(|side| side.as_ref().map(|place| place.member(key)));
        Self { old, new }
    }

    /// The place in the new version, or in the old one if it is gone.
    pub fn current(&self) -> Option<&Place> {
        self.new.as_ref().or(self.old.as_ref())
    }
}

impl Presence {
    fn of(is_required: bool) -> Self {
        if is_required { Self::Required } else { Self::Optional }
    }
}

impl Place {
    /// The place of a member.
    fn member(&self, key: &str) -> Self {
        Self { file: self.file.clone(), pointer: format!("{}/{}", self.pointer, generator::step(key)) }
    }
}

impl Way {
    fn reached(self, operation: &str) -> Reached {
        let direction = match self {
            Self::Parameter | Self::Request => Direction::Request,
            Self::Success | Self::Error => Direction::Response,
        };
        Reached { operation: operation.to_owned(), direction }
    }
}
