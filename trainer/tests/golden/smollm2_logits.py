"""What transformers computes for SmolLM2 from its GGUF file: smollm2_logits.py SMOLLM2.gguf OUT."""

import json
import pathlib
import sys

import torch
import transformers

TEXT = "<|im_start|>user\nWhere is order 1001?<|im_end|>\n<|im_start|>assistant\n"


def main():
    path, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    torch.set_num_threads(1)
    tokenizer = transformers.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    model = transformers.AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    ids = tokenizer(TEXT, add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0]
    document = dict(
        made_by=f"smollm2_logits.py, transformers {transformers.__version__}, torch {torch.__version__}",
        ids=ids,
        best=logits.argmax(-1).tolist(),
        last=[float(f"{x:.7g}") for x in logits[-1][::97].tolist()],
        first=[float(f"{x:.7g}") for x in logits[0][::97].tolist()],
    )
    (out / "smollm2-logits.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


main()
