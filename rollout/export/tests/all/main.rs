//! Every form, read back, refused and read by its consumer.
#![expect(clippy::disallowed_methods, reason = "consumers read files, and only the full run starts them")]

mod consume;
mod consumers;
mod forms;
mod qwen;
mod refusals;
mod sample;
mod tables;
