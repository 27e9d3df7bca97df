import { ClientNats } from '@nestjs/microservices';
import type { WireFields } from '../wire.js';

/** The members that we use of NATS headers: names, each with its values. */
interface NatsHeaders extends Iterable<readonly [name: string, values: readonly string[]]> {
  append(name: string, value: string): void;
  set(name: string, value: string): void;
}

/** Creates headers with Nest's client, so that they fit the NATS package that Nest has loaded. Never connects. */
class HeaderMaker extends ClientNats {
  make(): NatsHeaders {
    return this.mergeHeaders() as NatsHeaders;
  }
}

/** Nest creates headers only if there is one to set; this one is removed again. */
const SEED = 'authorization';
let maker: HeaderMaker | undefined;

/**
 * Returns new headers with the given ones and the fields. Replaces an existing token, whatever the case of its name; keeps an existing trace.
 * @param given Headers of a record. Not changed.
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
