import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { stateOf } from '../request-state.js';

/** The verified access token as it came, to pass on to a service it is also for. `undefined` where a request without one is let in. */
export const AccessToken = createParamDecorator(
  (_: undefined, context: ExecutionContext): string | undefined => stateOf(context.switchToHttp().getRequest<object>())?.token,
);
