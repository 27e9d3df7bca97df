import { InvalidArgumentError } from 'commander';
import { durationSeconds } from '../input/duration.js';

/** RFC 3339, with the zone: without one it would be that of whatever machine the command runs on. A date alone is its beginning in UTC. */
const DATE_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i;

/** Reads a moment from the command line, in seconds since 1970. @throws InvalidArgumentError */
export function moment(value: string): number {
  if (/^\d{9,10}$/.test(value)) return Number(value);
  const milliseconds = DATE_TIME.test(value) ? Date.parse(value) : NaN;
  if (!Number.isNaN(milliseconds) && isDay(value)) return milliseconds / 1000;
  if (/^\d{12,13}$/.test(value)) throw new InvalidArgumentError('It is in milliseconds: write it in seconds since 1970.');
  throw new InvalidArgumentError('It must be a moment such as 2026-01-31T12:00:00Z or 2026-01-31, or in seconds since 1970.');
}

/** Whether there is such a day: the 31st of February would be taken for one in March. */
function isDay(value: string): boolean {
  const [date = ''] = value.split(/T/i);
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}

/** Reads a time to come from the command line, in seconds. @throws InvalidArgumentError */
export function timeSpan(value: string): number {
  const seconds = durationSeconds(value);
  if (seconds !== undefined && seconds > 0 && seconds <= 10 * 31_536_000) return seconds;
  throw new InvalidArgumentError('It must be a time from 1s to 3650d, such as 15m, 1h or 30d.');
}

/** A moment as it is shown. */
export function dateTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
