import type { AuthzTypes } from '../../core/index.js';

/** Name of a target. Any string, unless the application declares its `targets` in {@link AuthzTypes}. */
export type OutboundTarget = AuthzTypes extends { targets: infer Name extends string } ? Name : string;
