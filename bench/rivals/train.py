#!/usr/bin/env python3
"""Tokens a second and memory of `wardian-trainer run` and of TRL's SFTTrainer: same data, same weights to begin with, same steps, one after the other.

    bench/train [--shape tiny|0.6b|1.7b] [--device cpu|cuda] [--json] …        # --help says the rest

Both sides get the same conversations (made by train_data.py, or --data), of which so many are taken that they pack into exactly
steps × sequences sequences; one template, with `{% generation %}` blocks for TRL and `chatml-tools` for us; one folder of random weights.
It fails (exit status 1, after the table) where a side saw other tokens, other learned tokens or another number of steps, where the model
before the first step has not the same loss on held-out conversations, where losses do not fall or end far apart, and where our side on CUDA
did without the flash kernel.

Needs no network. WARDIAN_TRAINER: our executable. WARDIAN_LIBTORCH: on CUDA, the folder of `libtorch_cuda.so`, or else that of this
Python's torch.
"""

import argparse
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import train_data

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE / "../../trainer/templates/chatml-tools.jinja"

# hidden, intermediate, layers, heads, kv_heads, head_dim; rows of the embedding (none: as many as the tokenizer needs).
SHAPES = {
    "tiny": ((128, 384, 4, 4, 2, 32), None),
    "0.6b": ((1024, 3072, 28, 16, 8, 128), 151_936),
    "1.7b": ((2048, 6144, 28, 16, 8, 128), 151_936),
}
# steps, sequences of a step, sequences at once, learning rate.
SIZES = {"tiny": (12, 2, 1, 2e-3), "0.6b": (20, 16, 4, 3e-4), "1.7b": (20, 16, 4, 2e-4)}
# Steps that are not timed.
WARM_UP = 2
HELD_OUT = 8
# How far losses may lie apart: before the first step in 32 and 16 bits, of the first step (other conversations), at the end.
BEFORE, BEFORE_BF16, FIRST, LAST = 1e-4, 5e-3, 0.02, 0.10
FALL = 0.03
TIMEOUT_S = 1500
# Load before the first side, of which the table says something.
BUSY = 1.0


def main():
    args = arguments()
    os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    with contextlib.ExitStack() as stack:
        work = Path(args.work) if args.work else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        work.mkdir(parents=True, exist_ok=True)
        job = Job(args, work)
        sides = {}
        for _ in range(args.runs):
            for name, run in job.sides():
                busy = os.getloadavg()[0]
                one = run()
                sides.setdefault(name, []).append({**one, "busy": busy})
                note(f"{name}: {one.get('failed') or f'{speed(one):,.0f} tokens/s'}")
    report = Report(job, sides)
    print(json.dumps(report.json()) if args.json else report.text())
    for fault in report.faults:
        print(f"FAILED: {fault}", file=sys.stderr)
    sys.exit(1 if report.faults else 0)


def arguments():
    parser = argparse.ArgumentParser(prog="bench/train")
    parser.add_argument("--shape", choices=sorted(SHAPES), default="tiny")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--data", help="conversations as `wardian export --form trl` writes them, instead of made-up ones")
    parser.add_argument("--tokenizer", help="a Hugging Face folder, instead of one of 2,048 tokens that is made of the data")
    parser.add_argument("--length", type=int, default=4096, help="tokens of a sequence")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--sequences", type=int, help="sequences of a step")
    parser.add_argument("--at-once", type=int, help="sequences that are computed at once")
    parser.add_argument("--recompute", action=argparse.BooleanOptionalAction, default=True, help="layers are computed again on the way back")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--peak-tflops", type=float, help="for MFU, where the device is not known")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", help="a folder to keep; a temporary one otherwise")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    for name, value in zip(["steps", "sequences", "at_once", "rate"], SIZES[args.shape]):
        if getattr(args, name) is None:
            setattr(args, name, value)
    if args.steps <= WARM_UP or args.sequences % args.at_once:
        parser.error(f"--steps must be above {WARM_UP}, and --sequences a multiple of --at-once")
    args.trainer = os.environ.get("WARDIAN_TRAINER")
    if not args.trainer or not os.access(args.trainer, os.X_OK):
        parser.error("WARDIAN_TRAINER must name the executable wardian-trainer")
    if args.device == "cuda":
        import torch

        if not torch.cuda.is_available():
            parser.error(f"torch {torch.__version__} of {sys.executable} finds no CUDA device; WARDIAN_TRL_PYTHON names another Python")
    return args


class Job:
    """What both sides are given, in the folder `work`."""

    def __init__(self, args, work):
        self.args, self.work = args, work
        self.cuda = args.device == "cuda"
        rows = [ended(json.loads(line)) for line in open(args.data)] if args.data else train_data.conversations(needed(args), args.seed)
        rows = [row for row in rows if row["messages"]]
        self.model = work / "model"
        self.template = generation(TEMPLATE.read_text())
        (work / "trl.jinja").write_text(self.template)
        self.tokenizer = open_tokenizer(args.tokenizer, rows, self.model)
        lengths = self.lengths(rows)
        fitting = [i for i, (tokens, learned) in enumerate(lengths) if tokens <= args.length and learned]
        held_out, pool = fitting[:HELD_OUT], fitting[HELD_OUT:]
        chosen = choose([lengths[i][0] for i in pool], args)
        self.chosen = [pool[i] for i in chosen]
        self.tokens, self.learned = (sum(column) for column in zip(*(lengths[i] for i in self.chosen)))
        write(work / "train.jsonl", [rows[i] for i in self.chosen])
        write(work / "held-out.jsonl", [rows[i] for i in held_out])
        self.parameters = write_weights(args, self.tokenizer, self.model)

    def lengths(self, rows):
        """Tokens and learned tokens of each conversation, by transformers."""
        how = {"tokenize": True, "return_dict": True, "return_assistant_tokens_mask": True, "chat_template": self.template}
        both = [self.tokenizer.apply_chat_template(row["messages"], tools=row["tools"], **how) for row in rows]
        return [(len(row["input_ids"]), sum(row["assistant_masks"])) for row in both]

    def sides(self):
        """Names, and what runs them: ours first."""
        yield "wardian", lambda: self.wardian(deterministic=not self.cuda)
        if self.cuda:
            yield "wardian, same bits again", lambda: self.wardian(deterministic=True)
        best = best_attention() if self.cuda else "sdpa"
        mixed = {"weights": "float32", "bf16": self.cuda}
        yield f"TRL, packed, {best}", lambda: self.trl(packing=True, attention=best, **mixed)
        yield f"TRL, padded, {best}", lambda: self.trl(packing=False, attention=best, **mixed)
        if self.cuda:
            low = {"weights": "bfloat16", "bf16": True}
            yield f"TRL, packed, {best}, weights and moments in 16 bits", lambda: self.trl(packing=True, attention=best, **low)
            if best == "sdpa":
                yield "TRL, packed, flex_attention", lambda: self.trl(packing=True, attention="flex_attention", **mixed)

    def wardian(self, deterministic):
        args, out = self.args, self.work / "wardian"
        plan = self.work / "plan.toml"
        plan.write_text(self.plan(out))
        command = [args.trainer, "run", plan, "--json", "--restart", "--device", args.device, "--threads", str(args.threads)]
        command += [] if deterministic else ["--nondeterministic"]
        command += ["--peak-tflops", str(args.peak_tflops)] if args.peak_tflops else []
        summary = run(command, libraries(self.cuda))
        if isinstance(summary, str):
            return {"failed": summary}
        lines = [json.loads(line) for line in open(out / "metrics.jsonl")]
        looks = [line["loss"] for line in lines if line["kind"] == "held_out"]
        steps = [line for line in lines if line["kind"] == "step"]
        return {
            "steps": [{**step, "cells": step["tokens"]} for step in steps],
            "held_out": {"before": looks[0], "after": looks[-1]},
            **{key: summary[key] for key in ("peak_bytes", "parameters", "attention", "device")},
            "flops_a_token": sum(s["tflops"] * s["seconds"] for s in steps) * 1e12 / sum(s["tokens"] for s in steps),
            "peak_tflops": summary["tflops"] / summary["mfu"] if summary["mfu"] else None,
        }

    def plan(self, out):
        args = self.args
        keys = {
            "model": str(self.model),
            "out": str(out),
            "template": "chatml-tools",
            "seed": args.seed,
            "length": args.length,
            "over-long": "refuse",
            "dtype": "bf16" if self.cuda else "f32",
            "sequences": args.sequences,
            "at-once": args.at_once,
            "recompute": args.recompute,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        lines += ["[optimizer]", "beta1 = 0.9", "beta2 = 0.95", "eps = 1e-8", "weight-decay = 0.01", "clip = 1.0"]
        lines += ["[held-out]", 'data = ["held-out.jsonl"]', "every = 1000000", "[checkpoint]", "every = 1000000"]
        lines += ["[[phase]]", 'name = "train"', f"learning-rate = {args.rate!r}", 'decay = "constant"', "warmup = 0.0", 'data = [{path = "train.jsonl"}]']
        return "\n".join(lines) + "\n"

    def trl(self, packing, attention, weights, bf16):
        args = self.args
        at_once, sequences = args.at_once, args.sequences
        if not packing:
            # As many conversations a step as ours has on the mean, in as many parts.
            parts = sequences // at_once
            sequences = len(self.chosen) // args.steps
            at_once = sequences // parts
        request = {
            **{key: getattr(args, key) for key in ("device", "length", "steps", "recompute", "rate", "seed", "threads")},
            **{"model": str(self.model), "data": str(self.work / "train.jsonl"), "held_out": str(self.work / "held-out.jsonl")},
            **{"template": str(self.work / "trl.jinja"), "out": str(self.work / "trl"), "at_once": at_once, "sequences": sequences},
            **{"packing": packing, "attention": attention, "weights": weights, "bf16": bf16},
        }
        path = self.work / "request.json"
        path.write_text(json.dumps(request))
        measured = run([sys.executable, HERE / "trl_sft.py", path], {"OMP_NUM_THREADS": str(args.threads)})
        return {"failed": measured} if isinstance(measured, str) else {**measured, "bits": 16 if weights == "bfloat16" else 32}


class Report:
    """Figures of all sides, and what is wrong with them."""

    def __init__(self, job, sides):
        self.job, self.faults = job, []
        self.failed = {name: runs[0]["failed"] for name, runs in sides.items() if "failed" in runs[0]}
        for name, why in self.failed.items():
            # A kernel that is not there is no fault of ours.
            if name == "wardian" or "flex" not in name:
                self.faults.append(f"{name} did not run: {why}")
        self.sides = {name: [run for run in runs if "failed" not in run] for name, runs in sides.items() if name not in self.failed}
        for name, runs in self.sides.items():
            for one in runs:
                self.check(name, one)

    def check(self, name, one):
        job, args = self.job, self.job.args
        self.same(name, "steps", len(one["steps"]), args.steps)
        self.same(name, "tokens", total(one, "tokens"), job.tokens)
        self.same(name, "learned tokens", total(one, "learned"), job.learned)
        self.same(name, "parameters", one["parameters"], job.parameters)
        losses = [step["loss"] for step in one["steps"]]
        if not statistics.mean(losses[-2:]) < losses[0] * (1 - FALL):
            self.faults.append(f"{name}: the loss does not fall: {losses[0]:.4f} at first, {losses[-1]:.4f} at the end")
        if not one["held_out"]["after"] < one["held_out"]["before"] * (1 - FALL):
            self.faults.append(f"{name}: the held-out loss does not fall: {one['held_out']}")
        if "wardian" in name and job.cuda and "flash" not in one["attention"]:
            self.faults.append(f"{name}: attention is computed {one['attention']}, not by the flash kernel")
        ours = self.sides.get("wardian", [one])[0]
        self.near(name, "the loss before the first step, on held-out conversations", one["held_out"]["before"], ours["held_out"]["before"], BEFORE_BF16 if job.cuda else BEFORE)
        self.near(name, "the loss of the first step", losses[0], ours["steps"][0]["loss"], FIRST)
        if one.get("bits") != 16:
            self.near(name, "the loss after the last step, on held-out conversations", one["held_out"]["after"], ours["held_out"]["after"], LAST)

    def same(self, name, what, got, expected):
        if got != expected:
            self.faults.append(f"{name}: {got} {what}, not {expected}")

    def near(self, name, what, got, expected, share):
        if not abs(got - expected) <= share * expected:
            self.faults.append(f"{name}: {what} is {got:.5f}, ours {expected:.5f}; they may differ by {share:.2%}")

    def json(self):
        """`sides` in the order of the table, ours first; a sample a run."""
        rows = [
            {
                "name": name,
                "tokens_per_second": [speed(one) for one in runs],
                "peak_mib": [one["peak_bytes"] / 2**20 for one in runs],
                "base_mib": [one.get("base_bytes", 0) / 2**20 for one in runs],
                "mfu": self.mfu(runs[0]),
                **{key: runs[0][key] for key in ("device", "attention", "held_out", "parameters", "busy")},
                "versions": runs[0].get("versions"),
                "tokens": total(runs[0], "tokens"),
                "learned": total(runs[0], "learned"),
                "padding": 1 - total(runs[0], "tokens") / total(runs[0], "cells"),
                "losses": [step["loss"] for step in runs[0]["steps"]],
            }
            for name, runs in self.sides.items()
        ]
        return {"what": self.what(), "sides": rows, "failed": self.failed, "faults": self.faults}

    def mfu(self, one):
        """Useful operations alone, counted the same for all: padding and what is computed again count for nothing."""
        ours = self.sides.get("wardian", [{}])[0]
        peak = ours.get("peak_tflops")
        return speed(one) * ours["flops_a_token"] / peak / 1e12 if peak else None

    def what(self):
        args, job = self.job.args, self.job
        kind = "bf16" if job.cuda else "f32"
        recompute = "layers computed again" if args.recompute else "layers kept"
        return f"{args.shape}, {job.parameters / 1e6:,.0f} M parameters, {args.device}, {kind}, {recompute}, {args.sequences} × {args.length} tokens a step, {args.at_once} at once"

    def text(self):
        report, job = self.json(), self.job
        out = [report["what"], f"{len(job.chosen)} conversations, {job.tokens:,} tokens, {job.learned:,} learned, {job.args.steps} steps, {WARM_UP} of them not timed"]
        out += [f"device: {side['device']}" for side in report["sides"][:1]]
        out += ["versions: " + ", ".join(f"{k} {v}" for k, v in side["versions"].items()) for side in report["sides"] if side["versions"]][:1]
        out += ["", "| side | attention | tokens/s | ratio | MFU | MiB at most | ratio | padding | tokens | learned | first loss | last loss | held out before → after |"]
        out += ["|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
        first = report["sides"][0] if report["sides"] else None
        for side in report["sides"]:
            fast, memory = (statistics.median(side[key]) for key in ("tokens_per_second", "peak_mib"))
            ours = [statistics.median(first[key]) for key in ("tokens_per_second", "peak_mib")]
            mfu = f"{side['mfu']:.1%}" if side["mfu"] else "not known"
            cells = [side["name"], side["attention"], f"{fast:,.0f}", f"{ours[0] / fast:.2f}×", mfu, f"{memory:,.0f}", f"{memory / ours[1]:.2f}×"]
            cells += [f"{side['padding']:.0%}", f"{side['tokens']:,}", f"{side['learned']:,}", f"{side['losses'][0]:.4f}", f"{side['losses'][-1]:.4f}"]
            cells += [f"{side['held_out']['before']:.5f} → {side['held_out']['after']:.4f}"]
            out.append("| " + " | ".join(cells) + " |")
        if first and first["busy"] > BUSY:
            out.append("the machine was busy with other work: " + ", ".join(f"load {side['busy']:.1f} before {side['name']}" for side in report["sides"]))
        out += [f"{name}: did not run: {why}" for name, why in report["failed"].items()]
        return "\n".join(out)


def total(one, key):
    return sum(step[key] for step in one["steps"])


def speed(one):
    """Tokens a second, padding not counted, of the steps that are timed."""
    timed = one["steps"][WARM_UP:]
    return sum(step["tokens"] for step in timed) / sum(step["seconds"] for step in timed)


def needed(args):
    """Conversations to choose from: most have 1,000 to 3,000 tokens, and those that are longer than a sequence are of no use."""
    return 100 + args.steps * args.sequences * args.length // 750


def ended(row):
    """Up to the last message of the agent: nothing is learned of what follows, and only TRL would read it."""
    last = max((i for i, message in enumerate(row["messages"]) if message["role"] == "assistant"), default=-1)
    return {"messages": row["messages"][: last + 1], "tools": row["tools"]}


def generation(template):
    """Our template with `{% generation %}` blocks, and without the line feed behind the last message, which teaches nothing."""
    begin, end = "{{- '<|im_start|>assistant\\n' }}", "{{- '<|im_end|>\\n' }}"
    head, rest = template.split(begin, 1)
    turn, tail = rest.split(end, 1)
    assert "reasoning_content" in turn and "role ==" not in turn, "the template is not the one that this knows"
    return f"{head}{begin}{{%- generation %}}{turn}{{{{- '<|im_end|>' }}}}{{%- endgeneration %}}{{{{- '\\n' if not loop.last }}}}{tail}"


def open_tokenizer(given, rows, folder):
    """The tokenizer in `folder`, which transformers and we read."""
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    if given:
        for name in ("tokenizer.json", "tokenizer_config.json"):
            (folder / name).write_bytes((Path(given) / name).read_bytes())
    else:
        make_tokenizer(rows, folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    if any(tokenizer.convert_tokens_to_ids(mark) in (None, tokenizer.unk_token_id) for mark in ("<|im_start|>", "<|im_end|>")):
        sys.exit("the tokenizer has no <|im_start|> and <|im_end|>")
    return tokenizer


def make_tokenizer(rows, folder):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=2048, special_tokens=marks, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator((json.dumps(row) for row in rows), trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    says = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": marks[2], "pad_token": marks[0], "clean_up_tokenization_spaces": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(says))


def choose(lengths, args):
    """Places of conversations that pack into exactly steps × sequences sequences, and that are as many for each part of a step."""
    target, unit = args.steps * args.sequences, args.steps * args.sequences // args.at_once
    count = round(0.96 * target * args.length / statistics.mean(lengths) / unit) * unit or unit
    if count >= len(lengths):
        sys.exit(f"{len(lengths)} conversations are too few for {args.steps} steps: give more --data, or fewer --steps")
    draw = random.Random(0)
    order = draw.sample(range(len(lengths)), len(lengths))
    chosen, rest = order[:count], order[count:]
    for _ in range(100_000):
        more = target - sequences([lengths[i] for i in chosen], args.length)
        if more == 0:
            return sorted(chosen)
        # One gives way to a longer or a shorter one.
        a, b = draw.randrange(count), draw.randrange(len(rest))
        if (lengths[rest[b]] > lengths[chosen[a]]) == (more > 0):
            chosen[a], rest[b] = rest[b], chosen[a]
    sys.exit("no conversations were found that fill the steps exactly: try another --length or --seed")


def sequences(lengths, length):
    """How many sequences best fit, longest first, needs."""
    left = []
    for tokens in sorted(lengths, reverse=True):
        room = min((room for room in left if room >= tokens), default=None)
        if room is None:
            left.append(length - tokens)
        else:
            left[left.index(room)] -= tokens
    return len(left)


def write_weights(args, tokenizer, folder):
    """Random weights, a function of the seed; in 16 bits where both sides compute in those. Gives the number of parameters."""
    import torch
    import transformers

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    (hidden, intermediate, layers, heads, kv_heads, head_dim), rows = SHAPES[args.shape]
    needed = -(-(max(tokenizer.get_vocab().values()) + 1) // 64) * 64
    config = transformers.Qwen3Config(
        vocab_size=max(rows or 0, needed),
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        head_dim=head_dim,
        tie_word_embeddings=True,
        max_position_embeddings=max(args.length, 32_768),
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        eos_token_id=tokenizer.convert_tokens_to_ids("<|im_end|>"),
        bos_token_id=None,
    )
    model = transformers.Qwen3ForCausalLM(config)
    model.to(torch.bfloat16 if args.device == "cuda" else torch.float32).save_pretrained(folder)
    return sum(p.numel() for p in model.parameters())


def best_attention():
    """The fastest of transformers that is installed here."""
    from transformers.utils import is_flash_attn_2_available, is_flash_attn_3_available

    if is_flash_attn_3_available():
        return "flash_attention_3"
    return "flash_attention_2" if is_flash_attn_2_available() else "sdpa"


def libraries(cuda):
    """Where our executable finds CUDA's half of libtorch."""
    if not cuda:
        return {}
    import torch

    inside = Path(torch.__file__).parent
    given = os.environ.get("WARDIAN_LIBTORCH")
    folders = [Path(given)] if given else [inside / "lib", *sorted((inside.parent / "nvidia").glob("*/lib"))]
    return {"LD_LIBRARY_PATH": ":".join(filter(None, [*map(str, folders), os.environ.get("LD_LIBRARY_PATH")]))}


def run(command, environment):
    """What it prints as JSON, or the end of its words where it fails."""
    command = [str(part) for part in command]
    # transformers spreads batches over all devices that it sees.
    devices = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]}
    try:
        done = subprocess.run(command, env={**os.environ, **devices, **environment}, capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return f"it took more than {TIMEOUT_S} s"
    if done.returncode != 0:
        return f"exit status {done.returncode}: " + " / ".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-4:])[-1200:]
    return json.loads(done.stdout)


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def note(text):
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
