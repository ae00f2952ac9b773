// Writes the folder of a graph whose every text is markup. See README.md beside this file.
import { mkdirSync, writeFileSync } from "node:fs";

const [folder] = process.argv.slice(2);
if (!folder) { console.error("usage: node hostile.mjs FOLDER"); process.exit(2); }
const bad = "</script><img src=x onerror=\"document.title='pwned'\"><svg onload=alert(1)>\" ' & ]]> <!-- ${alert(1)} \u202e\u0000";
const schema = { type: "object", properties: { [bad]: { type: "string", description: bad, enum: [bad] } }, required: [bad] };
const origin = { source: bad, provider: bad, service: bad, license: bad, method: bad, path: bad, returns_schema: bad };
const tools = ["a", "b", "c"].map((name) => ({ id: name + bad, name: bad, description: bad, parameters: schema, returns: schema, origin }));
const edges = [["similar", 0, 1], ["dependency", 0, 1], ["dependency", 1, 2]].map(([kind, from, to]) => ({ from: tools[from].id, to: tools[to].id, kind, weight: 1000000, why: [bad + ": " + bad + " → " + bad] }));
const domains = [{ name: bad, title: bad, description: bad, terms: [bad], tools: tools.map((tool) => tool.id) }];
mkdirSync(folder, { recursive: true });
for (const [name, rows] of Object.entries({ tools, edges, domains })) writeFileSync(`${folder}/${name}.jsonl`, rows.map((row) => JSON.stringify(row) + "\n").join(""));
writeFileSync(`${folder}/graph.json`, JSON.stringify({ tools: 3, edges_similar: 1, edges_dependency: 2, domains: 1, modularity: 0,
  settings: { algorithm: 'louvain', resolution_percent: 150, neighbours: 10, similarity_min: 50000, seed: 1, size_min: 5, size_max: 40 } }));
