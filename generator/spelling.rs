//! Names as progenitor and typify spell them, so that they leave them as they are.

use heck::{ToPascalCase, ToSnakeCase};
use syn::Ident;

/// The name of a method or a parameter.
pub fn identifier(name: &str) -> String {
    let words: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let word = words.to_snake_case();
    if word.starts_with(|first: char| first.is_ascii_digit()) {
        format!("_{word}")
    } else if word.is_empty() || syn::parse_str::<Ident>(&word).is_ok() {
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

/// The name of an operation's builder.
pub fn builder(operation: &str) -> Option<Ident> {
    let name = pascal(operation);
    syn::parse_str(&name).or_else(|_| syn::parse_str(&format!("{name}_"))).ok()
}
