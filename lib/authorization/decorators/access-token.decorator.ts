import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { stateIn } from '../calls/state-in-context.js';
import { markCopy } from '../start/copy.js';
import type { ParameterPipe } from './parameter-pipe.interface.js';

/** @internal What the decorator injects. */
export const accessToken = markCopy((_: undefined, context: ExecutionContext): string | undefined => stateIn(context)?.token);

/** The verified access token as it came, to pass on to a service it is also for. `undefined` where a request without one is let in. */
export const AccessToken: (...pipes: ParameterPipe[]) => ParameterDecorator = createParamDecorator(accessToken);
