import { shown } from '../../../core/index.js';
import { CliError } from '../../cli.error.js';
import type { Row } from './table.interface.js';

const YES = ['1', 'true', 't', 'yes', 'y'];
const NO = ['0', 'false', 'f', 'no', 'n'];

interface Words {
  readonly deny: readonly string[];
  readonly grant: readonly string[];
  readonly choice: string;
}

const YES_OR_NO = 'yes or no (true or false, 1 or 0)';
const EFFECT: Words = {
  deny: ['deny', 'denied', 'forbid', 'forbidden', 'prohibit', 'prohibited'],
  grant: ['allow', 'allowed', 'grant', 'granted', 'permit', 'permitted'],
  choice: 'allow or deny',
};
/** Accepted values by kind of column. */
const WORDS = new Map<string, Words>([
  ['effect', EFFECT],
  ['denied', { deny: YES, grant: NO, choice: YES_OR_NO }],
  ['allowed', { deny: NO, grant: YES, choice: YES_OR_NO }],
]);

/**
 * Returns whether a row grants or denies. Without an effect column it grants.
 * @param columns Effect columns by kind: `effect` (allow, deny), `denied` and `allowed` (yes, no).
 * @throws CliError for an unknown value and for NULL: it may be a denial.
 */
export function effectOf(row: Row, columns: ReadonlyMap<string, string>): 'permissions' | 'deny' {
  const effects = [...columns].map(([kind, column]) => isDenial(row, kind, column));
  if (new Set(effects).size > 1)
    throw new CliError(`${row.place}: ${[...columns.values()].map(shown).join(' and ')} contradict each other.`);
  return effects[0] === true ? 'deny' : 'permissions';
}

function isDenial({ values, place }: Row, kind: string, column: string): boolean {
  const { deny, grant, choice } = WORDS.get(kind) ?? EFFECT;
  const value = values.get(column) ?? '';
  const word = value.toLowerCase();
  if (deny.includes(word)) return true;
  if (grant.includes(word)) return false;
  throw new CliError(`${place}: "${column}" must be ${choice}, got ${value === '' ? 'nothing' : shown(value)}.`);
}
