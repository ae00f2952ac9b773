//! The prompts: files with a version. Another text is another version.

use std::borrow::Cow;
use std::collections::BTreeMap;
use wardian_format::Digest;

/// Names of the prompts; each is a file `NAME.VERSION.md`.
const NAMES: [&str; 8] = ["data", "form", "language", "policy", "relations", "repair", "tools", "vocabulary"];

macro_rules! version {
    ($version:literal) => {
        (
            $version,
            [
                include_str!(concat!("../prompts/data.", $version, ".md")),
                include_str!(concat!("../prompts/form.", $version, ".md")),
                include_str!(concat!("../prompts/language.", $version, ".md")),
                include_str!(concat!("../prompts/policy.", $version, ".md")),
                include_str!(concat!("../prompts/relations.", $version, ".md")),
                include_str!(concat!("../prompts/repair.", $version, ".md")),
                include_str!(concat!("../prompts/tools.", $version, ".md")),
                include_str!(concat!("../prompts/vocabulary.", $version, ".md")),
            ],
        )
    };
}

const SHIPPED: [(&str, [&str; 8]); 1] = [version!("v1")];

/// The versions that ship with the program, oldest first. The last is the one in use.
pub const VERSIONS: [&str; 1] = ["v1"];

/// All prompts of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompts {
    version: String,
    texts: BTreeMap<&'static str, Cow<'static, str>>,
}

/// Why there are no such prompts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PromptError {
    /// No such version ships with the program.
    #[error("there is no version `{0}` of the prompts; there is {known}", known = VERSIONS.join(", "))]
    NoVersion(String),
    /// A file of another name than the prompts have.
    #[error("`{0}` is no prompt; they are {known}", known = NAMES.join(", "))]
    NoPrompt(String),
}

impl Default for Prompts {
    fn default() -> Self {
        let (version, texts) = SHIPPED[SHIPPED.len() - 1];
        Self::shipped(version, &texts)
    }
}

impl Prompts {
    /// The prompts `version`, as they ship with the program.
    ///
    /// # Errors
    /// Where there is no such version.
    pub fn of(version: &str) -> Result<Self, PromptError> {
        let found = SHIPPED.iter().find(|(name, _)| *name == version);
        found.map(|(name, texts)| Self::shipped(name, texts)).ok_or_else(|| PromptError::NoVersion(version.to_owned()))
    }

    /// These prompts with others in place of some of them, under another version: for trying out what will be the next.
    ///
    /// # Errors
    /// Where `texts` has a name that no prompt has.
    pub fn with(mut self, version: &str, texts: BTreeMap<String, String>) -> Result<Self, PromptError> {
        self.version = version.to_owned();
        for (name, text) in texts {
            let known = NAMES.into_iter().find(|known| *known == name).ok_or_else(|| PromptError::NoPrompt(name.clone()))?;
            self.texts.insert(known, Cow::Owned(text));
        }
        Ok(self)
    }

    fn shipped(version: &str, texts: &[&'static str; 8]) -> Self {
        let texts = NAMES.into_iter().zip(texts).map(|(name, text)| (name, Cow::Borrowed(*text))).collect();
        Self { version: version.to_owned(), texts }
    }

    /// The version: `v1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Digest of all texts.
    pub fn digest(&self) -> Digest {
        wardian_format::digest::of_files(self.texts.iter().map(|(name, text)| (*name, Digest::of(text.as_bytes()))))
    }

    /// The prompt `name` with the values of its placeholders. Those of other prompts first, so that a value is never read as a placeholder.
    pub(crate) fn fill(&self, name: &str, values: &[(&str, &str)]) -> String {
        let mut out = String::new();
        let mut rest = self.texts.get(name).map_or("", |text| text.as_ref());
        while let Some(start) = rest.find('{') {
            let value = rest[start + 1..].find('}').and_then(|length| {
                let key = &rest[start + 1..start + 1 + length];
                values.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value, start + length + 2))
            });
            let (value, end) = value.unwrap_or((&rest[start..=start], start + 1));
            out.push_str(&rest[..start]);
            out.push_str(value);
            rest = &rest[end..];
        }
        out + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_once() {
        let prompts =
            Prompts::default().with("x", [("form".to_owned(), "a {error} b {other} {\"c\": 1}".to_owned())].into()).expect("it fits");
        assert_eq!(prompts.fill("form", &[("error", "{other}"), ("nothing", "x")]), "a {other} b {other} {\"c\": 1}");
        assert_ne!(prompts.digest(), Prompts::default().digest());
    }

    #[test]
    fn what_is_no_prompt_is_said() {
        assert_eq!(Prompts::of("v0"), Err(PromptError::NoVersion("v0".to_owned())));
        assert!(Prompts::of("v1").is_ok());
        assert!(Prompts::default().with("x", [("tool".to_owned(), String::new())].into()).is_err());
        assert_eq!(SHIPPED.map(|(version, _)| version), VERSIONS);
    }
}
