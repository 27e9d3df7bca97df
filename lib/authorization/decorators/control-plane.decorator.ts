import { targetDecorator } from '../requirements/requirement-metadata.js';

const CONTROL_PLANE = 'authz:control-plane';

/**
 * Accepts revoked tokens on a handler; signature, lifetime, audience and requirement are still checked. For handlers from which services read
 * mappings and revocations: a service must still receive the rule that revokes its own token. Not exported by the package.
 */
export const ControlPlane = (): MethodDecorator =>
  targetDecorator('@ControlPlane()', (handler) => Reflect.defineMetadata(CONTROL_PLANE, true, handler));

/** Returns whether just this method is marked. */
export function isControlPlane(method: object): boolean {
  return Reflect.getOwnMetadata(CONTROL_PLANE, method) === true;
}
