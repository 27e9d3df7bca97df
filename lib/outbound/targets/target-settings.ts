import {
  choiceOption,
  flagOption,
  itemsOf,
  membersOf,
  readOptions,
  refuseUnknownMembers,
  shown,
  wrongValue,
} from '../../core/index.js';
import { parameterOption, PURPOSE_MEMBERS, tokenPurpose } from '../../network/client-credentials/index.js';
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

/** A target that gets a token issued for it. */
export interface RequestedSettings extends Destination {
  readonly token: 'exchange' | 'service';
  /** Parameters of the token request: `audience`, `resource`, `scope`. */
  readonly parameters: Readonly<Record<string, string>>;
}

export type TargetSettings = ForwardSettings | RequestedSettings;

const FORWARD_MEMBERS = membersOf<ForwardTarget>()(['token', 'audience', 'origins', 'allowHttp']);
const REQUESTED_MEMBERS = membersOf<RequestedTarget>()(['token', ...PURPOSE_MEMBERS, 'origins', 'allowHttp']);
const EXAMPLE = '{ token: "exchange", audience: "https://invoices.acme.com" }';

/** A target as the application wrote it, not yet checked. */
type GivenTarget = { readonly [member in keyof RequestedTarget]?: unknown };

/** Reads and checks one target. @throws AuthzConfigError */
export function targetSettings(name: string, value: unknown): TargetSettings {
  const place = `targets.${name}`;
  const given = readOptions(value, { place: `"${place}"`, members: REQUESTED_MEMBERS, example: EXAMPLE });
  const token = choiceOption(given.token, `${place}.token`, ['exchange', 'forward', 'service']);
  if (token === 'forward') return forward(name, given, place);
  return { name, token, parameters: tokenPurpose(given, place), origins: origins(given, place) };
}

function forward(name: string, given: GivenTarget, place: string): ForwardSettings {
  refuseUnknownMembers(given, FORWARD_MEMBERS, `"${place}" with token "forward"`);
  const what =
    'a string that "aud" of the caller\'s token must contain, such as "https://stock.acme.com" (null forwards any token)';
  const audience = given.audience === null ? null : parameterOption(given.audience, `${place}.audience`, what);
  return { name, token: 'forward', audience, origins: origins(given, place) };
}

function origins(given: GivenTarget, place: string): ReadonlySet<string> {
  const allowHttp = flagOption(given.allowHttp, `${place}.allowHttp`);
  if (given.origins === undefined)
    return new Set([given.audience, given.resource].flatMap((text) => originWithin(text, allowHttp)));
  const what = 'a list of one or more origins, such as ["https://stock.acme.com"]';
  const list = itemsOf(given.origins) ?? [];
  if (list.length === 0) throw wrongValue('AUTHZ_LIST', `${place}.origins`, what, shown(given.origins));
  return new Set(list.map((each) => originOf(each, `${place}.origins`, allowHttp)));
}

/** Returns the origin of an audience that is a URL; an empty list for other audiences, which are only names. */
function originWithin(text: unknown, allowHttp: boolean): readonly string[] {
  if (typeof text !== 'string' || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return [];
  const url = new URL(text);
  return isFetchable(url, allowHttp) ? [url.origin] : [];
}

function originOf(value: unknown, place: string, allowHttp: boolean): string {
  const url = new URL(httpUrl(value, place, allowHttp));
  if (`${url.pathname}${url.search}${url.hash}` === '/') return url.origin;
  const what = `a scheme, a host and an optional port, such as ${shown(url.origin)}`;
  throw wrongValue('AUTHZ_URL', place, what, shown(value));
}
