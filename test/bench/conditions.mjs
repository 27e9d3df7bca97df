// Measures conditions, filters and the compilation of conditional grants. Run by `npm run bench`.
import { availableParallelism } from 'node:os';
import { measureChecksWithout, parserIsLoaded } from './conditions-absence.mjs';
import { documentOf, measureConditionalGrants } from './conditions-compilation.mjs';
import { measureConditions } from './conditions-evaluation.mjs';
import { measureFilters } from './conditions-filters.mjs';
import { measureSwap } from './mapping-swap.mjs';
import { printGoal, printTable } from './measured.mjs';

console.log(`Node ${process.version}, ${availableParallelism()} cores; each figure is the median of paired rounds of one run`);

for (const { when, written, ours, ratio } of await measureConditions()) {
  printTable(`Condition: ${when}, in nanoseconds`, [
    ['', 'ns'],
    ['written by hand, with own-property and type checks', written.toFixed(0)],
    ['nestjs-authz', ours.toFixed(0)],
  ]);
  printGoal('a condition relative to JavaScript written by hand', ratio, 'at most', 3);
}

const filters = await measureFilters();
printTable('Filter for a caller with three conditional grants and one denial: microseconds', [
  ['', 'µs'],
  ...[...filters].map(([name, time]) => [name, time.toFixed(1)]),
]);
printGoal('the selection of filter(), in µs', filters.get('select'), 'at most', 20);

const { conditional, plain } = await measureConditionalGrants(10_000);
printTable('Compilation of 10 000 grants: milliseconds', [
  ['', 'ms'],
  ['each under a condition of its own', conditional.toFixed(0)],
  ['without conditions', plain.toFixed(0)],
]);
// A large mapping is compiled in a worker thread: it has the time between two polls, and blocks nothing.
printGoal('10 000 conditional grants, in ms', conditional, 'at most', 1000);

const { longestMs, totalMs } = await measureSwap(10_000, (grants) => documentOf(grants, true));
printTable('Replacement of 10 000 conditional grants while a timer runs: milliseconds', [
  ['', 'ms'],
  ['from the change until the mapping is in use', totalMs.toFixed(0)],
  ['longest block of the event loop', longestMs.toFixed(1)],
]);
printGoal('longest block of the event loop, in ms', longestMs, 'at most', 20);

const checks = await measureChecksWithout();
printTable('Check of three permissions without conditions: nanoseconds', [
  ['', 'ns'],
  ['in a mapping without conditions', checks.plain.toFixed(0)],
  ['in a mapping with conditions on another permission', checks.mixed.toFixed(0)],
]);
printGoal('the second relative to the first', checks.mixed / checks.plain, 'at most', 1.1);

const loaded = await parserIsLoaded();
printTable('Whether the parser of conditions is loaded', [
  ['', ''],
  ['for a mapping without conditions', String(loaded.plain)],
  ['for a mapping with conditions', String(loaded.conditional)],
]);
