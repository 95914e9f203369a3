//! Compares schemas and the types that they refer to.

use std::collections::BTreeMap;

use super::flat::{Flat, Form};
use super::json::allows_all;
use super::pairs::{Pair, by_key};
use super::{Comparison, Kind, Presence, Scope, Sides, Way};
use crate::generator::model::{
    Additional, Api, Definition, Enum, EnumValue, Json, Object, Place, Schema, Shape, Unmodelled,
};

impl<'a> Comparison<'a> {
    /// Compares two schemas. `is_required`: whether the value is always present.
    pub fn schemas(&mut self, old: &'a Schema, new: &'a Schema, way: Way, is_required: bool) {
        let (old, new) = (Flat::of(self.old, old), Flat::of(self.new, new));
        self.flat(&old, &new, way, is_required);
    }

    fn flat(&mut self, old: &Flat<'a>, new: &Flat<'a>, way: Way, is_required: bool) {
        self.text("description", (old.description, old.described), (new.description, new.described), way);
        if !self.are_of_one_type(old, new, way) {
            return;
        }
        let presence = Presence::of(is_required);
        match (old.allows_null(way), new.allows_null(way)) {
            (false, true) => self.report(Kind::BecameNullable(presence), way, old.place, new.place),
            (true, false) => self.report(Kind::NoLongerNullable(presence), way, old.place, new.place),
            _ => {}
        }
        self.facts(&old.facts, &new.facts, way, old.is_string());
    }

    /// Compares the types of two schemas. If they differ, nothing else needs comparing.
    fn are_of_one_type(&mut self, old: &Flat<'a>, new: &Flat<'a>, way: Way) -> bool {
        match (old.form, new.form) {
            (Form::Object(one), Form::Object(other)) | (Form::Enum(one), Form::Enum(other)) => {
                if one != other {
                    let kind = Kind::TypeRenamed([one, other].map(ToString::to_string));
                    self.report(kind, way, old.place, new.place);
                }
                self.pairs.add_pair(Pair { old: one, new: other, way });
            }
            (Form::Enum(_), Form::Other(Shape::String)) => {
                self.report(Kind::EnumBecameString, way, old.place, new.place);
            }
            (Form::Other(Shape::String), Form::Enum(_)) => {
                self.report(Kind::StringBecameEnum, way, old.place, new.place);
            }
            (Form::Other(Shape::Map(one)), Form::Other(Shape::Map(other)))
            | (Form::Other(Shape::Array(one)), Form::Other(Shape::Array(other))) => {
                self.schemas(one, other, way, true);
            }
            (Form::Other(Shape::Json(Json::Unmodelled(one))), Form::Other(Shape::Json(Json::Unmodelled(other)))) => {
                self.unmodelled(one, other, way, (old.place, new.place));
            }
            _ if old.type_name() == new.type_name() => {}
            _ => {
                let kind = Kind::TypeChanged([old.type_name(), new.type_name()]);
                self.report(kind, way, old.place, new.place);
                return false;
            }
        }
        true
    }

    /// Compares two schemas that the model cannot express.
    fn unmodelled(&mut self, old: &'a Unmodelled, new: &'a Unmodelled, way: Way, places: (&'a Place, &'a Place)) {
        match (allows_all(&new.wire, &old.wire), allows_all(&old.wire, &new.wire)) {
            (true, true) => {}
            (true, false) => self.report(Kind::JsonGainedVariants, way, places.0, places.1),
            (false, _) => self.report(Kind::JsonChanged, way, places.0, places.1),
        }
        for name in old.references.intersection(&new.references) {
            // Queued rather than compared at once: these schemas may refer to each other in a cycle.
            self.pairs.add_pair(Pair { old: name, new: name, way });
        }
        let known: Vec<_> = old.descriptions.iter().map(|(_, text)| text).collect();
        for (place, text) in new.descriptions.iter().filter(|(_, text)| !known.contains(&text)) {
            self.new_text(text, place, way);
        }
    }

    /// Compares two types.
    pub fn types(&mut self, Pair { old, new, way }: Pair<'a>) {
        let (Some(old_type), Some(new_type)) = (self.old.types.get(old), self.new.types.get(new)) else { return };
        let owner = Sides::both(&old_type.place, &new_type.place);
        self.scope = Scope { part: owner.clone(), owner, ..Scope::default() };
        if let (Some(one), Some(other)) = (Flat::of_type(self.old, old), Flat::of_type(self.new, new)) {
            self.flat(&one, &other, way, true);
        }
        match (&old_type.definition, &new_type.definition) {
            (Definition::Object(one), Definition::Object(other)) => {
                self.scope.identifies_client = identifies_client(one) || identifies_client(other);
                self.objects(one, other, way);
            }
            (Definition::Enum(one), Definition::Enum(other)) => self.enums(one, other, way),
            // Aliases have no members.
            _ => {}
        }
    }

    fn objects(&mut self, old: &'a Object, new: &'a Object, way: Way) {
        let properties = by_key(visible(self.old, old, way), visible(self.new, new, way));
        for (name, one, other) in properties {
            let is_required = new.is_required(name);
            let [before, after] = [old, new].map(|object| object.properties.get(name).map(|property| &property.place));
            self.within(Sides::of(before, after), |this| match (&one, &other) {
                (Some(one), Some(other)) => {
                    this.required(old.is_required(name), is_required, way, Sides::both(one.place, other.place));
                    this.flat(one, other, way, is_required);
                }
                // `after` is the place of a property that is only hidden in this direction now.
                (Some(one), None) => this.report(Kind::PropertyRemoved, way, one.place, after),
                (None, Some(other)) => {
                    this.report(Kind::PropertyAdded(Presence::of(is_required)), way, before, other.place);
                    this.new_schema(other, way);
                }
                (None, None) => {}
            });
        }
        self.additional_properties(old, new, way);
    }

    fn additional_properties(&mut self, old: &'a Object, new: &'a Object, way: Way) {
        let kind = match (&old.additional, &new.additional) {
            (Additional::Typed(one), Additional::Typed(other)) => return self.schemas(one, other, way, true),
            (Additional::Typed(_), _) | (_, Additional::Typed(_)) => Kind::FurtherPropertiesChanged,
            (one, other) if one == other => return,
            _ => Kind::ClosednessChanged,
        };
        let place = self.scope.owner.member("additionalProperties");
        self.report_at(kind, way, place);
    }

    fn enums(&mut self, old: &'a Enum, new: &'a Enum, way: Way) {
        let key = |value: &'a EnumValue| (value.text.as_str(), value);
        for (text, one, other) in by_key(old.values.iter().map(key), new.values.iter().map(key)) {
            let kind = match (one, other) {
                (Some(_), None) => Kind::ValueRemoved(text.into()),
                (None, Some(_)) => Kind::ValueAdded(text.into()),
                _ => continue,
            };
            let (one, other) = (one.map(|value| &value.place), other.map(|value| &value.place));
            self.within(Sides::of(one, other), |this| this.report(kind, way, one, other));
        }
    }
}

/// The properties that are sent in this part of a call.
fn visible<'a>(api: &'a Api, object: &'a Object, way: Way) -> BTreeMap<&'a str, Flat<'a>> {
    let properties = object.properties.iter().map(|(name, schema)| (name.as_str(), Flat::of(api, schema)));
    properties.filter(|(_, property)| !property.is_hidden(way)).collect()
}

fn identifies_client(object: &Object) -> bool {
    object.properties.contains_key("platformClientId")
}
