// Measures the compilation of a document: CPU time, and memory afterwards. Each contender runs in its own process, so that garbage of others does not count.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inTurn, median } from './measured.mjs';

const ROUNDS = 7;
const CONTENDERS = ['nestjs-authz', 'a Set per role', 'accesscontrol', 'casbin'];
/** Too slow for more than one round with many roles. */
const SLOW = new Set(['casbin', 'accesscontrol']);

/** Returns milliseconds and megabytes, by contender. */
export async function measureCompilation(roles) {
  const fast = CONTENDERS.filter((name) => !SLOW.has(name));
  const results = await inTurn(fast, ROUNDS, (name) => compiled(name, roles));
  for (const name of SLOW) results.set(name, [await compiled(name, roles)]);
  return new Map(
    CONTENDERS.map((name) => [
      name,
      {
        milliseconds: median(results.get(name).map(({ milliseconds }) => milliseconds)),
        megabytes: median(results.get(name).map(({ megabytes }) => megabytes)),
      },
    ]),
  );
}

async function compiled(name, roles) {
  const child = fork(join(import.meta.dirname, 'mapping-compiler.mjs'), [name, String(roles)], { execArgv: ['--expose-gc'] });
  const [result] = await once(child, 'message');
  await once(child, 'exit');
  return result;
}
