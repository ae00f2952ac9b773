//! Texts by what they mean. What belongs to one row agrees: its person, its place, its times.

use super::faker::{self, Faked};
use super::meaning::Text;
use super::number::few;
use super::places::{PLACES, Place};
use super::recipe::{Form, Recipe};
use crate::people;
use crate::seed::identifier;
use crate::seed_values::{Ask, day, unique_name, utc};
use crate::vocab;
use crate::vocab_lists::{ADJECTIVES, COLOURS, COMPANIES, FILES, STREETS, THEMES};
use wardian_format::Rng;

/// Longest text without a bound of its own that is cut to fit `maxLength`.
const FILL: &str = "x";

/// Area codes of numbers whose last part, 555-01xx, is set aside for examples.
const AREAS: [&str; 10] = ["202", "212", "303", "312", "404", "416", "503", "512", "604", "617"];

/// A text as `recipe` makes it, with a length within its bounds.
pub(crate) fn text(recipe: &Recipe, ask: &Ask<'_>, rng: &mut Rng) -> String {
    let (low, high) = (recipe.bounds.length_min, recipe.bounds.length_max);
    let made = match &recipe.form {
        Form::Choice(all) => return if rng.chance(50) { all[0].clone() } else { all[rng.below(all.len())].clone() },
        Form::Pattern(pattern) => match pattern.text(low, high.min(2_000), rng) {
            Some(text) => return text,
            None => of(Text::Token, recipe, ask, rng),
        },
        Form::Like(all) => like(&all[rng.below(all.len())], rng),
        Form::Text(means) => of(*means, recipe, ask, rng),
        _ => titled(recipe, ask, rng),
    };
    fitted(made, low, high)
}

/// `text` cut or filled up.
fn fitted(text: String, low: usize, high: usize) -> String {
    let count = text.chars().count();
    if count > high {
        let cut: String = text.chars().take(high).collect();
        return if low == 0 { cut.trim_end().to_owned() } else { cut };
    }
    if count < low {
        let seed = if text.is_empty() { FILL.to_owned() } else { text.clone() };
        return text.chars().chain(seed.chars().filter(|c| c.is_ascii_alphanumeric()).chain(FILL.chars()).cycle()).take(low).collect();
    }
    text
}

/// True where an example has enough digits to make others of it.
pub(crate) fn varies(example: &str) -> bool {
    example.chars().filter(char::is_ascii_digit).count() >= 4 && !example.contains("://")
}

/// An example with other digits; as it is where it has few.
fn like(example: &str, rng: &mut Rng) -> String {
    if !varies(example) {
        return example.to_owned();
    }
    example
        .chars()
        .map(|c| if c.is_ascii_digit() && c != '0' { char::from(b'1' + u8::try_from(rng.below(9)).unwrap_or(0)) } else { c })
        .collect()
}

fn pick(all: &[&str], rng: &mut Rng) -> String {
    all[rng.below(all.len())].to_owned()
}

pub(crate) fn hex(len: usize, rng: &mut Rng) -> String {
    (0..len).map(|_| char::from(b"0123456789abcdef"[rng.below(16)])).collect()
}

fn digits(len: usize, rng: &mut Rng) -> String {
    (0..len).map(|k| char::from(b'0' + u8::try_from(rng.between(i64::from(k == 0), 9)).unwrap_or(0))).collect()
}

/// Version 4.
pub(crate) fn uuid(rng: &mut Rng) -> String {
    let h = hex(32, rng);
    format!("{}-{}-4{}-{}{}-{}", &h[..8], &h[8..12], &h[13..16], ["8", "9", "a", "b"][rng.below(4)], &h[17..20], &h[20..])
}

fn base64(len: usize, rng: &mut Rng) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let len = len / 4 * 4;
    let body: String = (0..len.saturating_sub(2)).map(|_| char::from(ALPHABET[rng.below(64)])).collect();
    // The last letter before the padding has four bits that must be zero.
    let last = char::from(ALPHABET[rng.below(4) * 16]);
    format!("{}{last}==", &body[..body.len() - 1])
}

/// `#` becomes a digit, `@` a letter.
fn filled(form: &str, rng: &mut Rng) -> String {
    let one = |c: char, rng: &mut Rng| match c {
        '#' => char::from(b'0' + u8::try_from(rng.below(10)).unwrap_or(0)),
        '@' => char::from(b"ABCDEGHJKLMNPRSTVWXYZ"[rng.below(21)]),
        other => other,
    };
    form.chars().map(|c| one(c, rng)).collect()
}

fn of(means: Text, recipe: &Recipe, ask: &Ask<'_>, rng: &mut Rng) -> String {
    let place = &PLACES[ask.place()];
    match means {
        Text::Of(_) if recipe.words == ["type"] && ask.entity.provider == "azure.com" => {
            format!("{}/{}", namespace(ask), camel(&crate::words::plural(&ask.entity.noun)))
        }
        Text::Of(all) => pick(all, rng),
        Text::Name => name(recipe, ask, rng),
        Text::Title => vocab::title(&ask.entity.noun, ask.total),
        Text::Description => vocab::sentence(&ask.entity.noun, if ask.total < 6 { ask.total } else { rng.below(997) }),
        Text::Slug => format!("{}-{}", THEMES[rng.below(THEMES.len())], ["eu", "north", "main", "web", "core", "2025"][rng.below(6)]),
        Text::Faked(Faked::StreetName) | Text::Street => street(rng),
        Text::Faked(what) => faker::faked(what, rng),
        Text::Company => company(ask.total, rng),
        Text::PersonName | Text::FirstName | Text::LastName | Text::Login | Text::Email => person(means, recipe, ask, rng),
        Text::Phone => format!("+1 {} 555 01{:02}", AREAS[rng.below(AREAS.len())], rng.below(100)),
        Text::Address
        | Text::City
        | Text::State
        | Text::StateCode
        | Text::Country
        | Text::CountryCode
        | Text::Postal
        | Text::Place
        | Text::Latitude
        | Text::Longitude
        | Text::TimeZone
        | Text::Locale
        | Text::Currency => of_place(means, place, rng),
        Text::Moment | Text::Past | Text::Future | Text::Day | Text::Birth | Text::Clock | Text::Year | Text::Duration | Text::Cron => {
            time(means, recipe, ask, rng)
        }
        Text::Url
        | Text::ImageUrl
        | Text::Domain
        | Text::Host
        | Text::Ip
        | Text::Ipv6
        | Text::Cidr
        | Text::Mac
        | Text::Region
        | Text::Zone => network(means, ask, rng),
        _ => code(means, recipe, ask, rng),
    }
}

/// Identifiers, hashes, secrets, files, numbers of papers.
fn code(means: Text, recipe: &Recipe, ask: &Ask<'_>, rng: &mut Rng) -> String {
    match means {
        Text::Identifier if recipe.words.iter().any(|w| w == "uuid" || w == "guid") => uuid(rng),
        Text::Identifier if ask.entity.provider == "amazonaws.com" => prefixed(recipe, rng),
        Text::Uuid => uuid(rng),
        Text::OdataType => format!("#microsoft.graph.{}", camel(&ask.entity.noun)),
        Text::ResourcePath => {
            let (group, kind) = (THEMES[rng.below(THEMES.len())], camel(&crate::words::plural(&ask.entity.noun)));
            format!("/subscriptions/{}/resourceGroups/{group}/providers/{}/{kind}/{group}-{}", uuid(rng), namespace(ask), rng.between(1, 9))
        }
        Text::Arn => {
            let noun = recipe.words.iter().rev().find(|w| !matches!(w.as_str(), "arn" | "arns")).map_or("resource", String::as_str);
            let service = if noun == "role" { "iam:" } else { &format!("{}:us-east-1", ask.entity.service) };
            format!("arn:aws:{service}:{}:{noun}/{}", people::ACCOUNT, THEMES[rng.below(THEMES.len())])
        }
        Text::Digits(len) => digits(len.min(recipe.bounds.length_max.max(1)), rng),
        Text::Hex(len) => hex(len, rng),
        Text::Base64(len) => base64(len, rng),
        Text::Token => format!("{}{}", identifier(rng), hex(12, rng)),
        Text::Version => format!("{}.{}.{}", 1 + few(4, rng), few(12, rng), few(9, rng)),
        Text::Branch => pick(&["main", "main", "develop", "release-2.x", "fix-login-loop", "feature-bulk-edit"], rng),
        Text::File => pick(&FILES, rng),
        Text::Path => format!("/{}/{}", THEMES[rng.below(THEMES.len())], ["2025", "data", "reports", "incoming", "archive"][rng.below(5)]),
        Text::Color if ask.entity.provider == "github.com" => COLOURS[ask.total % COLOURS.len()].to_owned(),
        Text::Color => format!("#{}", COLOURS[rng.below(COLOURS.len())]),
        Text::Iban => iban(rng),
        Text::Sku => filled("@@@-####", rng),
        Text::Serial => {
            let initial = recipe.words.first().and_then(|w| w.chars().next()).map_or('N', |c| c.to_ascii_uppercase());
            format!("{initial}-2025-{:05}", 1_000 + ask.total)
        }
        Text::Amount => format!("{}.{:02}", 4 + few(900, rng), [0, 50, 95, 99][rng.below(4)]),
        Text::Count(max) => (1 + few(max - 1, rng)).to_string(),
        Text::Policy => {
            let actions = ["s3:GetObject", "sqs:SendMessage", "sns:Publish", "logs:PutLogEvents"];
            let action = actions[rng.below(actions.len())];
            format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"{action}\",\"Resource\":\"*\"}}]}}")
        }
        Text::Certificate => format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----", base64(64, rng)),
        _ => identifier(rng),
    }
}

/// The last two words of a noun as one: `securityAction`.
fn camel(noun: &str) -> String {
    let words: Vec<&str> = noun.split(' ').filter(|w| !matches!(*w, "microsoft" | "graph")).collect();
    let few = &words[words.len().saturating_sub(2)..];
    few.iter().enumerate().map(|(i, w)| if i == 0 { (*w).to_owned() } else { crate::words::capital(w) }).collect()
}

/// `Microsoft.Network`, after the service.
fn namespace(ask: &Ask<'_>) -> String {
    let service: String = ask.entity.service.chars().take_while(char::is_ascii_alphanumeric).collect();
    format!("Microsoft.{}", crate::words::capital(if service.is_empty() { "Resources" } else { &service }))
}

/// Identifiers of resources of AWS have a prefix that tells the kind.
fn prefixed(recipe: &Recipe, rng: &mut Rng) -> String {
    let kinds = [
        ("vpc", "vpc"),
        ("subnet", "subnet"),
        ("snapshot", "snap"),
        ("volume", "vol"),
        ("image", "ami"),
        ("ami", "ami"),
        ("instance", "i"),
        ("group", "sg"),
        ("interface", "eni"),
        ("gateway", "igw"),
        ("acl", "acl"),
        ("table", "rtb"),
        ("endpoint", "vpce"),
        ("allocation", "eipalloc"),
    ];
    let told = recipe.words.iter().rev().find_map(|w| kinds.iter().find(|(kind, _)| kind == w || Some(*kind) == w.strip_suffix('s')));
    match told {
        Some((_, prefix)) => format!("{prefix}-0{}", hex(16, rng)),
        None => identifier(rng),
    }
}

/// Two digits make the remainder of the whole 1, as the checks of banks want it; the bank does not exist.
fn iban(rng: &mut Rng) -> String {
    let account = format!("00000000{}", digits(10, rng));
    // DE00 as digits: D is 13, E is 14.
    let rest = format!("{account}131400").bytes().fold(0_u64, |sum, b| (sum * 10 + u64::from(b - b'0')) % 97);
    format!("DE{:02}{account}", 98 - rest)
}

fn street(rng: &mut Rng) -> String {
    if rng.chance(50) {
        format!("{} {}", rng.between(1, 120), STREETS[rng.below(STREETS.len())])
    } else {
        format!("{} {}", rng.between(1, 2_400), faker::faked(Faked::StreetName, rng))
    }
}

fn company(total: usize, rng: &mut Rng) -> String {
    if total < 40 { COMPANIES[rng.below(COMPANIES.len())].to_owned() } else { faker::faked(Faked::Company, rng) }
}

fn person(means: Text, recipe: &Recipe, ask: &Ask<'_>, rng: &mut Rng) -> String {
    // Who made or owns something is one of a few people; a contact or customer is the person of the row.
    let makers =
        ["owner", "creator", "author", "by", "user", "assignee", "sender", "uploader", "manager", "principal", "approver", "reviewer"];
    let known = ask.person.is_none() && recipe.words.iter().any(|w| makers.contains(&w.as_str()));
    let index = if known { if rng.chance(35) { people::ME } else { rng.below(14) } } else { ask.person.unwrap_or(ask.total + 3) };
    let who = people::of(index);
    match means {
        Text::PersonName => who.name(),
        Text::FirstName => who.first.to_owned(),
        Text::LastName => who.last.to_owned(),
        Text::Email => who.email(),
        _ => who.login.into_owned(),
    }
}

fn of_place(means: Text, place: &Place, rng: &mut Rng) -> String {
    let degrees = |hundredths: i64, rng: &mut Rng| {
        let all = hundredths * 100 + rng.between(-400, 400);
        format!("{}{}.{:04}", if all < 0 { "-" } else { "" }, all.abs() / 10_000, all.abs() % 10_000)
    };
    match means {
        Text::Address => format!("{}, {} {}, {}", street(rng), filled(place.postal, rng), place.city, place.country),
        Text::City => place.city.to_owned(),
        Text::State => place.state.to_owned(),
        Text::StateCode => place.state_code.to_owned(),
        Text::Country => place.country.to_owned(),
        Text::CountryCode => place.country_code.to_owned(),
        Text::Postal => filled(place.postal, rng),
        Text::Latitude => degrees(place.at.0, rng),
        Text::Longitude => degrees(place.at.1, rng),
        Text::TimeZone => place.time_zone.to_owned(),
        Text::Locale => place.locale.to_owned(),
        Text::Currency => place.currency.to_owned(),
        _ => format!("{}, {}", place.city, place.country),
    }
}

fn time(means: Text, recipe: &Recipe, ask: &Ask<'_>, rng: &mut Rng) -> String {
    let form = |at: i64| if recipe.days { day(at) } else { utc(at) };
    match means {
        Text::Moment => (ask.past(rng) * 1000).to_string(),
        Text::Day => day(ask.past(rng)),
        Text::Birth => {
            let at = ask.now - 86_400 * rng.between(18 * 365, 74 * 365);
            let at = at - at.rem_euclid(86_400);
            if recipe.dated { utc(at) } else { day(at) }
        }
        Text::Past => form(if first_of_two(recipe) { ask.created } else { ask.past(rng) }),
        Text::Future => form(ask.future(rng)),
        Text::Clock => format!("{:02}:{:02}", rng.between(6, 20), [0, 15, 30, 45][rng.below(4)]),
        Text::Year => rng.between(2017, 2025).to_string(),
        Text::Cron => pick(&["0 3 * * *", "*/15 * * * *", "0 9 * * 1", "30 22 * * 5", "0 0 1 * *"], rng),
        _ if recipe.words.iter().any(|w| matches!(w.as_str(), "ttl" | "timeout" | "age")) => pick(&["30", "60", "300", "3600"], rng),
        _ => pick(&["PT15M", "PT1H", "P1D", "P7D", "PT30M", "P1M"], rng),
    }
}

/// True for the start of a span: it is not after whatever else happened to the row.
fn first_of_two(recipe: &Recipe) -> bool {
    recipe.words.iter().any(|w| {
        w.starts_with("creat") || w.starts_with("start") || matches!(w.as_str(), "begin" | "from" | "since" | "submitted" | "requested")
    })
}

fn network(means: Text, ask: &Ask<'_>, rng: &mut Rng) -> String {
    let company =
        ["northwind", "harbor-analytics", "blue-fir", "meridian", "copperleaf", "openfield", "papertrail", "stonebridge"][rng.below(8)];
    let theme = THEMES[rng.below(THEMES.len())];
    match means {
        Text::Url => format!("https://{company}.example/{theme}/{}", rng.between(100, 9_999)),
        Text::ImageUrl => format!("https://images.example/{}.png", hex(8, rng)),
        Text::Domain => format!("{company}.example"),
        Text::Host => format!("{theme}-{}.{company}.example", rng.between(1, 9)),
        Text::Ip => format!("10.{}.{}.{}", rng.below(64), rng.below(256), rng.between(2, 250)),
        Text::Ipv6 => format!("2001:db8:{}:{}::{}", hex(4, rng), hex(4, rng), hex(2, rng)),
        Text::Cidr => format!("10.{}.{}.0/24", rng.below(64), rng.below(256)),
        Text::Mac => (0..5).fold("02".to_owned(), |all, _| format!("{all}:{}", hex(2, rng))),
        _ => {
            let all = match ask.entity.provider.as_str() {
                "azure.com" | "microsoft.com" => ["westeurope", "eastus", "northeurope", "uksouth"],
                "googleapis.com" => ["europe-west1", "us-central1", "us-east4", "asia-east1"],
                "digitalocean.com" => ["ams3", "fra1", "nyc3", "sfo3"],
                _ => ["eu-west-1", "us-east-1", "eu-central-1", "us-west-2"],
            };
            let zone = if ask.entity.provider == "googleapis.com" { "-b" } else { "a" };
            let region = pick(&all, rng);
            if means == Text::Zone { format!("{region}{zone}") } else { region }
        }
    }
}

/// The name of the thing that the words before `name` tell; the row's own where there are none.
fn name(recipe: &Recipe, ask: &Ask<'_>, rng: &mut Rng) -> String {
    let words: Vec<&str> =
        recipe.words.iter().map(String::as_str).filter(|w| !matches!(*w, "name" | "label" | "alias" | "full" | "display" | "id")).collect();
    let noun = words.join(" ");
    let name = if noun.is_empty() || noun == ask.entity.noun {
        unique_name(ask, rng).as_str().unwrap_or("").to_owned()
    } else {
        vocab::name_of(&noun, rng.below(24), is_technical(ask))
    };
    let for_people = recipe.words.iter().any(|w| matches!(w.as_str(), "display" | "displayname" | "full" | "legal"));
    if for_people { vocab::spelled(&name) } else { name }
}

/// True where names are like `orders-cluster`, not `Orders cluster`.
pub(crate) fn is_technical(ask: &Ask<'_>) -> bool {
    let known = [
        "amazonaws.com",
        "azure.com",
        "googleapis.com",
        "digitalocean.com",
        "kubernetes.io",
        "github.com",
        "vmware.com",
        "linode.com",
        "heroku.com",
        "docker.com",
    ];
    known.contains(&ask.entity.provider.as_str())
}

/// For what nothing else is known of: `Seasonal dosage form`.
fn titled(recipe: &Recipe, ask: &Ask<'_>, rng: &mut Rng) -> String {
    let words = if recipe.words.is_empty() { ask.entity.noun.clone() } else { recipe.words.join(" ") };
    format!("{} {words}", ADJECTIVES[rng.below(ADJECTIVES.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_accounts_pass_the_check_of_banks() {
        for seed in 0..200 {
            let text = iban(&mut Rng::of(seed, &["iban"]));
            let turned: String =
                text[4..].chars().chain(text[..4].chars()).map(|c| c.to_digit(36).expect("a letter or digit").to_string()).collect();
            let rest = turned.bytes().fold(0, |sum, b| (sum * 10 + u32::from(b - b'0')) % 97);
            assert_eq!((rest, text.len()), (1, 22), "{text}");
        }
    }

    #[test]
    fn texts_are_fitted_to_their_bounds() {
        for (text, low, high) in [("", 3, 9), ("ä", 4, 4), ("a long text", 0, 5), ("fine", 0, 99), ("--", 5, 5)] {
            let made = fitted(text.to_owned(), low, high);
            assert!((low..=high).contains(&made.chars().count()), "{made}");
        }
    }

    #[test]
    fn identifiers_have_their_form() {
        let mut rng = Rng::of(9, &["uuid"]);
        for _ in 0..200 {
            let id = uuid(&mut rng);
            assert_eq!((id.len(), id.as_bytes()[14]), (36, b'4'));
            assert!(id.split('-').map(str::len).eq([8, 4, 4, 4, 12]), "{id}");
            assert_eq!(base64(44, &mut rng).len(), 44);
        }
    }
}
