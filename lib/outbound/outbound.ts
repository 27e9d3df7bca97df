import { Logger } from '@nestjs/common';
import { RepeatedWarnings } from '../authorization/index.js';
import { AuthzConfigError, didYouMean, messageOf, shown } from '../core/index.js';
import { callerToken, forwardable, type CallerHost } from './caller-token.js';
import { checkHasOrigin } from './check-destination.js';
import { ExchangedTokens } from './exchanged-tokens.js';
import { KeptToken } from './kept-token.js';
import { axiosInterceptor, type AxiosInterceptor } from './outbound-axios.js';
import { outboundFetch, type OutboundFetch } from './outbound-fetch.js';
import type { OutboundHeaders } from './outbound-headers.js';
import type { OutboundSettings } from './outbound-settings.js';
import type { OutboundTarget } from './outbound-target.js';
import type { RequestedSettings, TargetSettings } from './target-settings.js';
import type { GrantedToken } from './token-answer.js';
import { TokenEndpoint, type TokenRequest } from './token-endpoint.js';
import { traceContext } from './trace-context.js';

/** Has the token for a target, as the current call asks for it. */
type TokenSource = () => string | Promise<string>;

interface Target {
  readonly settings: TargetSettings;
  readonly token: TokenSource;
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * Carries the identity of the current caller, or of this service, on to the services that it calls. Inject it wherever requests are sent.
 *
 * @example
 * const answer = await this.outbound.fetch('invoices')('https://invoices.acme.com/42');
 */
export class Outbound {
  private readonly targets: ReadonlyMap<string, Target>;
  private readonly endpoint: TokenEndpoint | undefined;
  private readonly warnings: RepeatedWarnings;

  /**
   * @internal Created by Nest.
   * @param host `undefined`: the application has no AuthzModule, so nobody knows a caller.
   */
  constructor(
    private readonly settings: OutboundSettings,
    private readonly host: CallerHost | undefined,
  ) {
    const logger = new Logger('Outbound');
    this.warnings = new RepeatedWarnings((line) => logger.warn(line));
    this.endpoint = settings.client && new TokenEndpoint(settings.client);
    this.targets = new Map(
      [...settings.targets].map(([name, target]) => [name, { settings: target, token: this.sourceOf(target) }]),
    );
  }

  /**
   * The headers that a request to the target has to carry. Where it is sent is up to whoever sends it.
   * @throws OutboundError if there is no token for it; AuthzConfigError if there is no such target.
   */
  async headers(target: OutboundTarget): Promise<OutboundHeaders> {
    return this.headersOf(this.find(target));
  }

  /**
   * `fetch` with the target's token. Refuses requests to other origins than the target's, and follows no redirect.
   * @throws AuthzConfigError if there is no such target, or it has no origin.
   */
  fetch(target: OutboundTarget): OutboundFetch {
    const found = this.findWithOrigin(target);
    return outboundFetch(found.settings, () => this.headersOf(found));
  }

  /**
   * A request interceptor for axios, with the target's token. Refuses requests to other origins than the target's, and follows no redirect.
   *
   * @example
   * http.axiosRef.interceptors.request.use(outbound.axios('invoices'));
   * @throws AuthzConfigError if there is no such target, or it has no origin.
   */
  axios(target: OutboundTarget): AxiosInterceptor {
    const found = this.findWithOrigin(target);
    return axiosInterceptor(found.settings, () => this.headersOf(found));
  }

  /** @internal Ends the requests for tokens under way. */
  stop(): void {
    this.endpoint?.stop();
  }

  private async headersOf({ token }: Target): Promise<OutboundHeaders> {
    const trace = this.settings.traceContext ? traceContext(this.host?.scope.current()) : {};
    return { authorization: `Bearer ${await token()}`, ...trace };
  }

  private find(name: string): Target {
    const target = this.targets.get(name);
    if (target !== undefined) return target;
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_TARGET',
      `OutboundModule has no target ${shown(name)}.${didYouMean(name, this.targets.keys())} It knows: ${[...this.targets.keys()].join(', ')}.`,
    );
  }

  private findWithOrigin(name: string): Target {
    const target = this.find(name);
    checkHasOrigin(target.settings);
    return target;
  }

  private sourceOf(target: TargetSettings): TokenSource {
    const { name } = target;
    if (target.token === 'service') return this.serviceToken(target);
    const host = this.hostFor(name);
    return target.token === 'forward' ? () => forwardable(host, name, target.audience) : this.exchangedToken(target, host);
  }

  private serviceToken({ name, parameters }: RequestedSettings): TokenSource {
    const kept = new KeptToken({ endsAt: Infinity, endsWhenRefused: false });
    return () => kept.get(() => this.ask(name, { grant_type: 'client_credentials', ...parameters }));
  }

  private exchangedToken({ name, parameters }: RequestedSettings, host: CallerHost): TokenSource {
    const exchanged = new ExchangedTokens(this.settings.maxExchangedTokens);
    return () => {
      const { token, principal } = callerToken(host, name);
      const request: TokenRequest = {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: token,
        subject_token_type: ACCESS_TOKEN,
        requested_token_type: ACCESS_TOKEN,
        ...parameters,
      };
      return exchanged.of(token, principal.expiresAt).get(() => this.ask(name, request));
    };
  }

  /** Written down here: what fails in the background is told to nobody else. */
  private async ask(target: string, request: TokenRequest): Promise<GrantedToken> {
    if (this.endpoint === undefined) throw new Error('A target whose token is asked for has a client.');
    try {
      const granted = await this.endpoint.request(target, request);
      if (granted.lastsMs === undefined)
        this.warnings.tell(
          `The token for the target ${shown(target)} came without "expires_in", so it is not kept: each call asks the provider for one.`,
        );
      return granted;
    } catch (error) {
      this.warnings.tell(messageOf(error));
      throw error;
    }
  }

  private hostFor(target: string): CallerHost {
    if (this.host !== undefined) return this.host;
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_ALONE',
      `"targets.${target}" needs AuthzModule in the same application, which knows the caller. Without it there is the service's own token: token: "service".`,
    );
  }
}
