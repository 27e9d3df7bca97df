import { didYouMean, shown, type AttributeType, type ScalarType } from '../../core/index.js';
import type { AttributeTypes } from '../document/condition-parser.interface.js';
import { isForbidden } from '../document/forbidden-names.js';
import { fail } from './condition-fault.error.js';

/** The members of an object. */
export interface ObjectType {
  readonly kind: 'object';
  /** Name in messages, such as `principal`. */
  readonly name: string;
  /** Members with their types; `undefined`: a value of any type. */
  readonly members: ReadonlyMap<string, StaticType>;
  /** Whether it may have other members, of any type. */
  readonly isOpen: boolean;
}

/** A list of objects. */
interface ObjectListType {
  readonly kind: 'objects';
  readonly element: ObjectType;
}

/** What is known about a value before any request; `undefined`: nothing. */
export type StaticType = AttributeType | ObjectType | ObjectListType | undefined;

const object = (name: string, members: Readonly<Record<string, StaticType>>, isOpen = false): ObjectType => ({
  kind: 'object',
  name,
  members: new Map(Object.entries(members)),
  isOpen,
});

/** What conditions may read, besides the resource. */
export const PRINCIPAL = object('principal', {
  subject: 'string',
  issuer: 'string',
  tenant: 'string',
  clientId: 'string',
  roles: 'string[]',
  scopes: 'string[]',
  actors: { kind: 'objects', element: object('an actor', { subject: 'string', issuer: 'string' }) },
  claims: object('principal.claims', {}, true),
});
export const CONTEXT = object('context', { now: 'timestamp' }, true);
/** A resource whose attributes are not declared. */
export const ANY_RESOURCE = object('resource', {}, true);

/** Returns the type of a resource with declared attributes. */
export function resourceType(name: string, types: AttributeTypes): ObjectType {
  const members = new Map<string, StaticType>();
  for (const [attribute, type] of types)
    members.set(attribute, typeof type === 'string' ? type : resourceType(`${name}.${attribute}`, type));
  return { kind: 'object', name: shown(name), members, isOpen: false };
}

/** Returns the type of a member. @throws ConditionFaultError if there is none. */
export function memberType(type: StaticType, name: string, at: number): StaticType {
  refuseForbidden(name, at);
  if (type === undefined) return undefined;
  if (typeof type === 'string') return fail(`${described(type)} has no attributes, so ${shown(name)} does not exist.`, at);
  if (type.kind === 'objects')
    return fail(`this is a list, so ${shown(name)} does not exist: write exists(a, a.${name} == "x") on the list.`, at);
  if (type.members.has(name) || type.isOpen) return type.members.get(name);
  return fail(`${type.name} has no attribute ${shown(name)}.${suggestion(name, type)}`, at);
}

function suggestion(name: string, { members }: ObjectType): string {
  return didYouMean(name, members.keys()) || ` It has ${[...members.keys()].slice(0, 20).join(', ')}.`;
}

/** Refuses a name that belongs to JavaScript. */
export function refuseForbidden(name: string, at: number): void {
  if (isForbidden(name)) fail(`${shown(name)} is not a name of an attribute.`, at);
}

/** Returns the type of the elements of a list; `undefined`: nothing is known. @throws ConditionFaultError if it is not a list. */
export function elementType(type: StaticType, at: number): StaticType {
  if (type === undefined) return undefined;
  if (typeof type === 'string') {
    if (type.endsWith('[]')) return type.slice(0, -2) as ScalarType;
  } else if (type.kind === 'objects') return type.element;
  return fail(`this must be a list, and it is ${described(type)}.`, at);
}

/** Returns the type of a single value; `undefined`: nothing is known. @throws ConditionFaultError for a list and an object. */
export function scalarType(type: StaticType, at: number): ScalarType | undefined {
  if (type === undefined) return undefined;
  if (typeof type === 'string' && !type.endsWith('[]')) return type as ScalarType;
  if (typeof type !== 'string' && type.kind === 'object')
    return fail(`${type.name} is an object: name one of its attributes.`, at);
  return fail('a list cannot be used here: write "x" in list, list.exists(a, a == "x") or size(list).', at);
}

/** Returns the type as an attribute carries it. @throws ConditionFaultError for an object. */
export function attributeType(type: StaticType, at: number): AttributeType | undefined {
  if (type === undefined || typeof type === 'string') return type;
  return type.kind === 'objects' ? undefined : fail(`${type.name} is an object: name one of its attributes.`, at);
}

/** Describes a type in a message. */
function described(type: Exclude<StaticType, undefined>): string {
  if (typeof type === 'string') return type.endsWith('[]') ? `a list of ${type.slice(0, -2)}s` : `a ${type}`;
  return type.kind === 'object' ? 'an object' : 'a list of objects';
}
