#!/usr/bin/env node
// Plays a task through the command line of the MCP Inspector, which is the TypeScript SDK.
//
// Each command is a process and a session of its own. So the task is played in the stateless era, where a world is a handle; in the session era there
// are only things to look at.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { UNKNOWN, main, versionIn } from '../harness.mjs';

const inspector = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/@modelcontextprotocol/inspector');
const launcher = join(inspector, 'clients/launcher/build/index.js');
const IS_ERROR = 5;

/// Runs one method; gives its status, its result, and what it wrote besides.
function method(game, era, url, name, options = []) {
  const asked = ['--cli', url, '--transport', 'http', '--protocol-era', era, '--method', name, ...options, '--format', 'json', '--quiet'];
  const ran = game.run([launcher, ...asked]);
  const lines = ran.stdout.trim();
  return { status: ran.status, result: lines && JSON.parse(lines).result, words: ran.stderr };
}

/// Looks at all that a server lists, in one era.
function look(game, era) {
  const url = `${game.atPack}/mcp`;
  const check = (what, holds, seen) => game.check(`${era}: ${what}`, holds, seen);
  const of = (name, ...options) => {
    const seen = method(game, era, url, name, options);
    check(name, seen.status === 0, seen);
    return seen.result;
  };
  const { tools } = of('tools/list', '--strict');
  const own = ['wardian_fork', 'wardian_digest', 'wardian_diff', 'wardian_grade'];
  own.push(...(era === 'legacy' ? ['wardian_reset'] : ['wardian_open', 'wardian_close']));
  const names = tools.map((tool) => tool.name);
  const expected = [...game.calls.map((call) => call.tool), ...own];
  check('tools of the pack and of worlds are listed', expected.every((name) => names.includes(name)), names);
  check('each tool has words', tools.every((tool) => tool.description), tools);
  const prompts = of('prompts/list').prompts.map((prompt) => prompt.name);
  check('the policy and the task are prompts', ['policy', 'task'].every((name) => prompts.includes(name)), prompts);
  const uri = `wardian://${game.pack}/policy`;
  const { resources } = of('resources/list');
  check('the policy is a resource', resources.some((resource) => resource.uri === uri), resources);
  const policy = of('prompts/get', '--prompt-name', 'policy').messages.map((message) => message.content.text).join('');
  const read = of('resources/read', '--uri', uri).contents.map((content) => content.text).join('');
  check('the policy is the same as a prompt and as a resource', policy && policy === read, [policy, read]);
  const task = of('prompts/get', '--prompt-name', 'task', '--prompt-args', `id=${game.task}`);
  check('the task is a prompt', task.messages[0].content.text, task);
  of('resources/templates/list');
}

/// Calls a tool in the stateless era.
function call(game, base, tool, given) {
  const seen = method(game, 'modern', `${base}/mcp`, 'tools/call', ['--tool-name', tool, '--tool-args-json', JSON.stringify(given)]);
  return { ...seen, value: seen.result?.structuredContent, text: seen.result?.content?.map((block) => block.text).join('') };
}

function opened(game, base) {
  const seen = call(game, base, 'wardian_open', { task: game.task });
  game.check('a world is opened', seen.status === 0 && seen.value.world, seen);
  return seen.value.world;
}

function play(game) {
  for (const era of ['legacy', 'modern', 'auto']) look(game, era);

  // Two worlds at the same time on the same task, one under the pack's name and one at the root.
  const one = opened(game, game.atPack);
  const other = opened(game, game.url);
  const before = call(game, game.url, 'wardian_digest', { world: other }).value;
  for (const { tool, arguments: given } of game.calls) {
    const seen = call(game, game.atPack, tool, { ...given, world: one });
    game.check('a gold call succeeds', seen.status === 0 && seen.text, seen);
    const same = seen.value === undefined || isDeepStrictEqual(JSON.parse(seen.text), seen.value);
    game.check('text and object say the same', same, seen);
  }
  const after = call(game, game.url, 'wardian_digest', { world: other }).value;
  game.check('the other world is not disturbed', before && isDeepStrictEqual(before, after), [before, after]);
  const gold = call(game, game.atPack, 'wardian_grade', { ...game.finish, world: one });
  const nothing = call(game, game.url, 'wardian_grade', { world: other });
  game.rewards(gold.value?.reward, nothing.value?.reward);
  game.check('grades say passed, and why not', gold.value.passed && !nothing.value.passed && nothing.value.reasons.length > 0, nothing);

  // The Inspector itself answers for tools that are not listed.
  game.check('an unknown tool is an error', call(game, game.atPack, UNKNOWN, {}).status === IS_ERROR);
  const wrong = call(game, game.atPack, game.calls[0].tool, { no_such_argument: 1, world: one });
  game.check('arguments that do not fit are an error that the model sees', wrong.status === IS_ERROR && wrong.text, wrong);
  game.check('a world is closed', call(game, game.atPack, 'wardian_close', { world: one }).status === 0);
  const late = call(game, game.atPack, 'wardian_digest', { world: one });
  game.check('a closed world is an error that the model sees', late.status === IS_ERROR && late.text, late);
  game.check('the close of a world leaves the others', call(game, game.url, 'wardian_digest', { world: other }).status === 0);
}

main('mcp-inspector', versionIn(inspector), play);
