
// Search over domains and tools: every word must occur; names count more than descriptions.

const DOMAINS_SHOWN = 6;
const TOOLS_SHOWN = 14;
const found = { words: [], domains: [], tools: [], tool_count: 0, active: -1 };
let domainTexts = [];
let toolTexts = [];

function indexTexts() {
  domainTexts = G.domains.map((d) => (d.title + "\n" + d.name + "\n" + d.terms.join("\n") + "\n" + d.text).toLowerCase());
  const { id, line } = G.core.tools;
  toolTexts = id.map((text, tool) => (nameOf(tool) + "\n" + text + "\n" + line[tool]).toLowerCase());
}

/** How well a text fits, from its first line (a name); 0 where a word is missing. */
function fitOf(text, words) {
  let score = 1;
  const line = text.indexOf("\n");
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return 0;
    if (at < line) score += at === 0 ? (word.length === line ? 9 : 6) : 4;
  }
  return score + 1 / (1 + line);
}

function searchFor(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  found.words = words;
  found.active = -1;
  const best = (texts) => {
    const out = [];
    if (words.length) texts.forEach((text, index) => { const fit = fitOf(text, words); if (fit) out.push([fit, index]); });
    return out.sort((a, b) => b[0] - a[0] || a[1] - b[1]).map((hit) => hit[1]);
  };
  found.domains = best(domainTexts);
  found.tools = best(toolTexts);
}

/** A text in which the words that were looked for are marked. */
function marked(text, words) {
  const lower = text.toLowerCase();
  const out = [];
  let at = 0;
  while (at < text.length && lower.length === text.length) {
    let [start, length] = [-1, 0];
    for (const word of words) {
      const here = lower.indexOf(word, at);
      if (here >= 0 && (start < 0 || here < start || (here === start && word.length > length))) [start, length] = [here, word.length];
    }
    if (start < 0) break;
    out.push(text.slice(at, start), el("mark", {}, text.slice(start, start + length)));
    at = start + length;
  }
  out.push(text.slice(at));
  return out;
}

function hit(href, index, ...parts) {
  return el("a.hit", { href, role: "option", id: "hit-" + index, tabindex: -1, onclick: closeHits }, parts);
}

function showHits() {
  const box = $("hits");
  const { words } = found;
  const open = words.length > 0;
  box.hidden = !open;
  $("find").setAttribute("aria-expanded", String(open));
  if (!open) return box.replaceChildren();
  const domains = found.domains.slice(0, DOMAINS_SHOWN).map((index, i) => {
    const domain = G.domains[index];
    return hit(domainLink(domain.name), i, el("i.dot", { style: { "--h": domainHue(domain) } }), el("span.title", { dir: "auto" }, marked(domain.title, words)), el("small", {}, plural(domain.size, "tool")));
  });
  const tools = found.tools.slice(0, TOOLS_SHOWN).map((tool, i) => hit(toolLink(idOf(tool)), i + domains.length,
    el("code.title", { dir: "auto" }, marked(nameOf(tool), words)), el("small", { dir: "auto" }, providerOf(tool)), el("span.line", { dir: "auto" }, marked(lineOf(tool), words))));
  const group = (title, all, items) => (all.length ? [el("p.head", {}, title, el("small", {}, items.length < all.length ? items.length + " of " + grouped(all.length) : String(all.length))), items] : []);
  const none = domains.length + tools.length ? [] : [el("p.none", {}, "Nothing fits. Every word must occur in a name, an id or a description.")];
  box.replaceChildren(...[group("Domains", found.domains, domains), group("Tools", found.tools, tools), none].flat(3));
  box.scrollTop = 0;
}

function closeHits() {
  $("hits").hidden = true;
  $("find").setAttribute("aria-expanded", "false");
  $("find").removeAttribute("aria-activedescendant");
}

function moveHit(step) {
  const items = [...$("hits").querySelectorAll(".hit")];
  if (!items.length || $("hits").hidden) return;
  found.active = (found.active + step + items.length) % items.length;
  items.forEach((item, index) => {
    item.classList.toggle("on", index === found.active);
    item.setAttribute("aria-selected", String(index === found.active));
  });
  items[found.active].scrollIntoView({ block: "nearest" });
  $("find").setAttribute("aria-activedescendant", "hit-" + found.active);
}

function startSearch(changed) {
  indexTexts();
  const box = $("find");
  box.oninput = () => { searchFor(box.value); showHits(); changed(); };
  box.onfocus = () => { if (found.words.length) showHits(); };
  box.onkeydown = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); moveHit(event.key === "ArrowDown" ? 1 : -1); }
    else if (event.key === "Enter") {
      const items = $("hits").querySelectorAll(".hit");
      const item = items[Math.max(0, found.active)];
      if (item && !$("hits").hidden) { location.hash = item.getAttribute("href"); closeHits(); box.blur(); }
    } else if (event.key === "Escape") {
      if ($("hits").hidden && box.value) { box.value = ""; box.oninput(); }
      closeHits();
    }
  };
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".find")) closeHits(); });
}
