import type { AuthzTypes } from '../../core/index.js';

/** Name of a target: any string, or one of the `targets` that the application declares in {@link AuthzTypes}. */
export type OutboundTarget = AuthzTypes extends { targets: infer Name extends string } ? Name : string;
