import { discoverEndpoint } from '../authentication/index.js';
import { messageOf } from '../core/index.js';
import { jsonDeadline, postText, type PostAnswer } from '../http-client/index.js';
import { inTime } from '../remote/index.js';
import { clientAuthentication } from './client-authentication.js';
import type { ClientSettings } from './client-settings.js';
import { OutboundError } from './outbound.error.js';
import { readTokenAnswer, type GrantedToken } from './token-answer.js';

/** Largest answer read, in bytes (64 KiB): a token is much shorter. */
const MAX_BYTES = 64 * 1024;

/** A grant and its parameters (RFC 6749 section 4.4.2, RFC 8693 section 2.1). */
export type TokenRequest = Readonly<Record<string, string>> & { readonly grant_type: string };

/** Asks a provider for tokens, as one client. Found at the first request, and kept. */
export class TokenEndpoint {
  private readonly stopped = new AbortController();
  private found: string | undefined;
  private finding: Promise<string> | undefined;

  constructor(private readonly settings: ClientSettings) {}

  /** @param target Which the token is for, for messages. @throws OutboundError */
  async request(target: string, parameters: TokenRequest): Promise<GrantedToken> {
    const read = readTokenAnswer(await this.post(target, parameters), 'subject_token' in parameters);
    if ('token' in read) return read;
    if (read.code !== 'refused') this.found = undefined; // what was discovered may have moved
    throw new OutboundError(read.code, target, `${this.name} gave none: ${read.message}.`, read);
  }

  /** Ends the requests under way. */
  stop(): void {
    this.stopped.abort(new Error('the application stops'));
  }

  private get name(): string {
    const { tokenEndpoint, issuer } = this.settings;
    return `the token endpoint of ${issuer ?? new URL(tokenEndpoint ?? '').origin}`;
  }

  private async post(target: string, parameters: TokenRequest): Promise<PostAnswer> {
    try {
      return await inTime((signal) => this.send(parameters, signal), this.settings.timeoutMs, this.stopped.signal);
    } catch (error) {
      this.found = undefined;
      throw new OutboundError('unavailable', target, `${this.name} cannot be reached: ${messageOf(error)}.`, { cause: error });
    }
  }

  private async send(parameters: TokenRequest, signal: AbortSignal): Promise<PostAnswer> {
    const url = await this.where();
    const proof = clientAuthentication(this.settings, url);
    const body = new URLSearchParams({ ...parameters, ...proof.parameters }).toString();
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...proof.headers,
    };
    return postText(url, body, { signal, maxBytes: MAX_BYTES, headers });
  }

  private async where(): Promise<string> {
    const known = this.settings.tokenEndpoint ?? this.found;
    if (known !== undefined) return known;
    this.finding ??= this.discover().finally(() => {
      this.finding = undefined;
    });
    return this.finding;
  }

  private async discover(): Promise<string> {
    const { issuer = '', allowHttp } = this.settings;
    const signal = AbortSignal.any([jsonDeadline(), this.stopped.signal]);
    this.found = await discoverEndpoint(issuer, 'token_endpoint', allowHttp, signal);
    return this.found;
  }
}
