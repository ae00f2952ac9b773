//! The decoder in libtorch, on the CPU.

mod parity;
mod small;
mod training;
