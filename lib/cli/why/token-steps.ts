import { ownClaim, printable, shown } from '../../core/index.js';
import {
  duration,
  moment,
  TOKEN_CHECKS,
  type IssuerSettings,
  type TokenCheck,
  type TokenInspection,
} from '../../authentication/index.js';
import type { Jws } from '../../jws/index.js';
import { faultStep } from './fault-step.js';
import type { WhyStep } from './why-step.interface.js';

type StepName = (typeof TOKEN_CHECKS)[number];

/** Facts about the keys in addition to the results of the checks. */
export interface KeyFacts {
  /** Reasons why keys could not be loaded, by issuer. */
  readonly failures: ReadonlyMap<string, string>;
  readonly isOutOfReach: (settings: IssuerSettings) => boolean;
}

/** Returns the steps from a string to a verified token. */
export function tokenSteps({ checks, jws, issuer }: TokenInspection, keys: KeyFacts): readonly WhyStep[] {
  return TOKEN_CHECKS.filter((name) => name !== 'principal').map((name): WhyStep => {
    const check = keyCheck(name, checks[name], issuer, keys);
    const step =
      typeof check === 'object'
        ? faultStep(name, check)
        : {
            step: name,
            state: check,
            found: check === 'unchecked' ? [whyNot(name, checks, issuer, keys)] : okText(name, jws, issuer),
          };
    return { ...step, found: [...step.found, ...remarks(name, check, issuer, keys)] };
  });
}

/** Keys that may not be fetched are not a fault of the token. */
function keyCheck(name: StepName, check: TokenCheck, issuer: IssuerSettings | undefined, { isOutOfReach }: KeyFacts): TokenCheck {
  return name === 'key' && isMissingKey(check) && issuer !== undefined && isOutOfReach(issuer) ? 'unchecked' : check;
}

function isMissingKey(check: TokenCheck): boolean {
  return typeof check === 'object' && check.reason === 'keys_unavailable';
}

function whyNot(
  name: StepName,
  checks: TokenInspection['checks'],
  issuer: IssuerSettings | undefined,
  { isOutOfReach, failures }: KeyFacts,
): string {
  if (checks.shape !== 'ok') return 'the token cannot be read';
  if (name === 'issuer') return `the issuer cannot be looked up: ${printable(failures.get('') ?? 'no response')}`;
  if (issuer === undefined) return 'no configured issuer applies';
  if (checks.key === 'unchecked') return 'no key can have this algorithm';
  return isMissingKey(checks.key) && isOutOfReach(issuer) ? 'offline, and no keys are given with --jwks' : 'no key is available';
}

function remarks(
  name: StepName,
  check: TokenCheck,
  issuer: IssuerSettings | undefined,
  { failures }: KeyFacts,
): readonly string[] {
  if (issuer === undefined || typeof check === 'string') return [];
  if (name === 'issuer') return [`the other steps use the rules of ${shown(issuer.issuer)}`];
  const failure = failures.get(issuer.issuer);
  return name === 'key' && check.reason === 'keys_unavailable' && failure !== undefined ? [printable(failure)] : [];
}

function okText(name: StepName, jws: Jws | undefined, issuer: IssuerSettings | undefined): readonly string[] {
  return jws === undefined || issuer === undefined ? [] : [OK[name](jws, issuer)];
}

/** Details of each step that found no fault. */
const OK: Readonly<Record<StepName, (jws: Jws, issuer: IssuerSettings) => string>> = {
  shape: ({ signingInput, signature }) => `a signed JWT of ${signingInput.length + 1 + signature.length} characters`,
  header: ({ header: { alg, kid, members } }) => `alg ${shown(alg)}, typ ${absentOr(members['typ'])}, kid ${absentOr(kid)}`,
  issuer: ({ claims }) => `iss ${absentOr(ownClaim(claims, 'iss'))}`,
  kind: (_, { tokenKind }) => (tokenKind === 'id' ? 'an ID token, which the configuration accepts' : 'an access token'),
  key: ({ header: { kid } }, { legacy }) =>
    legacy === undefined
      ? kid === undefined
        ? 'the only key of the issuer that fits'
        : `the issuer has the key ${shown(kid)}`
      : 'the key of legacyIssuer()',
  signature: () => 'valid for that key',
  times: ({ claims }) => timesText(claims),
  audience: ({ claims }, { audience }) =>
    audience === null ? 'any audience is accepted' : `aud ${shown(ownClaim(claims, 'aud'))}`,
  claims: () => 'the claims required by the configuration are present',
  principal: () => '',
};

function timesText(claims: Readonly<Record<string, unknown>>): string {
  const now = Date.now() / 1000;
  const text = (verb: string, name: string) => {
    const time = ownClaim(claims, name);
    if (typeof time !== 'number') return [];
    const distance = duration(Math.abs(time - now));
    return [`${verb} ${moment(time)} (${time < now ? `${distance} ago` : `in ${distance}`})`];
  };
  return [...text('issued', 'iat'), ...text('valid from', 'nbf'), ...text('expires', 'exp')].join(', ');
}

function absentOr(value: unknown): string {
  return value === undefined ? 'absent' : shown(value);
}
