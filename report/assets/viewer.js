
// The episode viewer: the dialogue on the left, the current call on the right.

const shown = { episode: 0, call: 0 };
const GROUPS = { validity: "dropped for validity", state: "dropped: state differs", calls: "dropped: calls differ", recovered: "kept, recovered", clean: "kept, clean" };

function showEpisode(index, call) {
  const episode = DATA.episodes[index];
  if (!episode) return;
  shown.episode = index;
  shown.call = Math.max(0, Math.min(episode.calls.length - 1, call || 0));
  $("episode").value = String(index);
  $("viewer").replaceChildren(about(episode), el("div.columns", {}, dialogue(episode), el("div.side", {}, el("div.call", { id: "call" }))), compared(episode));
  showCall(shown.call, false);
}

function about(episode) {
  const facts = [["Task", episode.task], ["Agent", episode.agent], ["User", episode.user], ["Pack", episode.pack], ["Seed", episode.seed], ["Time", episode.now], ["Ended", episode.end]];
  const reasons = episode.verdict ? episode.verdict.reasons : [];
  return el("div.about", {},
    el("p.fate", {}, el("b" + (episode.kept ? ".good" : ".bad"), {}, GROUPS[episode.group] || "not decided"), " ", episode.kept || !episode.code ? null : el("code", {}, episode.code), " ",
      el("span", { dir: "auto" }, ticked(episode.reason || ""))),
    reasons.length ? el("ul.reasons", {}, reasons.map((reason) => el("li", { dir: "auto" }, ticked(reason)))) : null,
    el("dl", {}, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", { dir: "auto" }, value)))),
    episode.goal ? el("details", {}, el("summary", {}, "What the user wants"), el("p.said", { dir: "auto" }, episode.goal)) : null,
    episode.cut ? el("p.quiet", {}, episode.cut) : null);
}

const WHO = { system: "policy", user: "user", assistant: "agent" };

function dialogue(episode) {
  const items = episode.messages.map(({ role, text, calls }, index) => {
    const again = index > 0 && episode.messages[index - 1].role === role;
    const body = role === "system"
      ? el("details", {}, el("summary", {}, "Instructions to the agent"), el("p.said", { dir: "auto" }, text))
      : text.trim() ? el("p.said", { dir: "auto" }, text) : null;
    const buttons = calls.filter((call) => episode.calls[call]).map((call) => callButton(episode.calls[call], call));
    return el("li." + role + (again ? ".again" : ""), { "data-calls": calls.join(" ") }, el("span.who", {}, WHO[role]), el("div", {}, body, buttons));
  });
  return el("ol.dialogue", { "aria-label": "Dialogue" }, items);
}

function callButton(call, index) {
  const marks = [el("span.mark", { "aria-hidden": "true" }, call.ok ? "✓" : "✗"), el("code", {}, call.tool), el("small", {}, call.ok ? call.brief : call.outcome.replaceAll("_", " "))];
  const writes = call.moved ? el("span.moved", { title: "changed the state" }, "±") : null;
  return el("button.step" + (call.ok ? ".good" : ".bad"), { type: "button", "data-call": index, onclick: () => showCall(index, true) }, marks, writes);
}

function showCall(index, move) {
  const episode = DATA.episodes[shown.episode];
  const panel = $("call");
  const last = episode.calls.length - 1;
  if (last < 0) return panel.replaceChildren(el("p.quiet", {}, "The agent made no call."));
  shown.call = Math.max(0, Math.min(last, index));
  const call = episode.calls[shown.call];
  const before = shown.call ? episode.calls[shown.call - 1] : { state: episode.initial, graded: episode.initial_graded };
  const go = (to, name, sign) => el("button", { type: "button", "aria-label": name, disabled: to < 0 || to > last || to === shown.call, onclick: () => showCall(to, true) }, sign);
  const focused = panel.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  panel.replaceChildren(
    el("div.steps", {}, go(0, "First call", "«"), go(shown.call - 1, "Previous call", "‹"), el("span", {}, "Call " + (shown.call + 1) + " of " + (last + 1)),
      go(shown.call + 1, "Next call", "›"), go(last, "Last call", "»")),
    el("h3", {}, el("code", {}, call.tool)),
    el("p.tags", {}, el("span" + (call.ok ? ".good" : ".bad"), {}, call.outcome.replaceAll("_", " ")),
      call.gold !== null ? el("span", {}, "step " + (call.gold + 1) + " of the plan") : episode.plan.length ? el("span.quiet", {}, call.ok ? "not in the plan" : "does not count") : null),
    el("h4", {}, "Arguments"), json(call.args),
    el("h4", {}, "State"), change(call, before),
    el("h4", {}, "Result"), json(call.result));
  if (focused) (panel.querySelector('[aria-label="' + focused + '"]:not(:disabled)') || panel.querySelector(".steps button:not(:disabled)") || panel).focus();
  markDialogue();
  settle(move);
}

/** What the call did to the database. */
function change(call, before) {
  const digests = call.moved
    ? el("p.digests", {}, el("code", {}, before.state), " → ", el("code", {}, call.state), call.graded === before.graded ? el("small", {}, "graded state unchanged") : null)
    : el("p.digests", {}, el("code", {}, call.state), el("small", {}, "unchanged"));
  if (!call.diff) return el("div", {}, digests, el("p.quiet", {}, "The call was not executed again for this page."));
  return el("div", {}, digests, diff(call.diff, "before", "after"));
}

/** A table of changed rows. */
function diff({ rows, more }, before, after) {
  if (!rows.length) return null;
  const words = { "+": "inserted", "-": "deleted", "~": "changed" };
  const value = (text, kind) => (text === null ? el("span.void", {}, "–") : el("span." + kind, { dir: "auto" }, text));
  const items = rows.map(([mark, table, key, cells, cut]) =>
    el("li." + words[mark], {},
      el("p", {}, el("b", { title: words[mark] }, mark === "-" ? "−" : mark), " ", el("code", {}, table), "[", el("span", { dir: "auto" }, key), "]"),
      cells.length ? el("dl", {}, cells.map(([column, old, now]) => el("div", {}, el("dt", {}, column),
        el("dd", {}, mark === "+" ? value(now, "new") : mark === "-" ? value(old, "old") : [value(old, "old"), el("span.to", { title: before + " → " + after }, " → "), value(now, "new")])))) : null,
      cut ? el("small", {}, "… " + cut + " more cells") : null));
  if (more) items.push(el("li", {}, el("small", {}, "… " + plural(more, "more row"))));
  return el("ul.diff", {}, items);
}

function markDialogue() {
  let later = false;
  for (const item of document.querySelectorAll("#viewer .dialogue > li")) {
    const calls = item.dataset.calls ? item.dataset.calls.split(" ").map(Number) : [];
    const here = calls.includes(shown.call);
    item.classList.toggle("here", here);
    item.classList.toggle("later", later);
    for (const button of item.querySelectorAll("[data-call]")) {
      const current = Number(button.dataset.call) === shown.call;
      button.classList.toggle("on", current);
      if (current) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
    if (here && shown.call < DATA.episodes[shown.episode].calls.length - 1) later = true;
  }
}

/** On a narrow screen the call stands under the message that made it; otherwise beside the dialogue. */
function settle(move) {
  const panel = $("call");
  if (!panel) return;
  const narrow = matchMedia("(max-width: 860px)").matches;
  const button = document.querySelector("#viewer [data-call].on");
  if (narrow && button) button.after(panel);
  else document.querySelector("#viewer .side").append(panel);
  if (!move) return;
  remember("episode-" + shown.episode + "-" + shown.call);
  const list = document.querySelector("#viewer .dialogue");
  if (narrow) button.scrollIntoView({ block: "start" });
  else if (button) list.scrollTop = Math.max(0, button.offsetTop - list.clientHeight / 2);
}

// Expected against actual.

function compared(episode) {
  if (!episode.plan.length && !episode.verdict) return null;
  const verdict = episode.verdict;
  return el("div.compared", {}, el("h3", {}, "Expected and actual"), states(episode), sequence(episode),
    verdict && verdict.divergence ? divergence(verdict.divergence) : null,
    verdict && verdict.difference.rows.length ? [el("h4", {}, "From the goal’s state to the one reached"), diff(verdict.difference, "goal", "reached")] : null);
}

function states(episode) {
  const row = (name, good, words) => el("li" + (good ? ".good" : ".bad"), {}, el("span.mark", { "aria-hidden": "true" }, good ? "✓" : "✗"), el("b", {}, name), " ", words);
  const verdict = episode.verdict;
  const same = episode.wanted === episode.last;
  const digests = episode.wanted ? [el("code", {}, episode.wanted), same ? " = " : " ≠ ", el("code", {}, episode.last)] : [el("code", {}, episode.last)];
  if (!verdict) return el("p.digests", {}, digests);
  return el("ul.checks", {}, row("State", verdict.state, digests), row("Calls", verdict.calls, verdict.calls ? "the plan’s, in order" : "not the plan’s"),
    verdict.facts === null ? null : row("Facts", verdict.facts, verdict.facts ? "all were told" : "not all were told"));
}

/** The plan and the calls side by side, equal ones in one row. */
function sequence(episode) {
  if (!episode.plan.length) return null;
  const rows = [];
  let next = 0;
  const actual = (until) => {
    for (; next < until; next += 1) rows.push([null, next]);
  };
  episode.plan.forEach((step, index) => {
    if (step.call !== null) actual(step.call);
    rows.push([index, step.call]);
    if (step.call !== null) next = step.call + 1;
  });
  actual(episode.calls.length);
  const planned = (index) => [el("code", {}, episode.plan[index].tool), el("small", {}, episode.plan[index].args)];
  const done = (index) => el("button.link", { type: "button", onclick: () => showCall(index, true) }, el("code", {}, episode.calls[index].tool), el("small", {}, episode.calls[index].brief));
  const kind = ([plan, call]) => (plan !== null && call !== null ? ["=", "same", "equal"] : plan !== null ? ["−", "missing", "not done"] : episode.calls[call].ok ? ["+", "extra", "not in the plan"] : ["✗", "failed", "failed, does not count"]);
  const body = rows.map((row) => {
    const [mark, name, words] = kind(row);
    return el("tr." + name, {}, el("td", {}, row[0] === null ? "" : planned(row[0])), el("td.mark", { title: words }, mark), el("td", {}, row[1] === null ? "" : done(row[1])));
  });
  return el("table.sequence", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Plan"), el("th", { scope: "col" }, ""), el("th", { scope: "col" }, "Episode"))), el("tbody", {}, body));
}

function divergence({ at, expected, actual }) {
  const side = (title, text, other) => {
    const lines = new Set(other.split("\n").map((line) => line.trim().replace(/,$/, "")));
    const shownLines = text.split("\n").map((line) => el("span" + (lines.has(line.trim().replace(/,$/, "")) ? "" : ".differs"), {}, line || " "));
    return el("div", {}, el("h4", {}, title), el("pre", { tabindex: 0 }, shownLines));
  };
  return el("div.pair", {}, side("Step " + (at + 1) + " of the plan", expected, actual), side("The episode’s call", actual, expected));
}

/** Is the reader at the viewer: is the focus in it, or nowhere while it fills the middle of the screen? */
function reading(target) {
  if (target !== document.body) return Boolean(target.closest && target.closest("#episodes"));
  const { top, bottom } = $("viewer").getBoundingClientRect();
  return top < innerHeight / 2 && bottom > innerHeight / 2;
}

function startViewer() {
  if (!$("viewer")) return;
  const order = [...$("episode").options].map((option) => Number(option.value));
  const step = (by) => {
    const to = order[order.indexOf(shown.episode) + by];
    if (to !== undefined) { showEpisode(to, 0); remember("episode-" + to); }
  };
  $("episode").onchange = (event) => { showEpisode(Number(event.target.value), 0); remember("episode-" + shown.episode); };
  $("episode-back").onclick = () => step(-1);
  $("episode-on").onclick = () => step(1);
  addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !reading(event.target) || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("select, input, pre, .scroll")) return;
    event.preventDefault();
    showCall(shown.call + by, true);
  });
  matchMedia("(max-width: 860px)").addEventListener("change", () => settle(false));
  showEpisode(order[0], 0);
}
