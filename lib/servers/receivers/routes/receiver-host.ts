import type { OptionalFactoryDependency } from '@nestjs/common';
import { AUTHENTICATION_SETTINGS } from '../../../authentication/index.js';
import { Revocations } from '../../../revocation/index.js';

/** What a receiver's factory needs from AuthzModule. Optional, so that an error can say that it is missing. */
export const HOST: readonly [OptionalFactoryDependency, OptionalFactoryDependency] = [
  { token: Revocations, optional: true },
  { token: AUTHENTICATION_SETTINGS, optional: true },
];
