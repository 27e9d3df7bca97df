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

/** Dependencies shared by all connections of an application. */
export interface ConnectionTools {
  readonly queryParameter: string | undefined;
  readonly sources: TokenSources;
  readonly open: OpenCalls;
  readonly refusals: Refusals;
}

interface ConnectionParts {
  /** The client object of the adapter. */
  readonly client: object;
  readonly handshake: Handshake;
  readonly admission: Admission;
  readonly channel: ClientChannel;
}

/** Data of the confirmation of an accepted token. */
export interface Accepted {
  /** When the token expires, in seconds since 1970. */
  readonly expiresAt: number;
}

/** Sends the result of a renewal to the client. */
export interface RenewalReply {
  accepted(data: Accepted): void;
  /** @param data Data of the event `exception`. */
  refused(data: object): void;
}

/** Maximum number of pending renewals of one client. */
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

  /** Keeps the first caller only: a delayed message may have been authorized with a token that was replaced since. */
  admit(state: CallState): void {
    if (stateOf(this.parts.client) !== undefined) return;
    rememberState(this.parts.client, state);
    this.follow(state.principal);
  }

  /** Starts to watch the token: the connection closes when it expires or is revoked. */
  open(): void {
    this.phase = 'open';
    const state = stateOf(this.parts.client);
    if (state !== undefined) this.follow(state.principal);
  }

  /** Stops watching the token. */
  close(): void {
    this.phase = 'closed';
    this.watch?.release();
    this.watch = undefined;
  }

  /** Authorizes a token received by message, and replaces the current token if there is one. */
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
   * Replaces the current token by a newer one; an invalid token changes nothing. Renewals run one after the other; a client with too many is
   * disconnected.
   * @param fail Called with unexpected errors.
   */
  renew(token: string, reply: RenewalReply, fail: (error: unknown) => void): void {
    if (this.isClosed) return;
    if (this.renewals >= MAX_RENEWALS) {
      this.close();
      this.parts.channel.cutOff();
      return;
    }
    this.renewals++;
    this.lastRenewal = this.lastRenewal
      .then(() => this.replace(token, reply))
      .catch(fail)
      .finally(() => this.renewals--);
  }

  private async replace(token: string, reply: RenewalReply): Promise<void> {
    const outcome = this.isClosed ? undefined : await this.authenticate(token); // the connection may have closed during an earlier renewal
    if (outcome === undefined || this.phase !== 'open') return;
    if ('expiresAt' in outcome) reply.accepted(outcome);
    else reply.refused({ status: 'error', ...outcome.body, cause: { pattern: AUTHENTICATE } });
  }

  private adopt(state: CallState, token: string): void {
    this.presented = { kind: 'token', token, scheme: 'bearer' };
    rememberState(this.parts.client, state);
    this.follow(state.principal);
  }

  /** Refuses a token of another caller: what the connection has received and done belongs to the first caller. */
  private refuseOther(principal: Principal): Refusal {
    const { refusals } = this.tools;
    const reason = 'permission_denied';
    refusals.note({ name: 'a newer token on a WebSocket', reason, principal, finding: { kind: 'other_caller' } });
    const answer = refusals.of(reason);
    this.end(answer);
    return answer;
  }

  /** Closes the connection and sends the reason. */
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

/** Compares more than the subject: by another client, in another tenant or through another actor, the subject may have other permissions. */
function isSameCaller(a: Principal, b: Principal): boolean {
  return isDeepStrictEqual(identityOf(a), identityOf(b));
}

function identityOf({ issuer, subject, tenant, clientId, actors }: Principal): readonly unknown[] {
  return [issuer, subject, tenant, clientId, actors];
}
