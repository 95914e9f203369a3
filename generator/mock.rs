//! Makes the module `mock`: progenitor's mock of each operation, and what it lacks.

use syn::visit_mut::VisitMut;
use syn::{Item, ItemImpl, parse_quote, parse_str};

use super::rust::text;

/// The items of the module.
pub fn mock(mut items: Vec<Item>) -> Vec<Item> {
    for item in &mut items {
        Mock.visit_item_mut(item);
    }
    items
}

struct Mock;

impl VisitMut for Mock {
    fn visit_item_impl_mut(&mut self, item: &mut ItemImpl) {
        let owner = text(&item.self_ty);
        if owner.ends_with("Then") {
            item.items.extend(responses().items);
        } else if owner.ends_with("When") {
            // On the wire the body has the secret too, which the request has not.
            let includes = "json_body_includes (:: serde_json :: to_string (value) . expect (\"a request is JSON\"))";
            let code = text(item).replace("json_body_obj (value)", includes);
            *item = parse_str(&code).expect("one call is replaced by another");
        }
    }
}

fn responses() -> ItemImpl {
    parse_quote! {
        impl Then {
            /// Responds with an error as MantaGO words it.
            pub fn error(self, status: u16, code: crate::ErrorCode, message: &str) -> Self {
                let detail = ::serde_json::json!({ "message": message, "code": code.number() });
                let body = ::serde_json::json!({ "success": false, "errResponse": detail });
                Self(self.0.status(status).json_body(body))
            }

            /// Adds a header to the response, such as `Retry-After`.
            pub fn header(self, name: &str, value: &str) -> Self {
                Self(self.0.header(name, value))
            }

            /// Delays the response.
            pub fn delay(self, duration: ::std::time::Duration) -> Self {
                Self(self.0.delay(duration))
            }
        }
    }
}
