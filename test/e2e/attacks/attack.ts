import type { RefusalReason } from '../../../lib/index.js';
import type { RawRequest } from './service.js';
import type { TokenKit } from './token-kit.js';

/**
 * An attack: its name, why it must fail, how it is refused, and the request: a token, sent as a bearer token, or a whole request.
 * A refusal by status alone comes from the HTTP parser, before any of our code.
 */
export type Attack = readonly [
  name: string,
  why: string,
  refused: RefusalReason | 400 | 431,
  make: (kit: TokenKit) => string | RawRequest,
];

/** A group of attacks on one thing. */
export interface AttackGroup {
  readonly on: string;
  readonly attacks: readonly Attack[];
}

/** The request that carries a token as it should be carried. */
export const bearing = (token: string, path = '/orders'): RawRequest => ({
  path,
  headers: [['Authorization', `Bearer ${token}`]],
});
