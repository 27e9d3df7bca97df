import type { CallArguments } from '../transport.interface.js';

/** What we use of the `GraphQLResolveInfo` of graphql-js, whose package need not be installed. */
interface ResolveInfo {
  readonly fieldName?: string;
  readonly path?: { readonly prev: unknown };
  readonly returnType?: unknown;
  readonly operation?: { readonly operation: string; readonly selectionSet: SelectionSet };
  readonly fragments?: Readonly<Record<string, { readonly selectionSet: SelectionSet } | undefined>>;
}

interface SelectionSet {
  readonly selections: readonly Selection[];
}

interface Selection {
  readonly kind: string;
  readonly name?: { readonly value: string };
  readonly alias?: { readonly value: string };
  readonly selectionSet?: SelectionSet;
}

/** The field that is asked for, by its name in the schema. */
export function fieldName(call: CallArguments): string {
  return infoOf(call).fieldName ?? '';
}

/** Whether the call subscribes: the one field of an operation that stays open. */
export function isSubscribing(call: CallArguments): boolean {
  return isSubscription(call) && infoOf(call).path?.prev === undefined;
}

/** Whether the call belongs to an operation that stays open. */
export function isSubscription(call: CallArguments): boolean {
  return infoOf(call).operation?.operation === 'subscription';
}

/**
 * Whether a refusal of the call leaves an operation without any data: it is for the only field that the operation asks for, which may not be
 * null.
 */
export function isWholeOperation(call: CallArguments): boolean {
  const { path, returnType } = infoOf(call);
  return path !== undefined && path.prev === undefined && String(returnType).endsWith('!') && rootFields(call).size === 1;
}

/** The names under which an operation asks for fields of its root, also those in fragments, and those that a directive may skip. */
export function rootFields(call: CallArguments): ReadonlySet<string> {
  const { operation, fragments = {} } = infoOf(call);
  const names = new Set<string>();
  // A set goes on through what is added meanwhile, and has each fragment once.
  const sets = new Set(operation === undefined ? [] : [operation.selectionSet]);
  for (const { selections } of sets) {
    for (const selection of selections) {
      if (selection.kind === 'Field') names.add(responseName(selection));
      else sets.add(fragmentOf(selection, fragments));
    }
  }
  return names;
}

function responseName({ alias, name }: Selection): string {
  return (alias ?? name)?.value ?? '';
}

const EMPTY: SelectionSet = { selections: [] };

function fragmentOf({ name, selectionSet }: Selection, fragments: NonNullable<ResolveInfo['fragments']>): SelectionSet {
  return selectionSet ?? fragments[name?.value ?? '']?.selectionSet ?? EMPTY;
}

/** The last argument; of a reference resolver as well. */
function infoOf(call: CallArguments): ResolveInfo {
  const info = call.length === 3 ? call[2] : call[3];
  return typeof info === 'object' && info !== null ? info : {};
}
