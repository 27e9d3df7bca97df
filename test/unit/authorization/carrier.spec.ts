import fc from 'fast-check';
import { carrierOf, carryEachMessage } from '../../../lib/authorization/carrier.js';

const [request, response, client, context, metadata, call] = [{}, {}, {}, {}, {}, {}];

describe('what is kept of a call', () => {
  it.each<[string, string, unknown[], object | undefined]>([
    ['the request of HTTP', 'http', [request, response, () => undefined], request],
    ['nothing of HTTP without an answer', 'http', [request], undefined],
    ['nothing of HTTP with an answer that is none', 'http', [request, null], undefined],
    ['the socket', 'ws', [client, { data: 1 }], client],
    ['the context of a message', 'rpc', [{ data: 1 }, context], context],
    ['the call of gRPC', 'rpc', [{ data: 1 }, metadata, call], call],
    ['nothing of a message without a context', 'rpc', [{ data: 1 }], undefined],
    ['nothing of a text', 'ws', ['client'], undefined],
    ['nothing of a call of an unknown type', 'rmq', [request, response], undefined],
  ])('is %s', (_what, type, args, expected) => {
    expect(carrierOf(type, args)).toBe(expected);
  });

  it('is the message of a socket that keeps them apart, and outside of any the socket', () => {
    const [shared, message] = [{}, {}];
    let current: object | undefined = message;
    carryEachMessage(shared, () => current);
    expect(carrierOf('ws', [shared, {}])).toBe(message);
    current = undefined;
    expect(carrierOf('ws', [shared, {}])).toBe(shared);
  });

  it('is an object or nothing, whatever a call consists of', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom('http', 'ws', 'rpc', 'graphql'), fc.string()),
        fc.array(fc.anything(), { maxLength: 5 }),
        (type, args) => {
          const carrier: unknown = carrierOf(type, args);
          expect(carrier === undefined || (typeof carrier === 'object' && carrier !== null)).toBe(true);
        },
      ),
    );
  });
});
