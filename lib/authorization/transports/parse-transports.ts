import { AuthzConfigError, isRecord, refuseUnknownMembers, shown } from '../../core/index.js';
import type { HandlerKind, Transport, TransportDescription } from './transport.interface.js';

/** Checks a member of a transport; returns what the member must be, or `undefined` if the value fits. */
type MemberCheck = (value: unknown) => string | undefined;

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';
const name: MemberCheck = (value) => (isName(value) ? undefined : 'a string that is not empty');
const required: MemberCheck = (value) => (typeof value === 'function' ? undefined : 'a function');
const optional: MemberCheck = (value) => (value === undefined ? undefined : required(value));

/** The members by name. A compile error here says that the interface gained or lost one. */
const MEMBERS: Record<keyof Transport, MemberCheck> = {
  type: name,
  name,
  handlerKinds: (value) =>
    Array.isArray(value) && value.length > 0
      ? undefined
      : 'an array of one or more kinds, such as [{ kind: "job", metadata: "acme:job", plural: "jobs" }]',
  carrier: required,
  credentials: required,
  facts: optional,
  header: optional,
  refuse: optional,
  identify: optional,
  admit: optional,
};

const flag: MemberCheck = (value) => (value === undefined || typeof value === 'boolean' ? undefined : 'true or false');

const KIND_MEMBERS: Record<keyof HandlerKind, MemberCheck> = {
  kind: name,
  metadata: (value) => (typeof value === 'symbol' || isName(value) ? undefined : 'a metadata key: a string or a symbol'),
  plural: (value) => (value === undefined ? undefined : name(value)),
  mayBeTask: flag,
  isPartOfCall: flag,
};

/**
 * Returns the transports of the application's own.
 * @param others Transports of this library, whose types are taken.
 * @throws AuthzConfigError naming the member, the value received and what to write.
 */
export function parseTransports(value: unknown, others: readonly TransportDescription[]): readonly Transport[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw unfit('transports', 'an array of transports', value);
  const taken = new Map(others.map((other) => [other.type, other.name]));
  return value.map((transport: unknown, index) => {
    const place = `transports[${index}]`;
    const parsed = parseTransport(transport, place);
    const owner = taken.get(parsed.type);
    if (owner !== undefined)
      throw new AuthzConfigError(
        'AUTHZ_TRANSPORT',
        `"${place}.type" must differ from the type of every other transport, got ${shown(parsed.type)}, the type of the transport ` +
          `${shown(owner)}. Write another type here and in the call of ExternalContextCreator.create().`,
      );
    taken.set(parsed.type, parsed.name);
    return parsed;
  });
}

function parseTransport(value: unknown, place: string): Transport {
  if (!isRecord(value)) throw unfit(place, 'a transport: { type, name, handlerKinds, carrier, credentials }', value);
  // An instance of a class has members of its own.
  if (Object.getPrototypeOf(value) === Object.prototype) refuseUnknownMembers(value, Object.keys(MEMBERS), place);
  checkMembers(value, MEMBERS, place);
  const transport = value as unknown as Transport;
  transport.handlerKinds.forEach((kind, index) => {
    const at = `${place}.handlerKinds[${index}]`;
    if (!isRecord(kind)) throw unfit(at, 'a kind of handler: { kind, metadata, plural }', kind);
    refuseUnknownMembers(kind, Object.keys(KIND_MEMBERS), at);
    checkMembers(kind, KIND_MEMBERS, at);
  });
  return withMembers(transport);
}

/** Copies the documented members only: a transport may be an instance of a class, whose other methods (`open`, `lost`) mean something else to us. */
function withMembers(transport: Transport): Transport {
  const members = transport as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.keys(MEMBERS).map((member) => {
      const value = members[member];
      // `carrier` is called without `this` and stays the same function in all applications of the process.
      const isBound = typeof value === 'function' && member !== 'carrier';
      return [member, isBound ? (value.bind(transport) as unknown) : value];
    }),
  ) as unknown as Transport;
}

function checkMembers(
  value: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, MemberCheck>>,
  place: string,
): void {
  for (const [member, check] of Object.entries(checks)) {
    const expected = check(value[member]);
    if (expected !== undefined) throw unfit(`${place}.${member}`, expected, value[member]);
  }
}

function unfit(option: string, expected: string, value: unknown): AuthzConfigError {
  return new AuthzConfigError(
    'AUTHZ_TRANSPORT',
    `"${option}" must be ${expected}, got ${shown(value)}. See docs/write-a-transport.md.`,
  );
}
