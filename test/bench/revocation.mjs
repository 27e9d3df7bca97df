// Measures revocations: memory and look-ups with a million token ids, and how soon all services enforce a rule. Run by `npm run bench`.
import { availableParallelism } from 'node:os';
import { printGoal, printTable } from './measured.mjs';
import { measureTokenIds } from './revocation-ids.mjs';
import { measureFlood, measureSpread, startFleet } from './revocation-fleet.mjs';
import { measureStops } from './revocation-stop.mjs';

const IDS = 1_000_000;
const INSTANCES = 20;
const REVOCATIONS = 200;
const FLOOD = { perSecond: 1000, seconds: 60 };
const STOPS = { services: 5, stops: 10, pollSeconds: 1 };

console.log(`Node ${process.version}, ${availableParallelism()} cores; figures of ids are medians of paired rounds`);
const held = await measureTokenIds(IDS);
printTable('A million token ids of 22 characters: bytes for each, nanoseconds for a look-up (half of the ids are in the list)', [
  ['', 'bytes', 'look-up'],
  ...[...held].map(([name, { bytes, nanoseconds }]) => [name, bytes.toFixed(1), nanoseconds.toFixed(0)]),
]);
const ours = held.get('nestjs-authz');
printGoal('bytes for each id', ours.bytes, 'at most', 48);
printGoal('a look-up, in µs', ours.nanoseconds / 1000, 'at most', 1);

const polled = await measureStops({ ...STOPS, isAnnounced: false });
const announced = await measureStops({ ...STOPS, isAnnounced: true });
printTable(
  `From an emergency stop at the authority until the last of ${STOPS.services} services enforces it, over HTTP, with their own tokens revoked: milliseconds, ${STOPS.stops} stops`,
  [
    ['', 'median', 'longest', 'requests refused'],
    [`polled every ${STOPS.pollSeconds} s`, polled.median.toFixed(0), polled.longest.toFixed(0), String(polled.refused)],
    ['change notices', announced.median.toFixed(0), announced.longest.toFixed(0), String(announced.refused)],
  ],
);
printGoal(
  'the longest time, relative to a poll of at most 1.1 s plus the 0.25 s between two publications',
  polled.longest / 1350,
  'at most',
  1,
);

const fleet = await startFleet(INSTANCES);
if (fleet === undefined)
  console.log('\nskipped, since redis-server is not installed: how soon all services enforce a revocation');
else {
  const spread = await measureSpread(fleet, REVOCATIONS);
  printTable(
    `From revoke() to the last accepted request of ${INSTANCES} services, each with about ${spread.perSecond.toFixed(0)} requests a second: milliseconds, ${REVOCATIONS} revocations`,
    [
      ['', 'ms'],
      ['median', spread.median.toFixed(0)],
      ['99 %', spread.p99.toFixed(0)],
      ['longest', spread.longest.toFixed(0)],
    ],
  );
  printGoal('99 % of the times, in ms', spread.p99, 'at most', 250);

  const flood = await measureFlood(fleet, FLOOD);
  printTable(`${FLOOD.perSecond} revocations a second for ${FLOOD.seconds} s, at one of ${INSTANCES} services`, [
    ['', 'measured'],
    ['revocations a second, as made', flood.perSecond.toFixed(0)],
    ['from a revocation until the last service has it, median, in ms', flood.median.toFixed(0)],
    ['99 %, in ms', flood.p99.toFixed(0)],
    ['services without some rule at the end', String(flood.lacking)],
    ['CPU of a receiving service, of one core', `${(flood.cpu * 100).toFixed(1)} %`],
  ]);
  await fleet.stop();
}
