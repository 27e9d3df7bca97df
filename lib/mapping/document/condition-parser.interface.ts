import type { AttributeType, Condition } from '../../core/index.js';

/** The declared attributes of a resource, or of an object in a resource. */
// A type alias cannot refer to itself here.
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface AttributeTypes extends ReadonlyMap<string, AttributeType | AttributeTypes> {}

/** The resources of a document with their declared attributes, by the first segment of the permissions. */
export type ResourceTypes = ReadonlyMap<string, AttributeTypes>;

/** Why a condition cannot be used. */
export interface ConditionFault {
  readonly message: string;
  /** Number of the first faulty character, from 0 on. */
  readonly at: number;
}

/** A condition, or why there is none. */
export type ConditionResult = { readonly condition: Condition } | { readonly fault: ConditionFault };

/**
 * Parses and checks a condition.
 * @param types The resources that the condition is about. Empty: any resource, whose attributes are not declared.
 */
export type ConditionParser = (text: string, types: ResourceTypes) => ConditionResult;
