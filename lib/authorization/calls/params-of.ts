import { isRecord } from '../../core/index.js';
import type { RunningCall } from './call.interface.js';

const NONE: Readonly<Record<string, unknown>> = Object.freeze({});

/** Returns what the client named in a call. Anything but an object counts as nothing. */
export function paramsOf({ transport, args }: Pick<RunningCall, 'transport' | 'args'>): Readonly<Record<string, unknown>> {
  const params: unknown = transport.params?.(args);
  return isRecord(params) ? params : NONE;
}
