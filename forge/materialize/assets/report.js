"use strict";
// Everything shown is set as text, never as markup.

const $ = (id) => document.getElementById(id);
const ROWS = 200;

/** el("p.note", {title: "…", onclick: f}, "text", child, …) */
function el(kind, props, ...children) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props || {})) {
    if (typeof value === "function") node[name] = value;
    else if (name === "style") for (const [key, text] of Object.entries(value)) node.style.setProperty(key, text);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...kept(children));
  return node;
}

/** Children without those that are nothing. */
const kept = (children) => children.flat(4).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
const put = (node, ...children) => node.replaceChildren(...kept(children));

const grouped = (n) => n.toLocaleString("en");
const plain = (word) => word.replace(/_/g, " ");
const share = (part, all) => (all ? Math.round((1000 * part) / all) / 10 : 0);
const many = (n, one, more) => grouped(n) + " " + (n === 1 ? one : more || one + "s");

/** Opens a block: base64, deflate, JSON. */
async function unpack(node) {
  const raw = atob(node.textContent);
  const bytes = Uint8Array.from(raw, (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

const R = { opened: new Map(), sort: "out", down: true, kind: null, shown: ROWS };

/** The table's columns: name, heading, value to sort by. */
const COLUMNS = [
  ["name", "Domain", (d) => d.title.toLowerCase()],
  ["in", "Tools", (d) => d.tools],
  ["made", "In the pack", (d) => d.made],
  ["share", "Share", (d) => d.made / Math.max(1, d.tools)],
  ["out", "Left out", (d) => d.tools - d.made],
  ["tables", "Tables", (d) => d.tables],
  ["rows", "Rows", (d) => d.rows],
  ["why", "Most frequent reason", (d) => (d.kinds[0] ? d.kinds[0][0] : 99)],
];
const WIDE = new Set(["share", "tables", "rows", "why"]);

function figures(list) {
  return el("dl.figures", {}, list.map(([value, name]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** A list of counts with bars; `pick` makes buttons of them. */
function counts(list, pick) {
  const most = Math.max(1, ...list.map((item) => item.n));
  return el("ul.counts", {}, list.map((item) => {
    const parts = [el("b", {}, grouped(item.n)), el("i", { style: { "--w": (100 * item.n) / most + "%" } }), el("span", {}, item.name, item.text && el("small", {}, item.text))];
    return el("li", {}, pick ? el("button", { type: "button", "aria-pressed": String(R.kind === item.kind), onclick: () => pick(item.kind) }, parts) : el("span", {}, parts));
  }));
}

function sum() {
  const c = R.core.coverage;
  const checks = c.self_checks;
  const classes = Object.entries(c.by_class).map(([name, n]) => ({ name: plain(name), n })).sort((a, b) => b.n - a.n);
  const reasons = R.core.reasons.map(([kind, n]) => ({ kind, n, name: plain(R.core.kinds[kind][0]), text: R.core.kinds[kind][1] }));
  const pick = (kind) => { R.kind = R.kind === kind ? null : kind; R.shown = ROWS; sum(); list(); };
  put($("sum"),
    figures([[grouped(c.domains), "domains"], [grouped(c.packs), "packs"], [grouped(c.tools_in), "tools given"], [grouped(c.materialized), "tools in packs"], [share(c.materialized, c.tools_in) + " %", "of the tools"], [grouped(c.tables), "tables"], [grouped(c.rows), "rows"]]),
    el("div.split", {},
      el("div", {},
        el("h2", {}, "What the tools do"), counts(classes),
        el("h2", {}, "Self-checks passed"),
        counts([["called, twice with the same outcome", checks.grounded], ["the same with reads running backwards", checks.reversed], ["reads that leave the state alone", checks.reads], ["writes that change it", checks.writes], ["clean error for a wrong key", checks.wrong_key], ["result fits the declared schema", checks.fits_schema], ["writes read back through another tool", checks.read_back], ["writes that no tool reads", checks.no_reader], ["pairs of writer and reader", c.read_after_write.pairs], ["pairs in which the reader shows what was written", c.read_after_write.held]].map(([name, n]) => ({ name, n })))),
      el("div.out", {}, el("h2", {}, "Why tools were left out", el("small", {}, many(R.core.reasons.reduce((all, r) => all + r[1], 0), "tool"))), reasons.length ? counts(reasons, pick) : el("p.none", {}, "None was."))));
}

function list() {
  const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (d) => words.every((word) => d.text.includes(word)) && (R.kind === null || d.kinds.some(([kind]) => kind === R.kind));
  const value = COLUMNS.find(([name]) => name === R.sort)[2];
  const found = R.domains.filter(fits).sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    const order = x < y ? -1 : x > y ? 1 : a.index - b.index;
    return R.down ? -order : order;
  });
  const head = COLUMNS.map(([name, title]) => el("th" + (WIDE.has(name) ? ".wide" : "") + (name === "why" ? ".text" : ""), { "aria-sort": R.sort === name && (R.down ? "descending" : "ascending"), scope: "col" },
    el("button", { type: "button", onclick: () => { R.down = R.sort === name ? !R.down : name !== "name"; R.sort = name; list(); } }, title)));
  const rows = found.slice(0, R.shown).map((d) => el("tr", {},
    el("td", {}, el("a", { href: "#domain/" + encodeURIComponent(d.name), dir: "auto" }, d.title), d.title !== d.name && el("small", {}, d.name)),
    el("td", {}, grouped(d.tools)), el("td", {}, grouped(d.made)),
    el("td.wide", {}, el("span.meter", { style: { "--w": share(d.made, d.tools) + "%" } }), share(d.made, d.tools) + " %"),
    el("td", {}, grouped(d.tools - d.made)), el("td.wide", {}, grouped(d.tables)), el("td.wide", {}, grouped(d.rows)),
    el("td.wide.text", {}, d.kinds[0] ? plain(R.core.kinds[d.kinds[0][0]][0]) + " (" + grouped(d.kinds[0][1]) + ")" : "")));
  const only = R.kind !== null && el("button", { type: "button", onclick: () => { R.kind = null; sum(); list(); } }, plain(R.core.kinds[R.kind][0]) + " ×");
  put($("list"),
    el("h2", {}, "Domains", el("small", { role: "status" }, found.length === R.domains.length ? grouped(found.length) : grouped(found.length) + " of " + grouped(R.domains.length))),
    el("div.line", {}, only),
    found.length ? el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)) : el("p.none", {}, "No domain is called so."),
    found.length > R.shown && el("div.line", {}, el("button", { type: "button", onclick: () => { R.shown += 5 * ROWS; list(); } }, "Show more"), el("span.quiet", {}, many(found.length - R.shown, "more domain"))));
}

/** What is known of a domain. */
async function detail(d) {
  let block = R.core.starts.length - 1;
  while (R.core.starts[block] > d.index) block -= 1;
  if (!R.opened.has(block)) R.opened.set(block, unpack(document.getElementsByClassName("block")[block]));
  return (await R.opened.get(block))[d.index - R.core.starts[block]];
}

function story(example, place, all) {
  // The first that writes is open: it shows what there is to see.
  const open = place === Math.max(0, all.findIndex((one) => one.writes));
  const part = (name, text) => text !== null && text !== undefined && [el("dt", {}, name), el("dd", {}, el("pre", { tabindex: "0", dir: "auto" }, text))];
  return el("details", { open },
    el("summary", {}, el("code", {}, example.tool), el("span.tag" + (example.writes ? ".writes" : ""), {}, plain(example.class)), example.seen && el("small", {}, "read back through ", el("code", {}, example.seen))),
    el("dl.story", {}, part("Call", example.call), part("Result", example.result), part("Changed", example.changed),
      example.seen && [el("dt", {}, "Read back"), el("dd.plain", {}, "What it wrote was found again through ", el("code", {}, example.seen), ".")]));
}

async function show(d) {
  const it = await detail(d);
  const [grounded, reads, writes, wrong, fits, seen, unread] = it.checks;
  const [pairs, held] = it.pairs;
  const out = d.tools - d.made;
  put($("domain"),
    el("p.quiet", {}, el("a", { href: "#/" }, "All domains")),
    el("h1", { dir: "auto" }, d.title), d.title !== d.name && el("p.quiet", {}, el("code", {}, d.name)),
    it.why && el("p.none", {}, "There is no pack: " + it.why + "."),
    figures([[grouped(d.tools), "tools given"], [grouped(d.made), "in the pack"], [share(d.made, d.tools) + " %", "of the tools"], [grouped(d.tables), "tables"], [grouped(d.rows), "rows"]]),
    el("div.line", {}, it.classes.map(([name, n]) => el("span.tag.plain", {}, grouped(n) + " " + plain(name)))),
    grounded > 0 && el("p.quiet", {}, many(grounded, "tool was", "tools were") + " called with good arguments, twice with the same outcome: " + many(reads, "read") + " and " + many(writes, "write") + ". " + grouped(wrong) + " refused a wrong key cleanly, " + grouped(fits) + " fit a declared schema, " + grouped(seen) + " were read back, " + grouped(unread) + " have no reader. Of " + many(pairs, "pair") + " of a writer and a reader, " + grouped(held) + " show what was written."),
    it.tables.length > 0 && [el("h2", {}, "Tables"), el("ul.tables", {}, it.tables.map(([name, rows]) => el("li", {}, el("code", {}, name), " ", el("small", {}, many(rows, "row")))))],
    it.examples.length + it.more > 0 && [el("h2", {}, "Examples", el("small", {}, "one call for each tool, on the initial state")), it.examples.map(story),
      it.more > 0 && el("p.none", {}, many(it.more, "example is", "examples are") + " left out, to keep the page small.")],
    out > 0 && [el("h2", {}, "Left out", el("small", {}, many(out, "tool"))), it.out.map(([kind, n, tools]) => el("details", { open: it.out.length === 1 },
      el("summary", {}, el("span", {}, plain(R.core.kinds[kind][0])), el("span.tag.plain", {}, grouped(n)), el("small", {}, R.core.kinds[kind][1])),
      el("ul.why", {}, tools.map(([id, reason]) => el("li", {}, el("code", {}, id), el("span", { dir: "auto" }, reason))), tools.length < n && el("li", {}, el("span", {}, "… and " + grouped(n - tools.length) + " more")))))]);
}

async function route() {
  const [kind, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  let name = rest.join("/");
  try { name = decodeURIComponent(name); } catch { /* as it is */ }
  const d = kind === "domain" ? R.byName.get(name) : null;
  const base = $("home").querySelector("h1").textContent;
  if (kind === "domain" && d) await show(d);
  else if (kind === "domain") put($("domain"),el("h1", {}, "Not in this report"), el("p", {}, el("a", { href: "#/" }, "All domains")));
  $("home").hidden = kind === "domain";
  $("domain").hidden = kind !== "domain";
  document.title = (d ? d.title + " · " : "") + base + " · Wardian worlds";
  scrollTo(0, 0);
}

async function start() {
  R.core = await unpack($("core"));
  R.domains = R.core.domains.map(([name, title, tools, made, tables, rows, kinds], index) => ({ index, name, title, tools, made, tables, rows, kinds, text: (name + " " + title).toLowerCase() }));
  R.byName = new Map(R.domains.map((d) => [d.name, d]));
  $("find").oninput = () => { R.shown = ROWS; if (location.hash.startsWith("#domain")) location.hash = "#/"; list(); };
  addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== $("find")) { event.preventDefault(); $("find").focus(); }
  });
  addEventListener("hashchange", route);
  sum();
  list();
  if (R.core.examples_max !== null) $("list").before(el("p.quiet", {}, R.core.examples_max ? "At most " + many(R.core.examples_max, "example") + " of a domain " + (R.core.examples_max === 1 ? "is" : "are") + " shown, to keep the page small." : "Examples are left out, to keep the page small."));
  await route();
  $("wait").hidden = true;
}

start().catch((error) => { $("wait").textContent = "The report cannot be opened: " + error.message; });
