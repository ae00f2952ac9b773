//! Every form, read back, refused and read by its consumer.

mod consumers;
mod forms;
mod qwen;
mod refusals;
mod sample;
mod tables;
