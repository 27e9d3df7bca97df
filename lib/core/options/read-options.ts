import { kindOf, shown } from '../shown.js';
import { AuthzConfigError } from './authz-config.error.js';
import { didYouMean } from './near-miss.js';

/** Whether a value is an object, but not `null` or an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a member of any value. Returns `undefined` if the value has no such member, or throws when read. */
export function peek(value: unknown, name: string): unknown {
  try {
    return isRecord(value) ? value[name] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Rejects unknown members: without this check, a misspelt option would silently have no effect.
 *
 * @param place Name of the object in messages: `"issuer.tenant"`, `httpBundle()`.
 * @param elsewhere Returns a sentence about where an option of another place belongs; `undefined` for every other name.
 * @throws AuthzConfigError
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
      `${place} has no option ${shown(name)}.${didYouMean(name, known)} Known options: ${known.join(', ')}.`,
    );
  }
}

/**
 * Returns the name of a member in messages: `issuer.jwksUri`, or `httpBundle({ signature.keys })` for an option of a function.
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

/** The options that {@link readOptions} accepts, and their names in messages. */
export interface OptionsRule<Name extends string> {
  /** Name of the object in messages: the path of an option in quotes (`"revocation"`), or the name of a function or module (`httpBundle()`). */
  readonly place: string;
  readonly members: readonly Name[];
  /** Example of a correct object, such as `{ feed: redisRevocations({ client }) }`. */
  readonly example: string;
  /** Whether the value may hold a secret. If so, messages show only its kind. Default: false. */
  readonly isSecret?: boolean;
  /** See {@link refuseUnknownMembers}. */
  readonly elsewhere?: (name: string) => string | undefined;
}

/**
 * Reads an object of options, each member once: a getter cannot return another value after the check, and a getter that throws is reported like
 * any other wrong option.
 *
 * @returns The members that are not `undefined`.
 * @throws AuthzConfigError if the value is not an object, cannot be read, or has an unknown member.
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
    // The error of a getter may contain a secret, so the message does not show it.
    throw new AuthzConfigError(
      'AUTHZ_OPTIONS',
      `${subject} must be an object such as ${example}, got one that throws when read.`,
    );
  }
}
