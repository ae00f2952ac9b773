//! Properties of the whole report: nothing gets out of its place, nothing is too large, the same input gives the
//! same bytes. `tests/golden/sample.txt` is rewritten by
//! `cargo run --release -p wardian-report --example sample > report/tests/golden/sample.txt`.

mod hostile;
mod sample;

use serde_json::Value;
use wardian_format::verdict::Stage;
use wardian_report::{PAGE_BYTES_MAX, ReportInput, html, select, text};

const DATA_START: &str = "<script type=\"application/json\" id=\"data\">";

/// The page without its data, and the data.
fn parts(page: &str) -> (String, Value) {
    let (before, rest) = page.split_once(DATA_START).expect("a data block");
    let (data, after) = rest.split_once("</script>").expect("its end");
    (format!("{before}{after}"), serde_json::from_str(data).expect("JSON"))
}

fn check_text(text: &str) {
    assert!(text.lines().count() <= 60, "{} lines", text.lines().count());
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "too long: {line}");
        assert!(!line.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "control character: {line:?}");
        assert_eq!(line, line.trim_end());
    }
    assert!(text.ends_with('\n'));
}

/// No element or attribute that loads, links or runs anything.
fn check_tags(frame: &str) {
    let (head, rest) = frame.split_once("<style>").expect("a style");
    let body = rest.split_once("</style>").expect("its end").1;
    let body = body.split_once("<script>").expect("a script").0;
    for tag in head.split('<').chain(body.split('<')).skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let bare: Vec<&str> = tag.split('"').step_by(2).collect();
        let bare = bare.concat().to_lowercase();
        assert!(!bare.contains("src=") && !bare.contains(" on") && !bare.contains('\''), "{tag}");
        for name in ["img", "iframe", "link", "base", "object", "embed", "form", "b>pwned"] {
            assert!(!bare.starts_with(&format!("{name} ")) && bare != name, "{tag}");
        }
        assert!(!tag.contains("href=\"") || tag.contains("href=\"#"), "{tag}");
    }
    assert!(!rest.contains("@import") && !rest.replace("url(#arrow)", "").contains("url("));
}

fn check_page(page: &str) -> Value {
    assert!(page.len() <= PAGE_BYTES_MAX, "{} bytes", page.len());
    let (frame, data) = parts(page);
    assert_eq!(page.matches("<script").count(), 2, "only our scripts");
    assert_eq!(page.matches("</script").count(), 2);
    check_tags(&frame);
    let outside = frame.replace("http://www.w3.org/2000/svg", "");
    assert!(!outside.contains("http://") && !outside.contains("https://"), "nothing is loaded or linked");
    assert!(!page.chars().any(|c| c != '\n' && c.is_control()), "control characters");
    assert!(!page.contains(['\u{2028}', '\u{2029}', '\u{202e}', '\u{2066}']));
    data
}

#[test]
fn terminal_report_is_golden() {
    let report = text(&sample::input());
    check_text(&report);
    assert_eq!(report, include_str!("golden/sample.txt"));
}

#[test]
fn same_input_same_bytes() {
    assert_eq!(html(&sample::input()), html(&sample::input()));
    // The order of edges is no part of the input's meaning.
    let mut turned = sample::input();
    turned.edges.reverse();
    assert!(html(&turned) == html(&sample::input()), "order of edges matters");
}

#[test]
fn sample_page_holds_what_it_should() {
    let input = sample::input();
    let page = html(&input);
    let data = check_page(&page);
    assert_eq!(data["tools"].as_array().map(Vec::len), Some(input.tools.len()));
    assert_eq!(data["edges"].as_array().map(Vec::len), Some(input.edges.len()));
    assert_eq!(data["domains"].as_array().map(Vec::len), Some(input.domains.len()));
    assert_eq!(data["episodes"].as_array().map(Vec::len), Some(input.episodes.len()));
    assert!(page.contains(&input.run.digest.to_string()));
    assert!(page.contains("1,458 episodes went in, 926 came out"));
    assert!(page.contains("8 of 1,458 are shown"), "says what was cut");
}

#[test]
fn calls_are_paired_with_the_plan() {
    let page = html(&sample::input());
    let recovered = &parts(&page).1["episodes"][0];
    let gold: Vec<&Value> = recovered["calls"].as_array().expect("calls").iter().map(|c| &c["gold"]).collect();
    assert_eq!(gold, [&Value::Null, &Value::from(0), &Value::from(1), &Value::from(2)], "the failed call is no step of the plan");
    assert_eq!(recovered["plan"][1]["call"], 2);
    assert_eq!(recovered["calls"][2]["moved"], true);
    assert_eq!(recovered["calls"][2]["diff"]["rows"].as_array().map(Vec::len), Some(3));
}

#[test]
fn every_call_has_a_place_in_the_dialogue() {
    let mut input = sample::input();
    let trajectory = &mut input.episodes[0].trajectory;
    trajectory.messages.truncate(3);
    let calls = trajectory.calls.len();
    let page = html(&input);
    let messages = parts(&page).1["episodes"][0]["messages"].clone();
    let places: Vec<&Value> = messages.as_array().expect("messages").iter().flat_map(|m| m["calls"].as_array().expect("calls")).collect();
    assert_eq!(places, (0..calls).map(Value::from).collect::<Vec<_>>().iter().collect::<Vec<_>>());
}

#[test]
fn hostile_text_stays_text() {
    for nasty in hostile::TEXTS {
        let mut input = sample::input();
        hostile::infect(&mut input, nasty);
        let page = html(&input);
        let data = check_page(&page);
        check_text(&text(&input));
        assert!(!page.contains("<b>pwned"), "markup got through: {nasty:?}");
        assert_eq!(data["episodes"].as_array().map(Vec::len), Some(input.episodes.len()), "told in short, but told");
    }
}

#[test]
fn huge_runs_make_small_pages() {
    for nasty in ["<", "\u{202e}"] {
        let input = hostile::huge(&nasty.repeat(300));
        check_page(&html(&input));
        check_text(&text(&input));
    }
}

#[test]
fn an_empty_run_has_a_page() {
    let mut input = sample::input();
    input = ReportInput {
        run: input.run.clone(),
        tools: vec![],
        edges: vec![],
        domains: vec![],
        packs: vec![],
        decisions: vec![],
        episodes: vec![],
        pass: vec![],
    };
    input.run.counts = wardian_report::Counts::default();
    input.run.stages.clear();
    let page = html(&input);
    check_page(&page);
    for section in ["id=\"graph\"", "id=\"packs\"", "id=\"funnel\"", "id=\"episodes\""] {
        assert!(!page.contains(section), "{section} of nothing");
    }
    check_text(&text(&input));
}

#[test]
fn every_fate_gets_its_turn() {
    let input = sample::input();
    let mut trajectories: Vec<_> = input.episodes.iter().map(|e| e.trajectory.clone()).collect();
    let decisions: Vec<_> = input.episodes.iter().filter_map(|e| e.decision.clone()).collect();
    let fate = |index: usize, trajectories: &[wardian_format::Trajectory]| {
        let id = &trajectories[index].id;
        let decision = decisions.iter().find(|d| &d.trajectory == id).expect("decided");
        (decision.kept, decision.stage, decision.code.clone())
    };
    let ids = |chosen: &[usize], from: &[wardian_format::Trajectory]| chosen.iter().map(|i| from[*i].id.clone()).collect::<Vec<_>>();
    let chosen = select(&trajectories, &decisions, 5);
    let fates: Vec<_> = chosen.iter().map(|i| fate(*i, &trajectories)).collect();
    let kept = |code: &str| (true, None, code.to_owned());
    let dropped = |stage, code: &str| (false, Some(stage), code.to_owned());
    let expected = [
        kept("recovered"),
        kept("clean"),
        dropped(Stage::Calls, "extra_write"),
        dropped(Stage::State, "state_differs"),
        dropped(Stage::Validity, "repetition"),
    ];
    assert_eq!(fates, expected);
    let before = ids(&chosen, &trajectories);
    trajectories.reverse();
    let again = select(&trajectories, &decisions, 5);
    assert_eq!(ids(&again, &trajectories), before, "the order of the input does not matter");
    assert_eq!(select(&trajectories, &decisions, 100).len(), 8);
    assert!(select(&trajectories, &[], 3).len() == 3 && select(&[], &[], 3).is_empty());
}
