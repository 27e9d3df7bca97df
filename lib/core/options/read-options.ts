import { kindOf, shown } from '../shown.js';
import { AuthzConfigError } from './authz-config.error.js';
import { didYouMean } from './near-miss.js';

/** Whether a value is an object with members, as options and documents are. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a member of any value; `undefined` if it has none, or throws when read. */
export function peek(value: unknown, name: string): unknown {
  try {
    return isRecord(value) ? value[name] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Refuses a member that no code reads: a misspelt option would otherwise leave off what it was meant to switch on.
 *
 * @param place How messages name the object: `"issuer.tenant"`, `httpBundle()`.
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

/**
 * Names a member of an option as messages write it: `issuer.jwksUri`, or with the function that takes it: `httpBundle({ signature.keys })`.
 *
 * @param path The path of the option, or the name of a function with `()`.
 */
export function memberPath(path: string, name: string): string {
  if (path.endsWith('()')) return `${path.slice(0, -1)}{ ${name} })`;
  return path.endsWith(' })') ? `${path.slice(0, -3)}.${name} })` : `${path}.${name}`;
}

/**
 * Lists the members of an interface of options, for {@link readOptions}. A list that lacks one does not compile.
 *
 * @example
 * const MEMBERS = membersOf<HttpBundleOptions>()(['url', 'headers']);
 */
export function membersOf<Options>(): <const Names extends readonly (keyof Options & string)[]>(
  names: Names &
    (Exclude<keyof Options, Names[number]> extends never ? unknown : { readonly missing: Exclude<keyof Options, Names[number]> }),
) => Names {
  return (names) => names;
}

/** What {@link readOptions} needs to know of an object of options. */
export interface OptionsRule<Name extends string> {
  /** How messages name the object: an option by its path in quotes (`"revocation"`), a function or module by its name (`httpBundle()`). */
  readonly place: string;
  readonly members: readonly Name[];
  /** What to write, such as `{ feed: redisRevocations({ client }) }`. */
  readonly example: string;
  /** Whether the value may hold a secret, so that messages show its kind only. Default: false. */
  readonly isSecret?: boolean;
  /** See {@link refuseUnknownMembers}. */
  readonly elsewhere?: (name: string) => string | undefined;
}

/**
 * Reads an object of options, each member once: what later checks see is what was checked, and a getter that throws is reported like any other
 * wrong option.
 *
 * @returns The members that are not `undefined`.
 * @throws AuthzConfigError if the value is no object, cannot be read, or has a member that is not listed.
 */
export function readOptions<Name extends string>(
  value: unknown,
  rule: OptionsRule<Name>,
): Readonly<Partial<Record<Name, unknown>>> {
  const { place, members, example, isSecret = false, elsewhere } = rule;
  const subject = place.startsWith('"') ? place : `The options of ${place}`;
  if (!isRecord(value)) {
    const given = isSecret ? kindOf(value) : shown(value);
    throw new AuthzConfigError('AUTHZ_OPTIONS', `${subject} must be an object such as ${example}, got ${given}.`);
  }
  try {
    refuseUnknownMembers(value, members, place, elsewhere);
    return Object.fromEntries(members.map((name) => [name, value[name]]).filter(([, member]) => member !== undefined)) as Partial<
      Record<Name, unknown>
    >;
  } catch (error) {
    if (error instanceof AuthzConfigError) throw error;
    // The error of a getter is not shown: it may quote what the getter reads.
    throw new AuthzConfigError(
      'AUTHZ_OPTIONS',
      `${subject} must be an object such as ${example}, got one that throws when read.`,
    );
  }
}
