// What the programs for node share; the same as harness.py. Standard library only.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/// A tool that no pack has.
export const UNKNOWN = 'no_such_tool';

/// The server did something else than was promised.
export class Unexpected extends Error {}

/// What is to be played where, and what was checked so far.
class Game {
  constructor({ url, pack, task, gold }) {
    this.url = url.replace(/\/$/, '');
    this.atPack = `${this.url}/${pack}`;
    Object.assign(this, { pack, task }, JSON.parse(readFileSync(gold, 'utf8')));
    if (this.calls.length === 0) throw new Error('the gold has no calls: such a task is passed by doing nothing');
    this.finish = this.answer == null ? {} : { answer: this.answer };
    this.report = { gold: null, nothing: null, checked: [] };
    this.folder = mkdtempSync(join(tmpdir(), 'wardian-client-'));
  }

  /// Notes that `what` holds, or ends the play, with what was seen instead.
  check(what, holds, seen) {
    if (!holds) throw new Unexpected(`not so: ${what}; seen: ${JSON.stringify(seen)?.slice(0, 2000)}`);
    if (!this.report.checked.includes(what)) this.report.checked.push(what);
  }

  /// Notes what was given for the gold calls, and for no call.
  rewards(gold, nothing) {
    Object.assign(this.report, { gold, nothing });
    this.check('reward 1 with the gold calls', gold === 1, gold);
    this.check('reward 0 without a call', nothing === 0, nothing);
  }

  /// Runs a program of node to its end. Its home is an empty folder, and no proxy stands between it and the server.
  run(parameters) {
    const env = { ...process.env, HOME: this.folder, NO_PROXY: '127.0.0.1,localhost,::1', no_proxy: '127.0.0.1,localhost,::1' };
    const ran = spawnSync(process.execPath, parameters, { env, encoding: 'utf8', timeout: 120_000, maxBuffer: 64 << 20 });
    if (ran.error) throw ran.error;
    return ran;
  }
}

/// Version of the package in `folder`.
export function versionIn(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
}

/// Plays, prints the report, and leaves.
export function main(client, version, play) {
  const names = ['url', 'pack', 'task', 'gold'];
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
  const missing = names.filter((name) => values[name] === undefined);
  if (missing.length > 0) {
    console.error(`usage: play.mjs --url http://HOST:PORT --pack PACK --task ID --gold FILE; missing: ${missing.join(', ')}`);
    process.exit(2);
  }
  const game = new Game(values);
  try {
    play(game);
  } catch (error) {
    console.error(`${client}: ${error instanceof Unexpected ? error.message : error.stack}`);
    process.exitCode = 1;
  } finally {
    rmSync(game.folder, { recursive: true, force: true });
  }
  console.log(JSON.stringify({ client, version, ...game.report }));
}
