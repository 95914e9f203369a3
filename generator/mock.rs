//! Finishes the module `mock`.

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{ExprMethodCall, ImplItem, Item, parse_quote};

/// Changes the items in place.
pub fn finish(items: &mut [Item]) {
    for item in items {
        Finish.visit_item_mut(item);
    }
}

struct Finish;

impl VisitMut for Finish {
    fn visit_item_use_mut(&mut self, item: &mut syn::ItemUse) {
        *item = parse_quote!(
            use crate::types;
        );
    }

    fn visit_item_impl_mut(&mut self, item: &mut syn::ItemImpl) {
        let owner = item.self_ty.to_token_stream().to_string();
        if item.trait_.is_none() && owner.ends_with("Then") {
            item.items.extend(response_methods());
        }
        let body = item.items.iter_mut().find_map(|item| match item {
            ImplItem::Fn(function) if function.sig.ident == "body" => Some(function),
            _ => None,
        });
        if let Some(body) = body {
            Partly.visit_impl_item_fn_mut(body);
        }
    }
}

/// What the mock of each operation has beside progenitor's methods, which are one for each documented status.
fn response_methods() -> [ImplItem; 3] {
    [
        parse_quote! {
            /// Responds with an error as MantaGO words it.
            pub fn error(self, status: u16, code: crate::ErrorCode, message: &str) -> Self {
                let detail = ::serde_json::json!({ "message": message, "code": code.number() });
                let body = ::serde_json::json!({ "success": false, "errResponse": detail });
                Self(self.0.status(status).json_body(body))
            }
        },
        parse_quote! {
            /// Adds a header to the response, such as `Retry-After`.
            pub fn header(self, name: &str, value: &str) -> Self {
                Self(self.0.header(name, value))
            }
        },
        parse_quote! {
            /// Delays the response.
            pub fn delay(self, duration: ::std::time::Duration) -> Self {
                Self(self.0.delay(duration))
            }
        },
    ]
}

/// On the wire the body has the secret too, which the request has not.
struct Partly;

impl VisitMut for Partly {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if call.method == "json_body_obj" {
            call.method = parse_quote!(json_body_includes);
            call.args = parse_quote!(::serde_json::to_string(value).expect("a request is JSON"));
        }
    }
}
