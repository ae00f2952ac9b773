//! Who we are to a registry: from the environment, and never printed.

use anyhow::{Result, bail};

/// The variable that holds the user.
pub(crate) const USER_VARIABLE: &str = "WARDIAN_REGISTRY_USER";

/// The variable that holds the password or token.
pub(crate) const PASSWORD_VARIABLE: &str = "WARDIAN_REGISTRY_PASSWORD";

/// User and password. There is no `Debug`: it would end up in a log.
#[derive(Clone)]
pub(crate) struct Credentials {
    /// The user.
    pub(crate) user: String,
    /// The password, or a token.
    pub(crate) password: String,
}

impl Credentials {
    /// Those of the environment, if any.
    pub(crate) fn of_environment() -> Result<Option<Self>> {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>> {
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        match (value(USER_VARIABLE), value(PASSWORD_VARIABLE)) {
            (Some(user), Some(password)) => Ok(Some(Self { user, password })),
            (None, None) => Ok(None),
            _ => bail!("set both {USER_VARIABLE} and {PASSWORD_VARIABLE}, or neither"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_or_neither() {
        let of = |pairs: &[(&str, &str)]| {
            Credentials::of(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        let found = of(&[(USER_VARIABLE, "me"), (PASSWORD_VARIABLE, "secret")]).expect("both").expect("credentials");
        assert_eq!((found.user.as_str(), found.password.as_str()), ("me", "secret"));
        assert!(of(&[]).expect("neither").is_none() && of(&[(USER_VARIABLE, ""), (PASSWORD_VARIABLE, "")]).expect("neither").is_none());
        assert!(of(&[(USER_VARIABLE, "me")]).is_err() && of(&[(PASSWORD_VARIABLE, "secret")]).is_err());
    }
}
