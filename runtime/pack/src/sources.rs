//! The sources that a pack carries: path → text.

use serde::Deserializer as _;
use serde::de::{Error as _, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use wardian_format::{names, pack};

/// Most files.
const FILES_MAX: usize = wardian_format::limits::FIXED.source_files_max;

/// Parses the sources. Paths are relative, in plain segments, so that unpacking them cannot leave a folder.
pub(crate) fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let error = |reason: String| format!("section `{}`: {reason}", pack::section::SOURCES);
    let mut reader = serde_json::Deserializer::from_str(text);
    let sources = reader.deserialize_map(Files).and_then(|sources| reader.end().map(|()| sources));
    let sources = sources.map_err(|cause| error(cause.to_string()))?;
    let plain =
        |segment: &str| !matches!(segment, "" | "." | "..") && !segment.contains(['\\', ':']) && !segment.contains(char::is_control);
    match sources.keys().find(|path| !path.split('/').all(plain)) {
        Some(path) => Err(error(format!("`{}` is not a plain relative path", names::untrusted(path, 80)))),
        None => Ok(sources),
    }
}

/// Takes the files one by one. A JSON value of the whole would be many times as large as the text, whatever is in it.
struct Files;

impl<'de> Visitor<'de> for Files {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of path and text")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut files = BTreeMap::new();
        while let Some((path, text)) = map.next_entry::<String, String>()? {
            let shown = names::untrusted(&path, 80);
            if files.insert(path, text).is_some() {
                return Err(A::Error::custom(format!("`{shown}` is there twice")));
            }
            if files.len() > FILES_MAX {
                return Err(A::Error::custom(format!("more than {FILES_MAX} files")));
            }
        }
        Ok(files)
    }
}
