import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { graphqlCarrier, graphqlContext, graphqlSource } from '../../../../lib/transports/graphql/graphql-carrier.js';

const request = () => Object.assign(new IncomingMessage(new Socket()), { originalUrl: '/graphql' });
const ofFastify = (ws = false) => ({ raw: request(), ws });
const ofGraphqlWs = () => ({
  connectionParams: { authorization: 'Bearer x' },
  subscriptions: {},
  extra: { socket: {}, request: request() },
});

describe('the carrier of an operation', () => {
  it.each<[string, (value: object) => unknown, () => object]>([
    ['the request of Express', (req) => ({ req }), request],
    ['the request of Fastify', (req) => ({ req }), ofFastify],
    ['the request to which Mercurius responds', (found) => ({ reply: { request: found } }), ofFastify],
    ['the same, whatever else is there', (found) => ({ req: { user: 'x' }, request: {}, reply: { request: found } }), ofFastify],
    ['the connection of graphql-ws', (req) => ({ req, locale: 'de' }), ofGraphqlWs],
    ['the request that opened a socket of Mercurius', (found) => ({ request: found }), () => ofFastify(true)],
  ])('is %s', (_what, contextOf, make) => {
    const found = make();
    expect(graphqlCarrier(contextOf(found))).toBe(found);
  });

  it('is the payload of connection_init on a socket of Mercurius, since there may be several', () => {
    const found = ofFastify(true);
    const [first, second] = [{ authorization: 'a' }, { authorization: 'b' }];
    expect(graphqlCarrier({ request: found, _connectionInit: first })).toBe(first);
    expect(graphqlCarrier({ request: found, _connectionInit: second })).toBe(second);
    expect(graphqlCarrier({ request: found, _connectionInit: 'text' })).toBe(found);
  });

  it('is the request over HTTP, even if the context has names used on a socket', () => {
    const found = ofFastify();
    const source = graphqlSource({ reply: { request: found }, _connectionInit: { authorization: 'Bearer x' } });
    expect(source).toEqual({ carrier: found, request: found, connection: undefined });
  });

  it('is found through the prototype of a context, as in a batch of Mercurius', () => {
    const found = ofFastify();
    const context = { req: found, reply: { request: found } };
    expect(graphqlCarrier(Object.create(context))).toBe(found);
    expect(graphqlCarrier(context)).toBe(found);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'context'],
    ['an empty object', {}],
    ['headers alone', { req: { headers: { authorization: 'Bearer x' } } }],
    ['what a client could send', JSON.parse('{"req":{"rawHeaders":["authorization","Bearer x"]}}')],
    ['what a client could send for Fastify', JSON.parse('{"req":{"raw":{"rawHeaders":["authorization","Bearer x"]}}}')],
    ['what a client could send for graphql-ws', JSON.parse('{"req":{"subscriptions":{},"extra":{"request":{"rawHeaders":[]}}}}')],
    [
      'what a client could send for Mercurius',
      JSON.parse('{"request":{"ws":true,"raw":{"rawHeaders":[]}},"_connectionInit":{}}'),
    ],
    ['what is null in it', { req: null, request: null, reply: null }],
    ['a stream that is no request', { req: new Socket() }],
  ])('is undefined if the context is %s', (_what, context) => {
    expect(graphqlCarrier(context)).toBeUndefined();
  });

  it('is undefined if the context has the request of another caller', () => {
    expect(graphqlCarrier({ req: ofFastify(), reply: { request: ofFastify() } })).toBeUndefined();
  });

  it('is undefined from the second request with the same context on', () => {
    const context = { req: request() };
    const first = context.req;
    expect(graphqlCarrier(context)).toBe(first);
    context.req = request();
    expect(graphqlCarrier(context)).toBeUndefined();
    context.req = first;
    expect(graphqlCarrier(context)).toBe(first);
    expect(graphqlCarrier({ ...context, req: request() })).toBeDefined();
  });

  it('is found in a frozen context', () => {
    const req = request();
    expect(graphqlCarrier(Object.freeze({ req }))).toBe(req);
  });
});

it('finds the context of reference resolvers', () => {
  const [root, args, context, info] = [{}, {}, {}, {}];
  expect(graphqlContext([root, args, context, info])).toBe(context);
  expect(graphqlContext([root, context, info])).toBe(context);
});
