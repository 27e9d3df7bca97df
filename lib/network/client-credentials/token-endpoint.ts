import { setMaxListeners } from 'node:events';
import { messageOf } from '../../core/index.js';
import { discoverEndpoint, getJson, postText, type PostResponse } from '../http-client/index.js';
import { inTime } from '../remote/index.js';
import { clientAuthentication } from './client-authentication.js';
import type { ClientSettings } from './client-settings.js';
import { EndpointPause } from './endpoint-pause.js';
import { readTokenResponse, type GrantedToken } from './token-response.js';
import { TokenRequestError } from './token-request.error.js';

/** Largest response read, in bytes (64 KiB). Tokens are much shorter. */
const MAX_BYTES = 64 * 1024;

/** Parameters of a token request (RFC 6749 section 4.4.2, RFC 8693 section 2.1). */
export type TokenRequest = Readonly<Record<string, string>> & { readonly grant_type: string };

/**
 * Requests tokens from a provider, as one client. Discovers the endpoint at the first request and remembers it. If the endpoint is unreachable or
 * asks to wait, all requests pause. If it refuses a token, only that request fails.
 */
export class TokenEndpoint {
  private readonly stopped = new AbortController();
  private readonly pause = new EndpointPause();
  private found: string | undefined;
  private finding: Promise<string> | undefined;

  constructor(private readonly settings: ClientSettings) {
    // Each request in progress adds a listener.
    setMaxListeners(0, this.stopped.signal);
  }

  /** @throws TokenRequestError */
  async request(parameters: TokenRequest): Promise<GrantedToken> {
    const attempt = this.pause.begin();
    if (typeof attempt === 'number') {
      const retryAfterSeconds = Math.ceil(attempt / 1000);
      const message = `${this.name} failed a moment ago. The next request is sent in ${retryAfterSeconds} s at the earliest.`;
      throw new TokenRequestError('unavailable', message, { retryAfterSeconds });
    }
    try {
      const granted = await this.ask(parameters);
      attempt.responded();
      return granted;
    } catch (error) {
      if (error instanceof TokenRequestError && error.code === 'unavailable') attempt.failed(error.retryAfterSeconds);
      else attempt.responded();
      throw error;
    }
  }

  /** Aborts the requests in progress. */
  stop(): void {
    this.stopped.abort(new Error('the application stops'));
  }

  private get name(): string {
    const { tokenEndpoint, issuer } = this.settings;
    return `the token endpoint of ${issuer ?? new URL(tokenEndpoint ?? '').origin}`;
  }

  private async ask(parameters: TokenRequest): Promise<GrantedToken> {
    const response = await this.post(parameters);
    if (response.status === 404 || response.status === 410) this.found = undefined; // the endpoint may have moved: discover it again
    const read = readTokenResponse(response, 'subject_token' in parameters);
    if ('token' in read) return read;
    throw new TokenRequestError(read.code, `${this.name} issued no token: ${read.message}.`, read);
  }

  private async post(parameters: TokenRequest): Promise<PostResponse> {
    try {
      return await inTime((signal) => this.send(parameters, signal), this.settings.timeoutMs, this.stopped.signal);
    } catch (error) {
      throw new TokenRequestError('unavailable', `${this.name} cannot be reached: ${messageOf(error)}.`, { cause: error });
    }
  }

  private async send(parameters: TokenRequest, signal: AbortSignal): Promise<PostResponse> {
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
      // Connection failed (not just timed out): discover the endpoint again.
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
