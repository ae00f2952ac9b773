//! Every form, read back, refused and read by its consumer.

mod consume;
mod consumers;
mod forms;
mod qwen;
mod refusals;
mod sample;
mod tables;
