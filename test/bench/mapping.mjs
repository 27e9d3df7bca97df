// Measures a check, a compilation and a replacement of the mapping, and compares other libraries. Run by `npm run bench`.
import { availableParallelism } from 'node:os';
import { printGoal, printTable } from './measured.mjs';
import { measureChecks } from './mapping-checks.mjs';
import { measureCompilation } from './mapping-compilation.mjs';
import { measureSwap } from './mapping-swap.mjs';

console.log(`Node ${process.version}, ${availableParallelism()} cores; each figure is the median of paired rounds of one run`);

for (const roles of [50, 500, 10_000]) {
  const nanoseconds = await measureChecks(roles);
  const bare = nanoseconds.get('bare bit test');
  printTable(`Check of three permissions for a caller with 5 of ${roles} roles: nanoseconds, and relative to the bare bit test`, [
    ['', 'ns', 'ratio'],
    ...[...nanoseconds].map(([name, time]) => [name, time.toFixed(0), (time / bare).toFixed(1)]),
  ]);
  const ours = nanoseconds.get('nestjs-authz');
  printGoal('a check relative to the bare bit test', ours / bare, 'at most', 3);
  const casl = nanoseconds.get('CASL, ability kept for each user');
  if (casl !== undefined) printGoal('CASL, ability kept for each user, relative to a check', casl / ours, 'at least', 100);
}

const compiled = await measureCompilation(10_000);
printTable('Compilation of 10 000 roles x 1000 permissions: milliseconds of CPU, megabytes of memory', [
  ['', 'ms', 'MB'],
  ...[...compiled].map(([name, { milliseconds, megabytes }]) => [name, milliseconds.toFixed(0), megabytes.toFixed(1)]),
]);
const [ours, sets] = ['nestjs-authz', 'a Set per role'].map((name) => compiled.get(name));
printGoal('time relative to a Set per role', ours.milliseconds / sets.milliseconds, 'at most', 1);
printGoal('memory relative to a Set per role', ours.megabytes / sets.megabytes, 'at most', 0.1);

const { longestMs, totalMs } = await measureSwap(10_000);
printTable('Replacement of 10 000 roles while a timer runs: milliseconds', [
  ['', 'ms'],
  ['from the change until the mapping is in use', totalMs.toFixed(0)],
  ['longest block of the event loop', longestMs.toFixed(1)],
]);
printGoal('longest block of the event loop, in ms', longestMs, 'at most', 20);
