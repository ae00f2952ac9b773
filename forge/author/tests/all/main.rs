//! The model author against models that follow a script.

mod accept;
mod garbage;
mod refuse;
mod shop;
