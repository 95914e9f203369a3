//! The template for requests that must identify exactly one MantaGO client.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Ident, parse_quote};

use super::fields::Property;
use super::requests::IDENTIFYING;

pub fn template(request: &Ident, properties: &[Property]) -> TokenStream {
    let given = properties.iter().filter(|property| !property.is_optional);
    let has_client = given.clone().any(|property| property.name == "client");
    let client = format_ident!("{}", if has_client { "_client" } else { "client" });
    let parameters = given.map(|Property { name, ty, .. }| {
        let mut outside = ty.clone();
        FromOutside.visit_type_mut(&mut outside);
        quote!(#name: impl Into<#outside>)
    });
    let fields = properties.iter().map(|Property { wire, name, is_optional, .. }| {
        match (IDENTIFYING.contains(&wire.as_str()), is_optional) {
            (true, _) => quote!(#name),
            (false, true) => quote!(#name: ::std::default::Default::default()),
            (false, false) => quote!(#name: #name.into()),
        }
    });
    let ids = properties.iter().filter(|property| property.is_id());
    let checks = ids.map(|Property { wire, name, .. }| quote!(crate::identity::check_id(#wire, &self.#name)?;));
    quote! {
        impl types::#request {
            /// A request that identifies one client, with the other required properties.
            pub fn for_client(#client: crate::ClientIdentity, #(#parameters),*) -> Self {
                let crate::identity::Properties { client_id, platform, platform_client_id } = #client.into();
                Self { #(#fields),* }
            }

            /// Checks everything that [`send`](crate::builder) checks about the request: that it identifies exactly one
            /// client, by `clientId` or by `platform` and `platformClientId`, and that no ID is blank or has white space
            /// around it.
            ///
            /// # Errors
            /// The first field that is missing, blank, padded or surplus.
            pub fn validate(&self) -> Result<(), crate::IdentityError> {
                #(#checks)*
                let (client_id, platform_client_id) = (self.client_id.as_deref(), self.platform_client_id.as_deref());
                crate::identity::check(client_id, self.platform.as_ref(), platform_client_id)
            }

            /// The client that the request identifies.
            ///
            /// # Errors
            /// If the request does not identify exactly one client.
            pub fn identity(&self) -> Result<crate::ClientIdentity, crate::IdentityError> {
                let (client_id, platform_client_id) = (self.client_id.clone(), self.platform_client_id.clone());
                crate::identity::Properties { client_id, platform: self.platform.clone(), platform_client_id }.try_into()
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

/// Names types in the module `types` from outside the module.
struct FromOutside;

impl VisitMut for FromOutside {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        if let Some(name) = path.get_ident().filter(|name| name.to_string().starts_with(char::is_uppercase)) {
            *path = parse_quote!(types::#name);
        }
    }
}
