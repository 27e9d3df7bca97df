import { WsException } from '@nestjs/websockets';
import type { Refusal } from '../../authorization/index.js';
import type { RefusalReason } from '../../core/index.js';

/** Bodies that this module sends to clients. */
const bodies = new WeakSet<object>();

/**
 * A message or connection that this module refused. An exception filter may read `reason`. Nest sends the client the event `exception` with no more
 * than the RFC allows.
 */
export class WsRefusedException extends WsException {
  /** @internal */
  constructor(
    /** Stable code of the cause. */
    readonly reason: RefusalReason,
    /** The same refusal as an HTTP response. */
    readonly answer: Refusal,
    /** Pattern of the refused message; `undefined` for a connection. */
    pattern: string | undefined,
  ) {
    const body = { status: 'error', ...answer.body, ...(pattern !== undefined && { cause: { pattern } }) };
    super(body);
    bodies.add(body);
  }
}

/** Returns whether the data of an event `exception` is a refusal of this module. */
export function isRefusalBody(data: unknown): data is object {
  return typeof data === 'object' && data !== null && bodies.has(data);
}
