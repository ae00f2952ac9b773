"""Blocks of every kind of numbers that GGUF has, and what gguf-py reads in them: quants.py SMOLLM2.gguf OUT."""

import json
import pathlib
import sys

import gguf
import numpy

KINDS = ["F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
# Where a block has its scales, which must be sensible halves.
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
TENSORS = ["token_embd.weight", "blk.0.attn_q.weight", "blk.29.ffn_down.weight", "output_norm.weight"]


def main():
    path, out = sys.argv[1:]
    draw = numpy.random.default_rng(7)
    kinds = {}
    for name in KINDS:
        kind = gguf.GGMLQuantizationType[name]
        numbers, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = draw.integers(0, 256, (2 if numbers > 1 else 16, size), dtype=numpy.uint8)
        for place in SCALES.get(name, []):
            blocks[:, place : place + 2] = draw.normal(0, 0.01, (len(blocks), 1)).astype(numpy.float16).view(numpy.uint8)
        if name in ("F16", "BF16"):
            blocks[:, 1] &= 0x3F
        floats = gguf.dequantize(blocks.reshape(-1), kind) if numbers > 1 else gguf.dequantize(blocks, kind).reshape(-1)
        kinds[name] = {"bytes": blocks.tobytes().hex(), "floats": [float(x) for x in floats]}
    reader = gguf.GGUFReader(path)
    tensors = {}
    for tensor in reader.tensors:
        if tensor.name in TENSORS:
            floats = gguf.dequantize(tensor.data, tensor.tensor_type)
            shape = [int(n) for n in reversed(tensor.shape)]
            sample = floats.reshape(-1)[:: max(1, floats.size // 50)][:50]
            tensors[tensor.name] = {"shape": shape, "step": max(1, floats.size // 50), "floats": [float(x) for x in sample]}
    document = {"made_by": "quants.py, gguf 0.19.0", "kinds": kinds, "tensors": tensors}
    pathlib.Path(out, "quants.json").write_text(json.dumps(document, separators=(",", ":")).replace('"Q', '\n"Q') + "\n")


main()
