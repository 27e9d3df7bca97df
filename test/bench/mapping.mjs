// What the mapping costs: a check, a compilation, a swap; beside others. Run by `npm run bench`.
import { availableParallelism } from 'node:os';
import { printGoal, printTable } from './measured.mjs';
import { measureChecks } from './mapping-checks.mjs';
import { measureCompilation } from './mapping-compilation.mjs';
import { measureSwap } from './mapping-swap.mjs';

console.log(`Node ${process.version}, ${availableParallelism()} cores; each figure a median of paired rounds of one run`);

for (const roles of [50, 500, 10_000]) {
  const nanoseconds = await measureChecks(roles);
  const bare = nanoseconds.get('bare bit test');
  printTable(
    `Three permissions checked for a caller with 5 roles, of ${roles} roles: nanoseconds, and against the bare bit test`,
    [['', 'ns', 'ratio'], ...[...nanoseconds].map(([name, time]) => [name, time.toFixed(0), (time / bare).toFixed(1)])],
  );
  const ours = nanoseconds.get('nestjs-authz');
  printGoal('a check against the bare bit test', ours / bare, 'at most', 3);
  const casl = nanoseconds.get('CASL, ability kept per user');
  if (casl !== undefined) printGoal('CASL, its ability kept per user, against a check', casl / ours, 'at least', 100);
}

const compiled = await measureCompilation(10_000);
printTable('10 000 roles x 1000 permissions compiled: milliseconds of CPU, megabytes held', [
  ['', 'ms', 'MB'],
  ...[...compiled].map(([name, { milliseconds, megabytes }]) => [name, milliseconds.toFixed(0), megabytes.toFixed(1)]),
]);
const [ours, sets] = ['nestjs-authz', 'a Set per role'].map((name) => compiled.get(name));
printGoal('time against a Set per role', ours.milliseconds / sets.milliseconds, 'at most', 1);
printGoal('memory against a Set per role', ours.megabytes / sets.megabytes, 'at most', 0.1);

const { longestMs, totalMs } = await measureSwap(10_000);
printTable('10 000 roles swapped while a timer runs: milliseconds', [
  ['', 'ms'],
  ['from the change to the new answer', totalMs.toFixed(0)],
  ['longest time that nothing else ran', longestMs.toFixed(1)],
]);
printGoal('longest time that nothing else ran, in ms', longestMs, 'at most', 20);
