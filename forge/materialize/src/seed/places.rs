//! Places whose parts belong together: city, state, country, postal code, time zone, currency, language.

/// One place.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) city: &'static str,
    pub(crate) state: &'static str,
    pub(crate) state_code: &'static str,
    pub(crate) country: &'static str,
    pub(crate) country_code: &'static str,
    /// `#` is a digit, `@` a letter.
    pub(crate) postal: &'static str,
    /// Degrees north and east, in hundredths.
    pub(crate) at: (i64, i64),
    pub(crate) time_zone: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) locale: &'static str,
}

#[expect(clippy::too_many_arguments, reason = "the columns of a table")]
const fn place(
    city: &'static str,
    state: (&'static str, &'static str),
    country: (&'static str, &'static str),
    postal: &'static str,
    at: (i64, i64),
    time_zone: &'static str,
    currency: &'static str,
    locale: &'static str,
) -> Place {
    Place {
        city,
        state: state.0,
        state_code: state.1,
        country: country.0,
        country_code: country.1,
        postal,
        at,
        time_zone,
        currency,
        locale,
    }
}

/// All places; their number is prime, so that steps through them meet each.
pub(crate) const PLACES: [Place; 23] = [
    place("Lisbon", ("Lisboa", "11"), ("Portugal", "PT"), "1###-###", (3872, -914), "Europe/Lisbon", "EUR", "pt-PT"),
    place("Rotterdam", ("Zuid-Holland", "ZH"), ("Netherlands", "NL"), "30## @@", (5192, 448), "Europe/Amsterdam", "EUR", "nl-NL"),
    place("Gothenburg", ("Västra Götaland", "O"), ("Sweden", "SE"), "41# ##", (5771, 1197), "Europe/Stockholm", "SEK", "sv-SE"),
    place("Leipzig", ("Sachsen", "SN"), ("Germany", "DE"), "041##", (5134, 1237), "Europe/Berlin", "EUR", "de-DE"),
    place("Lyon", ("Auvergne-Rhône-Alpes", "ARA"), ("France", "FR"), "6900#", (4576, 484), "Europe/Paris", "EUR", "fr-FR"),
    place("Bristol", ("England", "ENG"), ("United Kingdom", "GB"), "BS# #@@", (5145, -259), "Europe/London", "GBP", "en-GB"),
    place("Portland", ("Oregon", "OR"), ("United States", "US"), "972##", (4552, -12268), "America/Los_Angeles", "USD", "en-US"),
    place("Austin", ("Texas", "TX"), ("United States", "US"), "787##", (3027, -9774), "America/Chicago", "USD", "en-US"),
    place("Columbus", ("Ohio", "OH"), ("United States", "US"), "432##", (3996, -8300), "America/New_York", "USD", "en-US"),
    place("Denver", ("Colorado", "CO"), ("United States", "US"), "802##", (3974, -10499), "America/Denver", "USD", "en-US"),
    place("Montreal", ("Quebec", "QC"), ("Canada", "CA"), "H2@ #@#", (4550, -7357), "America/Toronto", "CAD", "fr-CA"),
    place("Nairobi", ("Nairobi County", "30"), ("Kenya", "KE"), "001##", (-129, 3682), "Africa/Nairobi", "KES", "en-KE"),
    place("Osaka", ("Osaka", "27"), ("Japan", "JP"), "53#-00##", (3469, 13550), "Asia/Tokyo", "JPY", "ja-JP"),
    place("Melbourne", ("Victoria", "VIC"), ("Australia", "AU"), "30##", (-3781, 14496), "Australia/Melbourne", "AUD", "en-AU"),
    place("Pune", ("Maharashtra", "MH"), ("India", "IN"), "4110##", (1852, 7386), "Asia/Kolkata", "INR", "en-IN"),
    place("Valencia", ("Comunidad Valenciana", "VC"), ("Spain", "ES"), "460##", (3947, -38), "Europe/Madrid", "EUR", "es-ES"),
    place("Turin", ("Piemonte", "21"), ("Italy", "IT"), "101##", (4507, 769), "Europe/Rome", "EUR", "it-IT"),
    place("Kraków", ("Małopolskie", "12"), ("Poland", "PL"), "31-0##", (5006, 1994), "Europe/Warsaw", "PLN", "pl-PL"),
    place("Curitiba", ("Paraná", "PR"), ("Brazil", "BR"), "80###-###", (-2543, -4927), "America/Sao_Paulo", "BRL", "pt-BR"),
    place("Guadalajara", ("Jalisco", "JAL"), ("Mexico", "MX"), "441##", (2066, -10335), "America/Mexico_City", "MXN", "es-MX"),
    place("Auckland", ("Auckland", "AUK"), ("New Zealand", "NZ"), "10##", (-3685, 17476), "Pacific/Auckland", "NZD", "en-NZ"),
    place("Basel", ("Basel-Stadt", "BS"), ("Switzerland", "CH"), "40##", (4756, 759), "Europe/Zurich", "CHF", "de-CH"),
    place("Cape Town", ("Western Cape", "WC"), ("South Africa", "ZA"), "80##", (-3392, 1842), "Africa/Johannesburg", "ZAR", "en-ZA"),
];
