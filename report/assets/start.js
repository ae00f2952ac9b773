
// What the address asks for: #domain-3, #tool-17, #episode-2 or #episode-2-4 (call 4 of episode 2, from 0).

function follow() {
  const match = /^#(domain|tool|episode)-(\d+)(?:-(\d+))?$/.exec(location.hash);
  if (!match) return;
  const [, kind, number, call] = match;
  const index = Number(number);
  if (kind === "domain" && DATA.domains[index]) showDomain(index);
  else if (kind === "tool" && DATA.tools[index]) showTool(index);
  else if (kind === "episode" && DATA.episodes[index]) showEpisode(index, Number(call || 0));
  else return;
  $(kind === "episode" ? "episodes" : "graph").scrollIntoView({ behavior: "instant" });
}

document.documentElement.classList.add("live");
startGraph();
startViewer();
// A page that opens on a domain shows at once what the drawing is about.
if ($("map")) {
  const size = (domain) => domain.view.routes.length;
  const first = DATA.domains.reduce((best, domain, index) => (size(domain) > size(DATA.domains[best]) && size(domain) <= 30 ? index : best), 0);
  const address = location.hash;
  if (DATA.domains[first]) showDomain(first);
  history.replaceState(null, "", address || location.pathname + location.search);
  place();
}
follow();
addEventListener("hashchange", follow);
