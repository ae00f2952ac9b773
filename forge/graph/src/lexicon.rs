//! Word lists of the graph, sorted, in one place: verbs with what they do, words that are no nouns, and what names identify.

/// What a tool does with the thing that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Makes a new thing.
    Create,
    /// Gives several.
    List,
    /// Gives one.
    Get,
    /// Changes one, or acts on it.
    Change,
    /// Takes one away.
    Delete,
}

impl Class {
    /// A verb for it.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::List => "list",
            Self::Get => "get",
            Self::Change => "update",
            Self::Delete => "delete",
        }
    }
}

use Class::{Change, Create, Delete, Get, List};

/// First words of tools.
#[rustfmt::skip]
const VERBS: [(&str, Class); 183] = [
    ("accept", Change), ("acknowledge", Change), ("activate", Change), ("add", Create), ("allocate", Create), ("apply", Change),
    ("approve", Change), ("archive", Change), ("assign", Change), ("associate", Create), ("attach", Create), ("authenticated", Get),
    ("authorize", Change), ("batch", Change), ("begin", Create), ("block", Change), ("build", Create), ("calculate", Get),
    ("cancel", Delete), ("change", Change), ("check", Get), ("claim", Change), ("clear", Delete), ("clone", Create), ("close", Change),
    ("commit", Change), ("compare", Get), ("complete", Change), ("compute", Get), ("configure", Change), ("confirm", Change),
    ("connect", Change), ("convert", Change), ("copy", Create), ("count", Get), ("create", Create), ("deactivate", Change),
    ("decline", Change), ("decrypt", Get), ("del", Delete), ("delete", Delete), ("deploy", Create), ("deprovision", Delete),
    ("deregister", Delete), ("describe", Get), ("destroy", Delete), ("detach", Delete), ("detect", Get), ("disable", Change),
    ("disassociate", Delete), ("disconnect", Change), ("discover", List), ("dismiss", Change), ("download", Get), ("edit", Change),
    ("enable", Change), ("encrypt", Get), ("end", Change), ("enumerate", List), ("estimate", Get), ("evaluate", Get),
    ("execute", Create), ("export", Create), ("failover", Change), ("fetch", Get), ("find", List), ("finish", Change),
    ("follow", Change), ("fork", Create), ("generate", Create), ("get", Get), ("grant", Create), ("head", Get), ("hide", Change),
    ("import", Create), ("initialize", Create), ("initiate", Create), ("insert", Create), ("instantiate", Create), ("invite", Create),
    ("invoke", Change), ("is", Get), ("join", Change), ("launch", Create), ("leave", Change), ("link", Change), ("list", List),
    ("load", Get), ("lock", Change), ("lookup", List), ("make", Create), ("mark", Change), ("merge", Change), ("migrate", Change),
    ("modify", Change), ("move", Change), ("mute", Change), ("new", Create), ("notify", Change), ("open", Create), ("patch", Change),
    ("pause", Change), ("peek", List), ("perform", Change), ("pin", Change), ("poll", List), ("post", Create), ("predict", Get),
    ("preview", Get), ("process", Change), ("promote", Change), ("provision", Create), ("publish", Create), ("pull", Get),
    ("purchase", Create), ("purge", Delete), ("put", Change), ("query", List), ("quick", Change), ("read", Get), ("reboot", Change),
    ("receive", List), ("reclaim", Change), ("record", Create), ("refresh", Change), ("register", Create), ("reject", Change),
    ("release", Delete), ("reload", Change), ("remove", Delete), ("rename", Change), ("renew", Change), ("replace", Change),
    ("reply", Create), ("request", Create), ("reset", Change), ("resolve", Change), ("restart", Change), ("restore", Create),
    ("resume", Change), ("retrieve", Get), ("retry", Change), ("return", Change), ("revoke", Delete), ("rotate", Change),
    ("run", Create), ("save", Change), ("scan", List), ("schedule", Create), ("search", List), ("send", Create), ("set", Change),
    ("show", Get), ("sign", Change), ("simulate", Get), ("star", Change), ("starred", List), ("start", Create), ("stop", Change),
    ("store", Create), ("submit", Create), ("subscribe", Create), ("suspend", Change), ("switch", Change), ("sync", Change),
    ("tag", Change), ("terminate", Delete), ("test", Get), ("trigger", Create), ("turn", Change), ("unblock", Change),
    ("undelete", Change), ("unfollow", Delete), ("unhide", Change), ("unlock", Change), ("unstar", Delete), ("unsubscribe", Delete),
    ("untag", Delete), ("update", Change), ("upload", Create), ("upsert", Create), ("validate", Get), ("verify", Get),
];

/// Verbs that are nouns as often as not, after the first word of a name.
#[rustfmt::skip]
const NOUNS_TOO: [&str; 41] = [
    "archive", "backup", "batch", "block", "build", "change", "check", "claim", "clone", "commit", "copy", "deploy", "download",
    "export", "fork", "import", "invite", "link", "lock", "match", "notify", "order", "pin", "post", "process", "query", "record",
    "release", "request", "return", "run", "scan", "schedule", "sign", "star", "store", "switch", "tag", "test", "transfer", "trigger",
];

/// Verbs that a collection may be called after, beside [`NOUNS_TOO`]: only titles look here.
const COLLECTIONS_TOO: [&str; 6] = ["lookup", "preview", "pull", "purchase", "reply", "show"];

/// More words that are no part of a noun, beside [`SMALL`]: only titles look here.
const FILLERS: [&str; 6] = ["each", "non", "per", "when", "where", "which"];

/// Prepositions and other words that are no part of a noun.
#[rustfmt::skip]
const SMALL: [&str; 24] = [
    "a", "all", "and", "as", "at", "by", "for", "from", "if", "in", "into", "of", "off", "on", "or", "out", "pending", "public",
    "requested", "the", "to", "using", "via", "with",
];

/// Names of members that hold the thing itself, and words of schema names that say nothing.
#[rustfmt::skip]
const WRAPPERS: [&str; 38] = [
    "attribute", "body", "content", "data", "datum", "detail", "doc", "document", "dto", "element", "embedded", "entity", "entry",
    "full", "hit", "item", "list", "metadata", "minimal", "model", "node", "nullable", "object", "output", "payload", "property",
    "record", "request", "resource", "response", "result", "results", "row", "simple", "summary", "value", "values", "view",
];

/// Last words of names that identify something, with the kind that they stand for.
#[rustfmt::skip]
const KINDS: [(&str, Kind); 23] = [
    ("arn", Kind::Arn), ("gid", Kind::Id), ("guid", Kind::Id), ("handle", Kind::Handle), ("id", Kind::Id), ("identifier", Kind::Id),
    ("ids", Kind::Id), ("key", Kind::Key), ("login", Kind::Name), ("name", Kind::Name), ("nid", Kind::Id), ("number", Kind::Number),
    ("oid", Kind::Id), ("pk", Kind::Id), ("sha", Kind::Sha), ("sid", Kind::Id), ("slug", Kind::Slug), ("token", Kind::Token),
    ("uid", Kind::Id), ("url", Kind::Url), ("urn", Kind::Arn), ("username", Kind::Name), ("uuid", Kind::Id),
];

/// First words of names that identify no thing of an API: pages, requests.
#[rustfmt::skip]
const NOT_ENTITIES: [&str; 16] = [
    "continuation", "correlation", "csrf", "cursor", "external", "header", "idempotency", "max", "next", "odata", "page", "previous",
    "redirect", "request", "sync", "trace",
];

/// Words before `name` that make it a label for people, or a part of something, rather than a name that identifies.
#[rustfmt::skip]
const LABELS: [&str; 46] = [
    "address", "attribute", "bank", "brand", "building", "business", "city", "column", "company", "contact", "country", "customer",
    "dimension", "display", "event", "family", "field", "file", "first", "friendly", "full", "given", "holder", "host", "language",
    "last", "legal", "line", "maiden", "metric", "middle", "nick", "operator", "parameter", "person", "plan", "product", "property",
    "provider", "publisher", "region", "screen", "short", "state", "street", "zone",
];

/// Things that live outside of most APIs that mention them: only a tool about them gives their ids.
#[rustfmt::skip]
const OUTSIDERS: [&str; 27] = [
    "account", "application", "aws account", "certificate", "client", "company", "creator", "device", "execution role", "kms key",
    "location", "merchant", "organization", "owner", "parent", "principal", "project", "region", "resource", "role", "security group",
    "source", "subject", "subnet", "target", "tenant", "vpc",
];

/// First words of names that say which of several, not what: `source account id` is an account's.
#[rustfmt::skip]
const QUALIFIERS: [&str; 18] = [
    "associated", "base", "current", "default", "dest", "destination", "existing", "from", "linked", "main", "new", "old", "original",
    "primary", "source", "target", "the", "to",
];

/// Fixed segments of paths that are no collections, wherever they stand.
#[rustfmt::skip]
const ROUTES: [&str; 13] = [
    "$batch", "$count", "$ref", "$value", "all", "async", "batch", "bulk", "count", "default", "latest", "me", "self",
];

/// Fixed segments before the first placeholder that are no collections.
#[rustfmt::skip]
const ROOTS: [&str; 14] = [
    "admin", "api", "apis", "beta", "internal", "json", "odata", "private", "public", "rest", "service", "services", "web", "xml",
];

/// Words that end in `id` by nature.
#[rustfmt::skip]
const WHOLE: [&str; 18] = [
    "acid", "android", "avoid", "braid", "centroid", "covid", "druid", "fluid", "forbid", "hybrid", "invalid", "liquid", "orchid",
    "pyramid", "rapid", "solid", "steroid", "valid",
];

/// Words of names and paths that say nothing about the thing.
#[rustfmt::skip]
const BOILERPLATE: [&str; 73] = [
    "all", "api", "apis", "async", "asynchronous", "aws", "azure", "azurewebsites", "beta", "by", "com", "controller", "default",
    "endpoint", "get", "gets", "google", "graph", "html", "http", "http2", "https", "id", "identifier", "ids", "int32", "int64",
    "internal", "is", "json", "latest", "me", "microsoft", "my", "namespaced", "net", "new", "odata", "old", "org", "pageno", "php",
    "pk", "public", "pvt", "raw", "ref", "resource", "resources", "rest", "rpc", "self", "service", "services", "simple", "single",
    "uri", "using", "uuid", "v", "v1", "v1alpha1", "v1beta1", "v2", "v3", "v4", "v5", "via", "w", "web", "wp", "www", "xml",
];

/// Nouns that could belong to anything: weak in a title.
#[rustfmt::skip]
const GENERIC: [&str; 107] = [
    "action", "activity", "association", "attribute", "batch", "body", "category", "code", "config", "configuration", "content",
    "context", "count", "create", "data", "date", "default", "definition", "detail", "entity", "entry", "event", "feature", "field",
    "file", "filter", "function", "group", "history", "info", "information", "instance", "item", "job", "key", "level", "limit", "line",
    "list", "location", "log", "member", "message", "metadata", "method", "metric", "mode", "name", "node", "note", "number", "object",
    "operation", "option", "order", "output", "page", "parameter", "part", "path", "permission", "policy", "process", "project",
    "property", "query", "range", "record", "reference", "report", "request", "response", "result", "row", "rule", "schema", "section",
    "set", "setting", "size", "source", "stat", "state", "statistic", "status", "step", "subscription", "summary", "tag", "target",
    "task", "template", "term", "test", "text", "thing", "time", "token", "type", "update", "url", "usage", "user", "validation",
    "value", "version", "view",
];

/// Words that describe a noun and are none, beside participles.
#[rustfmt::skip]
const ADJECTIVES: [&str; 145] = [
    "active", "additional", "advanced", "annual", "associated", "auto", "automatic", "available", "average", "basic", "bulk", "busy",
    "cheap", "complete", "complex", "cross", "current", "custom", "daily", "dedicated", "different", "direct", "dynamic", "early",
    "electronic", "eligible", "empty", "enhanced", "external", "extra", "fast", "final", "forward", "free", "frequent", "fresh", "full",
    "future", "general", "global", "good", "gross", "hard", "heavy", "high", "historical", "hot", "hourly", "human", "important",
    "inactive", "incoming", "initial", "interactive", "internal", "international", "invalid", "joint", "large", "last", "latest",
    "legacy", "local", "long", "low", "manual", "maximum", "minimum", "mobile", "monthly", "multi", "multiple", "national", "natural",
    "nearby", "nearest", "negative", "next", "normal", "odd", "old", "online", "optional", "other", "outgoing", "overall", "own",
    "partial", "past", "pending", "permanent", "personal", "physical", "popular", "possible", "predictive", "premium", "previous",
    "primary", "prior", "private", "proper", "public", "quick", "random", "raw", "real", "recent", "recurring", "regional", "related",
    "remote", "reserved", "reverse", "safe", "secondary", "secure", "sensitive", "similar", "single", "small", "smart", "social",
    "special", "specific", "standard", "standby", "static", "strong", "super", "temporary", "top", "total", "trending", "unique",
    "upcoming", "useful", "valid", "various", "virtual", "visible", "weak", "weekly", "yearly", "zonal",
];

/// Things that hold most others in their APIs: a noun is no more telling with them.
#[rustfmt::skip]
const CONTAINERS: [&str; 21] = [
    "account", "company", "customer", "folder", "group", "location", "me", "namespace", "org", "organisation", "organization",
    "project", "region", "repo", "repository", "service", "subscription", "tenant", "user", "workspace", "zone",
];

/// Nouns without a plural.
#[rustfmt::skip]
const UNCOUNTABLE: [&str; 76] = [
    "access", "advice", "analytics", "aws", "billing", "braille", "chaos", "cors", "css", "data", "dns", "ebs", "ecs", "efs", "eks",
    "equipment", "evidence", "faas", "feedback", "firmware", "forensics", "gps", "hardware", "health", "https", "iam", "info",
    "information", "insurance", "kms", "knowledge", "kubernetes", "legal", "logistics", "mail", "marketing", "media", "metadata",
    "metrology", "morse", "music", "mysql", "news", "paas", "payroll", "people", "postgres", "pricing", "progress", "rds", "redis",
    "research", "rss", "sales", "scim", "series", "shipping", "sms", "sns", "software", "sparql", "species", "sports", "sql", "sqs",
    "staff", "storage", "sts", "sus", "synthetics", "telemetry", "tls", "traffic", "weather", "wifi", "windows",
];

/// Words that are written in capitals.
#[rustfmt::skip]
const ACRONYMS: [&str; 135] = [
    "acl", "ai", "ami", "api", "apk", "arn", "asn", "aws", "bgp", "ca", "cdn", "cidr", "cms", "cname", "cors", "cpu", "crl", "crm",
    "css", "csv", "cve", "db", "dhcp", "dicom", "dkim", "dlp", "dlq", "dns", "ebs", "ec2", "ecs", "efs", "eks", "erp", "faq", "fhir",
    "ftp", "gif", "gps", "gpu", "gst", "gtin", "hpc", "hris", "hsm", "html", "http", "iam", "iban", "icd", "id", "iot", "ip", "ipam",
    "ipv4", "ipv6", "isbn", "iso", "jpeg", "json", "jwt", "kb", "kms", "kpi", "kyc", "ldap", "mac", "mfa", "mls", "mqtt", "nat", "nba",
    "nfc", "nfl", "nft", "nhl", "nlp", "ocr", "oidc", "ota", "pdf", "pdu", "pki", "png", "pos", "ppo", "qr", "rdf", "rds", "rfid",
    "rss", "rtmp", "s3", "saml", "sap", "scim", "sdk", "sftp", "sip", "sku", "sla", "smb", "sms", "smtp", "sns", "sparql", "spf", "sql",
    "sqs", "ssh", "ssl", "sso", "sts", "svg", "tls", "ttl", "tv", "ui", "upc", "url", "urn", "usb", "uuid", "vat", "vcf", "vin", "vlan",
    "vm", "voip", "vpc", "vpn", "vrp", "waf", "wan", "xml",
];

/// Nouns whose plural their ending does not tell, in both numbers.
#[rustfmt::skip]
const IRREGULAR: [(&str, &str); 39] = [
    ("alias", "aliases"), ("analysis", "analyses"), ("atlas", "atlases"), ("axis", "axes"), ("basis", "bases"), ("bias", "biases"),
    ("bonus", "bonuses"), ("bus", "buses"), ("cache", "caches"), ("calorie", "calories"), ("campus", "campuses"),
    ("canvas", "canvases"), ("census", "censuses"), ("chassis", "chassis"), ("child", "children"), ("cookie", "cookies"),
    ("corpus", "corpora"), ("cpu", "cpus"), ("criterion", "criteria"), ("diagnosis", "diagnoses"), ("focus", "focuses"),
    ("gas", "gases"), ("gpu", "gpus"), ("hypothesis", "hypotheses"), ("index", "indexes"), ("leaf", "leaves"), ("lens", "lenses"),
    ("menu", "menus"), ("movie", "movies"), ("niche", "niches"), ("person", "persons"), ("quiz", "quizzes"), ("shelf", "shelves"),
    ("sku", "skus"), ("status", "statuses"), ("synthesis", "syntheses"), ("thesis", "theses"), ("tie", "ties"), ("virus", "viruses"),
];

/// What an identifying name holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Arn,
    Handle,
    Id,
    Key,
    Name,
    Number,
    Sha,
    Slug,
    Token,
    Url,
}

impl Kind {
    /// As it is written in a key.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Arn => "arn",
            Self::Handle => "handle",
            Self::Id => "id",
            Self::Key => "key",
            Self::Name => "name",
            Self::Number => "number",
            Self::Sha => "sha",
            Self::Slug => "slug",
            Self::Token => "token",
            Self::Url => "url",
        }
    }

    /// Whether the word alone says which thing of its owner: `id` does, `url` does not.
    pub(crate) fn stands_alone(self) -> bool {
        matches!(self, Self::Arn | Self::Id | Self::Name | Self::Number | Self::Sha | Self::Slug)
    }

    /// Whether a mention elsewhere is as good as the thing itself: an order's `customer_id` is a customer's id.
    pub(crate) fn may_be_mentioned(self) -> bool {
        matches!(self, Self::Arn | Self::Handle | Self::Id)
    }
}

/// What a tool that starts with this verb does.
pub(crate) fn class_of(word: &str) -> Option<Class> {
    VERBS.binary_search_by(|(verb, _)| (*verb).cmp(word)).ok().map(|at| VERBS[at].1)
}

/// Whether tools start with this word.
pub(crate) fn is_verb(word: &str) -> bool {
    class_of(word).is_some()
}

/// Whether this verb is a noun as often as not.
pub(crate) fn is_noun_too(word: &str) -> bool {
    NOUNS_TOO.binary_search(&word).is_ok()
}

/// Whether a collection may be called after this verb.
pub(crate) fn is_collection_too(word: &str) -> bool {
    COLLECTIONS_TOO.binary_search(&word).is_ok()
}

/// Whether a word is no part of a title.
pub(crate) fn is_filler(word: &str) -> bool {
    FILLERS.binary_search(&word).is_ok()
}

/// Prepositions and other words that are no part of a noun.
pub(crate) fn is_small(word: &str) -> bool {
    SMALL.binary_search(&word).is_ok()
}

/// Words of schema names and members that wrap a thing.
pub(crate) fn is_wrapper(word: &str) -> bool {
    WRAPPERS.binary_search(&word).is_ok()
}

/// What a name with this last word identifies.
pub(crate) fn kind_of(word: &str) -> Option<Kind> {
    KINDS.binary_search_by(|(known, _)| (*known).cmp(word)).ok().map(|at| KINDS[at].1)
}

/// Whether a name that starts with this word identifies no thing.
pub(crate) fn is_no_entity(word: &str) -> bool {
    NOT_ENTITIES.binary_search(&word).is_ok()
}

/// Whether this word before `name` makes a label.
pub(crate) fn is_label(word: &str) -> bool {
    LABELS.binary_search(&word).is_ok()
}

/// Whether a thing of this name lives outside of most APIs that mention it.
pub(crate) fn is_outsider(entity: &str) -> bool {
    OUTSIDERS.binary_search(&entity).is_ok()
}

/// Whether this first word says which of several.
pub(crate) fn is_qualifier(word: &str) -> bool {
    QUALIFIERS.binary_search(&word).is_ok()
}

/// Whether a segment of a path (in lower case) is a version: `v1`, `1.0`, `2010-04-01`.
pub(crate) fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').unwrap_or(segment).starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a fixed segment of a path (in lower case) is no collection: a version, a function; before the first placeholder also a root.
pub(crate) fn is_route(segment: &str, leading: bool) -> bool {
    is_version(segment) || ROUTES.binary_search(&segment).is_ok() || (leading && ROOTS.binary_search(&segment).is_ok())
}

/// Words that end in `id` by nature; other such words are a noun and `id`: `gameid`.
pub(crate) fn is_whole(word: &str) -> bool {
    word.len() < 5 || WHOLE.binary_search(&word).is_ok()
}

/// Words of names and paths that say nothing about the thing.
pub(crate) fn is_boilerplate(word: &str) -> bool {
    BOILERPLATE.binary_search(&word).is_ok() || is_version(word)
}

/// Nouns that could belong to anything.
pub(crate) fn is_generic(word: &str) -> bool {
    GENERIC.binary_search(&word).is_ok()
}

/// Things that hold most others in their APIs.
pub(crate) fn is_container(noun: &[String]) -> bool {
    match noun {
        [one] => CONTAINERS.binary_search(&one.as_str()).is_ok(),
        [a, b] => a == "resource" && b == "group",
        _ => false,
    }
}

/// Whether a word describes a noun and is none.
pub(crate) fn is_adjective(word: &str) -> bool {
    let participle = word.len() > 4 && word.ends_with("ed") && !word.ends_with("eed") && word != "embed";
    participle || ADJECTIVES.binary_search(&word).is_ok()
}

/// Nouns without a plural.
pub(crate) fn is_uncountable(word: &str) -> bool {
    UNCOUNTABLE.binary_search(&word).is_ok()
}

/// Words that are written in capitals.
pub(crate) fn is_acronym(word: &str) -> bool {
    ACRONYMS.binary_search(&word).is_ok()
}

/// Singular and plural of a noun whose ending does not tell, from either.
pub(crate) fn irregular(word: &str) -> Option<(&'static str, &'static str)> {
    IRREGULAR.iter().find(|(one, many)| *one == word || *many == word).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_have_no_doubles() {
        let verbs: Vec<&str> = VERBS.iter().map(|(word, _)| *word).collect();
        let kinds: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
        for list in [
            &verbs[..],
            &kinds,
            &NOUNS_TOO,
            &COLLECTIONS_TOO,
            &FILLERS,
            &SMALL,
            &WRAPPERS,
            &NOT_ENTITIES,
            &LABELS,
            &OUTSIDERS,
            &QUALIFIERS,
            &ROUTES,
            &ROOTS,
            &WHOLE,
            &BOILERPLATE,
            &GENERIC,
            &UNCOUNTABLE,
            &ACRONYMS,
        ] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
        }
    }
}
