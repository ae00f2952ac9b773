//! `wardian-trainer` as a user runs it.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::conversation::Conversation;
use wardian_trainer::curves::{Line, read};
use wardian_trainer::template::RenderOptions;
use wardian_trainer::vocabulary::Vocabulary;

const TRAINER: &str = env!("CARGO_BIN_EXE_wardian-trainer");

/// Conversations in which an agent looks up a number and says it.
fn conversations(first: usize, count: usize) -> String {
    let tool = json!({"type": "function", "function": {"name": "look", "description": "Looks up a number.",
        "parameters": {"type": "object", "properties": {"key": {"type": "string"}}}}});
    let one = |i: usize| {
        let (key, number) = (["sun", "sea", "oak", "fox"][i % 4], i % 4 * 7);
        json!({"tools": [tool], "messages": [
            {"role": "user", "content": format!("{i}: what is {key}?")},
            {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": {"key": key}}}]},
            {"role": "tool", "tool_call_id": "c1", "content": number.to_string()},
            {"role": "assistant", "content": format!("It is {number}.")},
        ]})
        .to_string()
            + "\n"
    };
    (first..first + count).map(one).collect()
}

const PLAN: &str = r#"
model = "tok"
out = "out"
length = 256
sequences = 4
dtype = "f32"
[shape]
hidden = 48
intermediate = 96
layers = 2
heads = 4
kv-heads = 2
head-dim = 12
[held-out]
data = ["held.jsonl"]
every = 10
[checkpoint]
every = 5
[[phase]]
name = "general"
learning-rate = 1e-2
epochs = 6.0
data = [{path = "train.jsonl"}]
[[phase]]
name = "vertical"
learning-rate = 5e-3
epochs = 2.0
data = [{path = "train.jsonl"}]
"#;

/// A folder with data, a small tokenizer and a plan.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("train.jsonl"), conversations(0, 120)).expect("can write");
    // The last ten are of the training set too.
    fs::write(at.join("held.jsonl"), conversations(110, 30)).expect("can write");
    fs::write(at.join("plan.toml"), PLAN).expect("can write");
    let vocabulary = Vocabulary::train(&[at.join("train.jsonl")], 330, || {}).expect("a tokenizer");
    fs::create_dir(at.join("tok")).expect("can make a folder");
    for (name, text) in vocabulary.files().expect("files") {
        fs::write(at.join("tok").join(name), text).expect("can write");
    }
    folder
}

fn command(at: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(TRAINER);
    command.args(args).current_dir(at);
    command
}

fn train(at: &Path, more: &[&str]) -> Output {
    command(at, &[&["run", "plan.toml", "--device", "cpu", "--threads", "1", "--json"], more].concat()).output().expect("starts")
}

fn expect(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The metrics without times.
fn lines(at: &Path) -> Vec<Line> {
    let timeless = |line| match line {
        Line::Step(mut step) => {
            (step.seconds, step.tokens_per_second, step.tflops) = (0.0, 0.0, 0.0);
            Line::Step(step)
        }
        other => other,
    };
    read(&at.join("out/metrics.jsonl")).expect("metrics").into_iter().map(timeless).collect()
}

fn ends_with_failure(output: &Output, what: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && stderr.contains(what), "{what}: {stderr}");
}

/// Killed again and again, a training ends with the same metrics and the same model, and its folder is whole.
#[test]
fn a_training_that_is_killed_goes_on() {
    let (whole, killed) = (folder(), folder());
    let short = PLAN.replace("epochs = 6.0", "epochs = 1.0").replace("epochs = 2.0", "epochs = 0.5");
    for folder in [&whole, &killed] {
        fs::write(folder.path().join("plan.toml"), &short).expect("can write");
    }
    let summary = expect(&train(whole.path(), &[]));
    assert_eq!(summary["taken_out"], 10);
    let expected = lines(whole.path());
    let mut kills = 0;
    for wait in [4, 9, 14, 19] {
        let mut child = command(killed.path(), &["run", "plan.toml", "--device", "cpu", "--threads", "1", "--quiet"])
            .stdout(Stdio::null())
            .spawn()
            .expect("starts");
        // Until so many lines are written, or it is done.
        while child.try_wait().expect("a child").is_none() {
            let text = fs::read_to_string(killed.path().join("out/metrics.jsonl")).unwrap_or_default();
            if text.lines().count() >= wait {
                child.kill().and_then(|()| child.wait()).expect("can kill");
                kills += 1;
            }
        }
        assert!(!killed.path().join("out/model.safetensors").exists());
    }
    let summary = expect(&train(killed.path(), &[]));
    assert!(kills == 4 && summary["began"].as_u64() >= Some(10), "{kills} kills, {summary}");
    let found = lines(killed.path());
    let differs = found.iter().zip(&expected).find(|(a, b)| a != b);
    assert!(differs.is_none() && found.len() == expected.len(), "{differs:?}; {} lines, and {} without kills", found.len(), expected.len());
    let weights = |at: &Path| fs::read(at.join("out/model.safetensors")).expect("a model");
    assert!(weights(killed.path()) == weights(whole.path()));
    for name in [
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
        "generation_config.json",
        "curves.svg",
        "data.json",
        "plan.toml",
    ] {
        assert!(killed.path().join("out").join(name).exists(), "{name}");
    }
    let steps = fs::read_dir(killed.path().join("out/checkpoints")).expect("checkpoints").count();
    assert_eq!(steps, 2);
    // Done is done; another plan is refused; `--restart` begins anew.
    assert_eq!(expect(&train(killed.path(), &[]))["tokens"], 0);
    fs::write(killed.path().join("plan.toml"), short.replace("1.0", "0.9")).expect("can write");
    ends_with_failure(&train(killed.path(), &[]), "`--restart` begins anew");
    let summary = expect(&train(killed.path(), &["--restart"]));
    assert!(summary["began"] == 0 && summary["tokens"].as_u64() > Some(0));
}

#[test]
fn a_model_is_measured_as_its_training_measured_it() {
    let folder = folder();
    let at = folder.path();
    let trained = expect(&train(at, &[]));
    let measure =
        |more: &[&str]| command(at, &[&["evaluate", "out", "--device", "cpu", "--json"], more].concat()).output().expect("starts");
    let seen = expect(&measure(&["held.jsonl", "train.jsonl", "--each", "each.jsonl"]));
    let (held, other) = (&seen["files"][0], &seen["files"][1]);
    for key in ["loss", "tokens"] {
        let (one, again) = (held[key].as_f64().expect("a number"), trained["held_out"][key].as_f64().expect("a number"));
        assert!((one - again).abs() < 1e-6, "{key}: {one}, {again}");
    }
    assert_eq!(held["calls"], trained["held_out"]["calls"]);
    assert_eq!((held["conversations"].as_u64(), other["conversations"].as_u64()), (Some(30), Some(120)));
    assert_eq!(other["calls"]["calls"], 120);
    // The lines add up to the files, and say which conversation they are of.
    let each: Vec<Value> =
        fs::read_to_string(at.join("each.jsonl")).expect("lines").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((each.len(), &each[29]["row"], &each[30]["row"], &each[30]["data"]), (150, &json!(30), &json!(1), &json!("train.jsonl")));
    let sum = |lines: &[Value], key: &str| lines.iter().map(|line| line[key].as_f64().expect("a number")).sum::<f64>();
    assert_eq!(sum(&each[..30], "tokens"), held["tokens"].as_f64().expect("a number"));
    assert!((sum(&each[..30], "loss") / sum(&each[..30], "tokens") - held["loss"].as_f64().expect("a number")).abs() < 1e-9);
    assert_eq!(sum(&each[30..], "calls"), 120.0);
    // What cannot be measured is said.
    ends_with_failure(&measure(&["nothing.jsonl"]), "nothing.jsonl");
    ends_with_failure(&measure(&["held.jsonl", "--length", "512"]), "`--length` is 512, and the model knows 256 positions");
    ends_with_failure(&measure(&["held.jsonl", "--length", "20", "--over-long", "refuse"]), "`held.jsonl`, row 1");
}

#[test]
fn everything_is_learned_where_the_plan_says_so() {
    let folder = folder();
    let at = folder.path();
    let plan = PLAN.replace("name = \"general\"", "name = \"general\"\nlearn = \"everything\"");
    fs::write(at.join("plan.toml"), plan).expect("can write");
    expect(&train(at, &[]));
    let steps = lines(at).into_iter().filter_map(|line| match line {
        Line::Step(step) => Some(step),
        Line::HeldOut(_) => None,
    });
    let (general, vertical): (Vec<_>, Vec<_>) = steps.partition(|step| step.phase == "general");
    // All but the first token of each of at most as many conversations as the step has tokens for.
    assert!(general.iter().all(|step| step.learned < step.tokens && step.learned > step.tokens * 9 / 10), "{:?}", general[0]);
    assert!(vertical.iter().all(|step| step.learned < step.tokens / 2), "{:?}", vertical[0]);
    assert!(general[general.len() - 1].loss < general[0].loss / 4.0);
}

#[test]
fn bad_plans_and_data_are_named() {
    let folder = folder();
    let at = folder.path();
    for (plan, what) in [
        (PLAN.replace("length", "lenght"), "plan.toml`: TOML parse error at line"),
        (PLAN.replace("\"tok\"", "\"nowhere\""), "there is no model"),
        (PLAN.replace("train.jsonl", "none.jsonl"), "none.jsonl"),
        (PLAN.replace("every = 10", "every = 0"), "`held-out.every` is 0"),
        (PLAN.replace("1e-2", "1e30"), "lower `learning-rate`"),
        (PLAN.replace("length = 256", "length = 16"), "nothing is left to train on"),
        (PLAN.replace("length = 256", "length = 64\nover-long = \"refuse\""), "raise `length`"),
        (PLAN.replace("[shape]", "template = \"none.jinja\"\n[shape]"), "cannot read the template"),
        (PLAN.replace("intermediate = 96", "intermediate = 1000000000000"), "memory is short: lower `at-once`"),
        (PLAN.replace("\"out\"", "\"tok\""), "tok` is no folder of a training, and not empty"),
        (PLAN.replace("kv-heads = 2", "kv-heads = 3"), "must be a multiple of"),
        (
            PLAN.split_once("[shape]").map(|(head, _)| head).unwrap_or_default().to_owned()
                + "[[phase]]\nname = \"a\"\nlearning-rate = 1e-3\ndata = [{path = \"train.jsonl\"}]\n",
            "cannot read `",
        ),
    ] {
        fs::write(at.join("plan.toml"), plan).expect("can write");
        ends_with_failure(&train(at, &["--restart"]), what);
    }
    ends_with_failure(&command(at, &["run", "none.toml"]).output().expect("starts"), "cannot read the plan `none.toml`");
    ends_with_failure(&command(at, &["run", "plan.toml", "--device", "cuda:7"]).output().expect("starts"), "cuda");
}

/// A server of `model`, killed at the end.
struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    fn start(model: &Path) -> Self {
        let args = ["serve", "--port", "0", "--device", "cpu", "--threads", "1", "--json"];
        let mut child = Command::new(TRAINER).args(args).arg(model).stdout(Stdio::piped()).spawn().expect("starts");
        let mut text = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        while !text.trim_end().ends_with('}') {
            assert!(out.read_line(&mut text).expect("a line") > 0, "the server says where it listens");
        }
        let said: Value = serde_json::from_str(&text).expect("JSON");
        let url = said["url"].as_str().expect("a text").trim_start_matches("http://").trim_end_matches("/v1").to_owned();
        Self(child, url)
    }

    /// Status and body of the answer to a request.
    fn post(&self, body: &Value) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.1).expect("the server listens");
        let body = body.to_string();
        let head = format!("POST /v1/chat/completions HTTP/1.0\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).expect("can send");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        (head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"), body.to_owned())
    }
}

/// A trained model calls the tool that it learned to call, streamed or not, alone or beside others; the conversation that follows is answered from the cache.
#[test]
fn a_trained_model_answers_over_the_openai_protocol() {
    let folder = folder();
    expect(&train(folder.path(), &[]));
    let lines = lines(folder.path());
    let held_out: Vec<_> = lines.iter().filter_map(|line| if let Line::HeldOut(seen) = line { Some(seen) } else { None }).collect();
    let calls = |seen: &wardian_trainer::curves::HeldOut| seen.calls.as_ref().map_or(0.0, |calls| calls.right);
    let (first, last) = (held_out[0], held_out[held_out.len() - 1]);
    println!("held out: loss {:.2} to {:.2}, calls {:.2} to {:.2}", first.loss, last.loss, calls(first), calls(last));
    assert!(last.loss < first.loss / 3.0 && calls(first) == 0.0 && calls(last) > 0.5);
    let server = Server::start(&folder.path().join("out"));
    let row: Value = serde_json::from_str(conversations(3, 1).trim()).expect("JSON");
    let ask = |messages: usize, more: Value| {
        let mut body = json!({"model": "out", "messages": row["messages"].as_array().expect("messages")[..messages], "tools": row["tools"], "temperature": 0});
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        body
    };
    let parsed = |(status, body): (u16, String)| {
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Value>(&body).expect("JSON")
    };
    let first = parsed(server.post(&ask(1, json!({}))));
    let message = &first["choices"][0]["message"];
    let call = &message["tool_calls"][0]["function"];
    assert_eq!((first["choices"][0]["finish_reason"].as_str(), call["name"].as_str()), (Some("tool_calls"), Some("look")), "{first}");
    assert_eq!(serde_json::from_str::<Value>(call["arguments"].as_str().expect("a text")).expect("JSON"), json!({"key": "fox"}));
    let second = parsed(server.post(&ask(3, json!({}))));
    assert_eq!(second["choices"][0]["message"]["content"], "It is 21.");
    assert_eq!(second["choices"][0]["finish_reason"], "stop");
    let usage = &second["usage"];
    assert!(usage["prompt_tokens_details"]["cached_tokens"].as_u64() > usage["prompt_tokens"].as_u64().map(|all| all / 2), "{usage}");
    // Streamed, the same.
    let (status, events) = server.post(&ask(1, json!({"stream": true})));
    assert!(status == 200 && events.ends_with("data: [DONE]\n\n"), "{events}");
    let chunks: Vec<Value> = events.split("data: ").filter_map(|one| serde_json::from_str(one).ok()).collect();
    let streamed = chunks.iter().find_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"][0]["function"].as_object());
    assert_eq!(streamed, call.as_object());
    // Many at once: the same answers; several of one request, drawn, differ by their seeds alone.
    let all: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| parsed(server.post(&ask(3, json!({})))))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(all.iter().all(|one| one["choices"] == second["choices"]));
    let drawn =
        |seed: u64| parsed(server.post(&ask(1, json!({"temperature": 1.5, "n": 4, "seed": seed, "max_tokens": 12}))))["choices"].clone();
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    // A stop text, a length, and without tools no calls.
    let stopped = parsed(server.post(&ask(3, json!({"stop": [" is"]}))));
    assert_eq!((&stopped["choices"][0]["message"]["content"], &stopped["choices"][0]["finish_reason"]), (&json!("It"), &json!("stop")));
    let short = parsed(server.post(&ask(3, json!({"max_tokens": 1}))));
    assert_eq!((&short["choices"][0]["finish_reason"], &short["usage"]["completion_tokens"]), (&json!("length"), &json!(1)));
    assert!(parsed(server.post(&ask(1, json!({"tool_choice": "none"}))))["choices"][0]["message"]["tool_calls"].is_null());
    let (status, body) = server.post(&json!({"messages": [{"role": "user", "content": "long ".repeat(900)}]}));
    assert!(status == 400 && body.contains("context_length_exceeded"), "{body}");
    assert_eq!(server.post(&json!({"messages": 7})).0, 400);
}

/// transformers loads what a training wrote, with the same logits. Only under `./test --full`: transformers and torch are 600 MB.
/// What transformers' Python says of folders of models, and what we say: the largest difference of a logit, and what the model answers.
struct Transformers {
    python: PathBuf,
    golden: PathBuf,
    row: Value,
    chat: Option<ChatTokenizer>,
}

impl Transformers {
    /// None where it is not to be asked.
    fn new(at: &Path) -> Option<Self> {
        if std::env::var("NEXTEST_PROFILE").as_deref() != Ok("full") {
            println!("SKIPPED: transformers and PEFT load trained models under `./test --full`");
            return None;
        }
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
        let made = Command::new(golden.join("make")).arg("--python").output().expect("a script of the repository");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let python = PathBuf::from(String::from_utf8(made.stdout).expect("a path").trim());
        let row: Value = serde_json::from_str(conversations(3, 1).trim()).expect("JSON");
        fs::write(at.join("row.json"), row.to_string()).expect("can write");
        Some(Self { python, golden, row, chat: None })
    }

    /// `ours` is what we load, `theirs` what they do, with an adapter or without.
    fn compare(&mut self, at: &Path, ours: &str, theirs: &[&str]) -> (f64, String) {
        let mut command = Command::new(&self.python);
        command.current_dir(at).arg(self.golden.join("loads.py")).arg(theirs[0]).arg("row.json").args(&theirs[1..]);
        let ran = command.output().expect("Python");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let theirs: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
        let out = at.join(ours);
        let chat = self.chat.get_or_insert_with(|| ChatTokenizer::open(&out, None).expect("a tokenizer"));
        let encoded = chat.encode(&Conversation::from_row(&self.row).expect("a row"), &RenderOptions::default()).expect("encodes");
        assert_eq!(json!(encoded.ids), theirs["ids"]);
        let model = wardian_torch::load(&out, None, tch::Device::Cpu).expect("a model");
        let ids: Vec<i64> = encoded.ids.iter().map(|id| i64::from(*id)).collect();
        let documents = wardian_torch::Documents::new(vec![0, ids.len() as i64], tch::Device::Cpu);
        let logits = tch::no_grad(|| model.logits(&tch::Tensor::from_slice(&ids), &documents));
        let ours: Vec<f64> = Vec::try_from(logits.get(ids.len() as i64 - 1).to_kind(tch::Kind::Double)).expect("numbers");
        let off = theirs["last"].as_array().expect("numbers").iter().zip(&ours).map(|(a, b)| (a.as_f64().expect("a number") - b).abs());
        (off.fold(0.0, f64::max), theirs["text"].as_str().expect("a text").to_owned())
    }
}

#[test]
fn transformers_and_peft_load_what_a_training_wrote() {
    let folder = folder();
    let at = folder.path();
    let Some(mut transformers) = Transformers::new(at) else { return };
    expect(&train(at, &[]));
    let (off, text) = transformers.compare(at, "out", &["out"]);
    println!("transformers: largest difference of a logit {off:.1e}; it goes on: {text}");
    assert!(off < 1e-4);
    // Generation ends at the end of the turn, as generation_config.json says.
    assert!(text.contains("<tool_call>") && text.ends_with("<|im_end|>"), "{text}");
    // Adapters beside that model: what we merged is what PEFT computes.
    let shape = PLAN.find("[shape]").expect("a shape")..PLAN.find("[held-out]").expect("what is held out");
    let mut plan = PLAN.replace("model = \"tok\"", "model = \"out\"").replace("out = \"out\"", "out = \"adapted\"");
    plan = plan.replace(&PLAN[shape], "[lora]\nrank = 4\nalpha = 8.0\n").replace("epochs = 6.0", "epochs = 1.0");
    fs::write(at.join("plan.toml"), plan).expect("can write");
    expect(&train(at, &[]));
    let (plain, _) = transformers.compare(at, "adapted", &["out"]);
    let (off, _) = transformers.compare(at, "adapted", &["out", "adapted/adapter"]);
    println!("PEFT: largest difference of a logit {off:.1e}, and {plain:.1e} without the adapters");
    assert!(off < 1e-4 && plain > 1e-2);
}
