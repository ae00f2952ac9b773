//! Compilation of components outside of this process, and the cache of what came out.
