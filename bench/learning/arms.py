"""One arm: a model trained on its mix, looked at, and let play."""

import dataclasses
import json
import pathlib
import shutil
import subprocess

import world

LENGTH = 2048
READING_SHARE = 0.6
MIXES = ("general", "vertical", "both")
EXAMS = ("unseen", "vertical")
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

    def is_done(self, out):
        return (self.folder(out) / "result.json").exists()

    def run(self, tools, args, data, out):
        """Trains and examines it; false where that was done before."""
        if self.is_done(out):
            return False
        folder = self.folder(out)
        folder.mkdir(parents=True, exist_ok=True)
        world.tell(f"{self.name}: trains")
        plan = self.plan(tools, args, data, out)
        threads = ["--threads", args.threads, "--device", args.device]
        trained = tools.run("run", plan, *threads, program=tools.trainer)
        result = {"mix": self.mix, "domains": self.domains, "seed": self.seed, "parameters": trained["parameters"]}
        result |= {"steps": trained["steps"], "device": trained["device"], "exams": {}}
        with open(folder / "model" / "metrics.jsonl") as lines:
            steps = [one for one in map(json.loads, lines) if one["kind"] == "step"]
        result["tokens"] = sum(step["tokens"] for step in steps)
        result["train_seconds"] = sum(step["seconds"] for step in steps)
        for exam in EXAMS:
            world.tell(f"{self.name}: {exam} domains")
            result["exams"][exam] = examine(tools, args, threads, data.folder / "exams" / exam, folder, exam)
        shutil.rmtree(folder / "model" / "checkpoints", ignore_errors=True)
        path = folder / "result.new"
        path.write_text(json.dumps(result, indent=1))
        path.rename(folder / "result.json")
        return True

    def plan(self, tools, args, data, out):
        """Writes the plan and its data. The budget is of tokens: epochs are what it is worth."""
        folder = self.folder(out)
        phases = ("general", "vertical") if self.mix == "both" else (self.mix,)
        tokenizer = args.model or out / "tokenizer"
        text = [f'model = "{pathlib.Path(tokenizer).resolve()}"', 'out = "model"', 'template = "chatml-tools"', f"length = {LENGTH}"]
        text += ['over-long = "leave-out"', f'dtype = "{args.dtype}"', f"sequences = {args.sequences}", "recompute = false", f"seed = {self.seed}"]
        if not args.model:
            heads = [f"heads = {args.heads}", f"kv-heads = {args.heads // 2}", "head-dim = 32"]
            text += ["[shape]", f"hidden = {args.hidden}", f"intermediate = {args.hidden * 8 // 3 // 32 * 32}", f"layers = {args.layers}", *heads]
        text += ["[checkpoint]", "every = 100", "keep = 1"]
        for phase in phases:
            rows = data.general(self.domains, args.trajectories, self.seed) if phase == "general" else data.vertical(args.trajectories)
            world.write(folder / f"{phase}.jsonl", rows)
            look = ["--model", tokenizer, "--template", "chatml-tools", "--length", LENGTH, "--over-long", "leave-out"]
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


def all_of(args):
    """All arms, seed by seed, so that the first seed is whole early."""
    for seed in range(args.seeds):
        yield Arm("vertical", 0, seed)
        for domains in args.domains:
            yield Arm("general", domains, seed)
            yield Arm("both", domains, seed)


def examine(tools, args, threads, exam, folder, name):
    """Calls on trajectories of the scripted agent, one line each; then tasks played through the endpoint."""
    model, each = folder / "model", folder / f"{name}.calls.jsonl"
    tools.run("evaluate", model, exam / "held-out.jsonl", "--length", LENGTH, "--each", each, *threads, program=tools.trainer)
    with open(exam / "held-out.jsonl") as lines:
        packs = [json.loads(line)["metadata"]["pack"] for line in lines]
    with open(each) as lines:
        calls = [json.loads(line) for line in lines]
    keys = ("tokens", "loss", "calls", "right", "names", "arguments")
    looked = [{"pack": packs[one["row"] - 1], **{key: one[key] for key in keys}} for one in calls]
    return {"looked": looked, "played": play(tools, args, threads, exam, folder, name)}


def play(tools, args, threads, exam, folder, name):
    """Episodes of the served model: pack, task, and whether it passed."""
    command = [str(tools.trainer), "--json", "serve", str(folder / "model"), "--port", "0", "--name", "model", *map(str, threads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            told = ""
            for line in server.stdout:
                told += line
                if line.startswith("}"):
                    break
            url = json.loads(told)["url"]
            played = folder / f"{name}.played"
            shutil.rmtree(played, ignore_errors=True)
            limits = ["--answer-tokens-max", ANSWER_TOKENS, "--turns-max", TURNS_MAX, "--calls-max", CALLS_MAX]
            asks = ["--agent", "openai:model", "--base-url", url, "--temperature", 0, "--trials", args.trials, "--requests-at-once", 16]
            tools.run("rollout", exam / "tasks.jsonl", "--packs", exam / "packs", "-o", played, *asks, *limits)
        finally:
            server.terminate()
    out = []
    for path in sorted(played.glob("*.jsonl")):
        with open(path) as lines:
            for one in map(json.loads, lines):
                verdict = one.get("verdict") or {}
                calls = one["calls"]
                out.append({"pack": one["task"].split("/")[0], "task": one["task"], "trial": one["trial"], "end": one["end"]["kind"]})
                out[-1] |= {"passed": bool(verdict.get("passed")), "calls": len(calls), "well": sum(call["outcome"]["kind"] == "ok" for call in calls)}
    return out
