#!/usr/bin/env python3
"""Communities of a weighted graph by igraph and networkx, with their time and modularity.

    bench/rivals/communities.py < REQUEST

REQUEST is one JSON object:
    nodes, edges       how many, and [from, to, weight] of each edge, once
    resolution         1 is Newman's modularity
    runs               {"igraph": 5, "networkx": 1}: how often each; a rival that is not named does not run
    ours               {name: [label of each node]}: partitions to judge

Prints one JSON object:
    versions           of the rivals
    found              one a rival and algorithm: rival, algorithm, cpu_s (a run each), labels (a run each)
    modularity         by rival: that of the partitions in `ours` by name, and in `found` by "rival algorithm run", by the rival's own function

Only the search is timed, in seconds of CPU time: the graph was made before, and garbage is not collected meanwhile. Run i has the seed i.
"""

import gc
import json
import random
import sys
import time


def main():
    request = json.load(sys.stdin)
    result = {"versions": {}, "found": [], "modularity": {}}
    rivals = [KINDS[name](request) for name in request["runs"]]
    partitions = dict(request["ours"])
    for rival in rivals:
        result["versions"][rival.name] = rival.version
        for algorithm, search in rival.searches.items():
            found = {"rival": rival.name, "algorithm": algorithm, "cpu_s": [], "labels": []}
            for run in range(1, request["runs"][rival.name] + 1):
                cpu_s, labels = timed(search, run)
                found["cpu_s"].append(cpu_s)
                found["labels"].append(labels)
                partitions[f"{rival.name} {algorithm} {run}"] = labels
            result["found"].append(found)
    for rival in rivals:
        result["modularity"][rival.name] = {name: rival.modularity(labels) for name, labels in partitions.items()}
    json.dump(result, sys.stdout)


def timed(search, seed):
    """Seconds of CPU time, and the labels, which `search` gives by a function that is called after the clock."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    labels = search(seed)
    spent = time.process_time() - start
    gc.enable()
    return spent, labels()


class Igraph:
    name = "igraph"

    def __init__(self, request):
        import igraph

        self.version = igraph.__version__
        self.resolution = request["resolution"]
        self.graph = igraph.Graph(n=request["nodes"], edges=[edge[:2] for edge in request["edges"]])
        self.graph.es["weight"] = [edge[2] for edge in request["edges"]]
        self.searches = {"louvain": self.louvain, "leiden": self.leiden}

    def louvain(self, seed):
        random.seed(seed)
        found = self.graph.community_multilevel(weights="weight", resolution=self.resolution)
        return lambda: found.membership

    def leiden(self, seed):
        random.seed(seed)
        found = self.graph.community_leiden(
            objective_function="modularity", weights="weight", resolution=self.resolution, n_iterations=-1
        )
        return lambda: found.membership

    def modularity(self, labels):
        return self.graph.modularity(labels, weights="weight", resolution=self.resolution)


class Networkx:
    name = "networkx"

    def __init__(self, request):
        import networkx

        self.version = networkx.__version__
        self.communities = networkx.community
        self.resolution = request["resolution"]
        self.graph = networkx.Graph()
        self.graph.add_nodes_from(range(request["nodes"]))
        self.graph.add_weighted_edges_from(request["edges"])
        self.searches = {"louvain": self.louvain}  # its Leiden is another package's

    def louvain(self, seed):
        found = self.communities.louvain_communities(self.graph, weight="weight", resolution=self.resolution, seed=seed)
        return lambda: self.labels(found)

    def labels(self, found):
        label = {node: number for number, members in enumerate(found) for node in members}
        return [label[node] for node in range(len(label))]

    def modularity(self, labels):
        groups = {}
        for node, label in enumerate(labels):
            groups.setdefault(label, set()).add(node)
        return self.communities.modularity(self.graph, groups.values(), weight="weight", resolution=self.resolution)


KINDS = {kind.name: kind for kind in (Igraph, Networkx)}

main()
