import type { PipeTransform, Type } from '@nestjs/common';

/** A pipe for the value of a parameter decorator. Written out, because the type that Nest infers differs between its versions. */
export type ParameterPipe = PipeTransform | Type<PipeTransform>;
