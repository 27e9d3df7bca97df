import { AuthzConfigError } from './authz-config.error.js';
import { didYouMean } from './near-miss.js';
import { shown } from '../shown.js';

/** Whether a value is an object with members, as options and documents are. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Refuses a member that nobody reads: a misspelt option would otherwise switch off what it was to switch on.
 *
 * @param elsewhere Says where a name belongs that is an option of another place; `undefined` for every other name.
 */
export function refuseUnknownMembers(
  value: object,
  known: readonly string[],
  place: string,
  elsewhere: (name: string) => string | undefined = () => undefined,
): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const there = elsewhere(name);
    if (there !== undefined)
      throw new AuthzConfigError('AUTHZ_UNKNOWN_OPTION', `${place} has no option ${shown(name)}. ${there}`);
    throw new AuthzConfigError(
      'AUTHZ_UNKNOWN_OPTION',
      `${place} has no option ${shown(name)}.${didYouMean(name, known)} It knows: ${known.join(', ')}.`,
    );
  }
}

/** A number option within its bounds, or its default. */
export function numberOption(
  value: unknown,
  rule: { readonly option: string; readonly unit: string; readonly min: number; readonly max: number; readonly default: number },
): number {
  if (value === undefined) return rule.default;
  if (typeof value === 'number' && Number.isFinite(value) && value >= rule.min && value <= rule.max) return value;
  const byDefault = rule.default < rule.min ? '' : ` (default ${rule.default})`; // below its least value it means that there is no limit
  throw new AuthzConfigError(
    'AUTHZ_NUMBER',
    `"${rule.option}" must be a number of ${rule.unit} from ${rule.min} to ${rule.max}${byDefault}, got ${shown(value)}.`,
  );
}

/** An option that is on or off. Default: off. @throws AuthzConfigError */
export function flagOption(value: unknown, option: string, byDefault = false): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? byDefault;
  throw new AuthzConfigError('AUTHZ_FLAG', `"${option}" must be true or false (default ${byDefault}), got ${shown(value)}.`);
}
