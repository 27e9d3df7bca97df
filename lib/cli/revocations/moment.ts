import { InvalidArgumentError } from 'commander';
import { durationSeconds } from '../input/duration.js';

/** RFC 3339 with a required zone: otherwise the result would depend on the zone of the machine. A date alone means its start in UTC. */
const DATE_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i;

/** Parses a time of the command line to seconds since 1970. @throws InvalidArgumentError */
export function moment(value: string): number {
  if (/^\d{9,10}$/.test(value)) return Number(value);
  const milliseconds = DATE_TIME.test(value) ? Date.parse(value) : NaN;
  if (!Number.isNaN(milliseconds) && isDay(value)) return milliseconds / 1000;
  if (/^\d{12,13}$/.test(value)) throw new InvalidArgumentError('The time is in milliseconds: write it in seconds since 1970.');
  throw new InvalidArgumentError('It must be a time such as 2026-01-31T12:00:00Z or 2026-01-31, or seconds since 1970.');
}

/** Returns false for a day that does not exist: Date.parse() turns February 31 into a day in March. */
function isDay(value: string): boolean {
  const [date = ''] = value.split(/T/i);
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}

/** Parses a duration of the command line to seconds. @throws InvalidArgumentError */
export function timeSpan(value: string): number {
  const seconds = durationSeconds(value);
  if (seconds !== undefined && seconds > 0 && seconds <= 10 * 31_536_000) return seconds;
  throw new InvalidArgumentError('It must be a duration from 1s to 3650d, such as 15m, 1h or 30d.');
}

/** Formats a time in ISO 8601. */
export function dateTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
