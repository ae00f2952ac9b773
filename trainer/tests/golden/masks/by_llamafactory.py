"""by_llamafactory.py TOKENIZER-FOLDER OUT: LLaMA-Factory's labels, from the sharegpt format, with its template `qwen3`."""

import json
import pathlib
import sys
import tempfile
from types import SimpleNamespace

import llamafactory.data.loader as loader
from llamafactory.data.parser import get_dataset_list
from llamafactory.data.processor import SupervisedDatasetProcessor
from llamafactory.data.template import get_template_and_fix_tokenizer
from llamafactory.extras.env import VERSION
from llamafactory.hparams import DataArguments, ModelArguments
from more import all_cases, write
from transformers import AutoTokenizer

model, out = sys.argv[1:]
INFO = dict(file_name="train.jsonl", formatting="sharegpt", columns=dict(messages="conversations", system="system", tools="tools"))


def turn(message):
    """A turn of the agent: reasoning in tags, words, and calls as a list, as its formatter takes them apart."""
    reasoning, words = message.get("reasoning_content"), message["content"] or ""
    before = f"<think>\n{reasoning}\n</think>\n\n" if reasoning else ""
    if not message.get("tool_calls"):
        return {"from": "gpt", "value": before + words}
    functions = [call["function"] for call in message["tool_calls"]]
    for function in functions:
        if isinstance(function["arguments"], str):
            function["arguments"] = json.loads(function["arguments"])
    calls = json.dumps(functions, ensure_ascii=False)
    return {"from": "function_call", "value": before + (f"{words}\n<tool_call>{calls}</tool_call>" if words else calls)}


def sharegpt(case):
    """Results that follow each other are one observation, joined as its own converter of OpenAI's messages does."""
    messages, turns, system = json.loads(json.dumps(case["messages"])), [], ""
    if messages[0]["role"] == "system":
        system = messages.pop(0)["content"]
    for message in messages:
        role = message["role"]
        if role == "assistant":
            turns.append(turn(message))
        elif role == "tool" and turns[-1]["from"] == "observation":
            turns[-1]["value"] += "\n</tool_response>\n<tool_response>\n" + message["content"]
        else:
            turns.append({"from": {"tool": "observation", "user": "human"}.get(role, role), "value": message["content"]})
    return dict(conversations=turns, system=system, tools=json.dumps(case["tools"]) if case["tools"] else "")


def one(case):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "train.jsonl").write_text(json.dumps(sharegpt(case)) + "\n")
        (path / "dataset_info.json").write_text(json.dumps({"train": INFO}))
        data = DataArguments(dataset="train", dataset_dir=folder, template="qwen3", cutoff_len=case["length"] or 1 << 20, overwrite_cache=True)
        arguments = ModelArguments(model_name_or_path=model, cache_dir=str(path / "cache"))
        training = SimpleNamespace(local_process_index=0, dataloader_num_workers=0, should_log=True)
        try:
            dataset = loader._load_single_dataset(get_dataset_list(["train"], folder)[0], arguments, data, training)
            tokenizer = AutoTokenizer.from_pretrained(model)
            template = get_template_and_fix_tokenizer(tokenizer, data)
            processor = SupervisedDatasetProcessor(template=template, tokenizer=tokenizer, processor=None, data_args=data)
            made = processor.preprocess_dataset(dataset.to_dict())
        except Exception as error:  # whatever it says, it refuses
            return {"refused": f"{type(error).__name__}: {error}"[:300]}
    if not made.get("input_ids"):
        return {"refused": "the row is dropped"}
    return {"ids": made["input_ids"][0], "learned": [int(label != -100) for label in made["labels"][0]]}


write(out, f"llamafactory {VERSION}", {"llamafactory": {name: one(case) for name, case in all_cases().items()}})
