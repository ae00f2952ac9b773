"""What transformers makes of a folder that wardian wrote: vocabulary.py FOLDER TEXTS.json, a list. Prints JSON."""

import json
import pathlib
import sys

from cases import CASES
from make import one
from transformers import AutoTokenizer

folder, texts = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(folder)
texts = json.loads(pathlib.Path(texts).read_text())
ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
print(
    json.dumps(
        {
            "size": len(tokenizer),
            "eos": tokenizer.eos_token,
            "pad": tokenizer.pad_token,
            "ids": ids,
            "texts": [tokenizer.decode(one) for one in ids],
            "cases": [one(tokenizer, name, case) for name, case in CASES.items()],
        }
    )
)
