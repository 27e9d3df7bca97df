// Measures memory and look-ups of token ids. Each contender runs in its own process, so that garbage of others does not count.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inTurn, median } from './measured.mjs';

const ROUNDS = 5;
const CONTENDERS = ['nestjs-authz', 'a Set', 'a Map with the expiry'];

/** Returns bytes and nanoseconds, by contender. */
export async function measureTokenIds(count) {
  const results = await inTurn(CONTENDERS, ROUNDS, (name) => held(name, count), 0);
  return new Map(
    [...results].map(([name, rounds]) => [
      name,
      {
        bytes: median(rounds.map(({ bytes }) => bytes)),
        nanoseconds: median(rounds.map(({ nanoseconds }) => nanoseconds)),
      },
    ]),
  );
}

async function held(name, count) {
  const child = fork(join(import.meta.dirname, 'revocation-holder.mjs'), [name, String(count)], { execArgv: ['--expose-gc'] });
  const [result] = await once(child, 'message');
  await once(child, 'exit');
  return result;
}
