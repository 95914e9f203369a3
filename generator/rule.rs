//! The rule on who is meant: which requests it is for, and what they get for it.
//!
//! The document says it in prose alone. So it is hand-written, and called wherever a request has the shape that it is about.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::{Value, json};
use syn::visit_mut::{self, VisitMut};
use syn::{Ident, parse_quote};

use super::Error;
use super::operations::Operation;
use super::rust::{Property, is_std};
use super::spec::Spec;

/// The properties that it is about.
const IDENTIFYING: [&str; 3] = ["clientId", "platform", "platformClientId"];

const PLATFORM: &str = "/components/schemas/Platform";

/// Finds the requests, and makes one component of their platforms.
pub fn find(spec: &mut Spec, operations: &mut [Operation]) -> Result<(), Error> {
    let mut platforms = Vec::new();
    let mut seen = HashSet::new();
    for operation in operations {
        let body = operation.body(spec);
        if let Some(platform) = platform(spec, &body)? {
            operation.names_client = true;
            platforms.push(platform);
        }
        for inner in body.iter().flat_map(|part| spec.inner(part, &mut seen)) {
            if platform(spec, &spec.parts(&inner))?.is_some() {
                let message = "clientId, platform and platformClientId are further inside a body: \
                               only a body that has them itself is checked";
                return Err(spec.error(&inner, message));
            }
        }
    }
    unite_platforms(spec, &platforms)
}

/// The place of a property of a schema.
fn property(spec: &Spec, parts: &[String], name: &str) -> Option<String> {
    let mut places = parts.iter().map(|part| format!("{part}/properties/{name}"));
    places.find(|place| !spec.at(place).is_null())
}

/// The place of the platform, if the schema is of the shape that the rule is about.
fn platform(spec: &Spec, parts: &[String]) -> Result<Option<String>, Error> {
    let [Some(client_id), Some(platform), Some(platform_client_id)] =
        IDENTIFYING.map(|name| property(spec, parts, name))
    else {
        return Ok(None);
    };
    let has_variants = |part: &&String| ["oneOf", "anyOf", "not"].iter().any(|key| !spec.at(part)[key].is_null());
    let variants = parts.iter().find(has_variants);
    let mut required = parts.iter().filter_map(|part| spec.at(part)["required"].as_array()).flatten();
    if variants.is_none() && required.any(|name| IDENTIFYING.iter().any(|identifying| name == identifying)) {
        return Ok(None);
    }
    let not_string = [&client_id, &platform_client_id].into_iter().find(|place| spec.at(place)["type"] != "string");
    let not_enumeration = values(spec, &platform).is_none().then_some(&platform);
    if let Some(wrong) = variants.or(not_string).or(not_enumeration) {
        let message = "not as the rule on clientId, platform and platformClientId has it: expected an object with two \
                       strings and an enumeration";
        return Err(spec.error(wrong, message));
    }
    Ok(Some(platform))
}

/// The values of an enumeration.
fn values<'s>(spec: &'s Spec, pointer: &str) -> Option<&'s Value> {
    spec.parts(pointer).iter().find_map(|part| spec.at(part).get("enum"))
}

/// The enumerations of platforms become one component.
fn unite_platforms(spec: &mut Spec, places: &[String]) -> Result<(), Error> {
    // Without one, src/identity.rs does not compile.
    let Some(first) = places.first() else { return Ok(()) };
    let expected = values(spec, first).cloned().unwrap_or_default();
    let named = [PLATFORM.to_owned()];
    let named = named.iter().filter(|place| !spec.at(place).is_null());
    if let Some(other) = places.iter().chain(named).find(|place| values(spec, place) != Some(&expected)) {
        let message = format!("its values differ from those of the platforms at {}: {first}", spec.file(first));
        return Err(spec.error(other, message));
    }
    for place in places {
        let property = spec.value.pointer_mut(place).and_then(Value::as_object_mut).expect("it was found there");
        property.retain(|key, _| key == "description");
        property.insert("allOf".to_owned(), json!([{ "$ref": format!("#{PLATFORM}") }]));
    }
    let description = "The platforms that a request may name its client by.";
    spec.value["components"]["schemas"]["Platform"] =
        json!({ "type": "string", "enum": expected, "description": description });
    Ok(())
}

/// What a request has that must name one client.
pub fn naming_client(request: &Ident, properties: &[Property]) -> TokenStream {
    let given = properties.iter().filter(|property| !property.is_optional);
    let has_client = given.clone().any(|property| property.name == "client");
    let client = format_ident!("{}", if has_client { "_client" } else { "client" });
    let parameters = given.map(|Property { name, ty, .. }| {
        let mut ty = ty.clone();
        FromOutside.visit_type_mut(&mut ty);
        quote!(#name: impl Into<#ty>)
    });
    let fields = properties.iter().map(|Property { wire, name, is_optional, .. }| {
        match (IDENTIFYING.contains(&wire.as_str()), is_optional) {
            (true, _) => quote!(#name),
            (false, true) => quote!(#name: ::std::default::Default::default()),
            (false, false) => quote!(#name: #name.into()),
        }
    });
    let ids = properties.iter().filter(|property| property.wire.ends_with("Id") && is_std(&property.ty, "String"));
    let ids = ids.map(|Property { wire, name, .. }| quote!(crate::identity::check_id(#wire, &self.#name)?;));
    quote! {
        impl types::#request {
            /// A request for one client, with the other required properties. It passes [`validate`](Self::validate).
            pub fn for_client(#client: crate::ClientIdentity, #(#parameters),*) -> Self {
                let crate::identity::Properties { client_id, platform, platform_client_id } = #client.into();
                Self { #(#fields),* }
            }

            /// Checks all that is checked before the request is sent: that it names exactly one client, by `clientId` or by
            /// `platform` and `platformClientId`, and that no ID is blank or has white space around it.
            ///
            /// # Errors
            /// The first field that is missing, blank, padded or given besides another.
            pub fn validate(&self) -> Result<(), crate::IdentityError> {
                #(#ids)*
                let (client_id, platform_client_id) = (self.client_id.as_deref(), self.platform_client_id.as_deref());
                crate::identity::check(client_id, self.platform, platform_client_id)
            }

            /// The client that the request names.
            ///
            /// # Errors
            /// If it does not name exactly one client.
            pub fn identity(&self) -> Result<crate::ClientIdentity, crate::IdentityError> {
                let (client_id, platform_client_id) = (self.client_id.clone(), self.platform_client_id.clone());
                crate::identity::Properties { client_id, platform: self.platform, platform_client_id }.try_into()
            }
        }

        impl TryFrom<&types::#request> for crate::ClientIdentity {
            type Error = crate::IdentityError;

            fn try_from(request: &types::#request) -> Result<Self, Self::Error> {
                request.identity()
            }
        }
    }
}

/// Names the types of the module `types` from outside.
struct FromOutside;

impl VisitMut for FromOutside {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        if let Some(name) = path.get_ident().filter(|name| name.to_string().starts_with(char::is_uppercase)) {
            *path = parse_quote!(types::#name);
        }
    }
}
