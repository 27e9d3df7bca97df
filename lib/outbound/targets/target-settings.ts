import { PURPOSE_MEMBERS, textOption, tokenPurpose } from '../../network/client-credentials/index.js';
import { AuthzConfigError, flagOption, isRecord, refuseUnknownMembers, shown } from '../../core/index.js';
import { httpUrl, isFetchable } from '../../network/http-client/index.js';
import type { ForwardTarget, RequestedTarget } from '../outbound-options.interface.js';

interface Destination {
  readonly name: string;
  /** Origins to which `fetch` and axios may send tokens; may be empty. */
  readonly origins: ReadonlySet<string>;
}

/** A target that gets the caller's own token. */
interface ForwardSettings extends Destination {
  readonly token: 'forward';
  /** `null`: any audience. */
  readonly audience: string | null;
}

/** A target that gets a token made for it. */
export interface RequestedSettings extends Destination {
  readonly token: 'exchange' | 'service';
  /** Parameters of the token request: `audience`, `resource`, `scope`. */
  readonly parameters: Readonly<Record<string, string>>;
}

export type TargetSettings = ForwardSettings | RequestedSettings;

/** Prefix of the error codes. */
const CODES = 'AUTHZ_OUTBOUND';
const FORWARD_MEMBERS: readonly (keyof ForwardTarget)[] = ['token', 'audience', 'origins', 'allowHttp'];
const REQUESTED_MEMBERS: readonly (keyof RequestedTarget)[] = ['token', ...PURPOSE_MEMBERS, 'origins', 'allowHttp'];

/** Reads one target. @throws AuthzConfigError that names the option, the value and what to write. */
export function targetSettings(name: string, value: unknown): TargetSettings {
  const place = `targets.${name}`;
  if (!isRecord(value))
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_TARGET',
      `"${place}" must be an object such as { token: "exchange", audience: "https://invoices.acme.com" }, got ${shown(value)}.`,
    );
  const { token } = value;
  if (token === 'forward') return forward(name, value, place);
  if (token === 'exchange' || token === 'service') return requested(name, token, value, place);
  throw new AuthzConfigError(
    'AUTHZ_OUTBOUND_TOKEN',
    `"${place}.token" must be "exchange", "forward" or "service", got ${shown(token)}.`,
  );
}

function forward(name: string, value: Record<string, unknown>, place: string): ForwardSettings {
  refuseUnknownMembers(value, FORWARD_MEMBERS, `"${place}" with token "forward"`);
  const meaning =
    'the value that "aud" of a forwarded token must contain, such as "https://stock.acme.com" (null forwards every token)';
  const audience =
    value['audience'] === null ? null : textOption(value['audience'], { path: `${place}.audience`, codes: CODES }, meaning);
  return { name, token: 'forward', audience, origins: origins(value, place) };
}

function requested(
  name: string,
  token: RequestedSettings['token'],
  value: Record<string, unknown>,
  place: string,
): RequestedSettings {
  refuseUnknownMembers(value, REQUESTED_MEMBERS, `"${place}" with token "${token}"`);
  const parameters = tokenPurpose(value, { path: place, codes: CODES });
  return { name, token, parameters, origins: origins(value, place) };
}

function origins(value: Record<string, unknown>, place: string): ReadonlySet<string> {
  const allowHttp = flagOption(value['allowHttp'], `${place}.allowHttp`);
  const given = value['origins'];
  if (given === undefined)
    return new Set([value['audience'], value['resource']].flatMap((name) => originWithin(name, allowHttp)));
  if (!Array.isArray(given) || given.length === 0)
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_ORIGIN',
      `"${place}.origins" must be a list of one or more, such as ["https://stock.acme.com"], got ${shown(given)}.`,
    );
  return new Set(given.map((each) => originOf(each, `${place}.origins`, allowHttp)));
}

/** Returns the origin of an audience that is a URL; nothing for other names. */
function originWithin(name: unknown, allowHttp: boolean): readonly string[] {
  if (typeof name !== 'string' || !/^https?:\/\//i.test(name) || !URL.canParse(name)) return [];
  const url = new URL(name);
  return isFetchable(url, allowHttp) ? [url.origin] : [];
}

function originOf(value: unknown, place: string, allowHttp: boolean): string {
  const url = new URL(httpUrl(value, place, allowHttp));
  if (`${url.pathname}${url.search}${url.hash}` === '/') return url.origin;
  throw new AuthzConfigError(
    'AUTHZ_OUTBOUND_ORIGIN',
    `"${place}" must be a scheme, a host and perhaps a port, such as ${shown(url.origin)}, got ${shown(value)}.`,
  );
}
