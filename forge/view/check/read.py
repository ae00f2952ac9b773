"""Reads the exports of a graph back with networkx, igraph and Graphviz and compares counts. See README.md beside this file."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def rows(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def main(folder, wardian):
    import igraph
    import networkx

    edges = rows(folder / "edges.jsonl")
    domains = sorted(rows(folder / "domains.jsonl"), key=lambda d: -len(d["tools"]))
    everything = {tool["id"]: tool for tool in rows(folder / "tools.jsonl")}
    cases = [([], set(everything), edges)]
    for kind in ["similar", "dependency"]:
        cases.append((["--kind", kind], set(everything), [e for e in edges if e["kind"] == kind]))
        inside = set(domains[0]["tools"])
        own = [e for e in edges if e["kind"] == kind and e["from"] in inside and e["to"] in inside]
        cases.append((["--domain", domains[0]["name"], "--kind", kind], inside, own))
    with tempfile.TemporaryDirectory() as out:
        for options, tools, wanted in cases:
            read_back(networkx, igraph, wardian, folder, Path(out), options, tools, wanted)


def read_back(networkx, igraph, wardian, folder, out, options, tools, wanted):
    """Exports one choice of edges in every format and compares what others read in it."""
    for form in ["graphml", "gexf", "dot"]:
        path = out / f"graph.{form}"
        subprocess.run([wardian, "graph", "export", folder, "--format", form, *options, "-o", path, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        if form == "dot":
            if not shutil.which("gvpr"):
                print("LEFT OUT: Graphviz has no gvpr here:", form, *options)
            else:
                text = subprocess.run(["gvpr", 'BEG_G { printf("%d %d", nNodes($), nEdges($)); }', path], check=True, capture_output=True, text=True).stdout
                assert text == f"{len(tools)} {len(wanted)}", (form, options, text)
                print("ok  ", form, *options, len(tools), "tools", len(wanted), "edges")
            continue
        read = networkx.read_graphml(path, force_multigraph=True) if form == "graphml" else networkx.read_gexf(path, version="1.3")
        assert read.number_of_nodes() == len(tools), (form, options, read.number_of_nodes())
        assert read.is_directed() == (not options or "similar" not in options), (form, options)
        assert {data["tool"] for _, data in read.nodes(data=True)} == tools, (form, options)
        if form == "graphml":
            assert read.number_of_edges() == len(wanted), (form, options, read.number_of_edges())
            weights = sum(float(data["weight"]) for _, _, data in read.edges(data=True))
            assert abs(weights - sum(e["weight"] for e in wanted) / 1e6) < 1e-3 * max(1, len(wanted)), (form, options)
            also = igraph.Graph.Read_GraphML(str(path))
            assert (also.vcount(), also.ecount()) == (len(tools), len(wanted)), (form, options)
        print("ok  ", form, *options, len(tools), "tools", len(wanted), "edges")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: read.py GRAPH [WARDIAN]")
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "wardian")
