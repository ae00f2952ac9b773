
// One domain: its words, its digraph, and the panel.

const here = { domain: null, view: null, likes: false, all: null, bundle: false, bundles: [], scale: 0, shown: 0 };
const SCALE_MIN = 0.45;
/** With more dependencies inside than this, only the best producer of each input is drawn at first. */
const EDGES_CALM = 24;

async function showDomain(domain, focus) {
  const turn = (here.shown += 1);
  here.bundle = false;
  if (here.domain !== domain) {
    const edges = await insideEdges(domain);
    if (turn !== here.shown) return;
    here.domain = domain;
    here.all = edges.length <= EDGES_CALM;
    $("domain").replaceChildren(domainHead(domain), el("div.body", {}, stage(domain, edges), el("aside", { id: "panel", "aria-label": "What is chosen", tabindex: -1 })));
    drawDomain(domain, edges);
  }
  const content = focus.tool !== undefined ? await toolPanel(focus.tool) : focus.edge !== undefined ? await edgePanel(focus.kind, focus.edge) : domainPanel(domain);
  if (turn !== here.shown) return;
  choose(focus);
  fillPanel(content, focus.tool !== undefined || focus.edge !== undefined);
}

/** Draws the domain anew: all of its edges, or those of the best producers. */
function drawDomain(domain, edges) {
  const bundles = here.bundles = bundlesOf(here.all ? edges : edges.filter(({ best }) => best));
  here.view = digraph(domain, bundles, (bundle, index) => { here.bundle = true; choose({ bundle: index }); fillPanel(bundlePanel(domain, bundle), true); });
  document.querySelector("#domain .scroll").replaceChildren(here.view.svg);
  if (here.likes) drawLikes(here.view, domain);
  fit();
}

function domainHead(domain) {
  const provider = domain.providers.length ? G.core.providers[domain.providers[0][0]] : null;
  return el("div.head", {},
    el("p.eyebrow", {}, el("span", {}, el("a", { href: "#/" }, "Domains"), provider ? [" › ", el("a", { href: "#in/" + encodeURIComponent(provider), dir: "auto" }, provider)] : null),
      el("a", { href: "#map/" + encodeURIComponent(domain.name) }, "Show on the map")),
    el("h1", { dir: "auto" }, el("i.dot", { style: { "--h": domainHue(domain) } }), domain.title),
    el("p.text", { dir: "auto" }, domain.text),
);
}

function stage(domain, edges) {
  const likes = el("input", { type: "checkbox", id: "likes", checked: here.likes, onchange: (event) => {
    here.likes = event.target.checked;
    if (here.likes) drawLikes(here.view, domain);
    else here.view.svg.querySelector(".likes").replaceChildren();
  } });
  const best = edges.filter((edge) => edge.best).length;
  const all = best === edges.length ? null : el("label", { title: "An input can have a second and a third producer" },
    el("input", { type: "checkbox", id: "all", checked: here.all, onchange: (event) => { here.all = event.target.checked; drawDomain(domain, edges); } }), " also second-best producers (+" + (edges.length - best) + ")");
  const zoom = (factor) => () => { here.scale = Math.max(SCALE_MIN, Math.min(2, here.scale * factor)); scaled(); };
  return el("div.stage", {},
    el("div.tools-bar", {}, el("span.quiet", {}, "Choose a tool, or a key to see why."), all, el("label", {}, likes, " similarities"),
      el("span.zoom", {}, el("button", { type: "button", "aria-label": "Smaller", onclick: zoom(1 / 1.25) }, "−"), el("button", { type: "button", "aria-label": "Larger", onclick: zoom(1.25) }, "+"))),
    el("div.scroll", { tabindex: 0, role: "group", "aria-label": "Dependencies inside of the domain" }));
}

/** As large as fits the width, but readable. */
function fit() {
  const box = document.querySelector("#domain .scroll");
  if (!box || !here.view) return;
  here.scale = Math.max(0.72, Math.min(1.1, (box.clientWidth - 4) / here.view.width));
  scaled();
}

function scaled() {
  here.view.svg.setAttribute("width", Math.floor(here.view.width * here.scale));
  here.view.svg.setAttribute("height", Math.floor(here.view.height * here.scale));
}

function fillPanel(content, chosen) {
  const panel = $("panel");
  panel.replaceChildren(...content.flat(3).filter(Boolean));
  panel.scrollTop = 0;
  panel.classList.toggle("chosen", chosen);
  // On a narrow screen the panel is under the drawing.
  if (chosen && matchMedia("(max-width: 900px)").matches) panel.scrollIntoView({ block: "start", behavior: reduced() ? "auto" : "smooth" });
}

/** Marks what the panel shows in the drawing. */
function choose({ tool, kind, edge, bundle }) {
  const { svg } = here.view;
  const holds = (index) => kind === "dependency" && here.bundles[index].edges.some((e) => e.edge === edge);
  const ends = edge !== undefined ? [edgesOf(kind).from[edge], edgesOf(kind).to[edge]] : tool !== undefined ? [tool] : [];
  for (const node of svg.querySelectorAll(".node")) node.classList.toggle("on", ends.includes(Number(node.dataset.tool)));
  for (const node of svg.querySelectorAll(".key")) node.classList.toggle("on", bundle === Number(node.dataset.bundle) || holds(node.dataset.bundle));
  for (const node of svg.querySelectorAll(".route")) node.classList.toggle("on", holds(node.dataset.bundle) && ends.includes(Number(node.dataset.end)));
  for (const node of svg.querySelectorAll(".like")) node.classList.toggle("on", kind === "similar" && Number(node.dataset.edge) === edge);
  const first = svg.querySelector(".node.on");
  const box = document.querySelector("#domain .scroll");
  if (!first || !box) return;
  const { x, y } = here.view.boxes.get("t" + first.dataset.tool);
  const [left, top] = [x * here.scale, y * here.scale];
  const hidden = left < box.scrollLeft + 40 || left > box.scrollLeft + box.clientWidth - 40 || top < box.scrollTop + 20 || top > box.scrollTop + box.clientHeight - 20;
  if (hidden) box.scrollTo({ left: left - box.clientWidth / 2, top: top - box.clientHeight / 2, behavior: reduced() ? "auto" : "smooth" });
}
