"""by_verl.py TOKENIZER-FOLDER TEMPLATE TRAINING-TEMPLATE OUT: the loss masks of verl's MultiTurnSFTDataset.

Three ways: as it comes; told to ignore that turns come out otherwise by themselves (`ignore_input_ids_mismatch`); and with a template that writes
a turn alike wherever it stands.
"""

import contextlib
import json
import pathlib
import sys
import tempfile

import pandas
import verl
from more import all_cases, write
from omegaconf import OmegaConf
from transformers import AutoTokenizer
from verl.utils.dataset.multiturn_sft_dataset import MultiTurnSFTDataset

folder, own, training, out = sys.argv[1:]


def flat(messages):
    """Arguments as JSON text, as OpenAI has them: structs of Parquet would all get each other's members."""
    messages = json.loads(json.dumps(messages))
    for call in (call for message in messages for call in message.get("tool_calls", [])):
        if not isinstance(call["function"]["arguments"], str):
            call["function"]["arguments"] = json.dumps(call["function"]["arguments"], ensure_ascii=False)
    return messages


def one(case, template, **options):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = pathlib.Path(template).read_text()
    row = {"messages": flat(case["messages"])} | ({"tools": case["tools"]} if case["tools"] else {})
    settings = {"pad_mode": "no_padding", "truncation": "error", "max_length": case["length"] or 32768} | options
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        try:
            pandas.DataFrame([row]).to_parquet(file.name)
            made = MultiTurnSFTDataset(file.name, tokenizer, OmegaConf.create(settings))[0]
        except Exception as error:  # whatever it says, it refuses
            return {"refused": f"{type(error).__name__}: {error}"[:300]}
    return {"ids": made["input_ids"].tolist(), "learned": made["loss_mask"].tolist()}


LOOSE = dict(ignore_input_ids_mismatch=True, truncation="right")
WAYS = {"verl": (own, {}), "verl-ignoring": (own, LOOSE), "verl-training": (training, LOOSE)}
with contextlib.redirect_stdout(sys.stderr):
    made = {way: {name: one(case, template, **options) for name, case in all_cases().items()} for way, (template, options) in WAYS.items()}
write(out, f"verl {verl.__version__}", made)
