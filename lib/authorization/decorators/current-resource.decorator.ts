import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { resourceIn } from '../resources/loaded-resource.js';
import { markCopy } from '../start/copy.js';
import type { ParameterPipe } from './parameter-pipe.interface.js';

/** @internal Returns the value that the decorator injects. */
export const currentResource = markCopy((_: undefined, context: ExecutionContext): object => resourceIn(context));

/** Injects what `@Resource()` of the handler has loaded. Without `@Resource()` the application does not start. */
export const CurrentResource: (...pipes: ParameterPipe[]) => ParameterDecorator = createParamDecorator(currentResource);
