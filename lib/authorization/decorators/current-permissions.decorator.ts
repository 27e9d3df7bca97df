import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { PermissionSet } from '../../core/index.js';
import { stateIn } from '../calls/state-in-context.js';
import { markCopy } from '../start/copy.js';
import { Refusals } from '../refusals/refusals.js';
import type { ParameterPipe } from './parameter-pipe.interface.js';

/** A 503 carries no challenge, so no settings are needed. */
const refusals = new Refusals({});

/** Injects the PermissionSet of the caller; empty for a request without a token. Responds with 503 if the mapping provider failed. */
export const CurrentPermissions: (...pipes: ParameterPipe[]) => ParameterDecorator = createParamDecorator(
  markCopy((_: undefined, context: ExecutionContext): PermissionSet => {
    const state = stateIn(context);
    if (state === undefined) return new PermissionSet([]);
    if ('permissions' in state.resolution) return state.resolution.permissions;
    return refusals.refuse({ transport: state.transport, args: context.getArgs() }, state.resolution.failure);
  }),
);
