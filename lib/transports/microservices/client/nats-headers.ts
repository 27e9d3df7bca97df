import { ClientNats } from '@nestjs/microservices';
import type { WireFields } from '../wire.js';

/** What we use of headers as the packages of NATS have them: names, each with its values. */
interface NatsHeaders extends Iterable<readonly [name: string, values: readonly string[]]> {
  append(name: string, value: string): void;
  set(name: string, value: string): void;
}

/** Makes headers by Nest's own client, whichever package of NATS that has loaded. It never connects. */
class HeaderMaker extends ClientNats {
  make(): NatsHeaders {
    return this.mergeHeaders() as NatsHeaders;
  }
}

/** Any header has Nest make them; it is taken out again. */
const SEED = 'authorization';
let maker: HeaderMaker | undefined;

/**
 * New headers: those given, and the fields. A token that is there is replaced, however its name is written; a trace that is there stays.
 * @param given Of a record; not changed.
 */
export function natsHeaders(given: unknown, { authorization = '', ...trace }: WireFields): NatsHeaders {
  maker ??= new HeaderMaker({ headers: { [SEED]: SEED } });
  const headers = maker.make();
  headers.set('authorization', authorization);
  let hasTrace = false;
  for (const [name, values] of isIterable(given) ? given : []) {
    if (name.toLowerCase() === 'authorization') continue;
    hasTrace ||= name.toLowerCase() === 'traceparent';
    for (const value of values) headers.append(name, value);
  }
  if (!hasTrace) for (const [name, value] of Object.entries(trace)) headers.set(name, value);
  return headers;
}

function isIterable(given: unknown): given is NatsHeaders {
  return typeof given === 'object' && given !== null && Symbol.iterator in given;
}
