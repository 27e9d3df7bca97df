import { PURPOSE_MEMBERS, textOption, tokenPurpose } from '../../network/client-credentials/index.js';
import { AuthzConfigError, flagOption, isRecord, refuseUnknownMembers, shown } from '../../core/index.js';
import { httpUrl, isFetchable } from '../../network/http-client/index.js';
import type { ForwardTarget, RequestedTarget } from '../outbound-options.interface.js';

interface Destination {
  readonly name: string;
  /** Where tokens may go with `fetch` and axios; empty where none is known. */
  readonly origins: ReadonlySet<string>;
}

/** A target that gets the caller's own token. */
interface ForwardSettings extends Destination {
  readonly token: 'forward';
  /** `null`: any. */
  readonly audience: string | null;
}

/** A target that gets a token made for it. */
export interface RequestedSettings extends Destination {
  readonly token: 'exchange' | 'service';
  /** What is asked for: `audience`, `resource`, `scope`. */
  readonly parameters: Readonly<Record<string, string>>;
}

export type TargetSettings = ForwardSettings | RequestedSettings;

/** What the codes of errors begin with. */
const CODES = 'AUTHZ_OUTBOUND';
const FORWARD_MEMBERS: readonly (keyof ForwardTarget)[] = ['token', 'audience', 'origins', 'allowHttp'];
const REQUESTED_MEMBERS: readonly (keyof RequestedTarget)[] = ['token', ...PURPOSE_MEMBERS, 'origins', 'allowHttp'];

/** Reads one target. @throws AuthzConfigError naming the option, what came and what to write. */
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
    'what the caller\'s token must have in "aud" to be forwarded, such as "https://stock.acme.com" (null forwards any token that came)';
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
    return new Set([value['audience'], value['resource']].flatMap((text) => originWithin(text, allowHttp)));
  if (!Array.isArray(given) || given.length === 0)
    throw new AuthzConfigError(
      'AUTHZ_OUTBOUND_ORIGIN',
      `"${place}.origins" must be a list of one or more, such as ["https://stock.acme.com"], got ${shown(given)}.`,
    );
  return new Set(given.map((each) => originOf(each, `${place}.origins`, allowHttp)));
}

/** Some audiences are URLs; those which are only names say nothing of where the service is. */
function originWithin(text: unknown, allowHttp: boolean): readonly string[] {
  if (typeof text !== 'string' || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return [];
  const url = new URL(text);
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
