//! The template of the requests that must identify exactly one MantaGO client.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Ident, parse_quote};

use super::fields::Property;
use super::requests::IDENTIFYING;

/// The implementations for a request that must identify one client.
pub fn template(request: &Ident, properties: &[Property]) -> TokenStream {
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
    quote! {
        impl types::#request {
            /// A request for one client, with the other required properties. It passes [`validate`](Self::validate).
            pub fn for_client(#client: crate::ClientIdentity, #(#parameters),*) -> Self {
                let crate::identity::Properties { client_id, platform, platform_client_id } = #client.into();
                Self { #(#fields),* }
            }

            /// Whether the request names exactly one client: by `clientId`, or by `platform` and `platformClientId`.
            /// It is checked before anything is sent.
            ///
            /// # Errors
            /// If an ID is missing or blank, or the client is identified twice.
            pub fn validate(&self) -> Result<(), crate::IdentityError> {
                self.identity().map(drop)
            }

            /// The client that the request names.
            ///
            /// # Errors
            /// Those of [`validate`](Self::validate).
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
