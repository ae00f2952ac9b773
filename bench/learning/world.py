"""The domains: generated from the descriptions of Google's APIs, parted into what is trained on and what is never seen, with tasks and trajectories."""

import collections
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

# Conversations are short so that a CPU has many of them: one call, two tools, and no more text than this, schemas included.
CHARS_MAX = 3600
CALLS_MAX = 1
DISTRACTORS = 1
# Shares of the services whose domains are held out whole, and are the vertical ones.
UNSEEN_SHARE, VERTICAL_SHARE = 0.14, 0.06
UNSEEN_DOMAINS, UNSEEN_TASKS = 24, 2
VERTICAL_DOMAINS, VERTICAL_TASKS = 4, 12
VOCABULARY = 4096


@dataclasses.dataclass
class Sizes:
    """How much is made."""

    domains: int
    trajectories: int
    seeds: int


class Tools:
    """Our executables."""

    def __init__(self, wardian, trainer, verbose):
        self.wardian, self.trainer, self.verbose = wardian, trainer, verbose

    def run(self, *arguments, program=None):
        """Runs a command to its end and gives what it printed as JSON."""
        command = [str(program or self.wardian), "--json", *([] if self.verbose else ["--quiet"]), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=None if self.verbose else subprocess.PIPE, text=True)
        if done.returncode not in (0, 1):
            sys.exit(f"learning: `{' '.join(command)}` ended with {done.returncode}\n{done.stderr or ''}")
        return json.loads(done.stdout)


class Data:
    """What arms are made of."""

    def __init__(self, folder):
        self.folder = folder
        self.chosen = json.loads((folder / "chosen.json").read_text())

    def general(self, domains, trajectories, seed):
        """Trajectories of the first domains in the order of a seed, as many of each."""
        order = self.order(seed)[:domains]
        return [row for name in order for row in self.rows("general", name)[: trajectories // domains]]

    def order(self, seed):
        """Domains of a seed: the first few are those of which there is enough, in an order of its own."""
        chosen = self.chosen["general"]
        rich = sorted((one["name"] for one in chosen if one["rich"]), key=lambda name: draw(f"rich {seed} {name}"))[:4]
        return rich + sorted((one["name"] for one in chosen if one["name"] not in rich), key=lambda name: draw(f"order {seed} {name}"))

    def vertical(self, trajectories):
        """Trajectories of the vertical domains; their tasks are not those of the evaluation."""
        names = [one["name"] for one in self.chosen["vertical"]]
        return [row for name in names for row in self.rows("vertical", name)[VERTICAL_TASKS:][: trajectories // len(names)]]

    def rows(self, role, name):
        with open(self.folder / role / f"{name}.jsonl") as file:
            return file.readlines()


def build(tools, out, sizes):
    """Makes all data, once."""
    folder = out / "data"
    if not (folder / "chosen.json").exists():
        graph, packs = domains(tools, out / "world")
        data(tools, folder, graph, packs, sizes)
    tokenizer = out / "tokenizer"
    if not (tokenizer / "tokenizer.json").exists():
        tell("tokenizer")
        tools.run("train", "tokenizer", "--size", VOCABULARY, "-o", tokenizer, folder / "general")
    return Data(folder)


def tell(what):
    print(f"learning: {what}", file=sys.stderr, flush=True)


def draw(text):
    """A number in 0..1 that only the text decides."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16) / 16**12


def domains(tools, folder):
    """From API descriptions to packs: the services of each domain, and the folder of the packs."""
    packages = os.environ.get("WARDIAN_PACKAGES")
    packages = pathlib.Path(packages) if packages else pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "wardian-packages"
    if not list(packages.glob("google_api_python_client-*.whl")):
        tell("descriptions of Google's APIs, from PyPI")
        tools.run("catalog", "fetch", "google", "-o", packages)
    folder.mkdir(parents=True, exist_ok=True)
    catalog, graph = folder / "catalog.jsonl", folder / "graph"
    if not (graph / "domains.jsonl").exists():
        tell("catalogue and graph")
        tools.run("catalog", "import", "-o", catalog, *packages.glob("google_api_python_client-*.whl"))
        tools.run("graph", "build", "--resolution", 64, "--size-min", 5, "--size-max", 12, "-o", graph, catalog)
    tell("packs")
    tools.run("materialize", "-o", folder, graph)
    with open(graph / "domains.jsonl") as lines:
        services = {one["name"]: {tool.split("/")[1] for tool in one["tools"]} for one in map(json.loads, lines)}
    return services, folder / "packs"


def role(services):
    """What a domain is for; none where its services are of several roles."""
    roles = {role_of_service(service) for service in services}
    return roles.pop() if len(roles) == 1 else None


def role_of_service(service):
    at = draw(f"service {service}")
    return "unseen" if at < UNSEEN_SHARE else "vertical" if at < UNSEEN_SHARE + VERTICAL_SHARE else "general"


def data(tools, folder, services, packs, sizes):
    """Tasks and trajectories of as many domains as are needed."""
    by_role = collections.defaultdict(list)
    for name in sorted((path.stem for path in packs.glob("*.wasm")), key=lambda name: draw(f"pack {name}")):
        by_role[role(services.get(name, ()))].append(name)
    # A domain is rich where one alone fills a mix; each seed begins with four of them.
    enough = -(-sizes.trajectories // min(sizes.domains, 16))
    wanted = {"general": (sizes.domains, enough), "unseen": (UNSEEN_DOMAINS, UNSEEN_TASKS)}
    wanted["vertical"] = (VERTICAL_DOMAINS, VERTICAL_TASKS + -(-sizes.trajectories // VERTICAL_DOMAINS))
    chosen = {}
    for name, (count, each) in wanted.items():
        path = folder / f"{name}.json"
        if not path.exists():
            some = choose(tools, folder, packs, name, by_role[name], count, each)
            if name == "general":
                enrich(tools, folder, packs, some, sizes)
            else:
                exam(folder, packs, name, some, UNSEEN_TASKS if name == "unseen" else VERTICAL_TASKS)
            path.write_text(json.dumps([{**one, "services": sorted(services[one["name"]])} for one in some], indent=1))
        chosen[name] = json.loads(path.read_text())
    shutil.rmtree(folder / "work", ignore_errors=True)
    (folder / "chosen.json").write_text(json.dumps(chosen, indent=1))


def choose(tools, folder, packs, role, candidates, count, each):
    """The first `count` domains that have `each` short trajectories, whose trajectories and tasks are written."""
    chosen = []
    candidates = iter(candidates)
    while len(chosen) < count:
        some = [pack for _, pack in zip(range(32), candidates)]
        if not some:
            sys.exit(f"learning: only {len(chosen)} of {count} {role} domains have {each} short tasks")
        tell(f"{role} domains: {len(chosen)} of {count}")
        rows = trajectories(tools, folder / "work", packs, some, 4 * each)
        for pack in some:
            if len(rows.get(pack, ())) >= each and len(chosen) < count:
                chosen.append({"name": pack, "rich": False})
                write(folder / role / f"{pack}.jsonl", [row for row, _ in rows[pack]])
                write(folder / "tasks" / role / f"{pack}.jsonl", [task for _, task in rows[pack]])
    return chosen


def enrich(tools, folder, packs, chosen, sizes):
    """Looks for domains that fill a mix alone: four for each seed, fewer where there are not so many."""
    rich = 0
    for one in chosen:
        if rich < 4 * sizes.seeds:
            tell(f"rich domains: {rich} of {4 * sizes.seeds}")
            pack = one["name"]
            rows = trajectories(tools, folder / "work", packs, [pack], 4 * sizes.trajectories).get(pack, ())
            one["rich"] = len(rows) >= sizes.trajectories
            rich += one["rich"]
            if one["rich"]:
                write(folder / "general" / f"{pack}.jsonl", [row for row, _ in rows])
    if rich < 4:
        sys.exit(f"learning: only {rich} domains have {sizes.trajectories} short tasks")


def trajectories(tools, work, packs, names, count):
    """Short trajectories of packs that passed all filters, each with its task: (row of the training set, line of the task), by pack."""
    shutil.rmtree(work, ignore_errors=True)
    (work / "packs").mkdir(parents=True)
    for name in names:
        os.link(packs / f"{name}.wasm", work / "packs" / f"{name}.wasm")
    shape = ["--calls-min", 1, "--calls-max", CALLS_MAX, "--distractors", DISTRACTORS]
    tools.run("tasks", "generate", work / "packs", "-o", work / "tasks", "--count", count, *shape)
    tools.run("rollout", work / "tasks", "--packs", work / "packs", "-o", work / "played", "--agent", "scripted:plan")
    tools.run("filter", work / "played", "-o", work / "filtered")
    tools.run("export", work / "filtered" / "kept.jsonl", "--packs", work / "packs", "-o", work / "set.jsonl", "--reasoning", "drop")
    tasks = {}
    for path in (work / "tasks").glob("*.jsonl"):
        with open(path) as lines:
            tasks.update((json.loads(line)["id"], line) for line in lines)
    out = collections.defaultdict(list)
    with open(work / "set.jsonl") as lines:
        for line in lines:
            row = json.loads(line)
            if len(json.dumps(row["messages"])) + len(json.dumps(row["tools"])) <= CHARS_MAX:
                out[row["metadata"]["pack"]].append((line, tasks[row["metadata"]["task"]]))
    return out


def exam(folder, packs, role, chosen, each):
    """What is evaluated on: tasks to play, with their packs, and trajectories to look at."""
    place = folder / "exams" / role
    (place / "packs").mkdir(parents=True, exist_ok=True)
    tasks, rows = [], []
    for name in (one["name"] for one in chosen):
        shutil.copy(packs / f"{name}.wasm", place / "packs" / f"{name}.wasm")
        with open(folder / "tasks" / role / f"{name}.jsonl") as lines:
            tasks += lines.readlines()[:each]
        with open(folder / role / f"{name}.jsonl") as lines:
            rows += lines.readlines()[:each]
    write(place / "tasks.jsonl", tasks)
    write(place / "held-out.jsonl", rows)


def write(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines))
