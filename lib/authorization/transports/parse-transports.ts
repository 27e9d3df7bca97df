import {
  AuthzConfigError,
  flagOption,
  functionOption,
  isRecord,
  itemsOf,
  listOption,
  optional,
  peek,
  readOptions,
  refuseUnknownMembers,
  shown,
  stringOption,
  wrongValue,
} from '../../core/index.js';
import type { HandlerKind, Transport, TransportDescription } from './transport.interface.js';

/** Reads a member of a transport. @throws AuthzConfigError */
type Read = (value: unknown, option: string) => unknown;

const name: Read = (value, option) => stringOption(value, option);
const required: Read = (value, option) => functionOption(value, option);
const ifGiven =
  (read: Read): Read =>
  (value, option) =>
    optional(value, (given) => read(given, option));

/** The members by name. A compile error here says that the interface gained or lost one. */
const MEMBERS: Record<keyof Transport, Read> = {
  type: name,
  name,
  handlerKinds,
  carrier: required,
  credentials: required,
  facts: ifGiven(required),
  header: ifGiven(required),
  params: ifGiven(required),
  input: ifGiven(required),
  unit: ifGiven(required),
  refuse: ifGiven(required),
  identify: ifGiven(required),
  admit: ifGiven(required),
};

const KIND_MEMBERS: Record<keyof HandlerKind, Read> = {
  kind: name,
  metadata: (value, option) =>
    typeof value === 'symbol' ? value : stringOption(value, option, 'a metadata key: a symbol or a string that is not empty'),
  plural: ifGiven(name),
  mayBeTask: ifGiven(flagOption),
  isPartOfCall: ifGiven(flagOption),
};

/**
 * Returns the transports of the application's own.
 * @param others Transports of this library, whose types are taken.
 * @throws AuthzConfigError naming the member, the value received and what to write.
 */
export function parseTransports(value: unknown, others: readonly TransportDescription[]): readonly Transport[] {
  if (value === undefined) return [];
  const items = itemsOf(value);
  if (items === undefined) throw wrongValue('AUTHZ_LIST', 'transports', 'a list of transports', shown(value));
  const taken = new Map(others.map((other) => [other.type, other.name]));
  return items.map((item, index) => {
    const place = `transports[${index}]`;
    const transport = parseTransport(item, place);
    const owner = taken.get(transport.type);
    if (owner !== undefined)
      throw new AuthzConfigError(
        'AUTHZ_TRANSPORT',
        `"${place}.type" must differ from the type of every other transport, got ${shown(transport.type)}, the type of the transport ` +
          `${shown(owner)}. Write another type here and in the call of ExternalContextCreator.create().`,
      );
    taken.set(transport.type, transport.name);
    return transport;
  });
}

/** Copies the documented members only: a transport may be an instance of a class, whose other methods (`open`, `lost`) mean something else to us. */
function parseTransport(value: unknown, place: string): Transport {
  if (!isRecord(value)) {
    const example = '{ type, name, handlerKinds, carrier, credentials }';
    throw new AuthzConfigError('AUTHZ_OPTIONS', `"${place}" must be an object such as ${example}, got ${shown(value)}.`);
  }
  // An instance of a class has members of its own.
  if (Object.getPrototypeOf(value) === Object.prototype) refuseUnknownMembers(value, Object.keys(MEMBERS), `"${place}"`);
  const members = Object.entries(MEMBERS).map(([member, read]) => {
    const given = read(peek(value, member), `${place}.${member}`);
    // These are called without `this` and stay the same functions in all applications of the process.
    const isBound = typeof given === 'function' && member !== 'carrier' && member !== 'unit';
    return [member, isBound ? (given.bind(value) as unknown) : given] as const;
  });
  return Object.fromEntries(members) as unknown as Transport;
}

function handlerKinds(value: unknown, option: string): readonly HandlerKind[] {
  const example = '{ kind: "job", metadata: "acme:job", plural: "jobs" }';
  return listOption(value, option, `a list of one or more kinds such as ${example}`, isRecord).map((kind, index) => {
    const place = `${option}[${index}]`;
    const given = readOptions(kind, { place: `"${place}"`, members: Object.keys(KIND_MEMBERS), example });
    const members = Object.entries(KIND_MEMBERS).map(
      ([member, read]) => [member, read(given[member], `${place}.${member}`)] as const,
    );
    return Object.fromEntries(members) as unknown as HandlerKind;
  });
}
