//! TensorBoard's event files.
//!
//! A file is TFRecords (TensorFlow, `tensorflow/core/lib/io/record_writer.cc` and `tensorflow/core/lib/hash/crc32c.h`) of `Event` messages
//! (`tensorflow/core/util/event.proto`, `tensorflow/core/framework/summary.proto`; TensorBoard has copies in `tensorboard/compat/proto`). Of these
//! messages we need nine fields, which are encoded here by hand; `tests/golden/events.json` is what TensorBoard's own code writes.

use super::{CurveError, Line};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The version of files that have a `SessionLog`, as `EventsWriter` writes it.
const FILE_VERSION: &str = "brain.Event:2";
/// Added to a checksum, so that one of data that contain checksums is not degenerate (`kMaskDelta`).
const MASK_DELTA: u32 = 0xa282_ead8;
/// `SessionLog.SessionStatus.START`.
const SESSION_START: u64 = 1;
/// Event files of one second and host.
const FILES_MAX: usize = 10_000;

/// An event file that is being written.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    file: File,
}

impl EventFile {
    /// Begins the file `events.out.tfevents.SECONDS.HOST.N` in `folder`, which exists; `N` is the first number that is free. TensorBoard takes
    /// all files of a folder as one training, in the order of their names. Of those before, it forgets the steps after `after`, from which this
    /// training goes on (0: it is new).
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn create(folder: &Path, seconds: u64, host: &str, after: usize) -> Result<Self, CurveError> {
        let host: String = host.chars().map(|c| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' }).collect();
        std::fs::create_dir_all(folder).map_err(|source| CurveError::Write { path: folder.to_owned(), source })?;
        let (path, file) = new_file(|n| folder.join(format!("events.out.tfevents.{seconds}.{host}.{n}")))?;
        let mut out = Self { path, file };
        out.record(&event(seconds as f64, 0, |event| event.bytes(3, FILE_VERSION.as_bytes())))?;
        out.record(&event(seconds as f64, after + 1, |event| event.message(7, |log| log.number(1, SESSION_START))))?;
        Ok(out)
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the numbers of a line as scalars, in one event; `seconds` is the wall time, since 1970.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&mut self, line: &Line, seconds: f64) -> Result<(), CurveError> {
        let summary = |event: &mut Message| {
            event.message(5, |summary| {
                for (tag, value) in scalars(line) {
                    summary.message(1, |one| {
                        one.bytes(1, tag.as_bytes());
                        one.float(2, value as f32);
                    });
                }
            });
        };
        self.record(&event(seconds, line.step(), summary))
    }

    /// A TFRecord: length, its checksum, data, their checksum.
    fn record(&mut self, data: &[u8]) -> Result<(), CurveError> {
        let length = (data.len() as u64).to_le_bytes();
        let mut out = Vec::with_capacity(data.len() + 16);
        out.extend(length);
        out.extend(masked_crc(&length).to_le_bytes());
        out.extend(data);
        out.extend(masked_crc(data).to_le_bytes());
        self.file.write_all(&out).map_err(CurveError::write(&self.path))
    }
}

fn new_file(path: impl Fn(usize) -> PathBuf) -> Result<(PathBuf, File), CurveError> {
    let mut n = 0;
    loop {
        let path = path(n);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(source) if source.kind() == ErrorKind::AlreadyExists && n < FILES_MAX => n += 1,
            Err(source) => return Err(CurveError::Write { path, source }),
        }
    }
}

/// Tags and values of a line.
fn scalars(line: &Line) -> Vec<(&'static str, f64)> {
    match line {
        Line::Step(step) => {
            let mut out = vec![
                ("train/loss", step.loss),
                ("train/rate", step.rate),
                ("train/gradient_norm", step.gradient_norm),
                ("train/tokens_per_second", step.tokens_per_second),
                ("train/tflops", step.tflops),
            ];
            out.extend(step.mfu.map(|mfu| ("train/mfu", mfu)));
            out
        }
        Line::HeldOut(held_out) => {
            let mut out = vec![("held_out/loss", held_out.loss)];
            if let Some(calls) = held_out.calls {
                out.push(("held_out/calls_right", calls.right));
                out.push(("held_out/call_names", calls.names));
                out.push(("held_out/call_arguments", calls.arguments));
            }
            out
        }
    }
}

/// `Event`: 1 is the wall time, 2 the step; `what` is the rest.
fn event(seconds: f64, step: usize, what: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut out = Message::default();
    out.double(1, seconds);
    out.number(2, step as u64);
    what(&mut out);
    out.0
}

fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(MASK_DELTA)
}

/// A message of Protocol Buffers in its wire format (<https://protobuf.dev/programming-guides/encoding/>).
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// An integer; zero is the default, which is not written.
    fn number(&mut self, field: u64, value: u64) {
        if value != 0 {
            self.varint(field << 3);
            self.varint(value);
        }
    }

    fn double(&mut self, field: u64, value: f64) {
        self.varint(field << 3 | 1);
        self.0.extend(value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn message(&mut self, field: u64, what: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        what(&mut inner);
        self.bytes(field, &inner.0);
    }

    fn float(&mut self, field: u64, value: f32) {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_rfc_3720() {
        // Appendix B.4 of RFC 3720, unmasked.
        for (bytes, crc) in [([0; 32], 0x8a91_36aa_u32), ([0xff; 32], 0x62a8_ab43)] {
            assert_eq!(masked_crc(&bytes).wrapping_sub(MASK_DELTA).rotate_left(15), crc);
        }
    }

    #[test]
    fn integers_are_varints() {
        let mut message = Message::default();
        message.number(2, 300);
        message.number(3, 0);
        assert_eq!(message.0, [0x10, 0xac, 0x02]);
    }
}
