"""by_trl.py TOKENIZER-FOLDER TEMPLATE OUT: the labels of TRL's SFTTrainer, with `assistant_only_loss` and without."""

import pathlib
import sys
import tempfile

import transformers
import trl
from datasets import Dataset, Features, Json, List
from more import all_cases, write
from transformers import AutoTokenizer, Qwen3Config, Qwen3ForCausalLM
from trl import SFTConfig, SFTTrainer

folder, template, out = sys.argv[1:]
FEATURES = Features({"messages": List(Json()), "tools": List(Json())})


TOKENIZER = AutoTokenizer.from_pretrained(folder)
TOKENIZER.chat_template = pathlib.Path(template).read_text()
SIZES = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1, head_dim=8)
MODEL = Qwen3ForCausalLM(Qwen3Config(vocab_size=len(TOKENIZER), **SIZES))


def one(case, only, scratch):
    data = Dataset.from_list([{"messages": case["messages"], "tools": case["tools"]}], features=FEATURES)
    arguments = SFTConfig(output_dir=scratch, assistant_only_loss=only, max_length=case["length"], use_cpu=True, bf16=False, report_to="none")
    try:
        made = SFTTrainer(model=MODEL, args=arguments, train_dataset=data, processing_class=TOKENIZER).train_dataset
    except Exception as error:  # whatever it says, it refuses
        return {"refused": f"{type(error).__name__}: {error}"[:300]}
    if not len(made):
        return {"refused": "the row is dropped"}
    row = made[0]
    return {"ids": row["input_ids"], "learned": [int(label != -100) for label in row["labels"]]}


with tempfile.TemporaryDirectory() as scratch:
    made = {key: {name: one(case, only, scratch) for name, case in all_cases().items()} for key, only in (("trl", True), ("trl-all", False))}
write(out, f"trl {trl.__version__}, transformers {transformers.__version__}", made)
