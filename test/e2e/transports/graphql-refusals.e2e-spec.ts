import { Catch, type ExceptionFilter } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Field, ObjectType, Query, Resolver, Subscription } from '@nestjs/graphql';
import {
  Authz,
  Authenticated,
  AuthzRefusedException,
  Public,
  RequirePermissions,
  type MappingProvider,
} from '../../../lib/index.js';
import {
  firstOf,
  onEveryServer,
  startGraphql,
  ticking,
  type GraphqlResponse,
  type GraphqlError,
  type GraphqlTestApp,
} from './graphql-app.js';

/** The return type of a resolver. Never instantiated. */
type Plain<T> = Pick<T, keyof T>;

@ObjectType()
class Order {
  @Field() id!: string;
}

@Resolver(() => Order)
class Orders {
  constructor(private readonly authz: Authz) {}

  @Query(() => Order)
  @RequirePermissions('orders:read')
  order(): Plain<Order> {
    return { id: '1' };
  }

  @Query(() => Order, { nullable: true })
  @RequirePermissions('orders:read')
  maybe(): Plain<Order> {
    return { id: '1' };
  }

  @Query(() => Order)
  @Authenticated()
  asking(): Plain<Order> {
    this.authz.assert('orders:delete');
    return { id: '1' };
  }

  @Query(() => Boolean)
  @Public()
  open(): boolean {
    return true;
  }

  @Subscription(() => Order)
  @RequirePermissions('orders:delete')
  removals(): AsyncIterableIterator<object> {
    return ticking('removals');
  }
}

const CHALLENGE = 'Bearer realm="api", error="invalid_token", error_description="The access token is invalid"';

onEveryServer((server) => {
  const isMercurius = server.name === 'Mercurius';
  let app: GraphqlTestApp;
  beforeAll(async () => {
    app = await startGraphql(server, [Orders], isMercurius ? {} : { includeStacktraceInErrorResponses: true });
  });
  afterAll(() => app.close());
  const viewer = () => app.authz.token({ roles: ['viewer'] });
  const withoutRoles = () => app.authz.token({ roles: [] });
  const errorsIn = (said: unknown) => (Array.isArray(said) ? (said as GraphqlError[]) : (said as GraphqlResponse).errors);

  it.each<[string, () => string | undefined, Record<string, string>]>([
    ['no token', () => undefined, { code: 'UNAUTHENTICATED', error: 'unauthorized', message: 'An access token is required' }],
    ['garbage', () => 'garbage', { code: 'UNAUTHENTICATED', error: 'invalid_token', message: 'The access token is invalid' }],
    [
      'a token without the permission',
      withoutRoles,
      { code: 'FORBIDDEN', error: 'insufficient_scope', message: 'The access token does not allow this request' },
    ],
  ])('reports %s as over HTTP, in extensions only', async (_what, token, { message, ...extensionsOverHttp }) => {
    const { body, text } = await app.post('{ maybe { id } }', token());
    expect(body.data).toEqual({ maybe: null });
    const { stacktrace, ...extensions } = body.errors?.[0]?.extensions ?? {};
    expect(extensions).toEqual(extensionsOverHttp);
    // Apollo's additions outside of production must not reveal our code.
    expect(stacktrace).toEqual(isMercurius ? undefined : [`GraphqlRefusedException: ${String(message)}`]);
    expect(body.errors?.[0]).toMatchObject({ message, path: ['maybe'] });
    expect(text).not.toMatch(/originalError|statusCode|node_modules|orders:read/);
  });

  it('sends no stack in production', async () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    const other = await startGraphql(server, [Orders]);
    try {
      const { body } = await other.post('{ maybe { id } }');
      expect(body.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', error: 'unauthorized' });
    } finally {
      process.env['NODE_ENV'] = before;
      await other.close();
    }
  });

  it('sends BAD_REQUEST for two tokens', async () => {
    const { body } = await new Promise<{ body: unknown }>((resolve) => {
      void app.authz
        .anonymous()
        .post('/graphql')
        .set({ authorization: [`Bearer ${viewer()}`, `Bearer ${viewer()}`] as unknown as string })
        .send({ query: '{ maybe { id } }' })
        .then((answer) => resolve({ body: answer.body as unknown }));
    });
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST', error: 'invalid_request' } }] });
  });

  it('returns the other requested fields', async () => {
    const { status, body } = await app.post('{ open maybe { id } }');
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: { open: true, maybe: null }, errors: [{ path: ['maybe'] }] });
  });

  it('sends the challenge in a header', async () => {
    const { headers } = await app.post('{ open maybe { id } }', 'garbage');
    expect(headers.get('www-authenticate')).toBe(CHALLENGE);
  });

  it('sets no header if nothing is refused', async () => {
    const { status, headers } = await app.post('{ order { id } }', viewer());
    expect({ status, challenge: headers.get('www-authenticate') }).toEqual({ status: 200, challenge: null });
  });

  it('reports a refusal by Authz in the handler in the same way', async () => {
    const { body, text, headers } = await app.post('{ asking { id } }', viewer());
    expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', error: 'insufficient_scope' });
    expect(body.errors?.[0]?.message).toBe('The access token does not allow this request');
    expect(text).not.toContain('originalError');
    expect(headers.get('www-authenticate')).toContain('insufficient_scope');
  });

  it('refuses a subscription with a separate message', async () => {
    const { outcome, said } = await firstOf(
      app.client({ authorization: `Bearer ${viewer()}` }),
      'subscription { removals { id } }',
    );
    expect(outcome).toBe('forbidden');
    // graphql-ws treats a subscription that was not started like a query; Mercurius sends a message of the type error.
    expect(errorsIn(said)).toMatchObject([
      { path: ['removals'], extensions: { code: 'FORBIDDEN', error: 'insufficient_scope' } },
    ]);
    expect(Array.isArray(said)).toBe(isMercurius);
    expect(JSON.stringify(said)).not.toMatch(/"http"|www-authenticate|stack|orders:delete/);
  });

  describe('the status over HTTP', () => {
    let strict: GraphqlTestApp;
    beforeAll(async () => {
      strict = await startGraphql(server, [Orders], isMercurius ? {} : { preserveHttpStatusForExecutionErrors: false });
    });
    afterAll(() => strict.close());

    const without = () => strict.authz.token({ roles: [] });

    it.each<[string, string, () => string | undefined, number]>([
      ['without data it is 401 for no token', '{ order { id } }', () => undefined, 401],
      ['without data it is 403 for a permission', '{ order { id } }', without, 403],
      ['with data it is 200', '{ maybe { id } }', () => undefined, 200],
      ['with other fields it is 200', '{ open order { id } }', without, 200],
      ['with other fields in a fragment it is 200', '{ ...f } fragment f on Query { order { id } open }', without, 200],
      ['of the only field in a fragment it is 403', '{ ...f } fragment f on Query { order { id } }', without, 403],
      ['of a field under two names it is 200', '{ a: order { id } b: order { id } }', without, 200],
    ])('%s', async (_what, query, token, status) => {
      expect((await strict.post(query, token())).status).toBe(status);
    });

    it('is 200 for Apollo by default, and as above for Mercurius', async () => {
      expect((await app.post('{ order { id } }')).status).toBe(isMercurius ? 401 : 200);
    });
  });

  it('sends SERVICE_UNAVAILABLE with Retry-After while no decision is possible', async () => {
    const provider: MappingProvider = { permissionsFor: () => Promise.reject(new Error('down')) };
    const other = await startGraphql(server, [Orders], {}, { authz: { mapping: { provider } } });
    const { body, headers } = await other.post('{ maybe { id } }', other.authz.token({ roles: ['viewer'] }));
    expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE', error: 'temporarily_unavailable' });
    expect(headers.get('retry-after')).toBe('5');
    await other.close();
  });

  it('lets an exception filter of the application decide the response', async () => {
    @Catch(AuthzRefusedException)
    class Translating implements ExceptionFilter {
      catch(exception: AuthzRefusedException) {
        return new Error(`translated ${exception.reason} ${exception.getStatus()} ${exception.getResponse().error}`);
      }
    }
    const other = await startGraphql(
      server,
      [Orders],
      {},
      { module: { providers: [{ provide: APP_FILTER, useClass: Translating }] } },
    );
    const { body } = await other.post('{ maybe { id } }');
    expect(body.errors?.[0]?.message).toBe('translated token_missing 401 unauthorized');
    await other.close();
  });
});
