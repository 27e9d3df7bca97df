import { isRecord, shown, type AuthContextClause } from '../../core/index.js';
import type { FaultReport, Path } from './fault-report.js';
import { reportUnknownMembers } from './member-checks.js';

/** How a caller must have authenticated, by permission. */
export type StepUps = ReadonlyMap<string, AuthContextClause>;

const MEMBERS = ['maxAgeSeconds', 'acr'];
/** `acr_values` is a list separated by spaces (RFC 9470 section 3): the challenge contains it unchanged. */
const ACR = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Parses how a caller must have authenticated; returns `undefined` if there is a fault. */
export function parseStepUp(value: unknown, path: Path, report: FaultReport): AuthContextClause | undefined {
  if (!isRecord(value)) {
    report.add(path, () => `must be an object with maxAgeSeconds, acr or both, got ${shown(value)}.`);
    return undefined;
  }
  reportUnknownMembers(value, MEMBERS, path, report);
  const maxAgeSeconds = parseAge(value['maxAgeSeconds'], [...path, 'maxAgeSeconds'], report);
  const acr = parseAcr(value['acr'], [...path, 'acr'], report);
  if (value['maxAgeSeconds'] === undefined && value['acr'] === undefined)
    report.add(path, () => 'must have maxAgeSeconds, acr or both: without them it requires nothing.');
  return { among: 'authentication', acr, maxAgeSeconds };
}

/** Returns what meets both; `undefined` if no `acr` does. An empty list of `acr` would accept any. */
export function stricter(one: AuthContextClause, other: AuthContextClause | undefined): AuthContextClause | undefined {
  if (other === undefined) return one;
  const ages = [one, other].flatMap(({ maxAgeSeconds }) => maxAgeSeconds ?? []);
  const acr =
    one.acr.length === 0 || other.acr.length === 0
      ? [...one.acr, ...other.acr]
      : one.acr.filter((name) => other.acr.includes(name));
  if (acr.length === 0 && one.acr.length > 0) return undefined;
  return { among: 'authentication', acr, maxAgeSeconds: ages.length === 0 ? undefined : Math.min(...ages) };
}

function parseAge(value: unknown, path: Path, report: FaultReport): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return value as number | undefined;
  report.add(path, () => `must be a whole number of seconds of at least 0, got ${shown(value)}.`);
  return undefined;
}

function parseAcr(value: unknown, path: Path, report: FaultReport): readonly string[] {
  if (value === undefined) return [];
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (names.length > 0 && names.every((name) => typeof name === 'string' && ACR.test(name)))
    return [...new Set(names as string[])];
  report.add(path, () => `must be a string or a list of strings without spaces and quotes, got ${shown(value)}.`);
  return [];
}
