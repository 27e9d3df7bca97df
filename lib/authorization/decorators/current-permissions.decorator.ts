import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { PermissionSet } from '../../core/index.js';
import { Refusals } from '../refusals.js';
import { stateOf } from '../request-state.js';
import type { ParameterPipe } from './parameter-pipe.interface.js';

/** A 503 carries no challenge, so no settings are needed. */
const refusals = new Refusals({});

/** The PermissionSet of the caller; empty where a request without a token is let in. Answers 503 if the mapping provider failed. */
export const CurrentPermissions: (...pipes: ParameterPipe[]) => ParameterDecorator = createParamDecorator(
  (_: undefined, context: ExecutionContext): PermissionSet => {
    const http = context.switchToHttp();
    const state = stateOf(http.getRequest<object>());
    if (state === undefined) return new PermissionSet([]);
    if ('permissions' in state.resolution) return state.resolution.permissions;
    return refusals.refuse(http.getResponse<unknown>(), state.resolution.failure);
  },
);
