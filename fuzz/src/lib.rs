//! Oracles for hostile bytes: what must hold of admission, compilation, packs, SQL and arguments whatever they are given.
