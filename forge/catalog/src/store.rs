//! Reading a catalogue: lines in pieces, on all threads, one piece a thread in memory.

use crate::{Document, ImportOptions, archive, records};
use rayon::iter::{ParallelBridge, ParallelIterator};
use std::io::Read;
use wardian_format::CatalogTool;
use wardian_format::jsonl::LineError;

/// Pieces that wait to be parsed.
const QUEUE_MAX: usize = 4;

/// Reads every tool of a catalogue in JSON lines. Records of the looser pool format are taken too. `name` is used in errors only.
/// The first line that is no tool is the error.
pub fn read(reader: impl Read + Send, name: &str) -> Result<Vec<CatalogTool>, LineError> {
    Ok(map(reader, name, |tools| tools)?.into_iter().flatten().collect())
}

/// As [`read`], for work that keeps no tools: `each` gets the tools of one piece of the file; the answers come in the file's order.
pub fn map<T: Send>(reader: impl Read + Send, name: &str, each: impl Fn(Vec<CatalogTool>) -> T + Sync) -> Result<Vec<T>, LineError> {
    let options = ImportOptions::default();
    let (sender, receiver) = std::sync::mpsc::sync_channel(QUEUE_MAX);
    let template = Document::new(name, Vec::new());
    let parse = |piece: Piece| match piece {
        Ok(document) => (document.lines_before, parse(&document, &options).map(&each)),
        Err(error) => (error.line as usize, Err(error)),
    };
    let mut answers: Vec<(usize, Result<T, LineError>)> = std::thread::scope(|scope| {
        scope.spawn(move || produce(reader, &template, &sender));
        receiver.into_iter().par_bridge().map(parse).collect()
    });
    answers.sort_by_key(|(line, _)| *line);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

type Piece = Result<Document, LineError>;

fn produce(reader: impl Read, template: &Document, sender: &std::sync::mpsc::SyncSender<Piece>) {
    let mut lines = template.lines_before;
    let result = archive::lines(reader, template, &mut |item| {
        let piece = item.map_err(|skipped| LineError::new(&template.name, lines as u64 + 1, skipped.reason));
        if let Ok(document) = &piece {
            lines = document.lines_before + document.bytes.iter().filter(|byte| **byte == b'\n').count();
        }
        sender.send(piece).is_ok()
    });
    if let Err(error) = result {
        let message = format!("cannot read: {error}");
        // Nobody listens where an earlier error ended the work.
        let _ = sender.send(Err(LineError::new(&template.name, lines as u64 + 1, message)));
    }
}

fn parse(document: &Document, options: &ImportOptions) -> Result<Vec<CatalogTool>, LineError> {
    let lines = document.bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty());
    let tool = |(i, line): (usize, &[u8])| {
        let number = (document.lines_before + i) as u64 + 1;
        records::line(document, options, line).map_err(|message| LineError::new(&document.name, number, message))
    };
    lines.map(tool).collect()
}
