import type { PipeTransform, Type } from '@nestjs/common';

/** A pipe that a parameter decorator hands its value to. Written out, since the type Nest infers differs between its versions. */
export type ParameterPipe = PipeTransform | Type<PipeTransform>;
