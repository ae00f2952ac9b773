//! Words that fresh values are made of.

pub(crate) const FIRST_NAMES: &[&str] = &[
    "Amara", "Bruno", "Chiara", "Daniel", "Elif", "Farah", "Gustav", "Hana", "Ines", "Jonas", "Kofi", "Leila", "Marta", "Nadia", "Oscar",
    "Priya", "Quentin", "Rosa", "Samir", "Tessa", "Ulrike", "Viktor", "Wanda", "Yusuf", "Zoe",
];
pub(crate) const LAST_NAMES: &[&str] = &[
    "Abbott",
    "Berger",
    "Castillo",
    "Duarte",
    "Eriksen",
    "Fontaine",
    "Greene",
    "Hoffmann",
    "Ivanova",
    "Jensen",
    "Kimura",
    "Lindqvist",
    "Moreau",
    "Novak",
    "Okafor",
    "Petrov",
    "Quinn",
    "Rossi",
    "Sandoval",
    "Tanaka",
    "Underwood",
    "Varga",
    "Whitfield",
    "Yilmaz",
];
pub(crate) const ADJECTIVES: &[&str] = &[
    "amber", "blue", "bright", "calm", "coastal", "copper", "early", "gentle", "golden", "green", "hidden", "lunar", "northern", "quiet",
    "rapid", "silver", "solar", "steady", "summer", "winter",
];
pub(crate) const NOUNS: &[&str] = &[
    "archive", "atlas", "beacon", "bridge", "canvas", "compass", "garden", "harbor", "lantern", "ledger", "meadow", "orchard", "panel",
    "pilot", "ridge", "river", "signal", "studio", "valley", "workshop",
];
pub(crate) const TITLES: &[&str] = &[
    "Prepare the quarterly review",
    "Fix the broken link on the start page",
    "Plan the spring workshop",
    "Update the onboarding guide",
    "Rework the search filters",
    "Notes from Tuesday's meeting",
    "Export fails for large files",
    "Checklist for the autumn release",
    "Clean up old entries",
    "Invitation to the open day",
    "Draft of the travel plan",
    "Typo in the welcome message",
    "Collect feedback from the pilot group",
    "Backup schedule for the weekend",
    "Improve the loading time",
    "Agenda for the kick-off",
    "Replace the outdated logo",
    "Summary of the interviews",
    "Budget for the new equipment",
    "Translate the help pages",
];
pub(crate) const SENTENCES: &[&str] = &[
    "Please have a look before Friday.",
    "We agreed on this in the last meeting.",
    "The old version caused some confusion.",
    "This should be ready before the holidays.",
    "Two customers have asked for it this week.",
    "It happens every time the page is reloaded.",
    "The details are in the shared folder.",
    "Let me know if anything is missing.",
    "It worked fine until the last update.",
    "This replaces what we had before.",
    "Nobody is working on it at the moment.",
    "It is meant for the team in the Lisbon office.",
    "We will go through it together on Monday.",
    "The first draft was a little too long.",
    "Leave it as it is until we hear back.",
    "It only concerns the mobile version.",
];
pub(crate) const CITIES: &[&str] = &["Aarhus", "Bologna", "Cork", "Dresden", "Ghent", "Porto", "Utrecht", "Valencia"];
pub(crate) const STREETS: &[&str] = &["Birch Lane", "Harbour Road", "Mill Street", "Oak Avenue", "Station Road", "Willow Drive"];
pub(crate) const COUNTRIES: &[&str] = &["Denmark", "Germany", "Ireland", "Italy", "Portugal", "Spain"];
pub(crate) const COLORS: &[&str] = &["d73a4a", "0e8a16", "fbca04", "1d76db", "5319e7", "c5def5"];
pub(crate) const TAGS: &[&str] = &["urgent", "follow-up", "draft", "internal", "archive", "reviewed", "spring", "on-hold"];
pub(crate) const REASONS: &[&str] = &["no longer needed", "ordered by mistake", "plans have changed", "it was a duplicate"];

/// Time zones by their names in the tz database.
pub(crate) const TIME_ZONES: &[&str] = &["Europe/Dublin", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Tokyo"];
