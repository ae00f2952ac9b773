#!/usr/bin/env python3
"""A training by TRL's SFTTrainer, measured step by step.

    bench/rivals/trl_sft.py REQUEST.json > MEASURED.json

REQUEST:
    model, data, held_out, template   the folder and the files that our side has; the template has `{% generation %}` blocks
    device                            cpu or cuda
    attention                         attn_implementation of transformers
    packing                           whether conversations are packed (bfd), or padded
    weights, bf16                     how weights are kept (float32, bfloat16), and whether the computation is in 16 bits (autocast)
    length, steps, at_once, sequences, recompute, rate, seed, threads
    out                               a folder

Prints one JSON object:
    steps        one each: seconds (from on_step_begin to on_step_end, the device waited for; fetching a batch is outside), tokens (without padding),
                 cells (with it), learned, loss
    held_out     {before, after}: mean loss of a learned token, by the model itself, one conversation at a time
    peak_bytes   most memory of the process (VmHWM), on CUDA most allocated at once
    base_bytes   most memory before the model was loaded; on CUDA 0
    parameters, attention, device, versions
"""

import json
import os
import sys
import time

STEP = "seconds tokens cells learned loss".split()


def main():
    request = json.load(open(sys.argv[1]))
    os.environ.update(OMP_NUM_THREADS=str(request["threads"]), HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    # Words of libraries on standard output would be in the way.
    out, sys.stdout = sys.stdout, sys.stderr
    json.dump(measure(request), out)


def measure(request):
    import torch
    import transformers
    import trl

    torch.set_num_threads(request["threads"])
    cuda = request["device"] == "cuda"
    tokenizer = transformers.AutoTokenizer.from_pretrained(request["model"])
    tokenizer.chat_template = open(request["template"]).read()
    base_bytes = 0 if cuda else resident_bytes()
    trainer = trl.SFTTrainer(
        model=request["model"], args=config(trl, request), train_dataset=dataset(request["data"]), processing_class=tokenizer
    )
    model = trainer.model
    attention = model.config._attn_implementation
    if attention != request["attention"]:
        sys.exit(f"the model has attention {attention}, not {request['attention']}")
    held_out = encoded(tokenizer, request["held_out"])
    context = torch.autocast("cuda", torch.bfloat16, enabled=cuda and request["bf16"])
    look = lambda: loss_of(model, held_out, context)
    before = look()
    seen, clock = Seen(trainer.data_collator), make_clock(torch, transformers, cuda)
    trainer.data_collator = seen
    trainer.add_callback(clock)
    trainer.train()
    losses = [line["loss"] for line in trainer.state.log_history if "loss" in line]
    peak_bytes = torch.cuda.max_memory_allocated() if cuda else resident_bytes()
    micro = trainer.args.gradient_accumulation_steps
    counts = [[sum(column) for column in zip(*seen.batches[i : i + micro])] for i in range(0, len(seen.batches), micro)]
    if not len(clock.seconds) == len(losses) == len(counts):
        sys.exit(f"{len(clock.seconds)} steps were timed, {len(losses)} have a loss, and batches were made for {len(counts)}")
    return {
        "steps": [dict(zip(STEP, [s, *count, loss])) for s, count, loss in zip(clock.seconds, counts, losses)],
        "held_out": {"before": before, "after": look()},
        "peak_bytes": peak_bytes,
        "base_bytes": base_bytes,
        "parameters": sum(p.numel() for p in model.parameters()),
        "attention": attention,
        "device": torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads",
        "versions": {"trl": trl.__version__, "transformers": transformers.__version__, "torch": torch.__version__},
    }


def config(trl, request):
    return trl.SFTConfig(
        output_dir=request["out"],
        model_init_kwargs={"dtype": request["weights"], "attn_implementation": request["attention"]},
        assistant_only_loss=True,
        packing=request["packing"],
        max_length=request["length"] if request["packing"] else None,
        per_device_train_batch_size=request["at_once"],
        gradient_accumulation_steps=request["sequences"] // request["at_once"],
        gradient_checkpointing=request["recompute"],
        num_train_epochs=1,
        learning_rate=request["rate"],
        lr_scheduler_type="constant",
        optim="adamw_torch_fused",
        adam_beta1=0.9,
        adam_beta2=0.95,
        adam_epsilon=1e-8,
        weight_decay=0.01,
        max_grad_norm=1.0,
        bf16=request["bf16"],
        use_cpu=request["device"] == "cpu",
        seed=request["seed"],
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )


def dataset(path):
    """Objects stay as they are: columns of one type for all rows would put every tool's parameters in every other."""
    from datasets import Dataset, Features, Json, List

    features = Features({"messages": List(Json()), "tools": List(Json())})
    return Dataset.from_list([json.loads(line) for line in open(path)], features=features)


def encoded(tokenizer, path):
    """Ids and marks of what is learned, a conversation each."""
    how = {"tokenize": True, "return_dict": True, "return_assistant_tokens_mask": True}
    rows = [json.loads(line) for line in open(path)]
    both = [tokenizer.apply_chat_template(row["messages"], tools=row["tools"], **how) for row in rows]
    return [(row["input_ids"], row["assistant_masks"]) for row in both]


def loss_of(model, conversations, context):
    import torch

    total, count = 0.0, 0
    was, device = model.training, next(model.parameters()).device
    model.eval()
    with torch.no_grad(), context:
        for ids, learned in conversations:
            ids, learned = torch.tensor(ids, device=device), torch.tensor(learned[1:], device=device).bool()
            states = model.model(input_ids=ids[None]).last_hidden_state[0, :-1][learned]
            total += torch.nn.functional.cross_entropy(model.lm_head(states).float(), ids[1:][learned], reduction="sum").item()
            count += int(learned.sum())
    model.train(was)
    return total / count


class Seen:
    """The collator, with what each batch had: tokens, cells, learned."""

    def __init__(self, collator):
        self.collator, self.batches = collator, []

    def __call__(self, rows):
        batch = self.collator(rows)
        cells = batch["input_ids"].numel()
        tokens = int(batch["attention_mask"].sum()) if "attention_mask" in batch else cells
        self.batches.append((tokens, cells, int((batch["labels"][:, 1:] != -100).sum())))
        return batch


def make_clock(torch, transformers, cuda):
    class Clock(transformers.TrainerCallback):
        def __init__(self):
            self.seconds = []

        def now(self):
            if cuda:
                torch.cuda.synchronize()
            return time.perf_counter()

        def on_step_begin(self, *args, **kwargs):
            self.begun = self.now()

        def on_step_end(self, *args, **kwargs):
            self.seconds.append(self.now() - self.begun)

    return Clock()


def resident_bytes():
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


main()
