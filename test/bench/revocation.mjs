// What revocations cost: a million token ids held, one looked up; and how soon a revocation is everywhere. Run by `npm run bench`.
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

console.log(`Node ${process.version}, ${availableParallelism()} cores; each figure of ids a median of rounds in turn`);
const held = await measureTokenIds(IDS);
printTable('A million token ids of 22 characters: bytes for each, nanoseconds for a look-up (half of them known)', [
  ['', 'bytes', 'look-up'],
  ...[...held].map(([name, { bytes, nanoseconds }]) => [name, bytes.toFixed(1), nanoseconds.toFixed(0)]),
]);
const ours = held.get('nestjs-authz');
printGoal('bytes for each id', ours.bytes, 'at most', 48);
printGoal('a look-up, in µs', ours.nanoseconds / 1000, 'at most', 1);

const polled = await measureStops({ ...STOPS, isAnnounced: false });
const announced = await measureStops({ ...STOPS, isAnnounced: true });
printTable(
  `From an emergency stop at the authority to the last of ${STOPS.services} services that has it, over HTTP, with their own tokens revoked: milliseconds, ${STOPS.stops} stops`,
  [
    ['', 'median', 'longest', 'requests refused'],
    [`polled every ${STOPS.pollSeconds} s`, polled.median.toFixed(0), polled.longest.toFixed(0), String(polled.refused)],
    ['announced', announced.median.toFixed(0), announced.longest.toFixed(0), String(announced.refused)],
  ],
);
printGoal('the longest, in polls of at most 1.1 s and the 0.25 s between two publications', polled.longest / 1350, 'at most', 1);

const fleet = await startFleet(INSTANCES);
if (fleet === undefined) console.log('\nleft out, since redis-server is not installed: how soon a revocation is everywhere');
else {
  const spread = await measureSpread(fleet, REVOCATIONS);
  printTable(
    `From revoke() to the last accepted answer of ${INSTANCES} services, each asked about ${spread.perSecond.toFixed(0)} times a second: milliseconds, ${REVOCATIONS} revocations`,
    [
      ['', 'ms'],
      ['median', spread.median.toFixed(0)],
      ['99 %', spread.p99.toFixed(0)],
      ['longest', spread.longest.toFixed(0)],
    ],
  );
  printGoal('99 % of the times, in ms', spread.p99, 'at most', 250);

  const flood = await measureFlood(fleet, FLOOD);
  printTable(`${FLOOD.perSecond} revocations a second for ${FLOOD.seconds} s, made at one of ${INSTANCES} services`, [
    ['', 'measured'],
    ['revocations a second, as made', flood.perSecond.toFixed(0)],
    ['from a revocation to the last service that has it, median, in ms', flood.median.toFixed(0)],
    ['99 %, in ms', flood.p99.toFixed(0)],
    ['services that lack one at the end', String(flood.lacking)],
    ['CPU of a service that hears of them, of one core', `${(flood.cpu * 100).toFixed(1)} %`],
  ]);
  await fleet.stop();
}
