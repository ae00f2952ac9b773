"""What is right: the bytes that the agent wrote, by a rule that is written by hand for Qwen3 and looks at no trainer and no template.

A conversation is taken apart into pieces. Only their kinds and the words of the tools' list (`head`), which is all that stands before the first
piece, are not checked: the pieces joined must be the end of what the model's own template renders.
"""

import json
import re
import unicodedata
from dataclasses import dataclass, replace

# Kinds that are learned: the agent's reasoning, its words and calls, and the token that ends its turn.
AGENT = ("reasoning", "words", "calls", "end")
CONTROL = re.compile(r"<\|(?:im_start|im_end|endoftext)\|>")
WRITTEN = re.compile(r"<\|(?:im_start|im_end|endoftext)\|>|</?think>|</?tool_call>|</?tool_response>")


@dataclass
class Piece:
    kind: str
    text: str
    # Whether the template wrote it, so that control tokens in it are tokens; in messages they are words.
    written: bool
    turn: int = -1


def python_json(value):
    """Numbers and strings as Python writes them, letters left as they are."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def reasoning_of(message):
    """Reasoning, and the words without it."""
    words = message["content"] if isinstance(message["content"], str) else ""
    if isinstance(message.get("reasoning_content"), str):
        return message["reasoning_content"], words
    if "</think>" not in words:
        return "", words
    before, after = words.split("</think>")[0], words.split("</think>")[-1]
    return before.rstrip("\n").split("<think>")[-1].lstrip("\n"), after.lstrip("\n")


def agent_pieces(message, turn, kept, last):
    """A turn of the agent. Reasoning is kept behind the user's last question; its last turn has at least an empty one."""
    reasoning, words = reasoning_of(message)
    pieces = [Piece("frame", "<|im_start|>assistant\n", True)]
    if kept and (last or reasoning):
        inner = reasoning.strip("\n")
        pieces += [Piece("reasoning", "<think>\n", True), Piece("reasoning", inner, False), Piece("reasoning", "\n</think>\n\n", True)]
        words = words.lstrip("\n")
    pieces.append(Piece("words", words, False))
    for index, call in enumerate(message.get("tool_calls", [])):
        call = call["function"]
        gap = "\n" if words or index else ""
        pieces.append(Piece("calls", gap + "<tool_call>\n", True))
        pieces.append(Piece("calls", '{"name": "' + call["name"] + '", "arguments": ' + python_json(call["arguments"]) + "}", False))
        pieces.append(Piece("calls", "\n</tool_call>", True))
    pieces.append(Piece("end", "<|im_end|>", True))
    silent = message.get("learned") is False or message.get("weight") == 0
    for piece in pieces[1:]:
        piece.turn, piece.kind = turn, "not to be learned" if silent else piece.kind
    return [*pieces, Piece("after", "\n", True)]


def pieces_of(messages):
    """All behind the first system message and the list of tools."""
    questions = [i for i, message in enumerate(messages) if message["role"] == "user" and not message["content"].startswith("<tool_response>")]
    question = questions[-1] if questions else len(messages) - 1
    out = []
    for i, message in enumerate(messages):
        role, content = message["role"], message["content"]
        if role == "assistant":
            out += agent_pieces(message, i, i > question, i == len(messages) - 1)
        elif role == "tool":
            opened = i > 0 and messages[i - 1]["role"] == "tool"
            open_after = i + 1 < len(messages) and messages[i + 1]["role"] == "tool"
            out.append(Piece("frame", ("" if opened else "<|im_start|>user") + "\n<tool_response>\n", True))
            out.append(Piece("tool", content, False))
            out.append(Piece("frame", "\n</tool_response>" + ("" if open_after else "<|im_end|>\n"), True))
        elif role == "user" or i > 0:
            out += [Piece("frame", f"<|im_start|>{role}\n", True), Piece(role, content, False), Piece("frame", "<|im_end|>\n", True)]
    return out


def head_of(text):
    """The system message: only its first and last control tokens are the template's."""
    marks = list(CONTROL.finditer(text))
    if not marks:
        return []
    first, last = marks[0].end(), marks[-1].start()
    return [Piece("frame", text[:first], True), Piece("system", text[first:last], False), Piece("frame", text[last:], True)]


def conversation(case, rendered):
    """The pieces of a case, checked against what the model's own template makes of it."""
    body = pieces_of(case["messages"])
    text = "".join(piece.text for piece in body)
    assert rendered.endswith(text), f"the rule and the template disagree:\n{rendered[-len(text):]!r}\n{text!r}"
    pieces = head_of(rendered[: len(rendered) - len(text)]) + body
    # Qwen's tokenizer composes letters and accents before anything else.
    return [replace(piece, text=unicodedata.normalize("NFC", piece.text)) for piece in pieces if piece.text]


def tokens(pieces, encode, ids):
    """(kind, turn, bytes) of each token that should be: control tokens where the template wrote them, words elsewhere, and none across the
    borders of the agent's turns. `encode` gives the bytes of the tokens of words."""
    out, run = [], []

    def flush():
        owners = [piece for piece, text in run for _ in text.encode()]
        at = 0
        for token in encode("".join(text for _, text in run)):
            out.append((owners[at].kind, owners[at].turn, token))
            at += len(token)
        assert at == len(owners)
        run.clear()

    inside = False
    for piece in pieces:
        ours = piece.kind in AGENT or piece.kind == "not to be learned"
        if ours != inside:
            flush()
            inside = ours
        at = 0
        for mark in WRITTEN.finditer(piece.text) if piece.written else ():
            run.append((piece, piece.text[at : mark.start()]))
            at = mark.end()
            if mark.group() in ids:
                flush()
                out.append((piece.kind, piece.turn, mark.group().encode()))
            else:
                run.append((piece, mark.group()))
        run.append((piece, piece.text[at:]))
    flush()
    return out
