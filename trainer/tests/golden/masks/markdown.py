"""markdown.py TABLE.json: the table of docs/trainer.md."""

import json
import sys
from collections import Counter

ROWS = {
    "one turn": ["plain", "no words"],
    "several turns": ["system", "spaces"],
    "a call, calls at once, letters of all kinds": ["one call", "call with words", "parallel calls", "letters"],
    "reasoning before each call and answer": ["reasoning"],
    "several rounds, some with reasoning": ["several rounds of calls"],
    "reasoning in turns before the last question": ["reasoning of earlier turns", "reasoning in each turn"],
    "numbers with many digits, `-0.0`": ["numbers"],
    "arguments as JSON text, spaced otherwise": ["arguments as text"],
    "`<\\|im_end\\|>` and the like in a result, or said by the user": ["mentions in a result", "mentions by the user"],
    "the same, everywhere": ["mentions everywhere"],
    "`<tool_call>` and `</think>` as words": ["tags in words"],
    "a turn with `learned: false`, `weight: 0`": ["learned is false"],
    "ends with a call": ["content is null"],
    "ends with the user, or with a result": ["ends with the user", "ends with a result"],
    "two system messages": ["two system messages"],
    "a user's words right after results": ["many results"],
    "too long: `--length` ends within a call": ["too long"],
}
WAYS = {
    "wardian": "Wardian",
    "trl": "TRL, `assistant_only_loss`",
    "trl-all": "TRL, as it comes",
    "llamafactory": "LLaMA-Factory, `qwen3`",
    "verl-ignoring": "verl, `ignore_input_ids_mismatch`",
}
NAMES = {
    "reasoning that the template drops": "think",
    "text that the template does not write": "other text",
    "not to be learned": "unlearned turn",
    "cut turn": "cut turn",
    "a token across the border": "border",
    "reasoning": "think",
    "calls": "calls",
    "words": "words",
    "end": "end",
}
OTHERS = ("system", "user", "tool", "frame")


def told(cells):
    refused = sum("refused" in cell for cell in cells)
    sums = {key: Counter() for key in ("trained_on", "missed", "read_otherwise", "words_as_control")}
    for cell in cells:
        for key, counter in sums.items():
            counter.update(cell.get(key, {}))
    parts = [f"{refused} refused" if len(cells) > 1 else "refused"] if refused else []
    others = sum(sums["trained_on"].pop(kind, 0) for kind in OTHERS)
    parts += [f"+{others} not the agent's"] if others else []
    parts += [f"+{count} {NAMES[kind]}" for kind, count in sums["trained_on"].items()]
    parts += [f"−{count} {NAMES[kind]}" for kind, count in sums["missed"].items()]
    parts += [f"≠{sums['read_otherwise'].total()}"] if sums["read_otherwise"] else []
    parts += [f"!{sums['words_as_control'].total()}"] if sums["words_as_control"] else []
    return ", ".join(parts) or "exact"


def main():
    table = json.loads(open(sys.argv[1]).read())["cases"]
    assert sorted(name for names in ROWS.values() for name in names) == sorted(table), "each case is in one row"
    print("| | tokens |", " | ".join(WAYS.values()), "|\n| --- | --: |" + " --- |" * len(WAYS))
    for title, names in ROWS.items():
        tokens = sum(table[name]["trl"]["agent"] for name in names)
        print(f"| {title} | {tokens} |", " | ".join(told([table[name][way] for name in names]) for way in WAYS), "|")
    exact = (sum(row[way].get("exact", False) for row in table.values()) for way in WAYS)
    print(f"| exact, of {len(table)} conversations | |", " | ".join(map(str, exact)), "|")


if __name__ == "__main__":
    main()
