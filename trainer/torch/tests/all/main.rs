//! The decoder in libtorch, on the CPU.

mod executable;
mod lora;
mod parity;
mod serve;
mod small;
mod training;
