import fc from 'fast-check';
import { GraphqlTransport } from '../../../lib/transports/graphql/graphql-transport.js';
import { httpTransport } from '../../../lib/transports/http/http-transport.js';
import { messageCarrier } from '../../../lib/transports/microservices/rpc-transport.js';
import { carryEachMessage, socketCarrier } from '../../../lib/transports/websockets/ws/socket-carrier.js';

const CARRIERS = { http: httpTransport.carrier, ws: socketCarrier, rpc: messageCarrier, graphql: new GraphqlTransport().carrier };
type Type = keyof typeof CARRIERS;

const [request, response, client, context, metadata, call] = [{}, {}, {}, {}, {}, {}];

describe('the carrier of a call', () => {
  it.each<[string, Type, unknown[], object | undefined]>([
    ['the request of HTTP', 'http', [request, response, () => undefined], request],
    ['undefined over HTTP without a response', 'http', [request], undefined],
    ['undefined over HTTP with a null response', 'http', [request, null], undefined],
    ['the socket', 'ws', [client, { data: 1 }], client],
    ['the context of a message', 'rpc', [{ data: 1 }, context], context],
    ['the call of gRPC', 'rpc', [{ data: 1 }, metadata, call], call],
    ['undefined for gRPC without its call', 'rpc', [{ data: 1 }, metadata, null], undefined],
    ['nothing of a message without a context', 'rpc', [{ data: 1 }], undefined],
    ['undefined for a string', 'ws', ['client'], undefined],
  ])('is %s', (_what, type, args, expected) => {
    expect(CARRIERS[type](args)).toBe(expected);
  });

  it('is the message on a socket with separated messages, and the socket outside of messages', () => {
    const [shared, message] = [{}, {}];
    let current: object | undefined = message;
    carryEachMessage(shared, () => current);
    expect(socketCarrier([shared, {}])).toBe(message);
    current = undefined;
    expect(socketCarrier([shared, {}])).toBe(shared);
  });

  it('is an object or undefined for any arguments', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(CARRIERS) as Type[])),
        fc.array(fc.anything(), { maxLength: 5 }),
        (type, args) => {
          const carrier: unknown = CARRIERS[type](args);
          expect(carrier === undefined || (typeof carrier === 'object' && carrier !== null)).toBe(true);
        },
      ),
    );
  });
});
