import type { CallArguments } from '../../authorization/index.js';

/** The members that we use of the `GraphQLResolveInfo` of graphql-js, whose package need not be installed. */
interface ResolveInfo {
  readonly fieldName?: string;
  readonly path?: { readonly prev: unknown };
  readonly returnType?: unknown;
  readonly operation?: { readonly operation: string; readonly selectionSet: SelectionSet };
  readonly fragments?: Fragments;
}

type Fragments = Readonly<Record<string, { readonly selectionSet: SelectionSet } | undefined>>;

interface SelectionSet {
  readonly selections: readonly Selection[];
}

interface Selection {
  readonly kind: string;
  readonly name?: { readonly value: string };
  readonly alias?: { readonly value: string };
  readonly selectionSet?: SelectionSet;
}

/** Returns the schema name of the requested field. */
export function fieldName(call: CallArguments): string {
  return infoOf(call).fieldName ?? '';
}

/** Returns the arguments of the field; of an entity of a federation, its reference. */
export function graphqlArguments(call: CallArguments): Readonly<Record<string, unknown>> {
  const given = isReference(call) ? call[0] : call[1];
  return typeof given === 'object' && given !== null ? (given as Readonly<Record<string, unknown>>) : {};
}

/** Returns the object that belongs to one field: graphql-js makes one for each. All entities of a list share it, but each has its reference. */
export function graphqlUnit(call: CallArguments): object | undefined {
  const unit = isReference(call) ? call[0] : call[3];
  return typeof unit === 'object' && unit !== null ? unit : undefined;
}

/** Returns whether the call opens a subscription. */
export function isSubscribing(call: CallArguments): boolean {
  return isSubscription(call) && infoOf(call).path?.prev === undefined;
}

/** Returns whether the call belongs to a subscription. */
export function isSubscription(call: CallArguments): boolean {
  return infoOf(call).operation?.operation === 'subscription';
}

/** Returns whether a refusal leaves the operation without any data: the refused field is the only requested field and not nullable. */
export function isWholeOperation(call: CallArguments): boolean {
  const { path, returnType } = infoOf(call);
  if (path === undefined || path.prev !== undefined || isReference(call)) return false;
  return String(returnType).endsWith('!') && !hasSeveralRoots(call);
}

/** Results for each operation, since every field needs the result and a client may request thousands of fields. */
const several = new WeakMap<object, boolean>();

/**
 * Returns whether an operation requests several root fields, by response name; fields in fragments and fields that a directive may skip are included.
 * Checked once for each operation; stops at the second name.
 */
export function hasSeveralRoots(call: CallArguments): boolean {
  const { operation, fragments = {} } = infoOf(call);
  if (operation === undefined) return false;
  const known = several.get(operation);
  if (known !== undefined) return known;
  const found = findSeveral(operation.selectionSet, fragments);
  several.set(operation, found);
  return found;
}

function findSeveral(root: SelectionSet, fragments: Fragments): boolean {
  let first: string | undefined;
  // Iterating a Set includes members that are added during the loop, and has each fragment once.
  const sets = new Set([root]);
  for (const { selections } of sets) {
    for (const selection of selections) {
      if (selection.kind !== 'Field') sets.add(fragmentOf(selection, fragments));
      else if (first === undefined) first = responseName(selection);
      else if (first !== responseName(selection)) return true;
    }
  }
  return false;
}

function responseName({ alias, name }: Selection): string {
  return (alias ?? name)?.value ?? '';
}

const EMPTY: SelectionSet = { selections: [] };

function fragmentOf({ name, selectionSet }: Selection, fragments: Fragments): SelectionSet {
  return selectionSet ?? fragments[name?.value ?? '']?.selectionSet ?? EMPTY;
}

/** Returns whether the call is `[reference, context, info]`: one of a list of entities, each of which may be null. */
function isReference(call: CallArguments): boolean {
  return call.length === 3;
}

/** Returns the last argument, also for a reference resolver. */
function infoOf(call: CallArguments): ResolveInfo {
  const info = isReference(call) ? call[2] : call[3];
  return typeof info === 'object' && info !== null ? info : {};
}
