"""What the arms came to: a table in Markdown, a plot as SVG, and the numbers as JSON lines."""

import json
import random
import statistics

import arms
import world

# The loss is a mean over the tokens of the agent, in nats; all others are shares.
MEASURES = {
    "loss": "held-out loss",
    "right": "calls right",
    "names": "names right",
    "arguments": "arguments right",
    "passed": "pass^1 in play",
}
DRAWS = 2000


def write(out):
    results = arms.results(out)
    if not results:
        world.tell("no arm is done")
        return
    rows = list(summary(results))
    with open(out / "summary.jsonl", "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    floors = {path.parent.name: json.loads(path.read_text()) for path in out.glob(f"data/exams/*/{arms.FLOOR}")}
    text = table(results, rows, floors)
    (out / "summary.md").write_text(text)
    (out / "learning.svg").write_text(plot(rows, floors))
    print(text, end="")


def summary(results):
    """A row for each mix, number of domains and exam: mean over seeds of each measure, with an interval."""
    groups = {}
    for one in results:
        groups.setdefault((one["mix"], one["domains"]), []).append(one)
    for (mix, domains), seeds in sorted(groups.items()):
        for exam in seeds[0]["exams"]:
            row = {"mix": mix, "domains": domains, "exam": exam, "seeds": len(seeds)}
            for measure in MEASURES:
                row[measure] = interval([by_pack(one["exams"][exam], measure) for one in seeds], f"{mix} {domains} {exam} {measure}")
            row["passed_all_trials"] = statistics.mean(passed_all(one["exams"][exam]["played"]) for one in seeds)
            yield row


def by_pack(exam, measure):
    """(how many, of how many) for each domain."""
    if measure != "passed":
        of = "tokens" if measure == "loss" else "calls"
        return {pack: (sums[measure], sums[of]) for pack, sums in exam["looked"].items()}
    out = {}
    for task, played in exam["played"].items():
        many, of = out.get(task.split("/")[0], (0, 0))
        out[task.split("/")[0]] = (many + sum(played["passed"]), of + len(played["passed"]))
    return out


def passed_all(played):
    """pass^k with k the number of trials: the share of tasks that passed each time."""
    return statistics.mean(all(one["passed"]) for one in played.values())


def interval(seeds, name):
    """The mean over seeds of a quotient, and where 95 % of a bootstrap over seeds and domains lie."""
    share = lambda counts: sum(many for many, _ in counts) / max(1, sum(of for _, of in counts))
    mean = statistics.mean(share(list(one.values())) for one in seeds)
    draw = random.Random(name)
    packs = sorted(seeds[0])
    means = []
    for _ in range(DRAWS):
        drawn = [draw.choice(packs) for _ in packs]
        means.append(statistics.mean(share([one[pack] for pack in drawn]) for one in draw.choices(seeds, k=len(seeds))))
    means.sort()
    return {"mean": mean, "low": means[int(0.025 * DRAWS)], "high": means[int(0.975 * DRAWS) - 1]}


def table(results, rows, floors):
    one = results[0]
    seconds = [result["train_seconds"] for result in results]
    text = f"{one['parameters']:,} parameters; {statistics.mean(r['tokens'] for r in results):,.0f} tokens an arm, "
    text += f"{statistics.mean(seconds):.0f} s of training ({one['device']}); {len(results)} arms\n"
    text += "".join(f"{share * 100:.1f} % of the episodes in {exam} domains pass where the agent says nothing\n" for exam, share in sorted(floors.items())) + "\n"
    head = ["trained on", "exam", "seeds", *MEASURES.values(), "pass^k"]
    text += "| " + " | ".join(head) + " |\n|" + " --- |" * 2 + " --: |" * (len(head) - 2) + "\n"
    for row in sorted(rows, key=lambda row: row["exam"]):
        cells = [label(row["mix"], row["domains"]), row["exam"], str(row["seeds"]), *(written(row[m], m) for m in MEASURES)]
        text += "| " + " | ".join([*cells, f"{row['passed_all_trials'] * 100:.1f} %"]) + " |\n"
    return text


def written(value, measure):
    mean, low, high = (value[part] for part in ("mean", "low", "high"))
    if measure == "loss":
        return f"{mean:.2f} ({low:.2f}–{high:.2f})"
    return f"{mean * 100:.1f} ({low * 100:.1f}–{high * 100:.1f}) %"


def label(mix, domains):
    names = {"general": f"{domains} general", "both": f"{domains} general, then vertical", "vertical": "vertical"}
    return names[mix]


# The plot: a panel for each exam and measure, N on the x axis; mixes are lines, vertical alone is a band.
COLOURS = {"general": "#1f6fb2", "both": "#c2571a", "vertical": "#5b7f3a"}
WIDTH, HEIGHT, LEFT, TOP = 250, 170, 58, 60


def plot(rows, floors):
    exams = sorted({row["exam"] for row in rows})
    domains = sorted({row["domains"] for row in rows if row["domains"]})
    parts = []
    for line, exam in enumerate(exams):
        for column, measure in enumerate(MEASURES):
            mine = [row for row in rows if row["exam"] == exam]
            x, y = LEFT + column * (WIDTH + 50), TOP + line * (HEIGHT + 75)
            floor = floors.get(exam) if measure == "passed" else None
            parts.append(panel(mine, measure, domains, x, y, f"{MEASURES[measure]}, {exam} domains", floor))
    width, height = LEFT + len(MEASURES) * (WIDTH + 50), TOP + len(exams) * (HEIGHT + 75)
    legend = "".join(
        f'<rect x="{LEFT + 210 * at}" y="14" width="14" height="4" fill="{colour}"/><text x="{LEFT + 20 + 210 * at}" y="20">{name}</text>'
        for at, (name, colour) in enumerate(zip(("general domains alone", "general, then vertical", "vertical alone"), COLOURS.values()))
    )
    style = 'font-family="system-ui, sans-serif" font-size="12" fill="#333"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {style}><rect width="100%" height="100%" fill="#fff"/>{legend}{"".join(parts)}</svg>\n'


def panel(rows, measure, domains, left, top, title, floor):
    most = max([row[measure]["high"] for row in rows] + [floor or 0])
    ceiling = next((one for one in (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 8, 12) if most <= one), 16)
    place_x = lambda n: left + WIDTH * (domains.index(n) + 0.5) / len(domains)
    place_y = lambda value: top + HEIGHT * (1 - value / ceiling)
    parts = [f'<text x="{left}" y="{top - 10}" font-weight="600">{title}</text>']
    for step in range(5):
        value = ceiling * step / 4
        tick = f"{value:g}" if measure == "loss" else f"{value * 100:g} %"
        parts.append(f'<line x1="{left}" x2="{left + WIDTH}" y1="{place_y(value):.1f}" y2="{place_y(value):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{place_y(value) + 4:.1f}" text-anchor="end">{tick}</text>')
    for n in domains:
        parts.append(f'<text x="{place_x(n):.1f}" y="{top + HEIGHT + 17}" text-anchor="middle">{n}</text>')
    parts.append(f'<text x="{left + WIDTH / 2}" y="{top + HEIGHT + 34}" text-anchor="middle">general domains trained on</text>')
    if floor is not None:
        parts.append(f'<line x1="{left}" x2="{left + WIDTH}" y1="{place_y(floor):.1f}" y2="{place_y(floor):.1f}" stroke="#888" stroke-dasharray="1 3"/>')
        parts.append(f'<text x="{left + WIDTH}" y="{place_y(floor) - 3:.1f}" text-anchor="end" fill="#888">says nothing</text>')
    for row in rows:
        if row["mix"] == "vertical":
            value, y = row[measure], place_y(row[measure]["mean"])
            height = place_y(value["low"]) - place_y(value["high"])
            band = f'<rect x="{left}" width="{WIDTH}" y="{place_y(value["high"]):.1f}" height="{height:.1f}" fill="{COLOURS["vertical"]}" opacity="0.12"/>'
            parts.append(f'{band}<line x1="{left}" x2="{left + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="{COLOURS["vertical"]}" stroke-dasharray="5 4"/>')
    for shift, mix in ((-5, "general"), (5, "both")):
        mine = sorted((row for row in rows if row["mix"] == mix), key=lambda row: row["domains"])
        points = [(place_x(row["domains"]) + shift, row[measure]) for row in mine]
        line = " ".join(f"{x:.1f},{place_y(value['mean']):.1f}" for x, value in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[mix]}" stroke-width="2"/>')
        for x, value in points:
            low, high, mean = (place_y(value[part]) for part in ("low", "high", "mean"))
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{COLOURS[mix]}"/>')
            parts.append(f'<circle cx="{x:.1f}" cy="{mean:.1f}" r="3" fill="{COLOURS[mix]}"/>')
    return "".join(parts)
