//! The people of every world: who is signed in, who wrote what. The names are made up.

use crate::words::flat;
use serde_json::{Map, Value, json};

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

/// Everybody.
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

impl Person {
    /// `Mira Holt`
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// `mira.holt@northwind.example`
    pub(crate) fn email(&self) -> String {
        format!("{}@northwind.example", self.login.replace('-', "."))
    }
}

/// A stable number of a person, of nine digits.
pub(crate) fn number(index: usize) -> i64 {
    104_729_311 + 7_919_363 * i64::try_from(index % PEOPLE.len()).unwrap_or(0)
}

/// A person as a field of this name and format tells: an e-mail, an id, a name or a login.
pub(crate) fn told_as(index: usize, field: &str, format: &str) -> String {
    let p = &PEOPLE[index % PEOPLE.len()];
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
    if f == "dataowner" { p.email() } else { p.login.to_owned() }
}

/// A person as an object of this schema.
pub(crate) fn document(index: usize, schema: &Value) -> Value {
    let p = &PEOPLE[index % PEOPLE.len()];
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
            "self" | "me" => json!(index == ME),
            _ => continue,
        };
        out.insert(name.clone(), value);
    }
    Value::Object(out)
}
