"""Logits, loss, gradients and optimizer steps of small decoders by transformers: parity.py OUT.

The weights are no random numbers but a formula, so that no file of them is needed: weight i of the n-th (sorted by name) is
((i * 2654435761 + n * 40503 + 12345) mod 2^32 / 2^32 - 0.5) * 0.4, and 1 more for norms.
"""

import json
import pathlib
import sys

import torch
import transformers

SMALL = dict(
    vocab_size=48, hidden_size=32, intermediate_size=56, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=64, rms_norm_eps=1e-5, attention_dropout=0.0, initializer_range=0.1, bos_token_id=None, eos_token_id=3, pad_token_id=None,
)
LLAMA3 = dict(rope_type="llama3", rope_theta=500.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16)
MODELS = {
    "qwen3, tied": transformers.Qwen3Config(**SMALL, head_dim=16, tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e4)),
    "qwen3, untied": transformers.Qwen3Config(**SMALL, head_dim=8, tie_word_embeddings=False, rope_parameters=dict(rope_type="default", rope_theta=1e6)),
    "qwen2, tied": transformers.Qwen2Config(**SMALL, tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e4)),
    "llama, untied, linear": transformers.LlamaConfig(**SMALL, tie_word_embeddings=False, rope_parameters=dict(rope_type="linear", rope_theta=1e4, factor=4.0)),
    "llama, tied, llama3": transformers.LlamaConfig(**SMALL, tie_word_embeddings=True, rope_parameters=LLAMA3),
}
DOCUMENTS = [[5, 9, 1, 40, 3, 22, 7, 7, 31], [2, 47, 0, 12, 3], list(range(1, 41))]
# What is learned: every token whose place is not divisible by three.
RATE, DECAY, CLIP, STEPS = 1e-2, 0.1, 1.0, 5


def fill(model):
    named = dict(model.named_parameters())
    with torch.no_grad():
        for n, name in enumerate(sorted(named)):
            weight = named[name]
            i = torch.arange(weight.numel(), dtype=torch.int64)
            x = ((i * 2654435761 + n * 40503 + 12345) % 2**32).double() / 2**32
            x = (x - 0.5) * 0.4 + (1.0 if "norm" in name else 0.0)
            weight.copy_(x.float().view_as(weight))
    return named


def labels_of(ids):
    return [token if i % 3 else -100 for i, token in enumerate(ids)]


def loss_of(model):
    """The sum over all documents, each by itself, divided by the number of learned tokens."""
    total, count, logits = 0.0, 0, []
    for ids in DOCUMENTS:
        out = model(torch.tensor([ids])).logits[0]
        logits.append(out)
        labels = torch.tensor(labels_of(ids)[1:] + [-100])
        total = total + torch.nn.functional.cross_entropy(out, labels, ignore_index=-100, reduction="sum")
        count += int((labels != -100).sum())
    return total / count, count, torch.cat(logits)


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().reshape(-1).double().tolist()]


def one(config):
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float()
    named = fill(model)
    loss, count, logits = loss_of(model)
    loss.backward()
    gradients = {name: dict(norm=float(w.grad.norm()), first=numbers(w.grad.reshape(-1)[:6])) for name, w in sorted(named.items())}
    groups = [
        dict(params=[w for w in named.values() if w.dim() > 1], weight_decay=DECAY),
        dict(params=[w for w in named.values() if w.dim() <= 1], weight_decay=0.0),
    ]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.95), eps=1e-8)
    losses, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        step, _, _ = loss_of(model)
        step.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(named.values(), CLIP)))
        optimizer.step()
        losses.append(float(step))
    ends = {name: numbers(w.reshape(-1)[:6]) for name, w in sorted(named.items())}
    config = json.loads(config.to_json_string(use_diff=False))
    return dict(config=config, count=count, loss=float(loss), logits=numbers(logits), gradients=gradients, losses=losses, norms=norms, weights=ends)


def main():
    torch.set_num_threads(1)
    cases = {name: one(config) for name, config in MODELS.items()}
    document = dict(
        made_by=f"parity.py, transformers {transformers.__version__}, torch {torch.__version__}",
        documents=DOCUMENTS, rate=RATE, decay=DECAY, clip=CLIP, cases=cases,
    )
    pathlib.Path(sys.argv[1], "parity.json").write_text(json.dumps(document, separators=(",", ":")).replace('"config"', '\n"config"') + "\n")


main()
