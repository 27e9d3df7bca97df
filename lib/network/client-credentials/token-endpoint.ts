import { setMaxListeners } from 'node:events';
import { messageOf } from '../../core/index.js';
import { discoverEndpoint, getJson, postText, type PostAnswer } from '../http-client/index.js';
import { inTime } from '../remote/index.js';
import { clientAuthentication } from './client-authentication.js';
import type { ClientSettings } from './client-settings.js';
import { EndpointPause } from './endpoint-pause.js';
import { readTokenAnswer, type GrantedToken } from './token-answer.js';
import { TokenRequestError } from './token-request.error.js';

/** Largest answer read, in bytes (64 KiB): a token is much shorter. */
const MAX_BYTES = 64 * 1024;

/** A grant and its parameters (RFC 6749 section 4.4.2, RFC 8693 section 2.1). */
export type TokenRequest = Readonly<Record<string, string>> & { readonly grant_type: string };

/**
 * Asks a provider for tokens, as one client. The endpoint is found at the first request, and kept. One that is out of reach, or asked to wait, is left
 * alone for a while by all who ask; a token that it refuses concerns nobody else.
 */
export class TokenEndpoint {
  private readonly stopped = new AbortController();
  private readonly pause = new EndpointPause();
  private found: string | undefined;
  private finding: Promise<string> | undefined;

  constructor(private readonly settings: ClientSettings) {
    // One for each request under way.
    setMaxListeners(0, this.stopped.signal);
  }

  /** @throws TokenRequestError */
  async request(parameters: TokenRequest): Promise<GrantedToken> {
    const attempt = this.pause.begin();
    if (typeof attempt === 'number') {
      const details = { retryAfterSeconds: Math.ceil(attempt / 1000) };
      throw new TokenRequestError('unavailable', `${this.name} failed a moment ago, and is not asked again yet.`, details);
    }
    try {
      const granted = await this.ask(parameters);
      attempt.answered();
      return granted;
    } catch (error) {
      if (error instanceof TokenRequestError && error.code === 'unavailable') attempt.failed(error.retryAfterSeconds);
      else attempt.answered();
      throw error;
    }
  }

  /** Ends the requests under way. */
  stop(): void {
    this.stopped.abort(new Error('the application stops'));
  }

  private get name(): string {
    const { tokenEndpoint, issuer } = this.settings;
    return `the token endpoint of ${issuer ?? new URL(tokenEndpoint ?? '').origin}`;
  }

  private async ask(parameters: TokenRequest): Promise<GrantedToken> {
    const answer = await this.post(parameters);
    if (answer.status === 404 || answer.status === 410) this.found = undefined; // it has moved
    const read = readTokenAnswer(answer, 'subject_token' in parameters);
    if ('token' in read) return read;
    throw new TokenRequestError(read.code, `${this.name} gave none: ${read.message}.`, read);
  }

  private async post(parameters: TokenRequest): Promise<PostAnswer> {
    try {
      return await inTime((signal) => this.send(parameters, signal), this.settings.timeoutMs, this.stopped.signal);
    } catch (error) {
      throw new TokenRequestError('unavailable', `${this.name} cannot be reached: ${messageOf(error)}.`, { cause: error });
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
    try {
      return await postText(url, body, { signal, maxBytes: MAX_BYTES, headers });
    } catch (error) {
      // Nobody is there any more, unless it is only slow.
      if (!signal.aborted) this.found = undefined;
      throw error;
    }
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
    const { issuer = '', allowHttp, timeoutMs } = this.settings;
    const ask = (signal: AbortSignal) => discoverEndpoint(issuer, 'token_endpoint', allowHttp, (url) => getJson(url, signal));
    this.found = await inTime(ask, timeoutMs, this.stopped.signal);
    return this.found;
  }
}
