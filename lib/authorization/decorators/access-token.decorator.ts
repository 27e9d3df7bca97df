import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { stateIn } from '../calls/state-in-context.js';
import { markCopy } from '../start/copy.js';
import type { ParameterPipe } from './parameter-pipe.interface.js';

/** @internal Returns the value that the decorator injects. */
export const accessToken = markCopy((_: undefined, context: ExecutionContext): string | undefined => stateIn(context)?.token);

/** Injects the verified access token, unchanged, for calls to other services in its audience. `undefined` for a request without a token. */
export const AccessToken: (...pipes: ParameterPipe[]) => ParameterDecorator = createParamDecorator(accessToken);
