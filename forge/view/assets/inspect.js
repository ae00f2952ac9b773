
// The panel beside a domain: the domain itself, one of its tools, or an edge.

const LIST_SHOWN = 12;

function toolItem(tool, note) {
  return el("li", {}, el("a.tool", { href: toolLink(idOf(tool)), title: idOf(tool) }, methodMark(tool), el("code", { dir: "auto" }, nameOf(tool))), note || null);
}

function methodMark(tool) {
  const method = methodOf(tool);
  return method ? el("i.method." + (/^[A-Z]+$/.test(method) ? method.toLowerCase() : "other"), {}, method) : null;
}

/** A list of which the rest unfolds. */
function folded(kind, items, shown = LIST_SHOWN) {
  if (items.length <= shown + 2) return el(kind, {}, items);
  const rest = items.slice(shown);
  const more = el("li", {}, el("button.link", { type: "button", onclick: () => { more.replaceWith(...rest); } }, "… " + grouped(rest.length) + " more"));
  return el(kind, {}, items.slice(0, shown), more);
}

function domainPanel(domain) {
  const count = { inside: 0, across: 0, like: 0 };
  const near = new Map();
  const visit = (edges, dependency) => {
    for (let tool = domain.start; tool < domain.end; tool += 1) {
      for (const edge of outgoing(edges, tool)) meet(G.groupOf[edges.to[edge]], dependency);
      for (const edge of incoming(edges, tool)) if (G.groupOf[edges.from[edge]] !== domain.index) meet(G.groupOf[edges.from[edge]], dependency);
    }
  };
  const meet = (other, dependency) => {
    if (other === domain.index) count[dependency ? "inside" : "like"] += 1;
    else {
      if (dependency) count.across += 1;
      near.set(other, (near.get(other) || 0) + (dependency ? 2 : 1));
    }
  };
  visit(G.dependencies, true);
  visit(G.similarities, false);
  const closest = [...near].filter(([other]) => G.domains[other].name !== "~none").sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 8);
  const tools = Array.from({ length: domain.size }, (_, i) => domain.start + i).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return [
    el("dl.facts", {}, fact("tools", grouped(domain.size)), fact("dependencies inside", grouped(count.inside)), fact("to other domains", grouped(count.across)), fact("similarities inside", grouped(count.like))),
    domain.terms.length ? el("p.terms", {}, domain.terms.map((term) => el("span", { dir: "auto" }, term))) : null,
    el("h3", {}, "Providers"),
    folded("ul.providers", domain.providers.map(([provider, tools]) => el("li", {}, el("span", { dir: "auto" }, G.core.providers[provider]), el("b", {}, String(tools)), el("meter", { min: 0, max: domain.size, value: tools }))), 4),
    el("h3", {}, "Tools"),
    folded("ul.tools", tools.map((tool) => toolItem(tool, el("small", { dir: "auto" }, lineOf(tool)))), 40),
    closest.length ? [el("h3", {}, "Near"), el("ul.near", {}, closest.map(([other]) => el("li", {}, el("i.dot", { style: { "--h": domainHue(G.domains[other]) } }), el("a", { href: domainLink(G.domains[other].name), dir: "auto" }, G.domains[other].title), el("small", {}, plural(G.domains[other].size, "tool")))))] : null,
  ];
}

const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));

/** Edges of a tool as `{edge, other}`, heaviest first. */
function ends(edges, tool, inwards) {
  const list = inwards ? incoming(edges, tool) : outgoing(edges, tool);
  return list.map((edge) => ({ edge, other: inwards ? edges.from[edge] : edges.to[edge] })).sort((a, b) => edges.weight[b.edge] - edges.weight[a.edge] || a.edge - b.edge);
}

async function toolPanel(tool) {
  const domain = domainOf(tool);
  const [needs, feeds] = [ends(G.dependencies, tool, true), ends(G.dependencies, tool, false)];
  const like = [...ends(G.similarities, tool, true), ...ends(G.similarities, tool, false)].sort((a, b) => G.similarities.weight[b.edge] - G.similarities.weight[a.edge] || a.edge - b.edge);
  const [detail, needWhys, feedWhys] = await Promise.all([detailOf(tool), whys(needs), whys(feeds)]);
  const elsewhere = (other) => (G.groupOf[other] === domain.index ? null : el("small", {}, "in ", el("a", { href: domainLink(domainOf(other).name), dir: "auto" }, domainOf(other).title)));
  const keyed = (list, texts, inwards) => list.map(({ edge, other }, i) => {
    const href = edgeLink("dependency", idOf(inwards ? other : tool), idOf(inwards ? tool : other));
    const keys = texts[i].map((why) => keyOf(why).key).join(", ") || "why";
    return toolItem(other, [el("a.why", { href, title: "Why this edge exists", dir: "auto" }, keys), elsewhere(other)]);
  });
  const alike = like.map(({ edge, other }) => {
    const [from, to] = [G.similarities.from[edge], G.similarities.to[edge]];
    return toolItem(other, [el("a.why", { href: edgeLink("similar", idOf(from), idOf(to)), title: "What they share" }, Math.round(G.similarities.weight[edge] / 100) + " %"), elsewhere(other)]);
  });
  const section = (title, items) => (items.length ? [el("h3", {}, title, el("small", {}, String(items.length))), folded("ul.edges", items)] : null);
  return [
    el("p.eyebrow", {}, el("a", { href: domainLink(domain.name), dir: "auto" }, "‹ " + domain.title)),
    el("h2", { dir: "auto" }, el("code", {}, nameOf(tool))),
    el("p.call", {}, methodMark(tool), el("code", { dir: "auto" }, detail && detail.path ? detail.path : "")),
    el("p", { dir: "auto" }, detail ? detail.text : lineOf(tool)),
    el("p.quiet", { dir: "auto" }, [providerOf(tool), detail && detail.source, detail && detail.license].filter(Boolean).join(" · ")),
    detail ? schemas(detail, needs, needWhys, feeds, feedWhys) : el("p.quiet", {}, "This page was made without schemas."),
    section("Needs what these return", keyed(needs, needWhys, true)),
    section("Feeds", keyed(feeds, feedWhys, false)),
    section("Is like", alike),
    el("p.quiet.id", {}, el("code", {}, idOf(tool))),
  ];
}

const whys = (list) => Promise.all(list.map(({ edge }) => whyOf("dependency", edge)));

/** Parameters and returned fields, with the edges that meet in them. */
function schemas(detail, needs, needWhys, feeds, feedWhys) {
  const meets = (list, texts, part) => {
    const out = new Map();
    list.forEach(({ other }, i) => texts[i].forEach((why) => {
      const name = keyOf(why)[part];
      if (!out.has(name)) out.set(name, []);
      if (!out.get(name).includes(other)) out.get(name).push(other);
    }));
    return out;
  };
  const [from, to] = [meets(needs, needWhys, "parameter"), meets(feeds, feedWhys, "field")];
  const others = (list, arrow) => (list ? el("span.meets", {}, list.slice(0, 3).map((tool) => el("a", { href: toolLink(idOf(tool)), dir: "auto" }, arrow + nameOf(tool))), list.length > 3 ? el("small", {}, "+" + (list.length - 3)) : null) : null);
  const params = detail.params.map(([name, type, required, note]) =>
    el("li", {}, el("code", { dir: "auto" }, name), required ? el("b", { title: "required" }, "*") : null, " ", el("i", {}, type), note ? el("small", { dir: "auto" }, note) : null, others(from.get(name), "← ")));
  if (detail.more) params.push(el("li", {}, el("small", {}, "… " + detail.more + " more")));
  const fields = detail.fields.map(([path, type]) => {
    const depth = path.split(".").length - 1;
    return el("li", { style: { "--depth": depth } }, el("code", { dir: "auto", title: path }, path.split(".").pop()), " ", el("i", {}, type), others(to.get(path), "→ "));
  });
  if (detail.moreFields) fields.push(el("li", {}, el("small", {}, "… " + detail.moreFields + " more")));
  return [
    el("h3", {}, "Parameters"), params.length ? folded("ul.params", params, 14) : el("p.quiet", {}, "None."),
    el("h3", {}, "Returns", detail.schema ? el("small", { dir: "auto" }, detail.schema) : null), fields.length ? folded("ul.params.fields", fields, 12) : el("p.quiet", {}, "The description does not say."),
  ];
}

async function edgePanel(kind, edge) {
  const edges = edgesOf(kind);
  const [from, to] = [edges.from[edge], edges.to[edge]];
  const [texts, a, b] = await Promise.all([whyOf(kind, edge), detailOf(from), detailOf(to)]);
  const domains = [...new Set([domainOf(from), domainOf(to)])];
  const head = [
    el("p.eyebrow", {}, domains.map((domain) => el("a", { href: domainLink(domain.name), dir: "auto" }, "‹ " + domain.title + " "))),
    el("h2", {}, kind === "dependency" ? "Why one feeds the other" : "What both have in common"),
  ];
  const end = (tool, word) => el("div.end", {}, el("small", {}, word), el("a.tool", { href: toolLink(idOf(tool)) }, methodMark(tool), el("code", { dir: "auto" }, nameOf(tool))), el("small", { dir: "auto" }, lineOf(tool)));
  if (kind === "similar") {
    return [...head, end(from, "one"), end(to, "the other"), el("p", {}, el("b.figure", {}, Math.round(edges.weight[edge] / 100) + " %"), " cosine of their features, heaviest shared ones first:"),
      texts.length ? el("ul.shared", {}, texts.map((why) => el("li", {}, feature(why)))) : el("p.quiet", {}, "This page was made without the reasons.")];
  }
  const rank = Math.max(1, Math.round(10000 / Math.max(1, edges.weight[edge])));
  const order = rank === 1 ? "the best producer" : "producer number " + rank;
  return [...head, end(from, "returns"), texts.length ? el("ul.keys", {}, texts.map((why) => meeting(keyOf(why), a, b))) : el("p.quiet", {}, "This page was made without the reasons."), end(to, "needs"),
    el("p", {}, "Weight ", el("b.figure", {}, (edges.weight[edge] / 10000).toFixed(2)), ": " + order + " of what this input needs.")];
}

/** `name:vault_item` says what part of a tool a feature is from. */
function feature(why) {
  const [part, ...rest] = why.split(":");
  return rest.length ? [el("code", { dir: "auto" }, rest.join(":")), el("small", {}, " in the " + part)] : el("code", { dir: "auto" }, why);
}

function meeting({ key, field, parameter }, a, b) {
  const typeIn = (rows, name) => { const row = rows && rows.find((r) => r[0] === name); return row ? el("i", {}, row[1]) : null; };
  return el("li", {}, el("span.key", { dir: "auto" }, key),
    field ? el("div.meeting", {}, el("div", {}, el("code", { dir: "auto" }, field), typeIn(a && a.fields, field)), el("span", { "aria-label": "feeds" }, "→"), el("div", {}, el("code", { dir: "auto" }, parameter), typeIn(b && b.params, parameter))) : null);
}

/** The edges that one line of the drawing stands for. */
function bundlePanel(domain, bundle) {
  const items = bundle.edges.map(({ edge, from, to }) => el("li", {}, el("a.why", { href: edgeLink("dependency", idOf(from), idOf(to)), title: "Why this edge exists" }, el("code", { dir: "auto" }, nameOf(from)), " → ", el("code", { dir: "auto" }, nameOf(to)))));
  return [el("p.eyebrow", {}, el("a", { href: domainLink(domain.name), dir: "auto" }, "‹ " + domain.title)), el("h2", { dir: "auto" }, bundle.label),
    el("p", {}, "Every tool on the left returns it, every tool on the right needs it: " + plural(items.length, "edge") + "."), folded("ul.edges", items, 60)];
}
