//! Whether the goal of a task can be reached without knowing it: random legal calls are made, and must miss.

use crate::domain::Domain;
use crate::ground::{Hints, ground};
use crate::step::Stop;
use crate::walk::Walk;
use std::collections::BTreeMap;
use wardian_format::pack::{Effect, Role, ToolSpec};
use wardian_format::{Rng, Task};

/// Most calls of one walk.
const CALLS_MAX: usize = 10;

/// The calls of the first of `walks` random walks of legal writes that reaches the goal state of `task`. The agent's writes only: reads change
/// nothing, and what the policy allows does not matter to a random agent.
pub(crate) fn reached(domain: &Domain<'_>, task: &Task, walks: usize) -> Result<Option<usize>, Stop> {
    let writes: Vec<&ToolSpec> = domain.tools.iter().filter(|tool| tool.effect == Effect::Write).copied().collect();
    if task.goal.graded == task.initial.graded || writes.is_empty() {
        return Ok(None);
    }
    let calls = (2 * task.difficulty.writes).clamp(2, CALLS_MAX);
    for number in 0..walks {
        let rng = Rng::of(task.seed, &["chance", &task.pack, &number.to_string()]);
        let mut walk = Walk::new(domain, &crate::keep::context(task), rng, usize::MAX)?;
        for record in &task.setup {
            walk.env.call_in_its_role(&record.tool, &record.arguments)?;
        }
        for made in 1..=calls {
            let Some(tool) = walk.rng.pick(&writes).copied() else { break };
            let hints = Hints { forced: None, cells: BTreeMap::new(), depth: 0 };
            let grounded = match ground(&mut walk, tool, &hints) {
                Ok(grounded) => grounded,
                Err(Stop::Miss(_)) => continue,
                Err(stop) => return Err(stop),
            };
            let record = walk.env.call(Role::Agent, &tool.name, &grounded.arguments)?;
            walk.forget_columns();
            if record.state.graded == task.goal.graded {
                return Ok(Some(made));
            }
        }
    }
    Ok(None)
}
