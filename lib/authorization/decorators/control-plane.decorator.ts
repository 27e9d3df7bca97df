import { targetDecorator } from '../requirements/requirement-metadata.js';

const CONTROL_PLANE = 'authz:control-plane';

/**
 * Accepts revoked tokens on a handler: signature, lifetime, audience and requirement are checked as ever, the revocation list is not. For handlers
 * by which services read what controls them: a service whose own token a rule revokes must still be able to hear of that rule. Not exported by the
 * package.
 */
export const ControlPlane = (): MethodDecorator =>
  targetDecorator('@ControlPlane()', (handler) => Reflect.defineMetadata(CONTROL_PLANE, true, handler));

/** Whether just this method is marked. */
export function isControlPlane(method: object): boolean {
  return Reflect.getOwnMetadata(CONTROL_PLANE, method) === true;
}
