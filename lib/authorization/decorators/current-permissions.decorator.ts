import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { PermissionSet } from '../../core/index.js';
import { AuthzRefusedException } from '../authz-refused.exception.js';
import { stateOf } from '../request-state.js';

/** The PermissionSet of the caller; empty where a request without a token is let in. Answers 503 if the mapping provider failed. */
export const CurrentPermissions = createParamDecorator((_: undefined, context: ExecutionContext): PermissionSet => {
  const state = stateOf(context.switchToHttp().getRequest<object>());
  if (state === undefined) return new PermissionSet([]);
  if (!('permissions' in state.resolution)) throw new AuthzRefusedException(state.resolution.failure);
  return state.resolution.permissions;
});
