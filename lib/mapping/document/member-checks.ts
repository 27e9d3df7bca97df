import { didYouMean, shown } from '../../core/index.js';
import type { FaultReport, Path } from './fault-report.js';

/** Parses an optional string. */
export function parseText(value: unknown, path: Path, report: FaultReport): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  report.add(path, () => `must be a string, got ${shown(value)}.`);
  return undefined;
}

/** Reports unknown members. */
export function reportUnknownMembers(value: object, known: readonly string[], path: Path, report: FaultReport): void {
  for (const name of Object.keys(value))
    if (!known.includes(name))
      report.add([...path, name], () => `is not an allowed member (${known.join(', ')}).${didYouMean(name, known)}`);
}
