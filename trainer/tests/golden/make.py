"""Texts, tokens and masks by transformers: make.py QWEN3-FOLDER SMOLLM2.gguf OUT."""

import json
import pathlib
import re
import sys

from cases import CASES
from tokenizers import pre_tokenizers
from transformers import AutoTokenizer, __version__

OF_TURN = re.compile(r"<\|im_start\|>assistant\n(.*?<\|im_end\|>)", re.DOTALL)
# These mention special tokens: regular expressions do not find their turns.
MENTIONS = {"mentions in a result", "mentions everywhere"}
# Here words stay text that transformers takes for tokens; tests/all/masks.rs says which.
TEXT_ONLY = {"tags in words"}


def runs(mask):
    """Where the mask is 1: [first, end], …"""
    out, start = [], None
    for i, bit in enumerate([*mask, 0]):
        if bit and start is None:
            start = i
        elif not bit and start is not None:
            out.append([start, i])
            start = None
    return out


def one(tokenizer, name, case, template=None):
    options = case.get("options", {})
    given = dict(tools=case.get("tools"), tokenize=False, chat_template=template, **options)
    out = dict(name=name, messages=case["messages"], tools=case.get("tools", []), options=options)
    try:
        text = tokenizer.apply_chat_template(case["messages"], **given)
    except Exception as error:  # the words are Python's; only that it refuses counts
        return out | dict(error=f"{type(error).__name__}: {error}")
    out["text"] = text
    if name in TEXT_ONLY:
        return out
    if name in MENTIONS:
        sanitized = tokenizer.apply_chat_template(case["messages"], **given | dict(tokenize=True, sanitize_control_tokens=True))
        return out | dict(ids=sanitized["input_ids"])
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    out["ids"] = encoded["input_ids"]
    if template and not options:
        masked = tokenizer.apply_chat_template(
            case["messages"], **given | dict(tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
        )
        assert masked["input_ids"] == out["ids"], name
        out["learned"] = runs(masked["assistant_masks"])
    elif not template:
        # Nothing here mentions a special token, so the turns are what stands between their marks.
        turns = [match.span(1) for match in OF_TURN.finditer(text)]
        inside = [any(a <= s and e <= b and s < e for a, b in turns) for s, e in encoded["offset_mapping"]]
        out["learned"] = runs(inside)
    return out


def main():
    qwen3, smollm2, out = sys.argv[1:]
    smollm2 = pathlib.Path(smollm2)
    tokenizers = {
        "qwen3": AutoTokenizer.from_pretrained(qwen3),
        "smollm2": AutoTokenizer.from_pretrained(smollm2.parent, gguf_file=smollm2.name),
    }
    # Of GGUF, transformers does not read how the text is cut; this is what the model's own tokenizer.json says.
    cut = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    tokenizers["smollm2"].backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(cut)
    block = pathlib.Path(__file__).with_name("generation.jinja").read_text()
    for model, tokenizer in tokenizers.items():
        for kind, template in (("", None), ("-generation", block)):
            cases = [one(tokenizer, name, case, template) for name, case in CASES.items()]
            document = {"made_by": f"make.py, transformers {__version__}", "cases": cases}
            text = json.dumps(document, ensure_ascii=True, separators=(",", ":")).replace('{"name"', '\n{"name"')
            pathlib.Path(out, f"{model}{kind}.json").write_text(text + "\n")
            print(model, kind, len(cases), [(case["name"], case["error"][:90]) for case in cases if "error" in case])


if __name__ == "__main__":
    main()
