"""LLaMA-Factory loads the dataset `train` through `dataset_info.json`, converts it, and makes labels of it."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import llamafactory.data.loader as loader
from llamafactory.data.converter import SharegptDatasetConverter
from llamafactory.data.parser import get_dataset_list
from llamafactory.data.processor import SupervisedDatasetProcessor
from llamafactory.data.template import TEMPLATES, get_template_and_fix_tokenizer
from llamafactory.extras.env import VERSION
from llamafactory.hparams import DataArguments, ModelArguments
from transformers import AutoTokenizer

folder = Path(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(sys.argv[2])
expected = json.loads((folder / "train.json").read_text())
data = DataArguments(dataset="train", dataset_dir=str(folder), template="qwen3_nothink", cutoff_len=1 << 20, overwrite_cache=True)
model = ModelArguments(model_name_or_path=sys.argv[2], cache_dir=str(folder / "cache"))
attributes = get_dataset_list(["train"], str(folder))[0]
training = SimpleNamespace(local_process_index=0, dataloader_num_workers=0, should_log=True)
dataset = loader._load_single_dataset(attributes, model, data, training)
assert len(dataset) == len(expected), len(dataset)
assert isinstance(loader.align_dataset.__globals__["get_dataset_converter"](attributes.formatting, attributes, data), SharegptDatasetConverter)
for row, truth in zip(dataset, expected):
    assert row["_prompt"] and row["_response"], f"{truth['id']} was dropped"
template = get_template_and_fix_tokenizer(tokenizer, data)
processor = SupervisedDatasetProcessor(template=template, tokenizer=tokenizer, processor=None, data_args=data)
made = processor.preprocess_dataset(dataset.to_dict())
assert len(made["input_ids"]) == len(expected)
for ids, labels, truth in zip(made["input_ids"], made["labels"], expected):
    # Without a system prompt its template writes the gap before the tools all the same.
    text = tokenizer.decode(ids).replace("<|im_start|>system\n\n\n# Tools", "<|im_start|>system\n# Tools")
    assert text == truth["text"], (truth["id"], text, truth["text"])
    learned = tokenizer.decode([label for label in labels if label != -100])
    assert learned == truth["learned"], (truth["id"], learned, truth["learned"])
print(f"ok train.jsonl: {len(expected)} rows, text and labels as expected")

# Every template has to take the calls, text before them included, and the tools.
failed = {}
for name in sorted(TEMPLATES):
    try:
        data.template = name
        template = get_template_and_fix_tokenizer(AutoTokenizer.from_pretrained(sys.argv[2]), data)
        for row in dataset:
            for message in row["_prompt"] + row["_response"]:
                if message["role"] == "function":
                    template.format_function.apply(content=message["content"], thought_words=template.thought_words, tool_call_words=template.tool_call_words)
            if row["_tools"]:
                template.format_tools.apply(content=row["_tools"])
    except Exception as error:
        failed[name] = f"{type(error).__name__}: {error}"[:160]
print(f"ok {len(TEMPLATES) - len(failed)} of {len(TEMPLATES)} templates take calls and tools; not {json.dumps(failed)}")
print(f"llamafactory {VERSION}")
