//! Names in Rust, spelled as typify spells them.

use std::collections::BTreeSet;

use heck::{ToPascalCase, ToSnakeCase};
use quote::format_ident;
use syn::Ident;

/// The name of a method or a parameter.
pub fn identifier(name: &str) -> String {
    let words: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let word = words.to_snake_case();
    if word.starts_with(|first: char| first.is_ascii_digit()) {
        format!("_{word}")
    } else if word.is_empty() || is_identifier(&word) {
        word
    } else {
        format!("{word}_")
    }
}

/// The name of a type.
pub fn pascal(name: &str) -> String {
    let words = name.replace('\'', "").replace(|c: char| !c.is_alphanumeric(), "-").to_pascal_case();
    let is_first = |c: char| c.is_alphabetic();
    if words.is_empty() || words.starts_with(is_first) { words } else { format!("_{words}") }
}

/// The name of a type, if the text can become one.
pub fn type_identifier(name: &str) -> Option<String> {
    let name = pascal(name);
    [name.clone(), name + "_"].into_iter().find(|name| is_identifier(name))
}

/// The name of an operation's builder.
pub fn builder(operation: &str) -> Ident {
    format_ident!("{}", type_identifier(operation).unwrap_or_default())
}

/// Whether a name is an identifier in every edition of Rust.
pub fn is_identifier(name: &str) -> bool {
    name != "gen" && syn::parse_str::<Ident>(name).is_ok()
}

/// Whether all values of an enumeration get distinct variants. typify writes variants in Pascal case; if they collide, it
/// replaces the characters that Pascal case drops by `X`.
pub fn have_variant_names<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> bool {
    let spelled =
        texts.clone().map(|text| Some(pascal(text)).filter(|name| !name.is_empty()).unwrap_or("X".to_owned()));
    let marked = texts.map(|text| pascal(&text.replace(|c: char| !c.is_alphanumeric(), "X")));
    are_unique(spelled) || are_unique(marked)
}

fn are_unique(mut names: impl Iterator<Item = String>) -> bool {
    let mut known = BTreeSet::new();
    names.all(|name| known.insert(name))
}
