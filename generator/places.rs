//! Maps each name in the generated code to its place in the documents.

use std::collections::BTreeMap;

use syn::Item;

use super::call::Call;
use super::fields::{Properties, wire};
use super::model::{Api, Definition, Place};

/// Public items of the generated code, like `types::Tag.name` or `client::Client::tag`, with their places.
pub type Places = BTreeMap<String, Place>;

pub fn places(api: &Api, types: &[Item], properties: &Properties, calls: &[Call]) -> Places {
    let mut places = Places::new();
    for (name, named) in &api.types {
        for module in ["types", "types::builder"] {
            places.insert(format!("{module}::{name}"), named.place.clone());
        }
        if let Definition::Object(object) = &named.definition {
            for field in properties.get(&name.0).into_iter().flatten() {
                let Some(property) = object.properties.get(&field.wire) else { continue };
                places.insert(format!("types::{name}.{}", field.name), property.place.clone());
                places.insert(format!("types::builder::{name}::{}", field.name), property.place.clone());
            }
        }
    }
    for item in types {
        let Item::Enum(item) = item else { continue };
        let named = api.types.iter().find(|(name, _)| item.ident == name.0.as_str());
        let Some(Definition::Enum(values)) = named.map(|(_, named)| &named.definition) else { continue };
        for variant in &item.variants {
            let text = wire(&variant.attrs, &variant.ident);
            if let Some(value) = values.values.iter().find(|value| value.text == text) {
                places.insert(format!("types::{}::{}", item.ident, variant.ident), value.place.clone());
            }
        }
    }
    for call in calls {
        add_operation(&mut places, call);
    }
    places
}

fn add_operation(places: &mut Places, Call { operation, builder, .. }: &Call) {
    let (name, place) = (&operation.name, &operation.place);
    for item in [
        format!("client::Client::{name}"),
        format!("client::builder::{builder}"),
        format!("mock::MockServerExt::{name}"),
        format!("mock::operations::{builder}When"),
        format!("mock::operations::{builder}Then"),
    ] {
        places.insert(item, place.clone());
    }
    let parameters = operation.parameters.iter().map(|parameter| (parameter.name.as_str(), &parameter.place));
    let body = operation.body.as_ref().map(|body| ("body", &body.place));
    for (name, place) in parameters.chain(body) {
        places.insert(format!("client::builder::{builder}::{name}"), place.clone());
        places.insert(format!("mock::operations::{builder}When::{name}"), place.clone());
    }
}

/// The place of an item, or of the nearest item that contains it.
pub fn nearest<'p>(places: &'p Places, item: &str) -> Option<&'p Place> {
    let mut item = item;
    loop {
        if let Some(place) = places.get(item) {
            return Some(place);
        }
        let end = item.rfind(['.', ':', '('])?;
        item = item[..end].trim_end_matches([':', '.', '(']);
    }
}
