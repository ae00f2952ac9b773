"""compare.py TOKENIZER-FOLDER TEMPLATE MEASURED.json… TABLE.json: what each trainer learns of each conversation, against oracle.py."""

import difflib
import json
import pathlib
import re
import sys
from collections import Counter

import oracle
from more import all_cases
from transformers import AutoTokenizer, __version__

folder, template, *measured, out = sys.argv[1:]
TOKENIZER = AutoTokenizer.from_pretrained(folder)
TEMPLATE = pathlib.Path(template).read_text()
ADDED = {token.content: i for i, token in TOKENIZER.added_tokens_decoder.items()}
SPECIAL = {i for i, token in TOKENIZER.added_tokens_decoder.items() if token.special}
WORDS = re.compile(rb"<\|im_start\|>[a-z]+\n|<\|[a-z_]+\|>|</?[a-z_]+>|[A-Za-z]+|\n+|.", re.DOTALL)


def byte_of_letter():
    """GPT-2's letters for bytes: printable ones stand for themselves, the others for what follows 255."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + i): byte for i, byte in enumerate(rest)}


LETTERS = byte_of_letter()


def bytes_of(token_id):
    added = TOKENIZER.added_tokens_decoder.get(token_id)
    return added.content.encode() if added else bytes(LETTERS[letter] for letter in TOKENIZER.convert_ids_to_tokens(token_id))


def encode_words(text):
    """The tokens of words: what looks like a control token is letters."""
    backend = TOKENIZER.backend_tokenizer
    backend.encode_special_tokens = True
    ids = backend.encode(text, add_special_tokens=False).ids
    backend.encode_special_tokens = False
    return [bytes_of(i) for i in ids]


def truth_of(case):
    """Tokens that should be, and for each byte its kind, its token and whether a message says it."""
    rendered = TOKENIZER.apply_chat_template(case["messages"], tools=case["tools"] or None, tokenize=False, chat_template=TEMPLATE)
    pieces = oracle.conversation(case, rendered)
    tokens = oracle.tokens(pieces, encode_words, ADDED)
    if case["length"]:
        # A turn that does not end within the length is not learned: the model would learn to break off.
        whole = {turn for at, (kind, turn, _) in enumerate(tokens) if kind == "end" and at < case["length"]}
        tokens = [("cut turn" if kind in oracle.AGENT and turn not in whole else kind, turn, text) for kind, turn, text in tokens]
    text = "".join(piece.text for piece in pieces).encode()
    assert text == b"".join(token for _, _, token in tokens)
    kinds = [kind for kind, _, token in tokens for _ in token]
    owner = [at for at, (_, _, token) in enumerate(tokens) for _ in token]
    said = [not piece.written for piece in pieces for _ in piece.text.encode()]
    return text, tokens, kinds, owner, said


def aligned(ours, theirs):
    """For each byte of theirs its place in ours, or none; word by word, so that chance letters do not match."""
    left, right = WORDS.findall(ours), WORDS.findall(theirs)
    places, ends = [None] * len(theirs), [[0], [0]]
    for side, words in zip(ends, (left, right)):
        for word in words:
            side.append(side[-1] + len(word))
    for block in difflib.SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        ours_at, theirs_at = ends[0][block.a], ends[1][block.b]
        for i in range(ends[0][block.a + block.size] - ours_at):
            places[theirs_at + i] = ours_at + i
    return places


def thoughts(pieces):
    """Which tokens are reasoning in its tags, with the lines behind them."""
    out, inside, behind = [], False, False
    for piece in pieces:
        inside = inside or piece == b"<think>"
        behind = behind and not piece.strip(b"\n")
        out.append(inside or behind)
        if piece == b"</think>":
            inside, behind = False, True
    return out


def judge(case, row):
    """How a row of a trainer differs from what should be, in tokens."""
    if "refused" in row:
        return {"refused": row["refused"]}
    text, tokens, kinds, owner, said = truth_of(case)
    pieces = [bytes_of(i) for i in row["ids"]]
    places = aligned(text, b"".join(pieces))
    trained_on, read, control, hit, at = Counter(), Counter(), Counter(), set(), 0
    for token_id, piece, learned, thought in zip(row["ids"], pieces, row["learned"], thoughts(pieces), strict=True):
        found = [place for place in places[at : at + len(piece)] if place is not None]
        at += len(piece)
        of = {kinds[place] for place in found}
        if token_id in SPECIAL and any(said[place] for place in found):
            control["learned" if learned else "read"] += 1
        if len(found) < len(piece):
            what = "reasoning that the template drops" if thought else "text that the template does not write"
            (trained_on if learned else read)[what] += 1
        elif learned and of - {*oracle.AGENT}:
            trained_on["a token across the border" if of & {*oracle.AGENT} else min(of)] += 1
        if learned:
            hit.update(found)
    covered = Counter(owner[place] for place in hit)
    missed = Counter(kind for i, (kind, _, token) in enumerate(tokens) if kind in oracle.AGENT and covered[i] < len(token))
    # What stands behind the last token that is learned teaches nothing, and may be missing.
    end = max((place for place, kind in enumerate(kinds) if kind in oracle.AGENT), default=-1) + 1
    gone = {owner[place] for place in {*range(end)} - {*places}}
    read["left out"] = sum(tokens[i][0] not in oracle.AGENT for i in gone)
    breaks = trained_on.pop("after", 0)
    differences = dict(trained_on=dict(trained_on), missed=dict(missed), read_otherwise=dict(+read), words_as_control=dict(control))
    counts = dict(agent=sum(kind in oracle.AGENT for kind, _, _ in tokens), learned=sum(row["learned"]), line_breaks_after_turns=breaks)
    return dict(exact=not any(differences.values())) | counts | {name: found for name, found in differences.items() if found}


def main():
    ways, versions = {}, {"transformers of the oracle": __version__}
    for file in measured:
        document = json.loads(pathlib.Path(file).read_text())
        versions[pathlib.Path(file).stem] = document["versions"]
        ways |= document["cases"]
    table = {name: {way: judge(case, rows[name]) for way, rows in ways.items()} for name, case in all_cases().items()}
    lines = [f"{json.dumps(name)}: {{\n" + ",\n".join(f"  {json.dumps(way)}: {json.dumps(cell)}" for way, cell in row.items()) + "\n}" for name, row in table.items()]
    pathlib.Path(out).write_text(f'{{"versions": {json.dumps(versions)},\n"cases": {{\n' + ",\n".join(lines) + "\n}}\n")


if __name__ == "__main__":
    main()
