//! Packs on their way: signatures, registries, and the local store.
//!
//! [`signature`] makes and checks detached signatures, [`store`] keeps packs by their digest, [`artifact`] is what a pack
//! looks like in a registry, and [`registry`] sends it there and fetches it: the one module of the executable that opens
//! sockets. Whatever comes from outside is bounded before it is read and checked before it is kept.

pub(crate) mod artifact;
pub(crate) mod credentials;
pub(crate) mod http;
pub(crate) mod registry;
pub(crate) mod signature;
pub(crate) mod store;
