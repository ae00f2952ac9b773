//! The people of every world: who is signed in, who wrote what. The names are made up.

use crate::seed::faker;
use crate::words::flat;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// One person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) login: &'static str,
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
}

const fn person(login: &'static str, first: &'static str, last: &'static str) -> Person {
    Person { login, first, last }
}

/// Index of the authenticated user.
pub(crate) const ME: usize = 0;

/// The account number in addresses and resource names.
pub(crate) const ACCOUNT: &str = "481516234200";

/// Whose addresses people have.
const EMPLOYERS: [&str; 6] = ["northwind", "meridian", "copperleaf", "openfield", "papertrail", "stonebridge"];

/// Those who own and write things; others only stand in tables of people.
pub(crate) const PEOPLE: [Person; 24] = [
    person("mira-holt", "Mira", "Holt"),
    person("tobias-renner", "Tobias", "Renner"),
    person("ada-okafor", "Ada", "Okafor"),
    person("jun-takeda", "Jun", "Takeda"),
    person("priya-raman", "Priya", "Raman"),
    person("leo-castellan", "Leo", "Castellan"),
    person("sofia-lindqvist", "Sofia", "Lindqvist"),
    person("omar-haddad", "Omar", "Haddad"),
    person("ines-carvalho", "Inês", "Carvalho"),
    person("nils-bergstrom", "Nils", "Bergström"),
    person("grace-mwangi", "Grace", "Mwangi"),
    person("daniel-whitlock", "Daniel", "Whitlock"),
    person("yara-benali", "Yara", "Benali"),
    person("marek-dvorsky", "Marek", "Dvorský"),
    person("hana-kowalczyk", "Hana", "Kowalczyk"),
    person("felix-aubert", "Felix", "Aubert"),
    person("rosa-delgado", "Rosa", "Delgado"),
    person("ethan-price", "Ethan", "Price"),
    person("lucia-ferrante", "Lucia", "Ferrante"),
    person("sam-oduya", "Sam", "Oduya"),
    person("keiko-mori", "Keiko", "Mori"),
    person("ravi-chandran", "Ravi", "Chandran"),
    person("nora-eklund", "Nora", "Eklund"),
    person("victor-salas", "Victor", "Salas"),
];

/// Any person: one of [`PEOPLE`], or one of as many others as a table needs.
#[derive(Clone, Debug)]
pub(crate) struct Someone {
    pub(crate) login: Cow<'static, str>,
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    employer: &'static str,
}

impl Someone {
    /// `Mira Holt`
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// `mira.holt@northwind.example`
    pub(crate) fn email(&self) -> String {
        format!("{}@{}.example", self.login.replace('-', "."), self.employer)
    }
}

/// The person with this number; no two have the same login or address.
pub(crate) fn of(index: usize) -> Someone {
    if let Some(p) = PEOPLE.get(index) {
        return Someone { login: Cow::Borrowed(p.login), first: p.first, last: p.last, employer: EMPLOYERS[0] };
    }
    let (firsts, lasts) = faker::names();
    // Steps of a prime through both lists: each pair comes once before the first comes again.
    let k = index - PEOPLE.len();
    let at = (k * 7_919) % firsts.len();
    let (first, last) = (firsts[at], lasts[(k / firsts.len() + at * 31) % lasts.len()]);
    // `D'angelo` and `Dangelo` are two.
    let plain = |name: &str| name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect::<String>();
    let login = match k / (firsts.len() * lasts.len()) {
        0 => format!("{}-{}", plain(first), plain(last)),
        round => format!("{}-{}{}", plain(first), plain(last), round + 1),
    };
    let login = if PEOPLE.iter().any(|p| p.login == login) { format!("{login}2") } else { login };
    Someone { login: Cow::Owned(login), first, last, employer: EMPLOYERS[k % EMPLOYERS.len()] }
}

/// A stable number of a person, of nine digits.
pub(crate) fn number(index: usize) -> i64 {
    104_729_311 + 7_919_363 * i64::try_from(index).unwrap_or(0)
}

/// A person as a field of this name and format tells: an e-mail, an id, a name or a login.
pub(crate) fn told_as(index: usize, field: &str, format: &str) -> String {
    let p = of(index);
    let f = flat(field);
    if format == "email" || f.contains("email") {
        return p.email();
    }
    if f.ends_with("id") {
        return number(index).to_string();
    }
    if f.ends_with("displayname") || f.ends_with("fullname") {
        return p.name();
    }
    if f == "dataowner" { p.email() } else { p.login.into_owned() }
}

/// A person as an object of this schema.
pub(crate) fn document(index: usize, schema: &Value) -> Value {
    let p = of(index);
    let mut out = Map::new();
    for (name, member) in crate::schema::properties(schema) {
        let text = member["type"] == "string";
        let value = match flat(name).as_str() {
            "displayname" | "name" | "fullname" if text => json!(p.name()),
            "givenname" | "firstname" if text => json!(p.first),
            "familyname" | "lastname" if text => json!(p.last),
            "email" | "emailaddress" if text => json!(p.email()),
            "login" | "username" if text => json!(p.login),
            "id" | "userid" | "permissionid" if text => json!(number(index).to_string()),
            "id" => json!(number(index)),
            "self" | "me" if !text => json!(index == ME),
            _ => continue,
        };
        out.insert(name.clone(), value);
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn everybody_has_an_own_login() {
        let logins: BTreeSet<String> = (0..120_000).map(|i| of(i).login.into_owned()).collect();
        assert_eq!(logins.len(), 120_000);
        let (firsts, lasts) = faker::names();
        let round = PEOPLE.len() + firsts.len() * lasts.len();
        assert_ne!(of(PEOPLE.len()).login, of(round).login);
        assert!(logins.iter().all(|l| l.is_ascii()));
    }
}
