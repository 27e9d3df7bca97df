import type { AttributeType } from '../../core/index.js';
import type { AttributeTypes } from '../document/condition-parser.interface.js';
import type { MappingSnapshot } from '../compiled/mapping-snapshot.js';

/** An attribute of a resource whose declared type changes. A value of another type than the declared counts as missing in every condition. */
export interface AttributeChange {
  /** `orders.owner.id`. */
  readonly attribute: string;
  /** `undefined`: not declared. */
  readonly before: AttributeType | undefined;
  readonly after: AttributeType | undefined;
}

/** Compares the declared attributes of resources. */
export function compareResources(
  { compiled: before }: MappingSnapshot,
  { compiled: after }: MappingSnapshot,
): readonly AttributeChange[] {
  const [were, are] = [before, after].map(({ resources }) => new Map(typesIn(resources, '')));
  const attributes = new Set([...(were?.keys() ?? []), ...(are?.keys() ?? [])]);
  return Array.from(attributes, (attribute) => ({
    attribute,
    before: were?.get(attribute),
    after: are?.get(attribute),
  })).filter((change) => change.before !== change.after);
}

function typesIn(types: AttributeTypes, prefix: string): readonly (readonly [attribute: string, type: AttributeType])[] {
  return [...types].flatMap(([name, type]) =>
    typeof type === 'string' ? [[`${prefix}${name}`, type] as const] : typesIn(type, `${prefix}${name}.`),
  );
}
