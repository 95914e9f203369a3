//! Navigates the model: resolves references, visits nested schemas, and compares types regardless of their places.

use std::collections::BTreeSet;

use super::model::{
    Additional, Api, Definition, Enum, Facts, Json, NamedType, Object, Operation, Place, Schema, Shape, TypeName,
};

impl Api {
    /// The definition of a type.
    pub fn definition(&self, name: &TypeName) -> &Definition {
        &self.types[name].definition
    }

    /// Follows references to aliases: returns the first schema that isn't one.
    pub fn resolve<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        match &schema.shape {
            Shape::Ref(name) => match self.definition(name) {
                Definition::Alias(target) => self.resolve(target),
                Definition::Object(_) | Definition::Enum(_) => schema,
            },
            _ => schema,
        }
    }

    /// The object that a schema refers to, with its name.
    pub fn object<'a>(&'a self, schema: &'a Schema) -> Option<(&'a TypeName, &'a Object)> {
        let Shape::Ref(name) = &self.resolve(schema).shape else { return None };
        match self.definition(name) {
            Definition::Object(object) => Some((name, object)),
            Definition::Enum(_) | Definition::Alias(_) => None,
        }
    }

    /// The enumeration that a schema refers to, with its name.
    pub fn enumeration<'a>(&'a self, schema: &'a Schema) -> Option<(&'a TypeName, &'a Enum)> {
        let Shape::Ref(name) = &self.resolve(schema).shape else { return None };
        match self.definition(name) {
            Definition::Enum(values) => Some((name, values)),
            Definition::Object(_) | Definition::Alias(_) => None,
        }
    }

    /// The names of all types that a schema refers to, directly or through others.
    pub fn reachable(&self, schema: &Schema) -> BTreeSet<&TypeName> {
        let mut found = BTreeSet::new();
        let mut ahead = schema.references();
        while let Some(name) = ahead.pop() {
            // An unmodelled schema may refer to another page's component.
            let Some((name, named)) = self.types.get_key_value(name) else { continue };
            if found.insert(name) {
                ahead.extend(named.references());
            }
        }
        found
    }
}

impl NamedType {
    /// Whether two types are equal, regardless of their places.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let unplaced = |named: &Self| {
            let mut copy = named.clone();
            copy.place = Place::default();
            copy.facts.erase_places();
            match &mut copy.definition {
                Definition::Enum(Enum { values, .. }) => {
                    values.iter_mut().map(|value| &mut value.place).for_each(erase);
                }
                Definition::Object(_) | Definition::Alias(_) => copy.schemas_mut().for_each(Schema::erase_places),
            }
            copy
        };
        unplaced(self) == unplaced(other)
    }

    /// The types that this one refers to directly.
    pub fn references(&self) -> Vec<&TypeName> {
        self.schemas().flat_map(Schema::references).collect()
    }

    /// The schemas directly inside.
    pub fn schemas(&self) -> Box<dyn Iterator<Item = &Schema> + '_> {
        match &self.definition {
            Definition::Object(object) => Box::new(object.schemas()),
            Definition::Enum(_) => Box::new(std::iter::empty()),
            Definition::Alias(schema) => Box::new(std::iter::once(schema)),
        }
    }

    /// The schemas directly inside.
    pub fn schemas_mut(&mut self) -> Box<dyn Iterator<Item = &mut Schema> + '_> {
        match &mut self.definition {
            Definition::Object(object) => Box::new(object.schemas_mut()),
            Definition::Enum(_) => Box::new(std::iter::empty()),
            Definition::Alias(schema) => Box::new(std::iter::once(schema)),
        }
    }
}

impl<R> Object<R> {
    pub fn is_required(&self, property: &str) -> bool {
        self.required.contains(property)
    }

    /// The schemas directly inside.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema<R>> {
        let additional = match &self.additional {
            Additional::Typed(schema) => Some(&**schema),
            Additional::Unstated | Additional::Allowed | Additional::Denied => None,
        };
        self.properties.values().chain(additional)
    }

    fn schemas_mut(&mut self) -> impl Iterator<Item = &mut Schema<R>> {
        let additional = match &mut self.additional {
            Additional::Typed(schema) => Some(&mut **schema),
            Additional::Unstated | Additional::Allowed | Additional::Denied => None,
        };
        self.properties.values_mut().chain(additional)
    }
}

impl Schema {
    /// The types that the schema refers to directly.
    pub fn references(&self) -> Vec<&TypeName> {
        match &self.shape {
            Shape::Map(inner) | Shape::Array(inner) => inner.references(),
            Shape::Ref(name) => vec![name],
            Shape::Json(Json::Unmodelled(unmodelled)) => unmodelled.references.iter().collect(),
            Shape::Json(Json::Anything)
            | Shape::String
            | Shape::Secret
            | Shape::Integer(_)
            | Shape::Number
            | Shape::Boolean => Vec::new(),
        }
    }

    /// Visits the schema, then the schemas inside.
    pub fn visit_mut(&mut self, visit: &mut impl FnMut(&mut Self)) {
        visit(self);
        if let Shape::Map(inner) | Shape::Array(inner) = &mut self.shape {
            inner.visit_mut(visit);
        }
    }

    fn erase_places(&mut self) {
        self.visit_mut(&mut |schema| {
            schema.place = Place::default();
            schema.facts.erase_places();
            if let Shape::Json(Json::Unmodelled(unmodelled)) = &mut schema.shape {
                unmodelled.descriptions.iter_mut().map(|(place, _)| place).for_each(erase);
            }
        });
    }
}

impl Operation {
    /// The schemas of everything but the body: parameters and responses.
    pub fn schemas_beside_body(&self) -> impl Iterator<Item = &Schema> {
        let parameters = self.parameters.iter().map(|parameter| &parameter.schema);
        let contents = self.responses.iter().filter_map(|response| response.content.as_ref());
        parameters.chain(contents)
    }
}

impl Facts {
    fn erase_places(&mut self) {
        self.0.values_mut().map(|fact| &mut fact.place).for_each(erase);
    }
}

fn erase(place: &mut Place) {
    *place = Place::default();
}
