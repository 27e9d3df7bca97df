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

/** What deciding about a connection takes. */
export interface AdmissionTools {
  readonly guard: FirstGuard;
  readonly refusals: Refusals;
  readonly transport: CallHandling;
}

/** Why a client may not connect. */
export interface RefusedAdmission {
  readonly reason: RefusalReason;
  readonly answer: Refusal;
  /** Counts it and tells the operator: to be called once it is known that it remains. */
  note(): void;
}

/** Decides which clients may connect to one server: those that meet what one of its gateways requires. A server without gateways admits no client. */
export class Admission {
  /** The open ones last: who brings a token is known then, also where nobody has to. */
  private readonly rules: readonly HandlerRule[];

  constructor(
    rules: readonly HandlerRule[],
    private readonly tools: AdmissionTools,
  ) {
    this.rules = [...rules].sort((a, b) => Number(isPublic(a)) - Number(isPublic(b)));
  }

  /** Why a client may not connect; `undefined` if it may. */
  async refuse(client: object): Promise<RefusedAdmission | undefined> {
    return this.judge(client, this.rules);
  }

  /** Why a token that came by message is not taken; `undefined` if it is. Also where no token is needed, one that is sent has to be good. */
  async refuseToken(renewal: Renewal): Promise<RefusedAdmission | undefined> {
    return this.judge(renewal, this.rules.map(withToken));
  }

  private async judge(client: object, rules: readonly HandlerRule[]): Promise<RefusedAdmission | undefined> {
    let refused: RefusedAdmission | undefined;
    for (const rule of rules) {
      if (isPublic(rule)) rememberNoCaller(client);
      const found = isPublic(rule) ? undefined : await this.ask(client, rule);
      if (found === undefined) return undefined;
      refused ??= found;
    }
    return refused ?? this.closed();
  }

  private async ask(client: object, rule: HandlerRule): Promise<RefusedAdmission | undefined> {
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
