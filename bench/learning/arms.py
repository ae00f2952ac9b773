"""One arm: a model trained on its mix, looked at, and let play."""

import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys

import world

READING_SHARE = 0.6
MIXES = ("general", "vertical", "both")
EXAMS = ("unseen", "vertical")
RESULTS, FLOOR = "arms.jsonl", "floor.json"
# What is summed of a domain's trajectories: learned tokens, their loss, calls, and how many were right, whole and in part.
LOOKED = ("tokens", "loss", "calls", "right", "names", "arguments")
# An answer of a gold trajectory is shorter, and an agent that wanders is stopped.
ANSWER_TOKENS, TURNS_MAX, CALLS_MAX = 256, 12, 8


@dataclasses.dataclass(frozen=True)
class Arm:
    """A model to be."""

    mix: str
    # 0 where the mix has no general domains.
    domains: int
    seed: int

    @property
    def name(self):
        return f"{self.mix}-{self.domains}-{self.seed}" if self.domains else f"{self.mix}-{self.seed}"

    def folder(self, out):
        return out / "arms" / self.name

    def run(self, tools, args, data, out):
        """Trains it, examines it, and adds what came of it to the results."""
        folder = self.folder(out)
        folder.mkdir(parents=True, exist_ok=True)
        world.tell(f"{self.name}: trains")
        plan = self.plan(tools, args, data, out)
        threads = ["--threads", args.threads, "--device", args.device]
        trained = tools.run("run", plan, *threads, program=tools.trainer)
        result = {"mix": self.mix, "domains": self.domains, "seed": self.seed, "parameters": trained["parameters"]}
        result |= {"steps": trained["steps"], "device": trained["device"]}
        with open(folder / "model" / "metrics.jsonl") as lines:
            steps = [one for one in map(json.loads, lines) if one["kind"] == "step"]
        result["tokens"] = sum(step["tokens"] for step in steps)
        result["train_seconds"] = sum(step["seconds"] for step in steps)
        result["exams"] = {}
        for exam in EXAMS:
            world.tell(f"{self.name}: {exam} domains")
            result["exams"][exam] = examine(tools, args, threads, data.folder / "exams" / exam, folder, exam)
        shutil.rmtree(folder / "model" / "checkpoints", ignore_errors=True)
        with open(out / RESULTS, "a") as file:
            file.write(json.dumps(result) + "\n")

    def plan(self, tools, args, data, out):
        """Writes the plan and its data. The budget is of tokens: epochs are what it is worth."""
        folder = self.folder(out)
        phases = ("general", "vertical") if self.mix == "both" else (self.mix,)
        tokenizer = args.model or out / "tokenizer"
        text = [f'model = "{pathlib.Path(tokenizer).resolve()}"', 'out = "model"', 'template = "chatml-tools"', f"length = {args.length}"]
        text += ['over-long = "leave-out"', f'dtype = "{args.dtype}"', f"sequences = {args.sequences}", "recompute = false", f"seed = {self.seed}"]
        if not args.model:
            heads = [f"heads = {args.heads}", "kv-heads = 1", "head-dim = 64"]
            text += ["[shape]", f"hidden = {args.hidden}", f"intermediate = {args.hidden * 8 // 3 // 32 * 32}", f"layers = {args.layers}", *heads]
        text += ["[checkpoint]", "every = 100", "keep = 1"]
        for phase in phases:
            rows = data.general(self.domains, args.trajectories, self.seed) if phase == "general" else data.vertical(args.trajectories)
            world.write(folder / f"{phase}.jsonl", rows)
            look = ["--model", tokenizer, "--template", "chatml-tools", "--length", args.length, "--over-long", "leave-out"]
            counts = tools.run("train", "inspect", *look, folder / f"{phase}.jsonl")
            epochs = args.tokens / len(phases) / counts["tokens"]
            # A model from scratch first learns to read all that its episodes say, and then to act. A later phase goes on more gently.
            reading = 0.0 if args.model else READING_SHARE
            rate = args.learning_rate * (1 if phase == phases[0] else 0.5)
            for part, learn, share, factor in (("read", "everything", reading, 1), ("act", "agent", 1 - reading, 0.5 if reading else 1)):
                if share:
                    text += ["[[phase]]", f'name = "{phase}-{part}"', f'learn = "{learn}"', f'data = [{{path = "{phase}.jsonl"}}]']
                    text += [f"epochs = {epochs * share:.4f}", f"learning-rate = {rate * factor}", f"floor = {0.3 if part == 'read' else 0.0}"]
        (folder / "plan.toml").write_text("\n".join(text) + "\n")
        return folder / "plan.toml"


def results(out):
    """What arms came to, a line each."""
    if not (out / RESULTS).exists():
        return []
    with open(out / RESULTS) as lines:
        return [json.loads(line) for line in lines]


def missing(args, out):
    """Arms without a result, seed by seed, so that the first seed is whole early."""
    done = {(one["mix"], one["domains"], one["seed"]) for one in results(out)}
    for seed in range(args.seeds):
        arms = [Arm("vertical", 0, seed)]
        for domains in args.domains:
            arms += [Arm("general", domains, seed), Arm("both", domains, seed)]
        yield from (arm for arm in arms if (arm.mix, arm.domains, arm.seed) not in done)


def examine(tools, args, threads, exam, folder, name):
    """Calls on trajectories of the scripted agent, one line each; then tasks played through the endpoint."""
    model, each = folder / "model", folder / f"{name}.calls.jsonl"
    tools.run("evaluate", model, exam / "held-out.jsonl", "--length", args.length, "--each", each, *threads, program=tools.trainer)
    with open(exam / "held-out.jsonl") as lines:
        packs = [json.loads(line)["metadata"]["pack"] for line in lines]
    with open(each) as lines:
        calls = [json.loads(line) for line in lines]
    looked = {}
    for one in calls:
        sums = looked.setdefault(packs[one["row"] - 1], dict.fromkeys(LOOKED, 0))
        for key in LOOKED:
            sums[key] += one[key]
    return {"looked": looked, "played": play(tools, args, threads, exam, folder, name)}


def floors(tools, data):
    """What an agent that says nothing passes: tasks in which nothing is to be done. Written once beside each exam."""
    for exam in (data.folder / "exams" / name for name in EXAMS):
        if not (exam / FLOOR).exists():
            asks = ["--agent", "scripted:silent", "--trials", 1]
            tools.run("rollout", exam / "tasks.jsonl", "--packs", exam / "packs", "-o", exam / "silent", *asks)
            played = episodes(exam / "silent")
            (exam / FLOOR).write_text(json.dumps(sum(sum(one["passed"]) for one in played.values()) / len(played)))


def play(tools, args, threads, exam, folder, name):
    """Episodes of the served model."""
    command = [str(tools.trainer), "--json", "serve", str(folder / "model"), "--port", "0", "--name", "model", *map(str, threads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            told = ""
            for line in server.stdout:
                told += line
                if line.startswith("}"):
                    break
            if not told:
                sys.exit(f"learning: `{' '.join(command)}` ended with {server.wait()}")
            url = json.loads(told)["url"]
            played = folder / f"{name}.played"
            shutil.rmtree(played, ignore_errors=True)
            limits = ["--answer-tokens-max", ANSWER_TOKENS, "--turns-max", TURNS_MAX, "--calls-max", CALLS_MAX]
            asks = ["--agent", "openai:model", "--base-url", url, "--temperature", 0, "--trials", args.trials, "--requests-at-once", 16]
            tools.run("rollout", exam / "tasks.jsonl", "--packs", exam / "packs", "-o", played, *asks, *limits)
        finally:
            server.terminate()
    return episodes(played)


def episodes(folder):
    """Of each task: whether each trial passed, its calls, and how many of them were answered."""
    out = {}
    for path in sorted(folder.glob("*.jsonl")):
        with open(path) as lines:
            for one in map(json.loads, lines):
                sums = out.setdefault(one["task"], {"passed": [], "calls": 0, "well": 0})
                sums["passed"].append(int(bool((one.get("verdict") or {}).get("passed"))))
                sums["calls"] += len(one["calls"])
                sums["well"] += sum(call["outcome"]["kind"] == "ok" for call in one["calls"])
    return out
