//! The decoder in libtorch, on the CPU.

mod lora;
mod parity;
mod serve;
mod small;
mod training;
