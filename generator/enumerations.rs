//! Finishes enumerations of strings: a list of the values, helpful error messages, and a variant for unknown values if a
//! success can contain the enumeration.

use std::collections::BTreeMap;

use quote::format_ident;
use syn::punctuated::Punctuated;
use syn::{File, Ident, Item, ItemEnum, Path, Token, parse_quote};

use super::fields::wire;
use super::model::{Api, Definition, Enum};

/// The implementations of an enumeration.
pub struct Enumeration {
    is_open: bool,
    pub items: Vec<Item>,
}

impl Enumeration {
    /// Whether this replaces typify's implementation of a trait.
    pub fn replaces(&self, name: &Ident) -> bool {
        name == "FromStr" || self.is_open && ["Display", "TryFrom"].iter().any(|replaced| name == replaced)
    }
}

/// The implementations for all enumerations of strings. Open ones also get a variant for values that later versions add.
pub fn enumerations(items: &mut [Item], api: &Api) -> BTreeMap<Ident, Enumeration> {
    let mut enumerations = BTreeMap::new();
    for item in items {
        let Item::Enum(item) = item else { continue };
        let Some(Definition::Enum(Enum { is_open, .. })) =
            api.types.iter().find(|(name, _)| item.ident == name.0.as_str()).map(|(_, named)| &named.definition)
        else {
            continue;
        };
        let variants: Vec<_> = item.variants.iter().map(|variant| variant.ident.clone()).collect();
        let texts: Vec<_> = item.variants.iter().map(|variant| wire(&variant.attrs, &variant.ident)).collect();
        let items = if *is_open { open(item, &variants, &texts) } else { closed(&item.ident, &variants, &texts) };
        enumerations.insert(item.ident.clone(), Enumeration { is_open: *is_open, items });
    }
    enumerations
}

fn closed(name: &Ident, variants: &[Ident], texts: &[String]) -> Vec<Item> {
    let expected = match texts {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => texts.concat(),
    };
    let values = parse_quote! {
        impl #name {
            /// All values, in the order of the document.
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            /// The value as the API spells it.
            pub const fn as_str(&self) -> &'static str {
                match self {
                    #(Self::#variants => #texts,)*
                }
            }
        }
    };
    let from_str = parse_quote! {
        impl ::std::str::FromStr for #name {
            type Err = self::error::ConversionError;

            fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
                let known = Self::ALL.iter().find(|known| known.as_str() == value);
                known.cloned().ok_or_else(|| format!("{value:?}: expected {}", #expected).into())
            }
        }
    };
    vec![values, from_str]
}

/// Adds the variant for unknown values.
fn open(item: &mut ItemEnum, variants: &[Ident], texts: &[String]) -> Vec<Item> {
    let name = &item.ident;
    let is_taken = variants.iter().any(|variant| variant == "Other");
    let other = format_ident!("{}", if is_taken { "OtherValue" } else { "Other" });
    item.variants.push(parse_quote! {
        /// A value that this version of the crate does not know, as the API spells it.
        #other(::std::string::String)
    });
    for attribute in item.attrs.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
        let traits = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).unwrap_or_default();
        let kept = traits.iter().filter(|derived| !derived.is_ident("Copy"));
        *attribute = parse_quote!(#[derive(#(#kept),*)]);
    }
    item.attrs.push(parse_quote!(#[serde(from = "::std::string::String", into = "::std::string::String")]));
    let items: File = parse_quote! {
        impl #name {
            /// All values that this version of the crate knows, in the order of the document.
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            /// The value as the API spells it.
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #texts,)*
                    Self::#other(value) => value,
                }
            }
        }

        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for #name {
            type Err = ::std::convert::Infallible;

            fn from_str(value: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::result::Result::Ok(value.into())
            }
        }

        impl ::std::convert::From<&str> for #name {
            fn from(value: &str) -> Self {
                let known = Self::ALL.iter().find(|known| known.as_str() == value);
                known.cloned().unwrap_or_else(|| Self::#other(value.to_string()))
            }
        }

        impl ::std::convert::From<::std::string::String> for #name {
            fn from(value: ::std::string::String) -> Self {
                value.as_str().into()
            }
        }

        impl ::std::convert::From<#name> for ::std::string::String {
            fn from(value: #name) -> Self {
                value.to_string()
            }
        }
    };
    items.items
}
