import { WsException } from '@nestjs/websockets';
import type { Refusal } from '../../authorization/index.js';
import type { RefusalReason } from '../../core/index.js';

/** What clients are sent for refusals of this module. */
const bodies = new WeakSet<object>();

/**
 * A message, or a connection, refused by this module. An exception filter may read `reason`; what Nest sends to the client as the event
 * `exception` says no more than the RFC.
 */
export class WsRefusedException extends WsException {
  /** @internal */
  constructor(
    /** Stable code of the cause. */
    readonly reason: RefusalReason,
    /** How it would be answered over HTTP. */
    readonly answer: Refusal,
    /** The message refused; `undefined` at the connection. */
    pattern: string | undefined,
  ) {
    const body = { status: 'error', ...answer.body, ...(pattern !== undefined && { cause: { pattern } }) };
    super(body);
    bodies.add(body);
  }
}

/** Whether an event `exception` that Nest emits is a refusal of this module. */
export function isRefusalBody(data: unknown): data is object {
  return typeof data === 'object' && data !== null && bodies.has(data);
}
