//! Parses the schemas of one document.
//!
//! A schema is first read as a [`Tree`], so that the parts of an `allOf` can be merged. [`lift`](super::lift) then turns
//! each object and enumeration inside the tree into a named type.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Error;
use super::budget::Budget;
use super::cursor::At;
use super::keywords::{self, CREDENTIALS, is_fact, is_modelled};
use super::lift::{self, Hint};
use super::merge::{Components, Merge};
use super::model::{
    Additional, Definition, EnumValue, Facts, Json, NamedType, Object, Origin, Reason, Schema, Shape, TypeName, Width,
};
use super::spelling::have_variant_names;
use super::tree::{Failure, Node, Tree, new};

/// How many components may be nested in each other by reference or `allOf`. Real documents need about ten.
const DEEPEST: usize = 100;

/// The schemas of one document.
pub struct Schemas<'d> {
    pub root: At<'d>,
    is_3_1: bool,
    components: BTreeMap<TypeName, Component<'d>>,
    pub types: BTreeMap<TypeName, NamedType>,
    /// The types of components that allow null.
    nullable: BTreeSet<TypeName>,
    budget: Budget,
    /// The number of references that are being followed.
    depth: usize,
    /// Whether the schemas that are being read may be read again, because other places can refer to them.
    is_shared: bool,
    /// Targets of references in unmodelled schemas that were searched for credentials.
    pub searched: HashSet<&'d str>,
}

struct Component<'d> {
    at: At<'d>,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Unread,
    InProgress,
    Done,
}

impl<'d> Schemas<'d> {
    /// Reads the document's components.
    pub fn read(root: &At<'d>, is_3_1: bool) -> Result<Self, Error> {
        let mut schemas = Self {
            root: root.clone(),
            is_3_1,
            components: BTreeMap::new(),
            types: BTreeMap::new(),
            nullable: BTreeSet::new(),
            budget: Budget::of(root.value),
            depth: 0,
            is_shared: false,
            searched: HashSet::new(),
        };
        let mut places = HashMap::new();
        let components = root.get("components").map(|components| components.members_of("schemas")).transpose()?;
        for (name, at) in components.unwrap_or_default() {
            let type_name = lift::type_name(name, &at)?;
            if let Some(other) = places.insert(type_name.clone(), at.place()) {
                return Err(at.error(format_args!("it resolves to the name types::{type_name}, which {other} has")));
            }
            schemas.components.insert(type_name, Component { at, state: State::Unread });
        }
        let names: Vec<_> = schemas.components.keys().cloned().collect();
        for name in &names {
            schemas.component(name)?;
        }
        Ok(schemas)
    }

    /// Reads a schema that isn't a component.
    pub fn inline(&mut self, at: &At<'d>, hint: &Hint) -> Result<Schema, Error> {
        let tree = self.shared(at.is_in_components(), |schemas| schemas.tree(at))?;
        lift::lift(&mut self.types, tree, hint)
    }

    /// Reads schemas that count toward the budget if `is_shared`, because they may be read again.
    fn shared<T>(&mut self, is_shared: bool, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.is_shared;
        self.is_shared |= is_shared;
        let result = read(self);
        self.is_shared = before;
        result
    }

    /// Reads a component, unless its reading has begun already.
    fn component(&mut self, name: &TypeName) -> Result<(), Error> {
        let Some(component) = self.components.get_mut(name).filter(|component| component.state == State::Unread) else {
            return Ok(());
        };
        component.state = State::InProgress;
        let at = component.at.clone();
        let mut tree = self.tree(&at)?;
        if self.is_alias_of(&tree, name) {
            tree = self.unmodelled(&at, Reason::Cycle)?;
        }
        if tree.is_nullable {
            self.nullable.insert(name.clone());
        }
        let named = lift::define(&mut self.types, tree, name, Origin::Component)?;
        lift::register(&mut self.types, name.clone(), named)?;
        if let Some(component) = self.components.get_mut(name) {
            component.state = State::Done;
        }
        Ok(())
    }

    /// Whether a tree is a reference to the component, directly or through aliases.
    fn is_alias_of(&self, tree: &Tree, component: &TypeName) -> bool {
        let Shape::Ref(Node::Named(name)) = &tree.shape else { return false };
        let mut name = name;
        while name != component {
            match self.types.get(name).map(|named| &named.definition) {
                Some(Definition::Alias(Schema { shape: Shape::Ref(next), .. })) => name = next,
                _ => return false,
            }
        }
        true
    }

    /// Makes references to nullable components nullable. `others` are schemas that don't belong to a type.
    pub fn move_null_to_references<'s>(&mut self, others: impl Iterator<Item = &'s mut Schema>) {
        let mut allow_null = |schema: &mut Schema| {
            if let Shape::Ref(name) = &schema.shape {
                schema.is_nullable |= self.nullable.contains(name);
            }
        };
        for named in self.types.values_mut() {
            named.schemas_mut().for_each(|schema| schema.visit_mut(&mut allow_null));
        }
        others.for_each(|schema| schema.visit_mut(&mut allow_null));
    }

    /// Reads a schema and the schemas inside.
    pub fn tree(&mut self, at: &At<'d>) -> Result<Tree, Error> {
        let cost = usize::from(self.is_shared);
        match self.budget.copy(cost).map_err(Failure::from).and_then(|()| self.any_tree(at)) {
            Ok(tree) => Ok(tree),
            Err(Failure::Refused(error)) => Err(error),
            Err(Failure::Unmodelled(reason)) => self.unmodelled(at, reason),
        }
    }

    fn any_tree(&mut self, at: &At<'d>) -> Result<Tree, Failure> {
        if at.object().is_none() {
            return Ok(new(at, Shape::Json(Json::Anything)));
        }
        if at.reference().is_some() {
            return self.reference(at);
        }
        if let Some(keyword) = keywords::unmodelled(at) {
            let Some(variant) = keywords::only_variant(at, keyword) else {
                return Err(Reason::Keyword(keyword.to_owned()).into());
            };
            let mut tree = self.tree(&variant.schema)?;
            tree.is_nullable |= variant.is_nullable;
            return Ok(described(tree, at));
        }
        if at.items_of("allOf").is_empty() { self.typed(at) } else { self.all_of(at) }
    }

    /// A reference to a component, or the target itself if it isn't a component.
    fn reference(&mut self, at: &At<'d>) -> Result<Tree, Failure> {
        let target = at.followed()?;
        let referenced = match at.component_type() {
            Some(name) => new(at, Shape::Ref(Node::Named(name))),
            None if self.depth == DEEPEST => return Err(Reason::Cycle.into()),
            None => {
                self.depth += 1;
                let tree = self.shared(true, |schemas| schemas.tree(&target));
                self.depth -= 1;
                Tree { place: at.place(), ..tree? }
            }
        };
        let has_siblings = at.object().is_some_and(|members| members.len() > 1);
        // OpenAPI 3.0 ignores all keywords beside a reference.
        if !self.is_3_1 || !has_siblings {
            return Ok(referenced);
        }
        let own = self.typed(at)?;
        self.merged(at, &[referenced, own])
    }

    fn all_of(&mut self, at: &At<'d>) -> Result<Tree, Failure> {
        let mut parts = Vec::new();
        for part in at.items_of("allOf") {
            parts.push(self.tree(&part)?);
        }
        let own = self.typed(at)?;
        parts.push(own);
        self.merged(at, &parts)
    }

    /// The schema of the values that all parts allow.
    fn merged(&mut self, at: &At<'d>, parts: &[Tree]) -> Result<Tree, Failure> {
        let mut merged = new(at, Shape::Json(Json::Anything));
        merged.is_nullable = true;
        let mut merge = Merge::new(self);
        for part in parts {
            merged = merge.intersect(&merged, part)?;
        }
        if matches!(merged.shape, Shape::Ref(Node::Object(_))) {
            // The description came from a part, not from the whole.
            merged.description.clear();
        }
        Ok(described(merged, at))
    }

    /// A schema without `$ref`, `allOf` or variants, read by its `type`.
    fn typed(&mut self, at: &At<'d>) -> Result<Tree, Failure> {
        let kinds = keywords::kinds(at)?;
        let kind = match kinds[..] {
            [] => keywords::implied_kind(at),
            [kind] => kind,
            _ => return Err(Reason::SeveralTypes.into()),
        };
        let values = keywords::enumeration(at);
        let shape = match kind {
            "object" => Shape::Ref(Node::Object(self.object(at)?)),
            "array" => Shape::Array(Box::new(match at.get("items") {
                Some(items) => self.tree(&items)?,
                None => new(at, Shape::Json(Json::Anything)),
            })),
            "string" => match values {
                Some(values) => enumeration(keywords::strings(&values).ok_or(Reason::Enumeration)?),
                None if at.text_of("format") == "password" => Shape::Secret,
                None => Shape::String,
            },
            "integer" if at.text_of("format") == "int32" => Shape::Integer(Width::I32),
            "integer" => Shape::Integer(Width::I64),
            "number" => Shape::Number,
            "boolean" => Shape::Boolean,
            _ if values.is_some() => return Err(Reason::Enumeration.into()),
            _ => Shape::Json(Json::Anything),
        };
        let mut tree = new(at, shape);
        at.text_of("description").clone_into(&mut tree.description);
        tree.is_nullable = keywords::is_nullable(at) || is_anything(&tree);
        tree.facts = facts(at);
        if !matches!(tree.shape, Shape::Ref(Node::Enum(_))) {
            tree.facts.0.extend(keywords::values(at).map(|values| ("enum".to_owned(), values)));
        }
        Ok(tree)
    }

    fn object(&mut self, at: &At<'d>) -> Result<Object<Node>, Error> {
        let mut object = Object::default();
        for (name, at) in at.members_of("properties")? {
            let property = self.tree(&at)?;
            let property = if CREDENTIALS.contains(&name) { self.credential(&at, property)? } else { property };
            object.properties.insert(name.to_owned(), property);
        }
        let required = at.items_of("required");
        object.required = required.iter().filter_map(|name| name.value.as_str().map(str::to_owned)).collect();
        object.additional = match at.get("additionalProperties").or_else(|| at.get("unevaluatedProperties")) {
            None => Additional::Unstated,
            Some(at) if *at.value == true => Additional::Allowed,
            Some(at) if *at.value == false => Additional::Denied,
            Some(at) => Additional::Typed(Box::new(self.tree(&at)?)),
        };
        Ok(object)
    }

    /// A tree with its references resolved; the tree itself if the model cannot express the target.
    pub fn value(&mut self, tree: &Tree) -> Result<Tree, Error> {
        match self.resolved(tree) {
            Ok(mut value) => {
                value.is_nullable |= tree.is_nullable;
                Ok(value)
            }
            Err(Failure::Unmodelled(_)) => Ok(tree.clone()),
            Err(Failure::Refused(error)) => Err(error),
        }
    }

    /// A component's tree, for merging with others.
    fn expanded(&mut self, name: &TypeName) -> Result<Tree, Failure> {
        if self.depth == DEEPEST {
            return Err(Reason::Cycle.into());
        }
        self.depth += 1;
        let read = self.component(name);
        self.depth -= 1;
        read?;
        // A component without a type is still being read: it is a part of itself.
        let named = self.types.get(name).ok_or(Reason::Cycle)?;
        if let Definition::Object(object) = &named.definition {
            self.budget.copy(object.properties.len())?;
        }
        let mut tree = lift::tree(named);
        tree.is_nullable |= self.nullable.contains(name);
        Ok(tree)
    }
}

impl Components for Schemas<'_> {
    fn resolved(&mut self, tree: &Tree) -> Result<Tree, Failure> {
        let mut resolved = tree.clone();
        while let Shape::Ref(Node::Named(name)) = &resolved.shape {
            resolved = self.expanded(&name.clone())?;
        }
        Ok(resolved)
    }

    fn contradiction(&mut self, one: &Tree, other: &Tree, reason: Reason) -> Result<Tree, Error> {
        self.contradicting(one, other, reason)
    }

    fn copy(&mut self, schemas: usize) -> Result<(), Reason> {
        self.budget.copy(schemas)
    }
}

fn is_anything(tree: &Tree) -> bool {
    matches!(tree.shape, Shape::Json(Json::Anything))
}

/// Adds a schema's own description, nullability and facts to a tree.
fn described(mut tree: Tree, at: &At) -> Tree {
    if !at.text_of("description").is_empty() {
        at.text_of("description").clone_into(&mut tree.description);
    }
    tree.is_nullable |= keywords::is_nullable(at);
    tree.facts.0.extend(facts(at).0);
    tree.place = at.place();
    tree
}

/// An enumeration, or a string if the values cannot become names of variants.
fn enumeration(values: Vec<EnumValue>) -> Shape<Node> {
    if have_variant_names(values.iter().map(|value| value.text.as_str())) {
        Shape::Ref(Node::Enum(values))
    } else {
        Shape::String
    }
}

/// The keywords that don't affect the type.
fn facts(at: &At) -> Facts {
    at.facts(|keyword| is_modelled(keyword) || (keywords::is_unmodelled(keyword) && !is_fact(at, keyword)))
}
