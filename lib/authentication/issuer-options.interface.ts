import type { ClaimPath } from '../core/index.js';
import type { Algorithm } from './algorithms.js';

/** An issuer of access tokens: an authorization server, an identity provider, a realm or a user pool. */
export interface IssuerOptions {
  /** Exactly what its tokens carry in `iss`, trailing slash included. */
  readonly issuer: string;
  /**
   * Where its keys are (RFC 7517). May lie on another host than the issuer, such as an address inside the cluster.
   * Default: what the issuer's discovery document says (OpenID Connect Discovery 1.0, `<issuer>/.well-known/openid-configuration`).
   */
  readonly jwksUri?: string;
  /** Overrides the module's `audience` for this issuer. `null` accepts any. */
  readonly audience?: string | readonly string[] | null;
  /** Clients whose tokens are accepted (`client_id`, else `azp`). Default: any client. */
  readonly clientIds?: readonly string[];
  /** Overrides the module's `algorithms` for this issuer. */
  readonly algorithms?: readonly Algorithm[];
  /** Where the roles are. Default: `roles`. */
  readonly roles?: ClaimPath;
  /** Where the tenant is. Default: none is read. */
  readonly tenant?: ClaimPath;
  /** Claims that each access token of this issuer carries with just this value, by which it differs from its other tokens. */
  readonly requiredClaims?: Readonly<Record<string, string>>;
  /** Allows `http:` for the issuer's discovery document and keys on other hosts than loopback. Default: false. */
  readonly allowHttp?: boolean;
}
