//! Short lists for seeded values: places, companies, colours, tags.

/// Cities with country, code, time zone.
pub(crate) const CITIES: [(&str, &str, &str, &str); 12] = [
    ("Lisbon", "Portugal", "PT", "Europe/Lisbon"),
    ("Rotterdam", "Netherlands", "NL", "Europe/Amsterdam"),
    ("Gothenburg", "Sweden", "SE", "Europe/Stockholm"),
    ("Leipzig", "Germany", "DE", "Europe/Berlin"),
    ("Lyon", "France", "FR", "Europe/Paris"),
    ("Bristol", "United Kingdom", "GB", "Europe/London"),
    ("Portland", "United States", "US", "America/Los_Angeles"),
    ("Montreal", "Canada", "CA", "America/Toronto"),
    ("Nairobi", "Kenya", "KE", "Africa/Nairobi"),
    ("Osaka", "Japan", "JP", "Asia/Tokyo"),
    ("Melbourne", "Australia", "AU", "Australia/Melbourne"),
    ("Pune", "India", "IN", "Asia/Kolkata"),
];

/// Companies.
pub(crate) const COMPANIES: [&str; 8] = [
    "Northwind Labs",
    "Harbor Analytics",
    "Blue Fir Studio",
    "Meridian Health",
    "Copperleaf Foods",
    "Openfield Energy",
    "Papertrail Press",
    "Stonebridge Logistics",
];

/// Streets.
pub(crate) const STREETS: [&str; 8] =
    ["Mill Lane", "Station Road", "Orchard Street", "Harbour Walk", "Linden Avenue", "Church Hill", "River Street", "Market Square"];

/// Colours in hexadecimal, readable on white.
pub(crate) const COLOURS: [&str; 12] =
    ["d73a4a", "a2eeef", "0075ca", "7057ff", "008672", "e4e669", "cfd3d7", "fbca04", "1d76db", "5319e7", "b60205", "0e8a16"];

/// Programming languages.
pub(crate) const LANGUAGES: [&str; 7] = ["Rust", "TypeScript", "Python", "Go", "Kotlin", "C++", "Ruby"];

/// Keys and values of tags.
pub(crate) const TAGS: [(&str, &[&str]); 5] = [
    ("team", &["payments", "search", "platform", "mobile"]),
    ("env", &["prod", "staging", "dev"]),
    ("cost-center", &["4100", "4210", "5300"]),
    ("owner", &["mira-holt", "ada-okafor", "jun-takeda"]),
    ("project", &["atlas", "harbor", "ledger"]),
];

/// Names of attributes with values they may have.
type Attributes = &'static [(&'static str, &'static [&'static str])];

/// Attributes of messaging resources, by the service that has them.
pub(crate) const ATTRIBUTES: [(&str, Attributes); 2] = [
    (
        "queue",
        &[
            ("VisibilityTimeout", &["30", "60", "120"]),
            ("MessageRetentionPeriod", &["345600", "86400", "1209600"]),
            ("DelaySeconds", &["0", "5"]),
            ("MaximumMessageSize", &["262144"]),
            ("ReceiveMessageWaitTimeSeconds", &["0", "20"]),
        ],
    ),
    (
        "topic",
        &[("DisplayName", &["Orders", "Alerts", "Reports"]), ("DeliveryPolicy", &["{}"]), ("TracingConfig", &["PassThrough", "Active"])],
    ),
];

/// Single words that can stand for almost any short text.
pub(crate) const WORDS: [&str; 10] =
    ["standard", "primary", "internal", "regular", "basic", "extended", "seasonal", "regional", "default", "custom"];
