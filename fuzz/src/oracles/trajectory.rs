//! Trajectories that somebody sends.

use super::{context, loaded};
use wardian_format::pack::Role;
use wardian_format::trajectory::{Certificate, Trajectory};

/// Verifying a trajectory does not panic and says the same twice; and one that is accepted has the state, the number
/// of calls and the dialogue that playing its calls gives.
pub fn trajectory(bytes: &[u8]) {
    let Ok(trajectory) = serde_json::from_slice::<Trajectory>(bytes) else { return };
    let pack = loaded();
    let (first, second) = (pack.replay(&trajectory), pack.replay(&trajectory));
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first, second, "two replays differ");
            if first.is_none() {
                accepted(&trajectory);
            }
        }
        (Err(_), Err(_)) => {}
        _ => panic!("one of two replays failed"),
    }
}

/// Plays the calls once more, without the replay.
fn accepted(trajectory: &Trajectory) {
    let certificate = &trajectory.certificate;
    let context = wardian_env::EpisodeContext { seed: certificate.seed, now: certificate.now.clone() };
    let mut env = loaded().env(&context).expect("an environment");
    for recorded in &trajectory.calls {
        let role = loaded().manifest().tool(&recorded.tool).map_or(Role::Agent, |tool| tool.role);
        let role = if recorded.outcome == wardian_format::Outcome::UnknownTool { Role::Agent } else { role };
        let record = match &recorded.arguments {
            serde_json::Value::String(text) => env.call_text(role, &recorded.tool, text),
            arguments => env.call(role, &recorded.tool, arguments),
        };
        let record = record.expect("the host is fine");
        assert_eq!(record.outcome, recorded.outcome, "an outcome that the pack does not give was accepted");
        assert_eq!(record.state, recorded.state, "a state that the pack does not give was accepted");
    }
    assert_eq!(env.digests().expect("digests"), certificate.last, "a final state that the pack does not give was accepted");
}

/// A true trajectory, whole and without its last call.
pub fn seeds() -> Vec<Vec<u8>> {
    let calls = [
        (Role::Agent, "list_issues", "{ \"limit\": 2 }"),
        (Role::Agent, "close_issue", "{\"id\":\"2\"}"),
        (Role::Agent, "close_issue", "{\"id\":2}"),
        (Role::Agent, "close_isue", "{}"),
        (Role::Agent, "get_issue", "{\"id\":2}"),
    ];
    (1..=calls.len()).map(|n| serde_json::to_vec(&play(&calls[..n])).expect("JSON")).collect()
}

fn play(calls: &[(Role, &str, &str)]) -> Trajectory {
    let mut env = loaded().env(&context()).expect("an environment");
    let initial = env.digests().expect("digests");
    let records = calls.iter().map(|(role, tool, arguments)| env.call_text(*role, tool, arguments).expect("the host is fine")).collect();
    let certificate = Certificate {
        pack: loaded().manifest().name.clone(),
        pack_digest: loaded().digest(),
        digest_version: wardian_state::DIGEST_VERSION,
        seed: context().seed,
        now: context().now,
        limits: loaded().limits().digest(),
        initial,
        last: env.digests().expect("digests"),
        certifiable: true,
    };
    wardian_testkit::trajectory(certificate, calls, records)
}
