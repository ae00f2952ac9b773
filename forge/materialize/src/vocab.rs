//! Words of seeded worlds, written for this project: titles, names and sentences by what they are about.

use crate::vocab_lists::THEMES;

/// Texts for things whose noun contains one of the keywords.
pub(crate) struct Topic {
    /// Keywords, most telling topics first.
    pub(crate) nouns: &'static [&'static str],
    /// Titles, subjects, summaries.
    pub(crate) titles: &'static [&'static str],
    /// Names, where they differ from titles.
    pub(crate) names: &'static [&'static str],
    /// Descriptions, bodies, contents.
    pub(crate) texts: &'static [&'static str],
}

const COURSES: &[&str] = &[
    "Biology 9A",
    "World History",
    "Algebra II",
    "Creative Writing",
    "Chemistry Lab",
    "French for Beginners",
    "Computer Science 10",
    "Art and Design",
    "Geography 8B",
    "Music Ensemble",
];

const PRODUCTS: &[&str] = &[
    "Canvas tote bag",
    "Desk lamp, brass",
    "Stoneware mug",
    "Wool blanket",
    "Oak cutting board",
    "Travel umbrella",
    "Notebook, dotted",
    "Cast-iron pan",
    "Linen apron",
    "Wall calendar",
];

/// All topics, the most telling first.
pub(crate) const TOPICS: &[Topic] = &[
    Topic {
        nouns: &["pull request review comment", "review comment"],
        titles: &[],
        names: &[],
        texts: &[
            "This branch is never taken once the cache is warm. Can we drop it?",
            "Nit: `retries_max` would match the other limits.",
            "Should this be an error rather than a warning?",
            "I would move this into the helper so that the tests can reach it.",
            "Good catch. Please add a test for the empty list too.",
            "Does this hold the lock across the await?",
            "The comment says seconds, the value is milliseconds.",
            "Could you split this into two functions? It is hard to follow.",
        ],
    },
    Topic {
        nouns: &["pull request review", "review"],
        titles: &[],
        names: &[],
        texts: &[
            "Looks good to me. Two small remarks inline.",
            "The approach is fine, but the migration needs a way back.",
            "Thanks for this. Please rebase and add an entry to the changelog.",
            "I tried it against staging data and the numbers agree.",
            "Not sure about the new default; see the inline question.",
            "Great cleanup. Ship it.",
        ],
    },
    Topic {
        nouns: &["pull request", "pull"],
        titles: &[
            "Retry uploads that fail with a timeout",
            "Cache parsed templates between requests",
            "Fix off-by-one in page links",
            "Move configuration to environment variables",
            "Add keyboard shortcuts to the editor",
            "Drop support for the old export format",
            "Speed up full-text search by batching reads",
            "Validate webhook signatures before parsing",
            "Show relative dates in the activity feed",
            "Replace the hand-written router",
            "Bound the size of the import queue",
            "Document the release process",
            "Make the health check cover the database",
            "Escape user names in notification mails",
        ],
        names: &[],
        texts: &[
            "The old code gave up after the first timeout. This retries three times with a growing delay and logs the last error.",
            "Profiling showed that most of the time went into parsing the same files again. They are now kept until they change on disk.",
            "Closes the remaining gap from the last planning round. Tests cover both the old and the new path.",
            "No change in behaviour, only in structure. Easiest to read commit by commit.",
            "This is the first half; the second follows once the schema change is out everywhere.",
        ],
    },
    Topic {
        nouns: &["issue comment", "comment", "reply"],
        titles: &[],
        names: &[],
        texts: &[
            "I can reproduce this on the current main branch.",
            "Thanks for the report. Which version are you on?",
            "This was fixed last week; could you check with the newest build?",
            "Same here, and clearing the cache does not help.",
            "I would like to take this one if nobody is on it yet.",
            "Moved to the next milestone, as we agreed on Tuesday.",
            "Here is a smaller example that shows the problem in three lines.",
            "Please update the figures in the second paragraph before we send this out.",
            "Agreed. Let us keep the old wording for now.",
            "Could you add the source of this number?",
            "Done, and I have told the support team.",
            "This duplicates an older report, but the explanation here is better.",
        ],
    },
    Topic {
        nouns: &["issue", "ticket", "bug", "incident"],
        titles: &[
            "Export fails for projects with more than 1,000 rows",
            "Login page flickers on slow connections",
            "Dark mode: code blocks are unreadable",
            "Search ignores words with accents",
            "Time zone is wrong in weekly digest mails",
            "Add a way to rename an uploaded file",
            "Crash when the config file is empty",
            "Notifications arrive twice after reconnecting",
            "Document how to rotate API tokens",
            "Keyboard focus is lost after closing a dialog",
            "Allow filtering the activity feed by author",
            "Uploads stall at 99 % behind a proxy",
            "Sorting by date puts drafts first",
            "CSV import drops the last line",
            "Make the retry limit configurable",
            "Misleading error when the disk is full",
            "Memory grows while the preview is open",
            "Link to the changelog is broken",
            "Support OAuth for self-hosted instances",
            "Tooltips cover the submit button on small screens",
            "Deleting a label leaves it in saved filters",
            "Slow first page load after a deploy",
            "Webhook is not sent when a draft is published",
            "Undo does not restore attachments",
        ],
        names: &[],
        texts: &[
            "Steps: open the dialog, choose a large project, press the button. After about a minute the page shows an error and nothing is written.",
            "It worked in the last release. The log has a timeout from the storage service, but the file is complete.",
            "Happens on every third attempt. I attached the console output; the first request returns 409.",
            "It would help new users a lot. The setting exists, but nobody finds it.",
            "We saw this in production twice this month. Restarting the worker clears it for a few days.",
            "Expected: the list keeps its order. Actual: it jumps back to the top after each change.",
        ],
    },
    Topic {
        nouns: &["label"],
        titles: &[],
        names: &[
            "bug",
            "enhancement",
            "documentation",
            "question",
            "good first issue",
            "help wanted",
            "duplicate",
            "wontfix",
            "performance",
            "security",
            "accessibility",
            "regression",
            "needs triage",
            "blocked",
        ],
        texts: &[
            "Something is not working",
            "New feature or request",
            "Improvements or additions to documentation",
            "Further information is needed",
            "Good for newcomers",
            "Extra attention is welcome",
            "Waits for something else",
        ],
    },
    Topic {
        nouns: &["milestone", "sprint", "iteration"],
        titles: &[
            "v1.0",
            "v1.1",
            "v1.2",
            "v2.0",
            "Accessibility pass",
            "Summer release",
            "Beta feedback",
            "Migration to the new storage",
            "Stability",
            "Onboarding",
        ],
        names: &[],
        texts: &[
            "What must be done before we announce it.",
            "Small things that users asked for.",
            "No features: speed, memory and flaky tests only.",
            "Everything that the beta group reported as blocking.",
        ],
    },
    Topic {
        nouns: &["release"],
        titles: &[
            "v1.0.0",
            "v1.1.0",
            "v1.1.1",
            "v1.2.0",
            "v1.2.1",
            "v2.0.0-beta.1",
            "v2.0.0",
            "v2.0.1",
            "v2.1.0",
            "v2.2.0",
            "v2.2.1",
            "v2.3.0",
        ],
        names: &[
            "First stable release",
            "Faster search",
            "Fixes for self-hosted setups",
            "New editor",
            "Import from spreadsheets",
            "Security fixes",
            "Beta of the new storage",
            "Offline mode",
            "Quieter notifications",
            "Smaller downloads",
        ],
        texts: &[
            "Faster search, clearer errors, and a fix for lost drafts.",
            "This release contains only fixes. Upgrading is recommended for everybody.",
            "The new editor is on by default. The old one stays available until the next major version.",
        ],
    },
    Topic {
        nouns: &["branch"],
        titles: &[],
        names: &[
            "main",
            "develop",
            "release-2.x",
            "fix-login-loop",
            "feature-dark-mode",
            "docs-refresh",
            "bump-dependencies",
            "experiment-cache",
            "hotfix-export",
            "feature-bulk-edit",
        ],
        texts: &[],
    },
    Topic {
        nouns: &["repository", "repo"],
        titles: &[],
        names: &[
            "atlas",
            "beacon",
            "harbor-api",
            "ledger",
            "paperboat",
            "quillpad",
            "field-notes",
            "tidepool",
            "lantern-ui",
            "cartographer",
            "greenhouse",
            "signal-tower",
            "driftwood",
            "almanac",
        ],
        texts: &[
            "Route planning for small delivery fleets",
            "Notes that stay readable in twenty years",
            "HTTP API of the booking service",
            "Double-entry bookkeeping for clubs and households",
            "Component library of the web team",
            "Collects sensor readings and draws them",
            "Importer for legacy spreadsheets",
            "Configuration of our build machines",
        ],
    },
    Topic {
        nouns: &["gist", "snippet", "paste"],
        titles: &[
            "Rename photos by date",
            "Backoff helper",
            "Query for orphaned rows",
            "Prompt with git branch",
            "Minimal web server",
            "Parse ISO week dates",
            "Merge two CSV files",
            "Dotfiles: editor settings",
            "Regex for license headers",
            "Clean up old containers",
        ],
        names: &[],
        texts: &[
            "Rename photos by the date they were taken",
            "Exponential backoff with jitter, no dependencies",
            "Finds rows whose parent is gone",
            "Shell prompt with the current git branch",
            "Smallest web server that I could write",
            "Parses ISO week dates like 2025-W07",
            "Merges two CSV files by a key column",
        ],
    },
    Topic {
        nouns: &["organization", "org", "company", "account", "workspace", "customer"],
        titles: &[],
        names: &[
            "northwind-labs",
            "harbor-analytics",
            "blue-fir-studio",
            "meridian-health",
            "copperleaf-foods",
            "openfield-energy",
            "papertrail-press",
            "stonebridge-logistics",
        ],
        texts: &[
            "Tools for small logistics companies",
            "Open data for harbours and waterways",
            "Design studio for public transport",
            "Software for local newspapers",
        ],
    },
    Topic {
        nouns: &["team"],
        titles: &[],
        names: &[
            "Platform",
            "Mobile",
            "Design Systems",
            "Data Engineering",
            "Customer Support",
            "Security",
            "Release",
            "Documentation",
            "Payments",
            "Infrastructure",
            "Research",
            "Growth",
        ],
        texts: &[
            "Keeps builds, deployments and alerts running",
            "Owns the apps on phones and tablets",
            "Components, colours and wording",
            "First line for questions of customers",
        ],
    },
    Topic {
        nouns: &["calendar"],
        titles: &[
            "Work",
            "Family",
            "Team rota",
            "Room: Juniper",
            "Holidays",
            "Product launch",
            "Training plan",
            "School",
            "Interviews",
            "Support shifts",
        ],
        names: &[],
        texts: &[
            "Meetings and deadlines of the product team",
            "Who is on call, week by week",
            "Bookings of the meeting room on the second floor",
            "Birthdays, trips and school dates",
        ],
    },
    Topic {
        nouns: &["event", "meeting", "appointment"],
        titles: &[
            "Weekly planning",
            "1:1 with Priya",
            "Dentist",
            "Design review: onboarding",
            "Quarterly budget check",
            "Team lunch",
            "Interview: backend engineer",
            "Customer call: Meridian Health",
            "Release retrospective",
            "Parent-teacher evening",
            "Yoga",
            "Demo day",
            "Flight to Lisbon",
            "Security training",
            "Book club",
            "Architecture forum",
            "Sprint kickoff",
            "Car inspection",
        ],
        names: &[],
        texts: &[
            "Agenda: open questions, numbers of the last month, next steps.",
            "Please bring the printed plans.",
            "Dial-in details are in the invitation.",
            "We go through the prototype page by page.",
            "",
        ],
    },
    Topic {
        nouns: &["task list", "tasklist", "list"],
        titles: &["Groceries", "Home", "Q1 planning", "Move to the new flat", "Reading", "Errands", "Garden", "Website relaunch"],
        names: &["Groceries", "Home", "Q1 planning", "Move to the new flat", "Reading", "Errands", "Garden", "Website relaunch"],
        texts: &[],
    },
    Topic {
        nouns: &["task", "todo", "card", "reminder"],
        titles: &[
            "Call the plumber",
            "Renew passport",
            "Buy printer paper",
            "Send invoice to Copperleaf",
            "Book train tickets",
            "Water the tomatoes",
            "Return library books",
            "Prepare slides for Monday",
            "Order new ID badges",
            "Check smoke detectors",
            "Write thank-you notes",
            "Cancel old phone contract",
            "Update emergency contacts",
            "Compare insurance offers",
            "Fix the bike light",
            "Collect feedback on the draft",
            "Back up the photos",
            "Plan birthday dinner",
        ],
        names: &[],
        texts: &[
            "Ask for the earliest slot.",
            "The form is in the blue folder.",
            "Before Friday, otherwise there is a fee.",
            "Two boxes, the recycled kind.",
            "See the mail from last week for the details.",
        ],
    },
    Topic {
        nouns: &["announcement", "notice"],
        titles: &["Room change on Thursday", "Field trip", "Reading for next week"],
        names: &[],
        texts: &[
            "On Thursday we meet in the lab, not in room 204.",
            "The field trip is on the 14th. Please bring the signed form by Monday.",
            "Please read chapters 3 and 4 before the next lesson.",
            "Well done on the projects! Comments are in your folders.",
            "No class on Wednesday because of the sports day.",
            "The library has extra copies of the novel.",
        ],
    },
    Topic {
        nouns: &["course work", "coursework", "assignment"],
        titles: &[
            "Essay: a place I know",
            "Problem set 4",
            "Lab report: titration",
            "Reading quiz, chapters 1–3",
            "Group project proposal",
            "Map of trade routes",
            "Book review",
            "Fractions worksheet",
            "Science fair plan",
            "Vocabulary list 7",
            "Timeline of the 1920s",
            "Poster: renewable energy",
        ],
        names: &[],
        texts: &[
            "One to two pages. Cite at least two sources.",
            "Show your steps; half of the points are for the way.",
            "Work in pairs and hand in one report.",
            "Ten short questions. You may use your notes.",
        ],
    },
    Topic {
        nouns: &["course", "class", "lesson"],
        titles: COURSES,
        names: COURSES,
        texts: &[
            "We meet twice a week; bring your notebook.",
            "Materials and homework are posted here on Mondays.",
            "An introduction with weekly readings and a project at the end.",
        ],
    },
    Topic {
        nouns: &["queue"],
        titles: &[],
        names: &[
            "orders-incoming",
            "orders-dead-letter",
            "email-outbound",
            "image-resize",
            "invoice-render",
            "audit-events",
            "search-index-updates",
            "payment-webhooks",
            "report-jobs",
            "sensor-readings",
        ],
        texts: &[],
    },
    Topic {
        nouns: &["subscription", "hook", "webhook"],
        titles: &[],
        names: &["order-mails", "billing-hook", "ops-pager", "audit-archive"],
        texts: &["Sends a mail for every new order.", "Feeds the reporting database."],
    },
    Topic {
        nouns: &["secret", "credential"],
        titles: &[],
        names: &[
            "prod/payments/api-key",
            "prod/db/orders",
            "staging/db/orders",
            "prod/mail/smtp",
            "prod/search/admin",
            "ci/registry-token",
            "prod/webhook/signing",
            "staging/payments/api-key",
            "prod/maps/token",
            "prod/backup/encryption",
        ],
        texts: &[
            "Key of the payment provider, rotated every quarter",
            "Password of the orders database",
            "Login of the outgoing mail server",
            "Token that the build machines use",
            "Signs outgoing webhooks",
        ],
    },
    Topic {
        nouns: &["topic", "channel"],
        titles: &[
            "Cells and tissues",
            "The industrial age",
            "Linear equations",
            "Poetry",
            "Acids and bases",
            "Everyday conversations",
            "Loops and lists",
            "Colour theory",
        ],
        names: &[
            "order-events",
            "payment-alerts",
            "deploy-notices",
            "stock-updates",
            "customer-signups",
            "incident-pages",
            "nightly-reports",
            "price-changes",
        ],
        texts: &["Everything about the current unit"],
    },
    Topic {
        nouns: &["message", "mail", "post", "email", "note"],
        titles: &[
            "Your order is on its way",
            "Minutes of Tuesday",
            "Question about the invoice",
            "Draft of the newsletter",
            "Change of address",
            "Thank you",
        ],
        names: &[],
        texts: &[
            "Order 58213 has left the warehouse and should arrive on Thursday.",
            "Please find the minutes of Tuesday's meeting below.",
            "The amount on the last invoice does not match our order.",
            "{\"order_id\": 58213, \"status\": \"paid\"}",
            "{\"image\": \"uploads/4411.jpg\", \"sizes\": [320, 640]}",
            "Stock of article 7710 fell below 20 pieces.",
        ],
    },
    Topic { nouns: &["group membership", "membership", "member"], titles: &[], names: &[], texts: &[] },
    Topic {
        nouns: &["group", "segment", "audience"],
        titles: &[],
        names: &[
            "Engineering",
            "Finance",
            "Contractors",
            "Managers",
            "Warehouse",
            "On-call",
            "Marketing",
            "Auditors",
            "Interns",
            "Administrators",
        ],
        texts: &[
            "Everybody who works on the product",
            "Access to invoices and budgets",
            "External people with a contract until the end of the year",
            "People who answer the pager",
        ],
    },
    Topic {
        nouns: &["hit", "job", "campaign"],
        titles: &[
            "Label photos of street signs",
            "Transcribe a short voice memo",
            "Check business opening hours",
            "Rate the quality of a translation",
            "Find the mail address of a museum",
            "Sort products into categories",
            "Describe an image for blind readers",
            "Compare two search results",
        ],
        names: &["nightly-import", "rebuild-index", "send-digests", "resize-images", "close-month"],
        texts: &[
            "Look at the picture and draw a box around every sign.",
            "Listen to a recording of at most one minute and write down what is said.",
            "Open the website of the shop and copy its opening hours.",
        ],
    },
    Topic {
        nouns: &["qualification"],
        titles: &[],
        names: &["Fluent in French", "Careful transcriber", "Medical terms", "Photo labelling, level 2", "Native English", "Map reading"],
        texts: &[
            "Given after twenty accepted transcriptions.",
            "A short test with ten questions.",
            "Shows that the worker knows the labelling rules.",
        ],
    },
    Topic {
        nouns: &["drive", "folder", "file", "document", "asset", "attachment"],
        titles: &[
            "Budget 2025.xlsx",
            "Floor plan.pdf",
            "Interview notes.docx",
            "Logo drafts.zip",
            "Site photos",
            "Contract template.docx",
            "Onboarding checklist.pdf",
            "Survey results.csv",
        ],
        names: &["Marketing", "Finance archive", "Field photos", "Legal", "Product design", "Event planning", "Recruiting", "Board papers"],
        texts: &["Final figures, as approved in March", "Scans of the signed contracts", "Drafts; please do not share outside the team"],
    },
    Topic {
        nouns: &["product", "item", "article", "sku"],
        titles: PRODUCTS,
        names: PRODUCTS,
        texts: &[
            "Made from recycled cotton, holds two litres of milk and a book.",
            "Warm light, dimmable, with a cloth cable.",
            "Glazed by hand, so every piece is a little different.",
        ],
    },
    Topic {
        nouns: &["project", "board", "plan", "program"],
        titles: &[
            "Website relaunch",
            "Warehouse move",
            "Annual report",
            "Mobile app 2.0",
            "Supplier audit",
            "Accessibility pass",
            "Data cleanup",
            "Partner portal",
            "Office garden",
        ],
        names: &["website-relaunch", "warehouse-move", "annual-report", "mobile-app-2", "supplier-audit", "data-cleanup", "partner-portal"],
        texts: &[
            "Everything for the new site, from texts to launch.",
            "Plan and inventory for the move in autumn.",
            "Collects figures and stories of the year.",
        ],
    },
];

/// For things without a topic of their own.
pub(crate) const GENERAL: Topic = Topic {
    nouns: &[],
    titles: &[
        "Spring overview",
        "Northern region",
        "Pilot phase",
        "Second draft",
        "Standard setup",
        "Annual review",
        "Evening shift",
        "Main building",
        "Starter package",
        "Long-term archive",
        "Weekly summary",
        "Field test",
    ],
    names: &[
        "primary",
        "standard",
        "northern-region",
        "pilot",
        "archive",
        "evening-shift",
        "main-building",
        "starter",
        "weekly",
        "field-test",
        "backup",
        "regional",
    ],
    texts: &[
        "Set up for the pilot phase and kept since.",
        "Reviewed in the last quarter; no changes needed.",
        "Used by the regional offices.",
        "Replaces the older version from last year.",
        "Ask the operations team before changing this.",
    ],
};

/// Keywords that name a thing only alone: a security group is no group of people, an access list no list of groceries.
const ALONE: &[&str] = &[
    "list", "plan", "group", "class", "job", "channel", "item", "member", "program", "card", "note", "post", "message", "topic", "subscription", "hit",
    "hook", "product", "board", "article", "file", "document", "asset", "task", "course", "release", "event", "attachment", "meeting", "segment",
    "lesson", "mail", "email", "appointment", "account", "assignment", "notice", "announcement", "workspace", "customer", "org", "folder", "member", "action",
];

/// The topic of a noun: the first whose keyword ends it.
pub(crate) fn topic(noun: &str) -> &'static Topic {
    let ends = |n: &str| noun == n || noun.strip_suffix(n).is_some_and(|head| head.ends_with(' ') && !ALONE.contains(&n));
    TOPICS.iter().find(|t| t.nouns.iter().any(|n| ends(n))).unwrap_or(&GENERAL)
}

fn is_general(topic: &Topic) -> bool {
    topic.nouns.is_empty()
}

/// The name of the thing `at` of this kind: `orders-cluster`, or `Orders cluster` where names are for people.
pub(crate) fn name_of(noun: &str, at: usize, technical: bool) -> String {
    let topic = topic(noun);
    let all = if topic.names.is_empty() { topic.titles } else { topic.names };
    if !is_general(topic) && !all.is_empty() {
        return numbered(all[at % all.len()], at / all.len());
    }
    let theme = THEMES[at % THEMES.len()];
    let words: Vec<&str> = noun.split(' ').rev().take(2).collect();
    let made = if technical {
        format!("{theme}-{}", words.into_iter().rev().collect::<Vec<_>>().join("-"))
    } else {
        format!("{} {}", crate::words::capital(theme), words.into_iter().rev().collect::<Vec<_>>().join(" "))
    };
    numbered(&made, at / THEMES.len())
}

/// `text`, or from the second round on with the number of the round.
fn numbered(text: &str, round: usize) -> String {
    match round {
        0 => text.to_owned(),
        r if text.contains(' ') => format!("{text} {}", r + 1),
        r => format!("{text}-{}", r + 1),
    }
}

/// A title of the thing `at` of this kind.
pub(crate) fn title(noun: &str, at: usize) -> String {
    let topic = topic(noun);
    let all = if topic.titles.is_empty() { topic.names } else { topic.titles };
    if is_general(topic) || all.is_empty() { name_of(noun, at, false) } else { all[at % all.len()].to_owned() }
}

/// What is said of the thing `at` of this kind.
pub(crate) fn sentence(noun: &str, at: usize) -> String {
    let topic = topic(noun);
    if !is_general(topic) && !topic.texts.is_empty() {
        return topic.texts[at % topic.texts.len()].to_owned();
    }
    let theme = THEMES[at % THEMES.len()];
    let few: Vec<&str> = noun.split(' ').collect();
    let noun = few[few.len().saturating_sub(2)..].join(" ");
    match at % 6 {
        0 => format!("Used by the {theme} team since the spring."),
        1 => format!("For {theme}; reviewed in the last quarter, no changes needed."),
        2 => format!("Replaces the older {noun} of {theme}."),
        3 => format!("The {noun} that the regional offices use for {theme}."),
        4 => format!("Set up for {theme} in the pilot phase and kept since."),
        _ => format!("Ask the {theme} team before changing this {noun}."),
    }
}
