import type { FindingOf } from '../findings.js';
import type { FindingWords } from './finding-words.interface.js';

/** A larger number is a time in milliseconds: as seconds since 1970 it would be after the year 5138. */
const MILLISECONDS_FROM = 1e11;

/** The token has expired, or is not valid yet. */
export function timeWords({ claim, came, now, tolerance }: FindingOf<'time'>): Partial<FindingWords> {
  const distance = duration(Math.abs(now - came));
  const isPast = claim === 'exp';
  const tolerated = `clockToleranceSeconds is ${tolerance}`;
  return {
    came: `${claim} ${moment(came)}, ${distance} ${isPast ? 'ago' : 'from now'}`,
    expected: `${isPast ? 'a later' : 'no later'} time than ${moment(now)}, the clock of this service (${tolerated})`,
    remedy:
      came > MILLISECONDS_FROM
        ? `The issuer writes ${claim} in milliseconds; RFC 7519 section 4.1 asks for seconds.`
        : isPast
          ? 'Have the client refresh its token. If the token is new, compare the clocks of this service and of the issuer.'
          : 'Compare the clocks of this service and of the issuer (NTP).',
  };
}

/** Formats a time in seconds since 1970 for a person. */
export function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}

/** Formats a duration in seconds for a person, with about two digits. */
export function duration(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ] as const;
  const [size, name] = units.find(([size]) => seconds >= 2 * size) ?? [1, 's'];
  return `${Math.round(seconds / size)} ${name}`;
}
