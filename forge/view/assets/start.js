
// What the address says is what is shown.

const VIEWS = ["home", "domain", "map"];
let shownAt = null;

function reveal(view, title) {
  for (const id of VIEWS) $(id).hidden = id !== view;
  for (const link of document.querySelectorAll("nav [data-view]")) {
    const on = link.dataset.view === view;
    link.classList.toggle("on", on);
    if (on) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = (title ? title + " · " : "") + document.title.split(" · ").slice(-2).join(" · ");
}

function missing(what) {
  here.domain = null;
  reveal("domain", "Not here");
  $("domain").replaceChildren(el("div.head", {}, el("h1", {}, "Not in this graph"), el("p.text", { dir: "auto" }, what), el("p", {}, el("a", { href: "#/" }, "All domains"))));
}

function decoded(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}

async function route() {
  const [kind, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decoded);
  closeHits();
  if (kind === "domain") {
    const domain = G.byName.get(rest[0]);
    if (!domain) return missing("There is no domain “" + short(rest.join("/"), 80) + "”.");
    reveal("domain", domain.title);
    await showDomain(domain, {});
  } else if (kind === "tool") {
    const tool = G.byId.get(rest.join("/"));
    if (tool === undefined) return missing("There is no tool “" + short(rest.join("/"), 120) + "”.");
    reveal("domain", nameOf(tool));
    await showDomain(domainOf(tool), { tool });
  } else if (kind === "dependency" || kind === "similar") {
    const [from, to] = rest.map((id) => G.byId.get(id));
    const edge = from === undefined || to === undefined ? -1 : findEdge(kind, from, to);
    if (edge < 0) return missing("There is no such edge.");
    reveal("domain", nameOf(from) + " → " + nameOf(to));
    // The digraph that is open stays, if it has one of the ends.
    const domains = [domainOf(from), domainOf(to)];
    await showDomain(domains.includes(here.domain) ? here.domain : domains[0], { kind, edge });
  } else if (kind === "map") {
    reveal("map", "Map");
    showMap(G.byName.get(rest[0]));
  } else {
    tree.zoomed = kind === "in" ? rest.join("/") : null;
    reveal("home", tree.zoomed || "");
    showTree();
  }
  const view = VIEWS.find((id) => !$(id).hidden);
  if (shownAt !== view && shownAt !== null && !$("find").matches(":focus")) scrollTo(0, 0);
  shownAt = view;
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key === "/") { event.preventDefault(); $("find").focus(); $("find").select(); }
  else if (event.key === "Escape") {
    if (/^#(tool|dependency|similar)\//.test(location.hash) && here.domain) location.hash = domainLink(here.domain.name);
    else if (here.bundle && location.hash.startsWith("#domain/")) route().catch(failed);
    else if (location.hash && location.hash !== "#/") location.hash = "#/";
  }
}

let later = 0;

/** What a search changes beside its list follows when the typing pauses. */
function searched() {
  clearTimeout(later);
  later = setTimeout(() => {
    if (!$("home").hidden) showTree();
    if (scene.painter) recolour();
  }, 140);
}

async function start() {
  if (!("DecompressionStream" in window)) throw new Error("this browser cannot open deflated data; a current one can");
  await openGraph();
  $("wait").hidden = true;
  startSearch(searched);
  startTree();
  startMap();
  $("skip").onclick = (event) => { event.preventDefault(); $("main").focus(); };
  document.addEventListener("keydown", keys);
  addEventListener("hashchange", () => { route().catch(failed); });
  await route();
  document.documentElement.dataset.ready = "yes";
}

function failed(error) {
  $("wait").hidden = false;
  $("wait").textContent = "The page could not be shown: " + error.message;
  console.error(error);
}

start().catch(failed);
