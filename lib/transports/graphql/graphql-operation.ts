import type { CallArguments } from '../../authorization/index.js';

/** What we use of the `GraphQLResolveInfo` of graphql-js, whose package need not be installed. */
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
  if (path === undefined || path.prev !== undefined || isReference(call)) return false;
  return String(returnType).endsWith('!') && !hasSeveralRoots(call);
}

/** What has been found out about operations: it is asked for each of their fields, of which a client may send thousands. */
const several = new WeakMap<object, boolean>();

/**
 * Whether an operation asks for several fields of its root, by the names that they have in the answer; also those in fragments, and those that
 * a directive may skip. Looked at once for each operation, and no further than the second name.
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
  // A set goes on through what is added meanwhile, and has each fragment once.
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

/** `[reference, context, info]`: one of a list of entities, which may be null each. */
function isReference(call: CallArguments): boolean {
  return call.length === 3;
}

/** The last argument; of a reference resolver as well. */
function infoOf(call: CallArguments): ResolveInfo {
  const info = isReference(call) ? call[2] : call[3];
  return typeof info === 'object' && info !== null ? info : {};
}
