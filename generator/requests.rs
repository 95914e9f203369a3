//! Finishes the model once all documents are united: finds requests that must identify a client, takes the secret out of
//! bodies, closes types that are only request bodies, and opens enumerations in responses.

use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use super::any_json::property_names;
use super::model::{
    Additional, Api, Definition, Enum, Facts, Json, NamedType, Object, Operation, Origin, Place, Schema, Shape,
    TypeName, Unmodelled,
};

/// The properties that identify a client.
pub const IDENTIFYING: [&str; 3] = ["clientId", "platform", "platformClientId"];

const PLATFORM: &str = "Platform";

const NOT_THE_RULE: &str = "not as the rule on clientId, platform and platformClientId has it: expected an object with two \
                            strings and an enumeration";

pub fn finish(api: &mut Api) -> Result<(), Error> {
    find_identification(api)?;
    take_secrets(api)?;
    mark_request_only(api);
    drop_unused(api);
    open_enumerations(api);
    Ok(())
}

/// Finds the requests that must identify a client, and gives their platforms one type.
fn find_identification(api: &mut Api) -> Result<(), Error> {
    let mut requests = BTreeSet::new();
    let mut identifying = Vec::new();
    for operation in &api.operations {
        let Some(body) = &operation.body else {
            identifying.push(false);
            continue;
        };
        let request = match api.object(&body.schema) {
            Some((name, object)) if identifies_client(api, object)? => {
                refuse_variants(&api.types[name])?;
                Some(name.clone())
            }
            _ => None,
        };
        refuse_hidden_identification(api, &body.schema)?;
        identifying.push(request.is_some());
        requests.extend(request);
    }
    for (operation, identifies_client) in api.operations.iter_mut().zip(identifying) {
        if let Some(body) = &mut operation.body {
            body.identifies_client = identifies_client;
        }
    }
    unite_platforms(api, &requests)
}

/// Whether an object has the properties that identify a client. Fails if it has them with unexpected types.
fn identifies_client(api: &Api, object: &Object) -> Result<bool, Error> {
    let properties = IDENTIFYING.map(|name| object.properties.get(name));
    let [Some(client_id), Some(platform), Some(platform_client_id)] = properties else { return Ok(false) };
    if IDENTIFYING.iter().any(|name| object.is_required(name)) {
        return Ok(false);
    }
    let not_string = [client_id, platform_client_id].into_iter().find(|id| api.resolve(id).shape != Shape::String);
    let not_enumeration = api.enumeration(platform).is_none().then_some(platform);
    match not_string.or(not_enumeration) {
        Some(wrong) => Err(wrong.place.error(NOT_THE_RULE)),
        None => Ok(true),
    }
}

/// Refuses `oneOf`, `anyOf` and `not` in such a request: they might state another rule.
fn refuse_variants(request: &NamedType) -> Result<(), Error> {
    let variants = ["oneOf", "anyOf", "not"].into_iter().find_map(|keyword| request.facts.0.get(keyword));
    match variants {
        Some(fact) => Err(fact.place.error(NOT_THE_RULE)),
        None => Ok(()),
    }
}

/// Refuses identifying properties that `send` could not check: nested inside the body, or in any JSON.
fn refuse_hidden_identification(api: &Api, body: &Schema) -> Result<(), Error> {
    if let Some(hidden) = unmodelled(api.resolve(body)) {
        refuse_identifying(api, api.resolve(body), hidden)?;
    }
    let own = api.object(body).map(|(name, _)| name);
    for name in api.reachable(body) {
        let named = &api.types[name];
        if let Definition::Object(object) = &named.definition
            && Some(name) != own
            && identifies_client(api, object)?
        {
            let message = "clientId, platform and platformClientId are further inside a body: only a body that has them \
                           itself is checked";
            return Err(named.place.error(message));
        }
        for schema in named.schemas() {
            if let Some(hidden) = unmodelled(schema) {
                refuse_identifying(api, schema, hidden)?;
            }
        }
    }
    Ok(())
}

fn unmodelled(schema: &Schema) -> Option<&Unmodelled> {
    match &schema.shape {
        Shape::Array(inner) | Shape::Map(inner) => unmodelled(inner),
        Shape::Json(Json::Unmodelled(unmodelled)) => Some(unmodelled),
        _ => None,
    }
}

/// Refuses an unmodelled schema with all properties that identify a client.
fn refuse_identifying(api: &Api, schema: &Schema, hidden: &Unmodelled) -> Result<(), Error> {
    let mut names = property_names(&hidden.wire);
    for name in api.reachable(schema) {
        if let Definition::Object(object) = api.definition(name) {
            names.extend(object.properties.keys().map(String::as_str));
        }
    }
    if IDENTIFYING.iter().all(|name| names.contains(name)) {
        let message = "clientId, platform and platformClientId are inside a schema that becomes any JSON: only a body \
                       that has them itself is checked";
        return Err(schema.place.error(message));
    }
    Ok(())
}

/// Gives the platforms of all requests one type. Fails if their values differ.
fn unite_platforms(api: &mut Api, requests: &BTreeSet<TypeName>) -> Result<(), Error> {
    let platform = TypeName(PLATFORM.to_owned());
    let mut united = api.types.get(&platform).cloned();
    for request in requests {
        let Definition::Object(object) = api.definition(request) else { continue };
        let property = &object.properties["platform"];
        let Some((name, values)) = api.enumeration(property) else { continue };
        let own = &api.types[name];
        let known = united.get_or_insert_with(|| NamedType { facts: Facts::default(), ..own.clone() });
        match &known.definition {
            Definition::Enum(known) if texts(known) == texts(values) => {}
            Definition::Enum(_) => {
                let place = &known.place;
                return Err(own.place.error(format_args!("its values differ from those of the platforms at {place}")));
            }
            _ => return Err(known.place.error("the name Platform belongs to the platforms of requests")),
        }
        // The shared type has no facts; those of an inline enumeration move to the property.
        let facts = if own.origin == Origin::Inline { own.facts.clone() } else { Facts::default() };
        if let Some(NamedType { definition: Definition::Object(object), .. }) = api.types.get_mut(request)
            && let Some(property) = object.properties.get_mut("platform")
        {
            property.shape = Shape::Ref(platform.clone());
            property.facts.0.extend(facts.0);
        }
    }
    if let (Some(mut united), false) = (united, requests.is_empty()) {
        "The platforms that a request may name its client by.".clone_into(&mut united.description);
        api.types.insert(platform, united);
    }
    Ok(())
}

fn texts(values: &Enum) -> Vec<&str> {
    values.values.iter().map(|value| value.text.as_str()).collect()
}

/// Takes the property `secret` out of bodies: the client adds the secret that belongs to the token it sends.
fn take_secrets(api: &mut Api) -> Result<(), Error> {
    let mut taken = BTreeSet::new();
    let bodies: Vec<_> = api.operations.iter().map(|operation| body_type(api, operation).cloned()).collect();
    for (index, name) in bodies.into_iter().enumerate() {
        let Some(name) = name else { continue };
        if let Some(NamedType { definition: Definition::Object(object), .. }) = api.types.get_mut(&name)
            && object.properties.remove("secret").is_some()
        {
            object.required.remove("secret");
            taken.insert(name.clone());
        }
        if let Some(body) = &mut api.operations[index].body {
            body.has_secret = taken.contains(&name);
        }
    }
    let elsewhere = references_beside_bodies(api);
    match taken.iter().find_map(|name| elsewhere.get(name)) {
        Some(reference) => Err(reference.error("it refers to a request's body with a secret: expected two schemas")),
        None => Ok(()),
    }
}

/// The object that is an operation's body.
fn body_type<'a>(api: &'a Api, operation: &'a Operation) -> Option<&'a TypeName> {
    api.object(&operation.body.as_ref()?.schema).map(|(name, _)| name)
}

/// The types to which anything but a body refers, each with the place of one such reference. An alias of a body counts as a
/// body.
fn references_beside_bodies(api: &Api) -> BTreeMap<TypeName, Place> {
    let bodies = body_aliases(api);
    let is_alias = |name, named: &NamedType| bodies.contains(name) && matches!(named.definition, Definition::Alias(_));
    let types = api.types.iter().filter(|(name, named)| !is_alias(*name, named)).flat_map(|(_, named)| named.schemas());
    let schemas = types.chain(api.operations.iter().flat_map(Operation::schemas_beside_body));
    let mut references = BTreeMap::new();
    for schema in schemas {
        for name in schema.references() {
            references.entry(name.clone()).or_insert_with(|| schema.place.clone());
        }
    }
    references
}

/// The names of all bodies: aliases, and the types that they stand for.
fn body_aliases(api: &Api) -> BTreeSet<&TypeName> {
    let mut names = BTreeSet::new();
    for body in api.operations.iter().filter_map(|operation| operation.body.as_ref()) {
        let mut schema = Some(&body.schema);
        while let Some(Schema { shape: Shape::Ref(name), .. }) = schema {
            names.insert(name);
            schema = match api.definition(name) {
                Definition::Alias(target) => Some(target),
                Definition::Object(_) | Definition::Enum(_) => None,
            };
        }
    }
    names
}

/// Marks types that are only request bodies. They refuse unknown properties, so that a stored request with a misspelt
/// property fails instead of being sent without it. Responses stay open, because a later API version may extend them.
fn mark_request_only(api: &mut Api) {
    let elsewhere = references_beside_bodies(api);
    let bodies = api.operations.iter().filter_map(|operation| body_type(api, operation));
    let requests: Vec<_> = bodies.filter(|name| !elsewhere.contains_key(name)).cloned().collect();
    for name in requests {
        if let Some(named) = api.types.get_mut(&name)
            && let Definition::Object(object) = &named.definition
        {
            named.is_request_only = matches!(object.additional, Additional::Unstated | Additional::Denied);
        }
    }
}

/// Drops inline types that nothing refers to any more.
fn drop_unused(api: &mut Api) {
    loop {
        let mut used: BTreeSet<_> = references_beside_bodies(api).into_keys().collect();
        used.extend(body_aliases(api).into_iter().cloned());
        let bodies = api.operations.iter().filter_map(|operation| operation.body.as_ref());
        used.extend(bodies.flat_map(|body| body.schema.references()).cloned());
        let count = api.types.len();
        api.types.retain(|name, named| named.origin == Origin::Component || used.contains(name));
        if api.types.len() == count {
            return;
        }
    }
}

/// Opens the enumerations that a success can contain: one unknown value must not make the whole response unreadable.
fn open_enumerations(api: &mut Api) {
    let mut open = BTreeSet::new();
    for success in api.operations.iter().filter_map(|operation| operation.success.as_ref()) {
        open.extend(api.reachable(success).into_iter().cloned());
    }
    for name in open {
        if let Some(NamedType { definition: Definition::Enum(values), .. }) = api.types.get_mut(&name) {
            values.is_open = true;
        }
    }
}
