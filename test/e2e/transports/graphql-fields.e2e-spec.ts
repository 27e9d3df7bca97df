import { Injectable, Module, Scope } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Args, Field, InterfaceType, ObjectType, Parent, Query, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import { CurrentPrincipal, OptionalAuth, Public, RequirePermissions } from '../../../lib/index.js';
import { onEveryServer, outcomeOf, startGraphql, type GraphqlTestApp } from './graphql-app.js';

/** The return type of a resolver. Never instantiated. */
type Plain<T> = Pick<T, keyof T>;

@InterfaceType({ resolveType: () => Invoice })
abstract class Paper {
  @Field() id!: string;
}

@ObjectType({ implements: () => [Paper] })
class Invoice extends Paper {}

@ObjectType()
class Order {
  @Field() id!: string;
}

@ObjectType()
class Secret {
  @Field() id!: string;
}

@Resolver(() => Order)
class OrderResolver {
  @Query(() => Order)
  @Public()
  order(@Args('id', { nullable: true }) id?: string): Plain<Order> {
    return { id: id ?? '1' };
  }

  @ResolveField(() => String)
  plain(@Parent() { id }: Order): string {
    return `plain ${id}`;
  }

  @ResolveField(() => String, { nullable: true })
  @RequirePermissions('orders:read')
  price(@CurrentPrincipal('subject') subject: string): string {
    return `for ${subject}`;
  }

  @ResolveField(() => String, { nullable: true })
  @OptionalAuth()
  greeting(@CurrentPrincipal('subject') subject?: string): string {
    return `hello ${subject ?? 'stranger'}`;
  }

  @ResolveReference()
  @RequirePermissions('orders:read')
  resolveReference(@Parent() { id }: Order, @CurrentPrincipal('subject') subject: string): Plain<Order> & { subject: string } {
    return { id, subject };
  }
}

/** The requirement of the class applies to each of its fields. */
@Resolver(() => Secret)
@RequirePermissions('orders:read')
class SecretResolver {
  @Query(() => Secret)
  @Public()
  secret(): Plain<Secret> {
    return { id: '1' };
  }

  @ResolveField(() => String, { nullable: true })
  hidden(): string {
    return 'hidden';
  }

  @ResolveField(() => String, { nullable: true })
  @RequirePermissions('orders:delete')
  removed(): string {
    return 'removed';
  }

  @ResolveField(() => String, { nullable: true })
  @Public()
  known(): string {
    return 'known';
  }
}

@Resolver(() => Paper)
class PaperResolver {
  @Query(() => Paper)
  @Public()
  paper(): Paper {
    return Object.assign(new Invoice(), { id: '1' });
  }

  @ResolveField(() => String, { nullable: true })
  @RequirePermissions('orders:read')
  watermark(): string {
    return 'copy';
  }
}

@ObjectType()
class Note {
  @Field() id!: string;
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {}

@Resolver(() => Note)
class NoteResolver {
  constructor(readonly perRequest: PerRequest) {}

  @Query(() => Note)
  @Public()
  note(): Plain<Note> {
    return { id: '1' };
  }

  @Query(() => Boolean)
  closed(): boolean {
    return true;
  }

  @ResolveField(() => String, { nullable: true })
  @RequirePermissions('orders:read')
  text(@CurrentPrincipal('subject') subject: string): string {
    return subject;
  }
}

const RESOLVERS = [OrderResolver, SecretResolver, PaperResolver, PerRequest, NoteResolver];

onEveryServer((server) => {
  let app: GraphqlTestApp;
  beforeAll(async () => (app = await startGraphql(server, RESOLVERS)));
  afterAll(() => app.close());
  const viewer = (claims: object = {}) => app.authz.token({ roles: ['viewer'], ...claims });

  const field = async (query: string, path: string, name: string, token?: string): Promise<unknown> => {
    const { body } = await app.post(query, token);
    const value = (body.data?.[path] as Record<string, unknown> | undefined)?.[name];
    return value ?? outcomeOf(body);
  };

  it('returns fields without a decorator together with their operation', async () => {
    expect(await field('{ order { plain } }', 'order', 'plain')).toBe('plain 1');
  });

  it.each<[string, string, string, string]>([
    ['a field', '{ order { price } }', 'order', 'price'],
    ['a field whose class has a decorator', '{ secret { hidden } }', 'secret', 'hidden'],
    ['a field of an interface', '{ paper { watermark } }', 'paper', 'watermark'],
    ['a field of a type that implements it', '{ paper { ... on Invoice { watermark } } }', 'paper', 'watermark'],
    ['a field of a resolver of request scope', '{ note { text } }', 'note', 'text'],
  ])('enforces the decorators on %s', async (_what, query, path, name) => {
    expect(await field(query, path, name)).toBe('unauthenticated');
    expect(await field(query, path, name, 'garbage')).toBe('unauthenticated');
    expect(await field(query, path, name, app.authz.token({ roles: [] }))).toBe('forbidden');
    expect(await field(query, path, name, viewer())).toMatch(/./);
    expect(await field(query, path, name, viewer())).not.toMatch(/unauthenticated|forbidden/);
  });

  it('enforces class and field together', async () => {
    expect(await field('{ secret { removed } }', 'secret', 'removed', viewer())).toBe('forbidden');
    expect(await field('{ secret { removed } }', 'secret', 'removed', app.authz.token({ roles: ['admin'] }))).toBe('removed');
  });

  it('admits anyone to a public field of a closed class', async () => {
    expect(await field('{ secret { known } }', 'secret', 'known')).toBe('known');
  });

  it('gives a field its caller, if the client sent a token', async () => {
    expect(await field('{ order { greeting } }', 'order', 'greeting')).toBe('hello stranger');
    expect(await field('{ order { greeting } }', 'order', 'greeting', viewer({ sub: 'ann' }))).toBe('hello ann');
    expect(await field('{ order { greeting } }', 'order', 'greeting', 'garbage')).toBe('unauthenticated');
  });

  it('refuses everyone at a request-scoped resolver without a decorator', async () => {
    expect(outcomeOf((await app.post('{ closed }', app.authz.token({ roles: ['admin'] }))).body)).toBe('forbidden');
  });

  it('guards each of many fields, under any alias', async () => {
    const query = '{ a: order { x: price } b: order { ...f } } fragment f on Order { y: price plain }';
    const { body } = await app.post(query);
    expect(body.data).toEqual({ a: { x: null }, b: { y: null, plain: 'plain 1' } });
    expect(body.errors?.map(({ path }) => path)).toEqual([
      ['a', 'x'],
      ['b', 'y'],
    ]);
  });

  it('lets anyone read the schema', async () => {
    const { body } = await app.post('{ __schema { queryType { name } } __typename }');
    expect(outcomeOf(body)).toBe('allowed');
  });

  describe('a reference resolver, called as a federation does', () => {
    type Reference = (reference: object, context: object, info: object) => Promise<unknown>;
    const resolveReference = (): Reference => {
      // The resolver that Nest passes to @apollo/subgraph.
      const explorer = [...app.authz.app.get(ModulesContainer).values()]
        .flatMap(({ providers }) => [...providers.values()])
        .find(({ name }) => name === 'ResolversExplorerService')?.instance as {
        explore(): Record<string, Record<string, Reference>>;
      };
      const found = explorer.explore()['Order']?.['__resolveReference'];
      if (found === undefined) throw new Error('There is one.');
      return found;
    };

    it('enforces its decorators', async () => {
      const call = resolveReference();
      const contexts: object[] = [];
      const received = async (token?: string): Promise<object> => {
        const other = await startGraphql(server, RESOLVERS, {
          context: (given: { req?: object }) => {
            contexts.push(given.req ?? given);
            return {};
          },
        });
        await other.post('{ order { id } }', token);
        await other.close();
        return { req: contexts.pop() };
      };
      await expect(call({ id: '1' }, await received(), {})).rejects.toMatchObject({ reason: 'token_missing' });
      await expect(call({ id: '1' }, await received(viewer({ sub: 'ann' })), {})).resolves.toEqual({ id: '1', subject: 'ann' });
      await expect(call({ id: '1' }, {}, {})).rejects.toMatchObject({ reason: 'context_unknown' });
    });
  });

  describe('the start', () => {
    const starting = (providers: Parameters<typeof startGraphql>[1], options: Record<string, unknown> = {}) =>
      startGraphql(server, providers, options).then((started) => started.close());

    it.each<[string, object[], RegExp]>([
      ['a field', [OrderResolver], /OrderResolver\.price.*OrderResolver\.resolveReference.*fieldResolverEnhancers: \['guards'\]/],
      [
        'a field whose class has a decorator',
        [SecretResolver],
        /SecretResolver\.hidden, SecretResolver\.removed so|SecretResolver\.hidden/,
      ],
      ['a field of a resolver of request scope', [PerRequest, NoteResolver], /NoteResolver\.text/],
      [
        'a field of a resolver that a factory makes',
        [{ provide: 'Any', useFactory: () => new OrderResolver() }],
        /OrderResolver\.price/,
      ],
    ])('stops if no guard would run for %s', async (_what, providers, message) => {
      for (const fieldResolverEnhancers of [[], ['filters', 'interceptors']] as const)
        await expect(starting(providers as never, { fieldResolverEnhancers: [...fieldResolverEnhancers] })).rejects.toMatchObject(
          {
            code: 'AUTHZ_GRAPHQL_FIELDS',
            message: expect.stringMatching(message) as string,
          },
        );
    });

    it('stops if a reference resolver has no decorator, since only a guard can refuse it', async () => {
      @Resolver(() => Order)
      class References {
        @Query(() => Order) @Public() order(): Plain<Order> {
          return { id: '1' };
        }
        @ResolveReference() resolveReference({ id }: Order): Plain<Order> {
          return { id };
        }
      }
      await expect(starting([References], { fieldResolverEnhancers: [] })).rejects.toMatchObject({
        code: 'AUTHZ_GRAPHQL_FIELDS',
      });
    });

    it('continues if only operations have decorators', async () => {
      @Resolver(() => Order)
      class Operations {
        @Query(() => Order) @RequirePermissions('orders:read') order(): Plain<Order> {
          return { id: '1' };
        }
        @ResolveField(() => String) plain(): string {
          return 'plain';
        }
      }
      await starting([Operations], { fieldResolverEnhancers: [] });
    });

    it('ignores a schema that does not include the resolver, but stops if none includes it', async () => {
      @Module({ providers: [OrderResolver] })
      class Elsewhere {}
      @Resolver()
      class Here {
        @Query(() => Boolean) @Public() here(): boolean {
          return true;
        }
      }
      @Module({ providers: [Here] })
      class Included {}
      const options = { fieldResolverEnhancers: [], include: [Included] };
      const starting = startGraphql(server, [], options, { module: { imports: [Elsewhere, Included] } });
      await expect(starting).rejects.toMatchObject({
        code: 'AUTHZ_GRAPHQL_UNREACHED',
        message: expect.stringContaining('OrderResolver.price, OrderResolver.greeting') as string,
      });
      @Module({ imports: [Elsewhere], providers: [Here] })
      class Including {}
      await expect(
        startGraphql(server, [], { ...options, include: [Including] }, { module: { imports: [Including] } }),
      ).rejects.toMatchObject({ code: 'AUTHZ_GRAPHQL_FIELDS' });
    });

    it.each<[string, string, string]>([
      ['the usual name', 'Query', 'type Query { hidden: String }'],
      ['another name', 'Root', 'schema { query: Root } type Root { hidden: String }'],
    ])('stops if a field of a root of %s has no decorator', async (_what, name, typeDefs) => {
      @Resolver(name)
      class Roots {
        @ResolveField() hidden(): string {
          return 'hidden';
        }
      }
      await expect(starting([Roots], { autoSchemaFile: false, typeDefs })).rejects.toMatchObject({
        code: 'AUTHZ_GRAPHQL_ROOT',
        message: expect.stringContaining('Roots.hidden') as string,
      });
    });

    it('guards a field of a root with a decorator', async () => {
      @Resolver('Root')
      class Roots {
        @ResolveField() @RequirePermissions('orders:read') hidden(): string {
          return 'hidden';
        }
      }
      const typeDefs = 'schema { query: Root } type Root { hidden: String }';
      const started = await startGraphql(server, [Roots], { autoSchemaFile: false, typeDefs });
      expect(outcomeOf((await started.post('{ hidden }')).body)).toBe('unauthenticated');
      expect((await started.post('{ hidden }', started.authz.token({ roles: ['viewer'] }))).body.data).toEqual({
        hidden: 'hidden',
      });
      await started.close();
    });

    it('refuses everyone at a method of a root without any decorator', async () => {
      @Resolver('Query')
      class Roots {
        hidden(): string {
          return 'hidden';
        }
      }
      const started = await startGraphql(server, [Roots], { autoSchemaFile: false, typeDefs: 'type Query { hidden: String }' });
      expect(outcomeOf((await started.post('{ hidden }', started.authz.token({ roles: ['admin'] }))).body)).toBe('forbidden');
      await started.close();
    });

    it.each<[string, object]>([
      ['an operation', { Query: { raw: () => 'raw' } }],
      ['several maps', [{}, { Query: { raw: () => 'raw' } }]],
    ])('stops if the options have a resolver for %s', async (_what, resolvers) => {
      const options = { autoSchemaFile: false, typeDefs: 'type Query { raw: String }', resolvers };
      await expect(starting([], options)).rejects.toMatchObject({
        code: 'AUTHZ_GRAPHQL_UNGUARDED',
        message: expect.stringContaining('Query.raw') as string,
      });
    });

    it('stops if the options replace a guarded field', async () => {
      await expect(starting(RESOLVERS, { resolvers: { Order: { price: () => 'cheap' } } })).rejects.toMatchObject({
        code: 'AUTHZ_GRAPHQL_UNGUARDED',
        message: expect.stringContaining('Order.price') as string,
      });
    });

    it('continues if the options have a resolver for a field without a decorator', async () => {
      await starting(RESOLVERS, { resolvers: { Order: { plain: () => 'plain' } } });
    });

    it('stops if Mercurius has a loader instead of a guarded field', async () => {
      if (server.name !== 'Mercurius') return;
      const loaders = { Order: { price: (queries: unknown[]) => queries.map(() => 'cheap') } };
      await expect(starting(RESOLVERS, { loaders })).rejects.toMatchObject({ code: 'AUTHZ_GRAPHQL_UNGUARDED' });
    });

    it('stops if an operation is added to the schema', async () => {
      const transformSchema = (schema: { getQueryType(): { getFields(): Record<string, { resolve?: unknown }> } }) => {
        const fields = schema.getQueryType().getFields();
        fields['smuggled'] = { ...fields['order'], name: 'smuggled', resolve: () => ({ id: 'smuggled' }) } as never;
        return schema;
      };
      await expect(starting([OrderResolver], { transformSchema })).rejects.toMatchObject({
        code: 'AUTHZ_GRAPHQL_UNGUARDED',
        message: expect.stringContaining('Query.smuggled') as string,
      });
    });
  });
});
