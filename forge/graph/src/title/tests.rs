use super::*;

fn label(text: &str) -> Label {
    let words: Vec<String> = text.split(' ').map(str::to_lowercase).collect();
    Label {
        text: text.to_owned(),
        service: words[1..].join(" "),
        short: words[1..].to_vec(),
        full: words,
        members: Vec::new(),
        telling: true,
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn titles_hold_as_many_nouns_as_fit() {
    let calendar = label("Google Calendar");
    assert_eq!(title(Some(&calendar), &owned(&["events", "calendars", "ACLs"])), "Google Calendar: events, calendars and ACLs");
    assert_eq!(title(Some(&calendar), &owned(&["calendars"])), "Google Calendar");
    assert_eq!(title(None, &owned(&["events", "teams"])), "Events and teams");
    let long = "very long names of things that are hardly ever seen";
    assert_eq!(title(Some(&calendar), &owned(&["events", long])), "Google Calendar: events");
    assert_eq!(title(None, &owned(&[&long.repeat(2)])).chars().count(), TITLE_CHARS_MAX);
}

#[test]
fn slugs_are_short_unique_and_say_more_only_where_they_must() {
    let mut taken = BTreeSet::new();
    let mut slug = |label: Option<&Label>, nouns: &[&str]| unique(label, &owned(nouns), owned(&["reminders"]).into_iter(), &mut taken);
    let calendar = label("Google Calendar");
    for expected in [
        "calendar-events",
        "calendar-acls",
        "calendar-events-acls",
        "google-calendar-events",
        "google-calendar-events-acls",
        "calendar-events-reminders",
        "calendar-events-2",
        "calendar-events-3",
    ] {
        assert_eq!(slug(Some(&calendar), &["events", "ACLs"]), expected);
    }
    assert_eq!(slug(Some(&calendar), &["calendars"]), "calendar");
    assert_eq!(slug(None, &["événements d'été"]), "vnements-dt");
    assert_eq!(slug(None, &["日本"]), "reminders");
    assert_eq!(slug(None, &["日本"]), "tools-2");
    let words = "one two three four five six seven eight nine ten";
    assert_eq!(slug(None, &[words]), "one-two-three-four-five-six-seven-eight");
    assert_eq!(slug(None, &[&"x".repeat(99)]), "x".repeat(SLUG_CHARS_MAX));
}

#[test]
fn nouns_do_not_repeat_the_label() {
    let (calendar, hub) = (label("Google Calendar"), label("Azure IoTHub"));
    assert_eq!(without_label("calendar event", &calendar), "event");
    assert_eq!(without_label("calendar", &calendar), "calendar");
    assert_eq!(without_label("event calendar", &calendar), "event calendar");
    assert!(words_within("IOT hubs", &hub.text) && !words_within("hub plans", &hub.text));
}

#[test]
fn verbs_and_fillers_are_no_nouns() {
    let cleaned = |words: &[&str]| clean(&owned(words)).join(" ");
    assert_eq!(cleaned(&["get", "order", "delete"]), "order");
    assert_eq!(cleaned(&["pull"]), "pull");
    assert_eq!(cleaned(&["per", "page"]), "page");
    assert_eq!(cleaned(&["create"]), "");
}
