"""verl's dataset classes read `train.parquet`, `masked.parquet`, `parallel.parquet` and `rl.parquet`."""

import importlib.util
import json
import sys
from pathlib import Path

import torch
import verl
from omegaconf import OmegaConf
from transformers import AutoTokenizer
from verl.utils.dataset.multiturn_sft_dataset import MultiTurnSFTDataset
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn
from verl.utils.import_utils import load_extern_object

folder = Path(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(sys.argv[2])
# The template that TRL trains Qwen3 with: it writes a turn the same way wherever it stands, which verl relies on.
templates = Path(importlib.util.find_spec("trl").origin).parent / "chat_templates"
tokenizer.chat_template = (templates / "qwen3_training.jinja").read_text()
tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
# As verl's trainer loads a class of data.custom_cls.
WardianSFTDataset = load_extern_object(str(folder / "wardian_verl.py"), "WardianSFTDataset")
settings = {"max_length": 8192, "pad_mode": "no_padding", "truncation": "error"}


def read(name):
    return json.loads((folder / name).read_text())


def check(name, cls=WardianSFTDataset, **more):
    dataset = cls(str(folder / f"{name}.parquet"), tokenizer, OmegaConf.create({**settings, **more}))
    expected = read(f"{name}.json")
    assert len(dataset) == len(expected), (name, len(dataset))
    for item, truth in zip((dataset[i] for i in range(len(dataset))), expected):
        text = tokenizer.decode(item["input_ids"])
        learned = tokenizer.decode(item["input_ids"][item["loss_mask"].bool()])
        assert text == truth["text"], (name, truth["id"], text, truth["text"])
        assert learned == truth["learned"], (name, truth["id"], learned, truth["learned"])
    print(f"ok {name}.parquet: {len(dataset)} rows as {cls.__name__}")


check("train")
check("masked")

# verl writes each message by itself, so answers to parallel calls come out as turns of their own; it says so unless told not to.
parallel = str(folder / "parallel.parquet")
try:
    WardianSFTDataset(parallel, tokenizer, OmegaConf.create(settings))[0]
    sys.exit("verl no longer minds parallel answers; say so in docs/exports.md")
except AssertionError as error:
    assert "ignore_input_ids_mismatch" in str(error), error
item = WardianSFTDataset(parallel, tokenizer, OmegaConf.create({**settings, "ignore_input_ids_mismatch": True}))[0]
truth = read("parallel.json")[0]
assert tokenizer.decode(item["input_ids"][item["loss_mask"].bool()]) == truth["learned"]
print("ok parallel.parquet: what is learned is the same, the results of parallel calls are turns of their own")

# The stock class reads the file as well, without the tools, whose column it cannot read.
stock = MultiTurnSFTDataset(str(folder / "train.parquet"), tokenizer, OmegaConf.create({**settings, "tools_key": "none"}))
assert "None" not in tokenizer.decode(stock[0]["input_ids"]) and stock[0]["loss_mask"].sum() > 0
print("ok train.parquet: the stock class reads it without tools")

rl = RLHFDataset(str(folder / "rl.parquet"), tokenizer, OmegaConf.create({"max_prompt_length": 4096, "cache_dir": str(folder / "cache"), "filter_overlong_prompts_workers": 1}))
rows = [rl[i] for i in range(len(rl))]
assert len(rows) == 4, len(rows)
for index, row in enumerate(rows):
    assert row["index"] == index and row["tools_kwargs"] == {} and row["agent_name"] == "tool_agent", row
    assert [message["role"] for message in row["raw_prompt"]][-1] == "user", row["raw_prompt"]
    assert len(json.loads(row["reward_model"]["ground_truth"])["graded_state"]) == 64
    assert row["data_source"] == "wardian/shop" and row["extra_info"]["split"] == "train"
batch = collate_fn(rows)
assert isinstance(batch["dummy_tensor"], torch.Tensor) and len(batch["raw_prompt"]) == 4
print("ok rl.parquet: 4 rows")
print(f"verl {verl.__version__}")
