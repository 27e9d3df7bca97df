import { AuthzLogger, RepeatedWarnings } from '../authorization/index.js';
import {
  KeptToken,
  TokenEndpoint,
  TokenRequestError,
  type GrantedToken,
  type TokenInUse,
  type TokenRequest,
} from '../network/client-credentials/index.js';
import { AuthzConfigError, didYouMean, shown } from '../core/index.js';
import { exchangeable, forwardable, type CallerHost } from './caller-token.js';
import { checkHasOrigin } from './targets/check-destination.js';
import { ExchangedTokens } from './exchanged-tokens.js';
import { axiosInterceptor, type AxiosInterceptor } from './clients/outbound-axios.js';
import { outboundFetch, type OutboundFetch } from './clients/outbound-fetch.js';
import { OutboundError } from './outbound.error.js';
import type { Credentials, OutboundHeaders } from './clients/outbound-headers.js';
import type { OutboundSettings } from './outbound-settings.js';
import type { OutboundTarget } from './targets/outbound-target.js';
import type { RequestedSettings, TargetSettings } from './targets/target-settings.js';
import { traceContext } from './clients/trace-context.js';

/** Returns the token for a target, for the current call. */
type TokenSource = () => TokenInUse | Promise<TokenInUse>;

interface Target {
  readonly settings: TargetSettings;
  readonly token: TokenSource;
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * Adds the token of the current caller, or of this service, to requests to other services. Inject it where requests are sent.
 *
 * @example
 * const response = await this.outbound.fetch('invoices')('https://invoices.acme.com/42');
 */
export class Outbound {
  private readonly targets: ReadonlyMap<string, Target>;
  private readonly endpoint: TokenEndpoint | undefined;
  private readonly logger = new AuthzLogger('Authz');
  private readonly warnings = new RepeatedWarnings((line) => this.logger.warn(line));
  private readonly logged = new WeakSet<OutboundError>();

  /**
   * @internal Created by Nest.
   * @param host `undefined` if the application has no AuthzModule, so that there is no current caller.
   */
  constructor(
    private readonly settings: OutboundSettings,
    private readonly host: CallerHost | undefined,
  ) {
    this.endpoint = settings.client && new TokenEndpoint(settings.client);
    this.targets = new Map(
      [...settings.targets].map(([name, target]) => [name, { settings: target, token: this.sourceOf(target) }]),
    );
  }

  /**
   * Returns the headers for a request to the target. They contain a token: send them to the target only.
   * @throws OutboundError if there is no token for it; AuthzConfigError if there is no such target.
   */
  async headers(target: OutboundTarget): Promise<OutboundHeaders> {
    const found = this.find(target);
    return this.logging(async () => (await this.credentialsOf(found)).headers);
  }

  /**
   * Returns a `fetch` that adds the target's token. It refuses requests to other origins than the target's, and follows no redirect.
   * @throws AuthzConfigError if there is no such target, or it has no origin.
   */
  fetch(target: OutboundTarget): OutboundFetch {
    const found = this.findWithOrigin(target);
    const send = outboundFetch(found.settings, () => this.credentialsOf(found));
    return (...given) => this.logging(() => send(...given));
  }

  /**
   * Returns a request interceptor for axios that adds the target's token. It refuses requests to other origins than the target's, and follows no
   * redirect.
   *
   * @example
   * http.axiosRef.interceptors.request.use(outbound.axios('invoices'));
   * @throws AuthzConfigError if there is no such target, or it has no origin.
   */
  axios(target: OutboundTarget): AxiosInterceptor {
    const found = this.findWithOrigin(target);
    const intercept = axiosInterceptor(found.settings, () => this.credentialsOf(found));
    return (config) => this.logging(() => intercept(config));
  }

  /** @internal Aborts running token requests. */
  stop(): void {
    this.endpoint?.stop();
  }

  private async credentialsOf({ token: source }: Target): Promise<Credentials> {
    const trace = this.settings.traceContext ? traceContext(this.host?.scope.current()) : {};
    const { token, refused } = await source();
    return { headers: { authorization: `Bearer ${token}`, ...trace }, refused };
  }

  /** Logs an error once: Nest logs no exception that has a response of its own. */
  private async logging<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof OutboundError) this.log(error);
      throw error;
    }
  }

  private log(error: OutboundError): void {
    if (this.logged.has(error)) return;
    this.logged.add(error);
    // Faults of the caller need no action of the operator.
    if (error.getStatus() < 500) this.logger.debug(error.detail);
    else this.warnings.warn(error.detail);
  }

  private find(name: string): Target {
    const target = this.targets.get(name);
    if (target !== undefined) return target;
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_TARGET',
      `OutboundModule has no target ${shown(name)}.${didYouMean(name, this.targets.keys())} Targets: ${[...this.targets.keys()].join(', ')}.`,
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
    if (target.token !== 'forward') return this.exchangedToken(target, host);
    const { audience } = target;
    return () => ({ token: forwardable(host, name, audience), refused: () => false });
  }

  private serviceToken({ name, parameters }: RequestedSettings): TokenSource {
    const kept = new KeptToken({ endsAt: Infinity, endsWhenRefused: false });
    return () => kept.use(() => this.request(name, { grant_type: 'client_credentials', ...parameters }));
  }

  private exchangedToken({ name, parameters }: RequestedSettings, host: CallerHost): TokenSource {
    const exchanged = new ExchangedTokens(this.settings.maxExchangedTokens);
    const issuers = this.exchangeIssuers(name, host);
    return () => {
      const { token, principal } = exchangeable(host, name, issuers);
      const request: TokenRequest = {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: token,
        subject_token_type: ACCESS_TOKEN,
        requested_token_type: ACCESS_TOKEN,
        ...parameters,
      };
      return exchanged.of(token, principal.expiresAt).use(() => this.request(name, request));
    };
  }

  /** The issuers whose tokens may be sent to the provider. */
  private exchangeIssuers(target: string, { soleIssuer }: CallerHost): ReadonlySet<string> {
    const { issuer, exchangeIssuers = [] } = this.settings.client ?? {};
    const named = [issuer ?? [], exchangeIssuers].flat();
    const issuers = named.length > 0 ? named : [soleIssuer ?? []].flat();
    if (issuers.length > 0) return new Set(issuers);
    throw new AuthzConfigError(
      'AUTHZ_OPTION_MISSING',
      `"targets.${target}" exchanges tokens of callers at "client.tokenEndpoint", and the application trusts several issuers. Write "client.issuer", if the endpoint is one of theirs, or client: { exchangeIssuers: ["https://id.acme.com"] }.`,
    );
  }

  /** Logs failures itself: renewals run in the background, where no caller gets the error. */
  private async request(target: string, request: TokenRequest): Promise<GrantedToken> {
    if (this.endpoint === undefined) throw new Error('A target with a requested token has a client.');
    try {
      const granted = await this.endpoint.request(request);
      if (granted.lastsMs === undefined)
        this.warnings.warn(
          `The token for the target ${shown(target)} has no "expires_in", so it is not kept: each call requests a new one.`,
        );
      return granted;
    } catch (error) {
      if (!(error instanceof TokenRequestError)) throw error;
      const failed = new OutboundError(error.code, target, error.message, error);
      this.log(failed);
      throw failed;
    }
  }

  private hostFor(target: string): CallerHost {
    if (this.host !== undefined) return this.host;
    throw new AuthzConfigError(
      'AUTHZ_MODULE_MISSING',
      `"targets.${target}" needs AuthzModule in the same application, which knows the caller. Without it there is the service's own token: token: "service".`,
    );
  }
}
