#!/usr/bin/env node
// Runs the conformance suites of MCP: 0.1, which knows the session era, and 0.2, which knows both.
//
// A suite plays no task: it is told only where the server is, and both rewards stay null. Each scenario here needs nothing but a server that lists
// things; the others call tools, prompts and resources of a server made for the suite (README.md), which no pack has.

import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Unexpected, main, versionIn } from '../harness.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const lists = ['tools-list', 'resources-list', 'prompts-list'];
const session = ['server-initialize', 'ping', ...lists];
const browser = ['dns-rebinding-protection', 'server-sse-multiple-streams'];
const suites = [
  { suite: 'conformance-0.1', scenarios: [...session, ...browser] },
  { suite: 'conformance-0.2', revision: '2025-06-18', scenarios: [...session, 'server-session-lifecycle'] },
  { suite: 'conformance-0.2', revision: '2025-11-25', scenarios: [...session, 'server-session-lifecycle', ...browser] },
  {
    suite: 'conformance-0.2',
    revision: '2026-07-28',
    // `http-header-validation` calls the tool that is listed first, without arguments: what is wrong with them must be a result, not an error.
    scenarios: [...lists, ...browser, 'caching', 'http-header-validation', 'sep-2164-resource-not-found', 'server-stateless'],
  },
];

/// The checks of a scenario that failed. `server-stateless` fails some for want of a tool to try them on; such a check says so itself.
function failures(scenario, checks) {
  const failed = checks.filter((check) => check.status === 'FAILURE');
  return scenario === 'server-stateless' ? failed.filter((check) => !check.errorMessage?.startsWith('Not testable')) : failed;
}

function run(game, url, suite, revision, scenario) {
  const out = mkdtempSync(join(game.folder, 'out-'));
  const program = join(here, 'node_modules', suite, 'dist/index.js');
  const only = revision === undefined ? [] : ['--spec-version', revision];
  const asked = ['server', '--url', url, '--scenario', scenario, ...only, '--output-dir', out];
  const ran = game.run(['--import', join(here, 'shim.mjs'), program, ...asked]);
  const [folder] = readdirSync(out);
  if (folder === undefined) throw new Error(`${suite} ${scenario} did not run: ${ran.stderr.slice(0, 500)}`);
  const checks = JSON.parse(readFileSync(join(out, folder, 'checks.json'), 'utf8'));
  const failed = failures(scenario, checks).map((check) => `${check.id}: ${check.errorMessage}`);
  const passed = checks.filter((check) => check.status === 'SUCCESS').length;
  game.check([suite, revision, scenario, `checks: ${passed}`].filter(Boolean).join(' '), failed.length === 0 && passed > 0, failed);
}

function play(game) {
  // All that is wrong is told at once: a run takes a minute.
  const wrong = [];
  for (const { suite, revision, scenarios } of suites) {
    for (const scenario of scenarios) {
      try {
        run(game, `${game.atPack}/mcp`, suite, revision, scenario);
      } catch (error) {
        wrong.push(error.message);
      }
    }
  }
  if (wrong.length > 0) throw new Unexpected(wrong.join('\n'));
}

const versions = ['conformance-0.1', 'conformance-0.2'].map((suite) => versionIn(join(here, 'node_modules', suite)));
main('mcp-conformance', versions.join(', '), play);
