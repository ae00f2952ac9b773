//! The files of an export: one, or several whose names say how many there are. All of them get their names at the end.

use crate::files::{self, Draft, Whole};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use wardian_export::{Compression, Container, DATASET_CLASS, DATASET_FILE, Form, Sheet, dataset_info};

/// The file in which LLaMA-Factory looks for datasets.
const DATASET_INFO: &str = "dataset_info.json";

/// Before the name of a file: the file that says where its rows come from.
const SOURCES: &str = "sources.";

/// A file that was written.
#[derive(Debug, Serialize)]
pub(super) struct Written {
    pub(super) file: String,
    pub(super) lines: usize,
    pub(super) bytes: usize,
}

/// Rows on their way into files.
pub(super) struct Shards<'a> {
    out: &'a Path,
    form: Form,
    container: Container,
    compression: Compression,
    rows_max: Option<NonZeroUsize>,
    open: Option<Open>,
    done: Vec<Done>,
}

struct Open {
    sheet: Sheet<Draft>,
    beside: Option<Draft>,
    rows: usize,
}

struct Done {
    whole: Whole,
    beside: Option<Whole>,
    rows: usize,
}

impl<'a> Shards<'a> {
    pub(super) fn new(out: &'a Path, form: Form, container: Container, compression: Compression, rows_max: Option<NonZeroUsize>) -> Self {
        Self { out, form, container, compression, rows_max, open: None, done: Vec::new() }
    }

    pub(super) fn push(&mut self, row: Value, beside: Option<Value>) -> Result<()> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.begin()?,
        };
        open.sheet.push(row).with_context(|| self.cannot())?;
        if let Some(beside) = beside {
            let draft = match &mut open.beside {
                Some(draft) => draft,
                none => none.insert(Draft::beside(self.out)?),
            };
            writeln!(draft, "{beside}").with_context(|| self.cannot())?;
        }
        open.rows += 1;
        if self.rows_max.is_some_and(|max| open.rows >= max.get()) {
            self.done.push(self.end(open)?);
        } else {
            self.open = Some(open);
        }
        Ok(())
    }

    /// Names the files. There is one at least, be it empty.
    pub(super) fn finish(mut self) -> Result<Vec<Written>> {
        if self.open.is_none() && self.done.is_empty() {
            self.open = Some(self.begin()?);
        }
        if let Some(open) = self.open.take() {
            let done = self.end(open)?;
            self.done.push(done);
        }
        let paths: Vec<PathBuf> = (1..=self.done.len()).map(|number| self.path(number, self.done.len())).collect();
        if self.rows_max.is_some() {
            self.refuse_strangers(&paths)?;
        }
        let folder = files::folder_of(self.out);
        let info = (self.form == Form::LlamaFactory).then(|| registry(folder, &paths)).transpose()?;
        let mut written = Vec::new();
        for (done, path) in std::mem::take(&mut self.done).into_iter().zip(&paths) {
            written.push(Written { file: path.display().to_string(), lines: done.rows, bytes: done.whole.bytes });
            if let Some(beside) = done.beside {
                beside.keep(&path.with_file_name(format!("{SOURCES}{}", name(path))))?;
            }
            done.whole.keep(path)?;
        }
        if let Some(info) = info {
            files::write_json(&folder.join(DATASET_INFO), &info)?;
        }
        if self.form == Form::Verl {
            files::write(&folder.join(DATASET_FILE), DATASET_CLASS.as_bytes())?;
        }
        Ok(written)
    }

    fn begin(&self) -> Result<Open> {
        let sheet = Sheet::new(self.form, self.container, self.compression, Draft::beside(self.out)?).with_context(|| self.cannot())?;
        Ok(Open { sheet, beside: None, rows: 0 })
    }

    fn end(&self, open: Open) -> Result<Done> {
        let whole = open.sheet.finish().with_context(|| self.cannot())?.finish().with_context(|| self.cannot())?;
        let beside = open.beside.map(Draft::finish).transpose().with_context(|| self.cannot())?;
        Ok(Done { whole, beside, rows: open.rows })
    }

    fn path(&self, number: usize, all: usize) -> PathBuf {
        if self.rows_max.is_none() {
            return self.out.to_owned();
        }
        self.out.with_file_name(format!("{}-{number:05}-of-{all:05}.{}", files::stem(self.out), self.container.extension()))
    }

    /// Shards of another export of this name would be read together with ours.
    fn refuse_strangers(&self, paths: &[PathBuf]) -> Result<()> {
        let (stem, extension) = (files::stem(self.out), self.container.extension());
        for path in files::list(files::folder_of(self.out), &[extension])? {
            let middle = files::stem(&path).strip_prefix(&format!("{stem}-")).map(str::to_owned);
            let is_shard = middle.is_some_and(|middle| match middle.split_once("-of-") {
                Some((a, b)) => [a, b].iter().all(|part| part.len() >= 5 && part.bytes().all(|byte| byte.is_ascii_digit())),
                None => false,
            });
            if is_shard && !paths.iter().any(|ours| ours.file_name() == path.file_name()) {
                bail!("`{}` is a shard of another export of that name; remove it first", path.display());
            }
        }
        Ok(())
    }

    fn cannot(&self) -> String {
        format!("cannot write `{}`", self.out.display())
    }
}

/// What `dataset_info.json` of `folder` will be: ours, beside the datasets of others.
fn registry(folder: &Path, paths: &[PathBuf]) -> Result<Map<String, Value>> {
    let path = folder.join(DATASET_INFO);
    let mut all = if path.is_file() { files::read_json::<Map<String, Value>>(&path)? } else { Map::new() };
    let names: Vec<(String, String)> = paths.iter().map(|path| (files::stem(path), name(path))).collect();
    all.extend(dataset_info(names.iter().map(|(stem, name)| (stem.as_str(), name.as_str()))));
    Ok(all)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
