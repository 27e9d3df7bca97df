import {
  rememberNoCaller,
  type CallHandling,
  type FirstGuard,
  type HandlerRule,
  type Refusal,
  type Refusals,
} from '../../authorization/index.js';
import type { RefusalReason } from '../../core/index.js';
import type { Renewal } from './connections/renewal.js';
import { WsRefusedException } from './ws-refused.exception.js';

/** Dependencies of a connection decision. */
export interface AdmissionTools {
  readonly guard: FirstGuard;
  readonly refusals: Refusals;
  readonly transport: CallHandling;
}

/** A refused connection. */
export interface RefusedAdmission {
  readonly reason: RefusalReason;
  readonly answer: Refusal;
  /** Counts and logs the refusal. Call it once the refusal is final. */
  note(): void;
}

/**
 * Decides which clients may connect to one server: those that meet the requirement of one of its gateways. A server without gateways admits no
 * client.
 */
export class Admission {
  /** Public rules last, so that the caller of a valid token is identified even if no token is required. */
  private readonly rules: readonly HandlerRule[];

  constructor(
    rules: readonly HandlerRule[],
    private readonly tools: AdmissionTools,
  ) {
    this.rules = [...rules].sort((a, b) => Number(isPublic(a)) - Number(isPublic(b)));
  }

  /** Returns the refusal of a client; `undefined` if it may connect. */
  async refuse(client: object): Promise<RefusedAdmission | undefined> {
    return this.authorize(client, this.rules);
  }

  /** Returns the refusal of a token received by message; `undefined` if it is accepted. An invalid token is refused even if no token is required. */
  async refuseToken(renewal: Renewal): Promise<RefusedAdmission | undefined> {
    return this.authorize(renewal, this.rules.map(withToken));
  }

  private async authorize(client: object, rules: readonly HandlerRule[]): Promise<RefusedAdmission | undefined> {
    let refused: RefusedAdmission | undefined;
    for (const rule of rules) {
      if (isPublic(rule)) rememberNoCaller(client);
      const found = isPublic(rule) ? undefined : await this.check(client, rule);
      if (found === undefined) return undefined;
      refused ??= found;
    }
    return refused ?? this.closed();
  }

  private async check(client: object, rule: HandlerRule): Promise<RefusedAdmission | undefined> {
    let note = (): void => undefined;
    const noteLater = (later: () => void): void => void (note = later);
    try {
      await this.tools.guard.judge({ transport: this.tools.transport, args: [client], carrier: client, rule, noteLater });
      return undefined;
    } catch (error) {
      if (error instanceof WsRefusedException) return { reason: error.reason, answer: error.answer, note };
      throw error;
    }
  }

  private closed(): RefusedAdmission {
    const { refusals } = this.tools;
    const reason = 'context_unknown';
    return {
      reason,
      answer: refusals.of(reason),
      note: () => refusals.note({ name: 'a connection to a WebSocket server without gateways', reason }),
    };
  }
}

function isPublic({ requirement }: HandlerRule): boolean {
  return requirement.access === 'public';
}

function withToken(rule: HandlerRule): HandlerRule {
  return isPublic(rule) ? { ...rule, requirement: { access: 'authenticated', clauses: [] } } : rule;
}
