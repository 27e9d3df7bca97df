import { didYouMean, shown, type Attribute, type AttributeRoot } from '../../core/index.js';
import type { SyntaxNode } from './cel-syntax.js';
import { fail } from './condition-fault.error.js';
import {
  attributeType,
  CONTEXT,
  memberType,
  PRINCIPAL,
  refuseForbidden,
  type ObjectType,
  type StaticType,
} from './static-type.js';

/** What the names in a part of a condition stand for. */
export interface Scope {
  readonly resource: ObjectType;
  /** The elements that enclosing `exists` look at, with their types. */
  readonly variables: ReadonlyMap<string, StaticType>;
}

/** An attribute, what is known about it, and where it is. */
export interface TypedAttribute {
  readonly attribute: Attribute;
  readonly type: StaticType;
  readonly at: number;
}

interface Step {
  readonly name: string;
  readonly at: number;
}

/** Whether a node can only be an attribute. */
export function isAttribute({ op }: SyntaxNode): boolean {
  return op === 'id' || op === '.' || op === '[]';
}

/** Reads an attribute such as `resource.owner.id` or `principal.claims["https://acme.example/unit"]`. @throws ConditionFaultError */
export function readAttribute(node: SyntaxNode, scope: Scope): TypedAttribute {
  const steps: Step[] = [];
  let at = node;
  while (at.op !== 'id') {
    const [inner, step] = stepOf(at);
    steps.unshift(step);
    at = inner;
  }
  const name = at.args;
  const start = startOf(name, at.pos, scope);
  const type = steps.reduce<StaticType>((known, step) => memberType(known, step.name, step.at), start.type);
  const end = steps.at(-1)?.at ?? at.pos;
  const path = steps.map((step) => step.name);
  return { attribute: { kind: 'attribute', ...start.named, path, type: attributeType(type, end) }, type, at: end };
}

function stepOf(node: SyntaxNode): readonly [inner: SyntaxNode, step: Step] {
  if (node.op === '.') return [node.args[0], { name: node.args[1], at: node.pos }];
  if (node.op !== '[]') return fail('must be an attribute such as resource.ownerId.', node.start);
  const [inner, name] = node.args;
  if (name.op === 'value' && typeof name.args === 'string') return [inner, { name: name.args, at: name.pos }];
  return fail('brackets take only a string, as in principal.claims["unit"]: use exists() to look into a list.', name.start);
}

interface Start {
  readonly named: Pick<Attribute, 'root' | 'variable'>;
  readonly type: StaticType;
}

function startOf(name: string, at: number, { resource, variables }: Scope): Start {
  if (variables.has(name)) return { named: { root: 'variable', variable: name }, type: variables.get(name) };
  const roots: ReadonlyMap<string, ObjectType> = new Map([
    ['resource', resource],
    ['principal', PRINCIPAL],
    ['context', CONTEXT],
  ]);
  const type = roots.get(name);
  if (type !== undefined) return { named: { root: name as AttributeRoot, variable: '' }, type };
  refuseForbidden(name, at);
  const known = [...roots.keys(), ...variables.keys()];
  return fail(`${shown(name)} is unknown: an attribute begins with ${known.join(', ')}.${didYouMean(name, known)}`, at);
}
