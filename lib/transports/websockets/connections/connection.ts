import type { TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { headerOf, type Credentials, type RequestFacts, type TokenSources } from '../../../authentication/index.js';
import {
  rememberState,
  stateOf,
  type CallState,
  type OpenCall,
  type OpenCalls,
  type Refusal,
  type Refusals,
} from '../../../authorization/index.js';
import type { Principal } from '../../../core/index.js';
import { requestFacts } from '../../http/index.js';
import { AUTHENTICATE } from './authenticate-message.js';
import type { Caller } from './caller.js';
import type { Admission } from '../admission.js';
import { handshakeCredentials, type Handshake } from './handshake.js';
import type { ClientChannel } from './client-channel.interface.js';
import { Renewal } from './renewal.js';

/** What every connection of an application needs. */
export interface ConnectionTools {
  readonly queryParameter: string | undefined;
  readonly sources: TokenSources;
  readonly open: OpenCalls;
  readonly refusals: Refusals;
}

interface ConnectionParts {
  /** As the adapter knows it. */
  readonly client: object;
  readonly handshake: Handshake;
  readonly admission: Admission;
  readonly channel: ClientChannel;
}

/** What a client is told whose token was taken. */
export interface Accepted {
  /** When the token ends, in seconds since 1970. */
  readonly expiresAt: number;
}

/** How a client is answered that has sent a newer token. */
export interface RenewalAnswer {
  accepted(data: Accepted): void;
  /** @param data As the event `exception` has it. */
  refused(data: object): void;
}

/** So many tokens of one client may be on their way to be judged. */
const MAX_RENEWALS = 4;

/** A client of a gateway, from its handshake to its end. */
export class Connection implements Caller {
  private presented: Credentials | undefined;
  private phase: 'new' | 'open' | 'closed' = 'new';
  private watch: OpenCall | undefined;
  private lastRenewal: Promise<void> = Promise.resolve();
  private renewals = 0;

  constructor(
    private readonly parts: ConnectionParts,
    private readonly tools: ConnectionTools,
  ) {}

  get isOpen(): boolean {
    return this.phase === 'open';
  }

  get isClosed(): boolean {
    return this.phase === 'closed';
  }

  credentials(dpop: boolean): Credentials {
    const { queryParameter, sources } = this.tools;
    return (this.presented ??= handshakeCredentials(this.parts.handshake, queryParameter, dpop, sources));
  }

  facts(): RequestFacts {
    const { request, socket } = this.parts.handshake;
    const { rawHeaders, headers, url = '/' } = request;
    const asked = { rawHeaders, headers, method: 'GET', originalUrl: url };
    return requestFacts(socket === undefined ? asked : { ...asked, socket: socket as Partial<TLSSocket> });
  }

  header(name: string): string | undefined {
    return headerOf(this.parts.handshake.request, name)[0];
  }

  /** Only where nobody has become known before: a message that has waited meanwhile may be of a token that was replaced. */
  admit(state: CallState): void {
    if (stateOf(this.parts.client) !== undefined) return;
    rememberState(this.parts.client, state);
    this.follow(state.principal);
  }

  /** From now on it ends with its token. */
  open(): void {
    this.phase = 'open';
    const state = stateOf(this.parts.client);
    if (state !== undefined) this.follow(state.principal);
  }

  /** It has ended. */
  close(): void {
    this.phase = 'closed';
    this.watch?.release();
    this.watch = undefined;
  }

  /** Judges a token that came by message and lets it take the place of the one in force, if there is one. */
  async authenticate(token: string): Promise<Accepted | Refusal> {
    const renewal = new Renewal(this, token);
    const refused = await this.parts.admission.refuseToken(renewal);
    const state = stateOf(renewal);
    refused?.note();
    if (refused !== undefined || state === undefined) return refused?.answer ?? this.tools.refusals.of('indeterminate');
    const before = stateOf(this.parts.client)?.principal;
    if (before !== undefined && !isSameCaller(before, state.principal)) return this.refuseOther(state.principal);
    this.adopt(state, token);
    return { expiresAt: state.principal.expiresAt };
  }

  /**
   * Has a newer token take the place of the one in force; a bad one leaves it in force. One after the other: who sends many at once is cut off.
   * @param fail Told of what should not happen.
   */
  renew(token: string, answer: RenewalAnswer, fail: (error: unknown) => void): void {
    if (this.isClosed) return;
    if (this.renewals >= MAX_RENEWALS) {
      this.close();
      this.parts.channel.cutOff();
      return;
    }
    this.renewals++;
    this.lastRenewal = this.lastRenewal
      .then(() => this.replace(token, answer))
      .catch(fail)
      .finally(() => this.renewals--);
  }

  private async replace(token: string, answer: RenewalAnswer): Promise<void> {
    const outcome = this.isClosed ? undefined : await this.authenticate(token); // it may have ended while others were judged
    if (outcome === undefined || this.phase !== 'open') return;
    if ('expiresAt' in outcome) answer.accepted(outcome);
    else answer.refused({ status: 'error', ...outcome.body, cause: { pattern: AUTHENTICATE } });
  }

  private adopt(state: CallState, token: string): void {
    this.presented = { kind: 'token', token, scheme: 'bearer' };
    rememberState(this.parts.client, state);
    this.follow(state.principal);
  }

  /** What the socket has come to know and do is the first caller's. */
  private refuseOther(principal: Principal): Refusal {
    const { refusals } = this.tools;
    const reason = 'permission_denied';
    refusals.note({ name: 'a newer token on a WebSocket', reason, principal, finding: { kind: 'other_caller' } });
    const answer = refusals.of(reason);
    this.end(answer);
    return answer;
  }

  /** Ends it, and says why. */
  end(answer: Refusal): void {
    if (this.isClosed) return;
    this.close();
    this.parts.channel.end(answer);
  }

  private follow(principal: Principal): void {
    if (this.phase !== 'open') return;
    if (this.watch === undefined) this.watch = this.tools.open.watch(principal, (_reason, answer) => this.end(answer));
    else this.watch.renew(principal);
  }
}

/** The same subject by another client, in another tenant or through somebody else may do other things. */
function isSameCaller(a: Principal, b: Principal): boolean {
  return isDeepStrictEqual(identityOf(a), identityOf(b));
}

function identityOf({ issuer, subject, tenant, clientId, actors }: Principal): readonly unknown[] {
  return [issuer, subject, tenant, clientId, actors];
}
