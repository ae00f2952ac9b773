//! Short lists for seeded values: companies, streets, colours, tags, themes.

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

/// What systems, teams and folders of a business are called after.
pub(crate) const THEMES: [&str; 24] = [
    "orders",
    "billing",
    "search",
    "inventory",
    "reporting",
    "customers",
    "payments",
    "shipping",
    "catalog",
    "analytics",
    "support",
    "accounts",
    "marketing",
    "warehouse",
    "checkout",
    "archive",
    "notifications",
    "partners",
    "returns",
    "forecast",
    "onboarding",
    "audit",
    "pricing",
    "website",
];

/// What other things are called after, where people name them.
pub(crate) const PLAIN_THEMES: [&str; 24] = [
    "Riverside",
    "Northern",
    "Spring",
    "Central",
    "Harbour",
    "Lakeside",
    "Summer",
    "Westgate",
    "Highland",
    "Evening",
    "Coastal",
    "Winter",
    "Meadow",
    "Midtown",
    "Autumn",
    "Bridge",
    "Hillside",
    "Southern",
    "Station",
    "Market",
    "Garden",
    "Eastside",
    "Valley",
    "Parkside",
];

/// Tell things of one kind apart.
pub(crate) const ADJECTIVES: [&str; 10] =
    ["Standard", "Regional", "Seasonal", "Extended", "Basic", "Central", "Annual", "Shared", "Custom", "Northern"];

/// Files of an office.
pub(crate) const FILES: [&str; 10] = [
    "budget-2025.xlsx",
    "floor-plan.pdf",
    "interview-notes.docx",
    "survey-results.csv",
    "site-photo-04.jpg",
    "contract-draft.docx",
    "onboarding-checklist.pdf",
    "invoice-58213.pdf",
    "orders-export.csv",
    "logo-final.png",
];
