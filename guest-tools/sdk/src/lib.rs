//! Tools in Rust: what a guest needs to read its arguments, query the state and answer.
//!
//! A tool is a function from a borrowed [`Database`] and typed arguments to a serializable result; [`tools!`] exports it.
//!
//! ```
//! use wardian_guest::{Database, ToolError, params};
//!
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct GetOrder {
//!     /// The order's id, such as `#W1`.
//!     order_id: String,
//! }
//!
//! #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
//! struct Order {
//!     order_id: String,
//!     total_cents: i64,
//! }
//!
//! fn get_order(db: &Database, args: GetOrder) -> Result<Order, ToolError> {
//!     let sql = "SELECT order_id, total_cents FROM orders WHERE order_id = ?1";
//!     db.first(sql, params![&args.order_id])?.ok_or_else(|| ToolError::not_found(format!("there is no order {}", args.order_id)))
//! }
//!
//! wardian_guest::tools! {
//!     guest "shop";
//!     /// Look up an order.
//!     read get_order;
//! }
//!
//! # fn main() {
//! assert!(declarations().contains("-- @tool get_order\n-- @doc Look up an order.\n"));
//! # }
//! ```
//!
//! `wardian tool build` compiles such a crate to a component; `docs/guests.md` has the whole road.
//!
//! What it is not: it is no part of the host, and there is no host to call outside WebAssembly: a native test can
//! test what a tool computes, not what it queries.
//! May depend on: wit-bindgen, serde, schemars.

mod bindings;
mod database;
mod error;
mod value;

#[cfg(not(target_family = "wasm"))]
mod declare;
#[cfg(target_family = "wasm")]
mod export;

pub use bindings::wardian::env::state::{Cells, Database, Error, Rows, ToolError, Value};

use serde::{Serialize, de::DeserializeOwned};

/// Exports functions as tools, and declares them to the compiler of packs.
///
/// `guest` names the component's file, `guests/NAME.wasm`. Each tool is `read` (the host undoes what it writes) or `write`, and the
/// name of a function `fn(&Database, Args) -> Result<R, ToolError>`. Its doc comment is what agents read; lines of it that begin with
/// `@` go into the declaration as they are, which is the place for `@example`, `@call` and `@gives`.
///
/// On WebAssembly it makes the exports. Elsewhere it makes `pub fn declarations() -> String`: the tools in the tool language,
/// with the JSON Schemas of `Args` and `R`.
#[macro_export]
macro_rules! tools {
    (guest $guest:literal; $( $(#[doc = $doc:literal])* $effect:ident $tool:ident; )+) => {
        $(
            #[cfg(target_family = "wasm")]
            const _: () = {
                #[expect(unsafe_code, reason = "an export has a name of its own, and takes pointers")]
                #[unsafe(export_name = concat!("tool:", stringify!($tool)))]
                unsafe extern "C" fn call(db: u32, args: *mut u8, length: usize) -> *mut $crate::__private::Answer {
                    // SAFETY: the canonical ABI hands over a handle and a string, both to keep.
                    unsafe { $crate::__private::call(db, args, length, $tool) }
                }

                #[expect(unsafe_code, reason = "an export has a name of its own, and takes pointers")]
                #[unsafe(export_name = concat!("post:", stringify!($tool)))]
                unsafe extern "C" fn post(answer: *mut $crate::__private::Answer) {
                    // SAFETY: the canonical ABI gives back what `call` returned, once.
                    unsafe { $crate::__private::free(answer) }
                }
            };
        )+

        /// The tools in the tool language, for `guests/*.sql` of a pack.
        #[cfg(not(target_family = "wasm"))]
        pub fn declarations() -> String {
            let mut out = $crate::__private::head($guest);
            $( out += &$crate::__private::declare($guest, stringify!($effect), stringify!($tool), &[$($doc),*], $tool); )+
            out
        }
    };
}

/// What [`tools!`] expands to calls of. No promise is made about it.
#[doc(hidden)]
pub mod __private {
    #[cfg(not(target_family = "wasm"))]
    pub use crate::declare::{declare, head};
    #[cfg(target_family = "wasm")]
    pub use crate::export::{Answer, call, free};
}

/// Parses the arguments, calls `tool` and serializes its result.
///
/// # Errors
/// What the tool gives; `invalid` where the arguments are not what it takes.
pub fn run<A: DeserializeOwned, R: Serialize>(
    db: &Database,
    args: &str,
    tool: impl FnOnce(&Database, A) -> Result<R, ToolError>,
) -> Result<String, ToolError> {
    let args = serde_json::from_str(args).map_err(|error| ToolError::invalid(error.to_string()))?;
    let result = tool(db, args)?;
    serde_json::to_string(&result).map_err(|error| ToolError::other(error.to_string()))
}
