"""TRL and datasets read `train.jsonl`, `train.parquet` and `masked.parquet`; what the template writes is compared with `*.json`."""

import json
import re
import sys
from pathlib import Path

import datasets
import transformers
import trl
from datasets import Features, Json, List, load_dataset
from transformers import AutoTokenizer, Qwen3Config, Qwen3ForCausalLM
from trl import SFTConfig, SFTTrainer, apply_chat_template, maybe_apply_chat_template
from trl.chat_template_utils import get_training_chat_template

folder = Path(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(sys.argv[2])
templates = Path(trl.__file__).parent / "chat_templates"
# The template that Qwen publishes, as TRL ships it; TRL makes the one that it trains with of it.
tokenizer.chat_template = (templates / "qwen3.jinja").read_text()
training = get_training_chat_template(tokenizer)


def read(name):
    return json.loads((folder / name).read_text())


def load(name, **more):
    kind = "json" if name.endswith(".jsonl") else "parquet"
    return load_dataset(kind, data_files=str(folder / name), split="train", cache_dir=str(folder / "cache"), **more)


def same(name, what, got, expected):
    if got != expected:
        at = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), min(len(got), len(expected)))
        sys.exit(f"{name}: {what} differs at {at}:\n got {got[at - 80 : at + 80]!r}\n not {expected[at - 80 : at + 80]!r}")


def near(text):
    """Parquet keeps all digits of a number. The parser of datasets may miss the last of seventeen."""
    return re.sub(r"0\.12345678901234\d*", "0.12345678901234", text)


def short(text):
    """On the way through lines, datasets keeps ten decimals of a number, and reads those roughly."""
    return re.sub(r"0\.123456789\d*", "0.123456789", text.replace("1e-12", "0.0"))


def learned(example, template):
    out = tokenizer.apply_chat_template(
        example["messages"], tools=example["tools"], chat_template=template, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    return tokenizer.decode([i for i, mask in zip(out["input_ids"], out["assistant_masks"]) if mask])


def check(name, expected, template, rounded=False, **more):
    dataset = load(name, **more)
    if len(dataset) != len(expected):
        sys.exit(f"{name}: {len(dataset)} rows, not {len(expected)}")
    for example, truth in zip(dataset, expected):
        digits = short if rounded else near
        rendered = tokenizer.apply_chat_template(example["messages"], tools=example["tools"], chat_template=template, tokenize=False)
        same(name, truth["id"], digits(rendered), digits(truth["text"]))
        same(name, truth["id"] + " learned", digits(learned(example, template)), digits(truth["learned"]))
        for apply in (apply_chat_template, maybe_apply_chat_template):
            by_trl = apply({"messages": example["messages"]}, tokenizer, tools=example["tools"], chat_template=template)
            same(name, truth["id"] + " by TRL", by_trl["text"], rendered)
    print(f"ok {name}: {len(dataset)} rows")
    return dataset


marked = read("train.json")
free = Features({"messages": List(Json()), "tools": List(Json()), "metadata": Json()})
dataset = check("train.parquet", marked, training)
if dataset.features != free:
    sys.exit(f"other features: {dataset.features}")
check("train.jsonl", marked, training, rounded=True)
check("train.jsonl", marked, training, rounded=True, features=free)

# Turns that are not learned: TRL has no switch for one turn, so its template is told to heed `learned`.
body = training.split("{%- generation %}")[1].split("{%- endgeneration %}")[0]
block = "{%- generation %}" + body + "{%- endgeneration %}"
heeding = training.replace(block, "{%- if message.learned is false %}" + body + "{%- else %}" + block + "{%- endif %}")
check("masked.parquet", read("masked.json"), heeding)

# The trainer itself: what it makes labels of is what we mark.
tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
config = Qwen3Config(vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, head_dim=8)
arguments = SFTConfig(output_dir=str(folder / "out"), assistant_only_loss=True, max_length=None, use_cpu=True, bf16=False, report_to="none", max_steps=1)
trainer = SFTTrainer(model=Qwen3ForCausalLM(config), args=arguments, train_dataset=load("train.parquet"), processing_class=tokenizer)
for example, truth in zip(trainer.train_dataset, marked):
    same("SFTTrainer", truth["id"], near(tokenizer.decode(example["input_ids"])), near(truth["text"]))
    kept = [label for label in example["labels"] if label != -100]
    same("SFTTrainer", truth["id"] + " labels", near(tokenizer.decode(kept)), near(truth["learned"]))
trainer.train()
print(f"ok SFTTrainer: labels of {len(marked)} rows are what is learned, and it trains")
print(f"trl {trl.__version__}, transformers {transformers.__version__}, datasets {datasets.__version__}")
