//! What `set_apn_settings` takes. Upstream lets pydantic read the argument, which converts what it can: `"yes"` is a
//! boolean and `"8080"` a port, and a member that is left out has its default.

use crate::words::ApnName;
use serde_json::{Map, Value};
use wardian_guest::ToolError;

/// The settings of an access point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) apn_name: ApnName,
    pub(crate) reset_at_reboot: bool,
    pub(crate) mms_apn: Option<String>,
    pub(crate) mmsc_url: Option<String>,
    pub(crate) mms_proxy: Option<String>,
    pub(crate) mms_port: Option<i64>,
}

impl Default for Settings {
    /// What the carrier ships.
    fn default() -> Self {
        Self {
            apn_name: ApnName::Internet,
            reset_at_reboot: false,
            mms_apn: Some("mms".to_owned()),
            mmsc_url: Some("http://mms.carrier.com/mms/wapenc".to_owned()),
            mms_proxy: None,
            mms_port: None,
        }
    }
}

impl Settings {
    /// Reads settings from an argument.
    ///
    /// # Errors
    /// When a member is unknown, or its value cannot be converted.
    pub(crate) fn of(members: &Map<String, Value>) -> Result<Self, ToolError> {
        let mut settings = Self::default();
        for (name, value) in members {
            let wrong = |what: &str| ToolError::invalid(format!("apn_settings: {name} must be {what}"));
            let text = || optional(value, |value| value.as_str().map(str::to_owned)).ok_or_else(|| wrong("a text or null"));
            match name.as_str() {
                "apn_name" => settings.apn_name = value.as_str().and_then(ApnName::of).ok_or_else(|| wrong("'internet' or 'broken'"))?,
                "reset_at_reboot" => settings.reset_at_reboot = boolean(value).ok_or_else(|| wrong("a boolean"))?,
                "mms_apn" => settings.mms_apn = text()?,
                "mmsc_url" => settings.mmsc_url = text()?,
                "mms_proxy" => settings.mms_proxy = text()?,
                "mms_port" => settings.mms_port = optional(value, integer).ok_or_else(|| wrong("an integer or null"))?,
                _ => return Err(ToolError::invalid(format!("apn_settings: there is no setting {name}"))),
            }
        }
        Ok(settings)
    }
}

/// `Some(None)` for null, `None` for what `read` does not take.
fn optional<T>(value: &Value, read: impl FnOnce(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() { Some(None) } else { read(value).map(Some) }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
        Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
        Value::String(text) => match text.to_lowercase().as_str() {
            "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
            "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(value) => Some(i64::from(*value)),
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => integer_of_text(text.trim()),
        _ => None,
    }
}

fn whole(x: f64) -> Option<i64> {
    // Beyond 2^53 a document of JSON cannot hold the integer anyway.
    (x.fract() == 0.0 && x.abs() <= 9_007_199_254_740_992.0).then_some(x as i64)
}

/// A sign, digits with single underscores between them, and a fraction of nothing but zeros.
fn integer_of_text(text: &str) -> Option<i64> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let zeros = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let groups = digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    if !zeros || !groups {
        return None;
    }
    let value: i64 = digits.replace('_', "").parse().ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: Value) -> Option<Settings> {
        Settings::of(value.as_object().expect("an object")).ok()
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        assert_eq!(of(json!({})), Some(Settings::default()));
        let broken = Settings { apn_name: ApnName::Broken, mmsc_url: None, ..Settings::default() };
        assert_eq!(of(json!({"apn_name": "broken", "mmsc_url": null})), Some(broken));
    }

    #[test]
    fn conversions_are_those_of_pydantic() {
        for (value, port) in [
            (json!(80), 80),
            (json!(80.0), 80),
            (json!(true), 1),
            (json!("80"), 80),
            (json!(" +80\n"), 80),
            (json!("-0"), 0),
            (json!("8_0.00"), 80),
            (json!("007"), 7),
            (json!("00_1"), 1),
        ] {
            assert_eq!(of(json!({"mms_port": value})).map(|settings| settings.mms_port), Some(Some(port)), "{value}");
        }
        for value in [
            json!(80.5),
            json!("80."),
            json!("8__0"),
            json!("_80"),
            json!("80_"),
            json!(".0"),
            json!("- 8"),
            json!("+-8"),
            json!(""),
            json!([]),
        ] {
            assert_eq!(of(json!({"mms_port": value})), None, "{value}");
        }
        for (value, flag) in [(json!("oN"), true), (json!("NO"), false), (json!(1.0), true), (json!(0), false)] {
            assert_eq!(of(json!({"reset_at_reboot": value})).map(|settings| settings.reset_at_reboot), Some(flag), "{value}");
        }
        for value in [json!(2), json!(" true"), json!(""), json!(null)] {
            assert_eq!(of(json!({"reset_at_reboot": value})), None, "{value}");
        }
    }

    #[test]
    fn what_is_refused() {
        for value in [json!({"apn": "internet"}), json!({"apn_name": "Internet"}), json!({"apn_name": null}), json!({"mms_apn": 1})] {
            assert_eq!(of(value.clone()), None, "{value}");
        }
    }
}
