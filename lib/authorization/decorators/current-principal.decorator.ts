import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '../../core/index.js';
import { stateIn } from '../calls/state-in-context.js';
import { markCopy } from '../start/copy.js';
import type { ParameterPipe } from './parameter-pipe.interface.js';

/** @internal Returns the value that the decorator injects. */
export const principalOrMember = markCopy(
  (member: keyof Principal | undefined, context: ExecutionContext): Principal | Principal[keyof Principal] => {
    const principal = stateIn(context)?.principal;
    return member === undefined ? principal : principal?.[member];
  },
);

/** Injects the caller, or one member of it: `@CurrentPrincipal('subject')`. `undefined` for a request without a token. */
export const CurrentPrincipal: (member?: keyof Principal | ParameterPipe, ...pipes: ParameterPipe[]) => ParameterDecorator =
  createParamDecorator(principalOrMember);
