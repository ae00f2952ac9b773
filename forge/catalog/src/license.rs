//! Licences as SPDX identifiers, where what is stated can be recognised.

use crate::text;
use serde_json::Value;

/// Longest expression that is recorded, characters.
const CHARS_MAX: usize = 60;

/// Parts of URLs that name a licence.
const URLS: [(&str, &str); 19] = [
    ("apache.org/licenses/license-2.0", "Apache-2.0"),
    ("opensource.org/licenses/mit", "MIT"),
    ("opensource.org/license/mit", "MIT"),
    ("opensource.org/licenses/apache-2.0", "Apache-2.0"),
    ("opensource.org/licenses/bsd-3-clause", "BSD-3-Clause"),
    ("opensource.org/licenses/bsd-2-clause", "BSD-2-Clause"),
    ("creativecommons.org/licenses/by/3.0", "CC-BY-3.0"),
    ("creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
    ("creativecommons.org/licenses/by-sa/3.0", "CC-BY-SA-3.0"),
    ("creativecommons.org/licenses/by-sa/4.0", "CC-BY-SA-4.0"),
    ("creativecommons.org/licenses/by-nc/4.0", "CC-BY-NC-4.0"),
    ("creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"),
    ("gnu.org/licenses/gpl-3.0", "GPL-3.0-only"),
    ("gnu.org/licenses/gpl-2.0", "GPL-2.0-only"),
    ("gnu.org/licenses/agpl-3.0", "AGPL-3.0-only"),
    ("gnu.org/licenses/lgpl-3.0", "LGPL-3.0-only"),
    ("mozilla.org/mpl/2.0", "MPL-2.0"),
    ("unlicense.org", "Unlicense"),
    ("eclipse.org/legal/epl-2.0", "EPL-2.0"),
];

/// The licence that OpenAPI's `info.license` states: its `identifier`, else its `url`, else its `name`.
pub(crate) fn stated(license: &Value) -> Option<String> {
    if let Some(identifier) = license["identifier"].as_str() {
        return spdx(identifier);
    }
    let url = license["url"].as_str().map(str::to_lowercase).unwrap_or_default();
    let by_url = URLS.iter().find(|(part, _)| url.contains(part)).map(|(_, id)| (*id).to_owned());
    by_url.or_else(|| spdx(license["name"].as_str()?))
}

/// `name` as an SPDX expression: an identifier or expression as it is, a common name by its identifier, anything else as a
/// `LicenseRef-`. `None` for nothing.
pub(crate) fn spdx(name: &str) -> Option<String> {
    let name = text::clean(name, CHARS_MAX);
    let plain = name.trim_matches(|c: char| !c.is_alphanumeric() && c != '(' && c != ')');
    if plain.is_empty() {
        return None;
    }
    let listed = |text: &str| {
        let mut all = spdx::identifiers::LICENSES.iter();
        let found = all.find(|license| license.name.eq_ignore_ascii_case(text) || license.full_name.eq_ignore_ascii_case(text));
        found.map(|license| license.name.to_owned())
    };
    if let Some(id) = listed(plain) {
        return Some(id);
    }
    if plain.contains(" OR ") || plain.contains(" AND ") || plain.contains(" WITH ") {
        return spdx::Expression::parse(plain).ok().map(|_| plain.to_owned()).or_else(|| reference(plain));
    }
    let loose = loosened(plain);
    let known = [plain, &loose].into_iter().find_map(|text| {
        let (id, length) = spdx::imprecise_license_id(text)?;
        // A prefix is not enough: `MIT-like terms` is not MIT.
        (length == text.len()).then(|| id.name.to_owned())
    });
    known.or_else(|| common(&loose).map(str::to_owned)).or_else(|| reference(plain))
}

/// Lower case, without `the`, `license`, `version`, commas and `v` before a digit.
fn loosened(name: &str) -> String {
    let lower = name.to_lowercase().replace("licence", "license").replace([',', '(', ')'], " ");
    let words = lower.split_whitespace().filter(|word| !matches!(*word, "the" | "license" | "version" | "public" | "general"));
    let words: Vec<&str> =
        words.map(|word| word.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(word)).collect();
    words.join(" ")
}

/// What people write for licences, loosened.
fn common(loose: &str) -> Option<&'static str> {
    Some(match loose {
        "mit" | "expat" => "MIT",
        "apache" | "apache 2" | "apache 2.0" | "apache software 2.0" | "apache-2" | "apache2" | "asl 2.0" => "Apache-2.0",
        "bsd 3-clause" | "bsd 3 clause" | "new bsd" | "modified bsd" | "3-clause bsd" => "BSD-3-Clause",
        "bsd 2-clause" | "simplified bsd" | "2-clause bsd" => "BSD-2-Clause",
        "gnu 3" | "gnu 3.0" | "gpl 3" | "gpl 3.0" | "gnu gpl 3" => "GPL-3.0-only",
        "gnu affero 3" | "gnu affero 3.0" | "agpl 3" | "agpl 3.0" => "AGPL-3.0-only",
        "mozilla 2.0" | "mpl 2.0" => "MPL-2.0",
        "cc by 4.0" | "cc-by 4.0" | "creative commons attribution 4.0" | "creative commons attribution 4.0 international" => "CC-BY-4.0",
        "cc by 3.0" | "cc-by 3.0" | "creative commons attribution 3.0" => "CC-BY-3.0",
        "cc by-sa 4.0" | "creative commons attribution-sharealike 4.0 international" => "CC-BY-SA-4.0",
        "cc0" | "cc0 1.0" | "cc0 1.0 universal" | "creative commons zero" => "CC0-1.0",
        "unlicense" => "Unlicense",
        _ => return None,
    })
}

/// A licence that SPDX does not list.
fn reference(name: &str) -> Option<String> {
    let mut out = String::new();
    for c in name.chars() {
        let c = if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        if !(c == '-' && out.ends_with(['-'])) {
            out.push(c);
        }
    }
    let out = out.trim_matches('-');
    (!out.is_empty()).then(|| format!("LicenseRef-{out}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_of_licences() {
        for (name, id) in [
            ("MIT", Some("MIT")),
            ("MIT License", Some("MIT")),
            ("The MIT Licence (MIT)", Some("LicenseRef-The-MIT-Licence-MIT")),
            ("Apache 2.0", Some("Apache-2.0")),
            ("Apache License, Version 2.0", Some("Apache-2.0")),
            ("apache-2.0", Some("Apache-2.0")),
            ("MIT OR Apache-2.0", Some("MIT OR Apache-2.0")),
            ("Creative Commons Attribution 4.0 International", Some("CC-BY-4.0")),
            ("MIT-like terms", Some("LicenseRef-MIT-like-terms")),
            ("Our own terms of use!", Some("LicenseRef-Our-own-terms-of-use")),
            ("…", None),
            ("", None),
        ] {
            assert_eq!(spdx(name).as_deref(), id, "{name}");
        }
    }

    #[test]
    fn urls_say_more_than_names() {
        let license = json!({"name": "see link", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"});
        assert_eq!(stated(&license).as_deref(), Some("Apache-2.0"));
        assert_eq!(stated(&json!({"identifier": "MIT", "name": "x"})).as_deref(), Some("MIT"));
        assert_eq!(stated(&json!({"name": 5})), None);
    }
}
