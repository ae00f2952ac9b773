//! Where a Hugging Face folder keeps its chat template.

use super::TemplateError;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Templates and special tokens, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateSource {
    /// The template.
    pub default: String,
    /// Another for conversations with tools, where the folder has one.
    pub tool_use: Option<String>,
    /// Name → text of the special tokens that the template may write.
    pub specials: BTreeMap<String, String>,
}

const SPECIALS: [&str; 7] = ["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"];

const CONFIG: &str = "tokenizer_config.json";

impl TemplateSource {
    /// A template without special tokens.
    #[must_use]
    pub fn of(template: &str) -> Self {
        Self { default: template.to_owned(), ..Self::default() }
    }

    /// The special tokens that a folder's `tokenizer_config.json` names.
    ///
    /// # Errors
    /// Where the file is not readable.
    pub fn specials(folder: &Path) -> Result<BTreeMap<String, String>, TemplateError> {
        Ok(specials(&config(folder)?))
    }

    /// Reads the template of a Hugging Face folder: `chat_template.jinja`, else `chat_template` of `tokenizer_config.json` (a text, or a list
    /// of named ones, of which `default` and `tool_use` count).
    ///
    /// # Errors
    /// Where there is none, or a file is not readable.
    pub fn read(folder: &Path) -> Result<Self, TemplateError> {
        let path = folder.join(CONFIG);
        let config = config(folder)?;
        let mut out = Self { specials: specials(&config), ..Self::default() };
        if let Some(text) = optional(&folder.join("chat_template.jinja"))? {
            out.default = text;
            out.tool_use = optional(&folder.join("additional_chat_templates/tool_use.jinja"))?;
            return Ok(out);
        }
        match &config["chat_template"] {
            Value::String(text) => out.default = text.clone(),
            Value::Array(named) => {
                let find = |name: &str| {
                    let one = named.iter().find(|one| one["name"] == name)?;
                    one["template"].as_str().map(str::to_owned)
                };
                out.tool_use = find(super::TOOL_USE);
                let Some(default) = find(super::DEFAULT) else {
                    return Err(TemplateError::File {
                        path: path.display().to_string(),
                        what: "no template is named `default`".to_owned(),
                    });
                };
                out.default = default;
            }
            _ => return Err(TemplateError::None { folder: folder.display().to_string() }),
        }
        Ok(out)
    }
}

/// `tokenizer_config.json`; null where there is none.
fn config(folder: &Path) -> Result<Value, TemplateError> {
    let path = folder.join(CONFIG);
    let Some(text) = optional(&path)? else { return Ok(Value::Null) };
    serde_json::from_str(&text).map_err(|e| TemplateError::File { path: path.display().to_string(), what: format!("no JSON: {e}") })
}

/// Special tokens are texts, or objects with `content`.
fn specials(config: &Value) -> BTreeMap<String, String> {
    let text = |name: &str| {
        let value = &config[name];
        value.as_str().or_else(|| value["content"].as_str()).map(|text| (name.to_owned(), text.to_owned()))
    };
    SPECIALS.iter().filter_map(|name| text(name)).collect()
}

/// The file's text; none where there is no such file.
fn optional(path: &Path) -> Result<Option<String>, TemplateError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(TemplateError::Read { path: path.display().to_string(), source }),
    }
}
