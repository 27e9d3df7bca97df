import { Controller, Module, type ModuleMetadata } from '@nestjs/common';
import { ApolloFederationDriver, type ApolloFederationDriverConfig } from '@nestjs/apollo';
import {
  Field,
  GraphQLModule,
  InterfaceType,
  ObjectType,
  Query,
  ResolveField,
  ResolveReference,
  Resolver,
} from '@nestjs/graphql';
import { MercuriusFederationDriver, type MercuriusFederationDriverConfig } from '@nestjs/mercurius';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Public, RequirePermissions } from '../../../lib/index.js';
import { onEveryServer, startGraphql, type GraphqlTestApp, type Server } from './graphql-app.js';

/** A requirement on a resolver is enforced wherever a schema serves its field, or the start stops. */

const TYPES = `
  interface Animal { name: String secret: String }
  type Dog implements Animal { name: String secret: String }
  type Cat implements Animal { name: String secret: String }
  union Pet = Dog | Cat
  type Query { animal: Animal pet: Pet }
  type Subscription { barks: Int }
`;
const DOG = { __typename: 'Dog', name: 'Rex', secret: 'open' };

@Resolver()
class Animals {
  @Query('animal') @Public() animal(): object {
    return DOG;
  }
  @Query('pet') @Public() pet(): object {
    return DOG;
  }
}

@Resolver('Animal')
class OfInterface {
  @ResolveField('secret') @RequirePermissions('orders:delete') secret(): string {
    return 'guarded';
  }
}

@Resolver('Dog')
class OfDog {
  @ResolveField('secret') @RequirePermissions('orders:delete') secret(): string {
    return 'guarded';
  }
}

@Resolver('Dog')
class Misnamed {
  @ResolveField('secrets') @RequirePermissions('orders:delete') secret(): string {
    return 'guarded';
  }
}

@Resolver('Pet')
class OfUnion {
  @ResolveField('secret') @RequirePermissions('orders:delete') secret(): string {
    return 'guarded';
  }
}

class WithoutResolver {
  @ResolveField('secret') @RequirePermissions('orders:delete') secret(): string {
    return 'guarded';
  }
}

@Resolver('Dog')
@Controller()
class Misplaced {
  @ResolveField('secret') @RequirePermissions('orders:delete') secret(): string {
    return 'guarded';
  }
}

@Resolver('Dog')
class OtherOfDog {
  @ResolveField('secret') @Public() secret(): string {
    return 'public';
  }
}

const SECRETS = '{ animal { secret } pet { ... on Dog { secret } } }';

const UNREACHED = 'AUTHZ_GRAPHQL_UNREACHED';
const OPEN_FIELD = 'AUTHZ_GRAPHQL_OPEN_FIELD';

/** The response to a caller without the permission. */
async function secretsFor(app: GraphqlTestApp, role: string): Promise<unknown> {
  return (await app.post(SECRETS, app.authz.token({ roles: [role] }))).body.data;
}

onEveryServer((server) => {
  const schemaFirst = { autoSchemaFile: undefined, typeDefs: TYPES };
  const start = (module: ModuleMetadata, options: object = {}) =>
    startGraphql(server, module.providers ?? [], { ...schemaFirst, ...options }, { module: { ...module, providers: [] } });

  it.each<[string, ModuleMetadata, object, string, RegExp]>([
    [
      'an interface',
      { providers: [OfInterface] },
      {},
      OPEN_FIELD,
      /Dog\.secret \(OfInterface\.secret\), Cat\.secret \(OfInterface/,
    ],
    [
      'an interface, of which one type has a resolver without a decorator',
      {
        providers: [
          OfInterface,
          (() => {
            @Resolver('Cat')
            class OfCat {
              @ResolveField('secret') secret(): string {
                return 'undecorated';
              }
            }
            return OfCat;
          })(),
        ],
      },
      { inheritResolversFromInterfaces: true },
      OPEN_FIELD,
      /Cat\.secret \(OfInterface\.secret\)/,
    ],
    [
      'one type whose resolver is replaced by another',
      { providers: [OfDog, OtherOfDog] },
      {},
      OPEN_FIELD,
      /Dog\.secret \(OfDog\.secret\)/,
    ],
    [
      'a field with another name in the schema',
      { providers: [Misnamed] },
      { resolverValidationOptions: { requireResolversToMatchSchema: 'ignore' } },
      UNREACHED,
      /Misnamed\.secret/,
    ],
    [
      'a union, which has no fields',
      { providers: [OfUnion] },
      { resolverValidationOptions: { requireResolversToMatchSchema: 'ignore' } },
      UNREACHED,
      /OfUnion\.secret/,
    ],
    ['a class without @Resolver()', { providers: [WithoutResolver] }, {}, UNREACHED, /WithoutResolver\.secret/],
    ['a controller', { controllers: [Misplaced] }, {}, UNREACHED, /Misplaced\.secret/],
  ])('does not start, schema first, with a decorated resolver of %s', async (_of, module, options, code, message) => {
    const providers = [Animals, ...(module.providers ?? [])];
    await expect(start({ ...module, providers }, options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it('does not start, schema first, with a decorated resolver outside of every include', async () => {
    @Module({ providers: [Animals] })
    class Included {}
    @Module({ providers: [OfDog] })
    class Elsewhere {}
    await expect(start({ imports: [Included, Elsewhere] }, { include: [Included] })).rejects.toMatchObject({
      code: UNREACHED,
      message: expect.stringContaining('OfDog.secret') as string,
    });
  });

  it.each<[string, ModuleMetadata, object]>([
    ['of each type', { providers: [OfDog] }, {}],
    ['of an interface whose types inherit its resolvers', { providers: [OfInterface] }, { inheritResolversFromInterfaces: true }],
  ])('enforces, schema first, the requirement on the resolver %s', async (_of, module, options) => {
    const app = await start({ providers: [Animals, ...(module.providers ?? [])] }, options);
    expect(await secretsFor(app, 'viewer')).toEqual({ animal: { secret: null }, pet: { secret: null } });
    expect(await secretsFor(app, 'admin')).toEqual({ animal: { secret: 'guarded' }, pet: { secret: 'guarded' } });
    await app.close();
  });
});

@InterfaceType({ resolveType: () => 'CodeDog' })
abstract class CodeAnimal {
  @Field(() => String) name!: string;
}
@ObjectType({ implements: () => [CodeAnimal] })
class CodeDog extends CodeAnimal {}

@Resolver(() => CodeAnimal)
class CodeFirst {
  @Query(() => CodeAnimal) @Public() animal(): object {
    return Object.assign(new CodeDog(), { name: 'Rex', secret: 'open' });
  }
  @ResolveField(() => String, { nullable: true }) @RequirePermissions('orders:delete') secret(): string {
    return 'guarded';
  }
}

const SUBGRAPH = `
  interface Animal { name: String secret: String }
  type Dog implements Animal @key(fields: "name") { name: String secret: String }
  type Query { animal: Animal }
`;
@Resolver()
class SubgraphAnimals {
  @Query('animal') @Public() animal(): object {
    return DOG;
  }
}
@Resolver('Dog')
class SubgraphDog {
  @ResolveReference() @RequirePermissions('orders:read') resolveReference(): object {
    return DOG;
  }
}

const SUBGRAPHS: readonly Server[] = [
  {
    name: 'Apollo',
    newAdapter: () => new ExpressAdapter(),
    module: (options = {}) =>
      GraphQLModule.forRoot<ApolloFederationDriverConfig>({
        driver: ApolloFederationDriver,
        fieldResolverEnhancers: ['guards'],
        ...options,
      }),
  },
  {
    name: 'Mercurius',
    newAdapter: () => new FastifyAdapter(),
    module: (options = {}) =>
      GraphQLModule.forRoot<MercuriusFederationDriverConfig>({
        driver: MercuriusFederationDriver,
        fieldResolverEnhancers: ['guards'],
        ...options,
      }),
  },
];

describe.each(SUBGRAPHS.map((server) => [server.name, server] as const))('in a subgraph of %s', (_name, server) => {
  const codeFirst = { autoSchemaFile: { federation: 2 } };

  it('does not start, code first, with a decorated resolver of an interface', async () => {
    await expect(startGraphql(server, [CodeFirst], codeFirst)).rejects.toMatchObject({
      code: OPEN_FIELD,
      message: expect.stringContaining('CodeDog.secret (CodeFirst.secret)') as string,
    });
  });

  it('enforces it, code first, if the types inherit the resolvers of interfaces', async () => {
    const app = await startGraphql(server, [CodeFirst], { ...codeFirst, inheritResolversFromInterfaces: true });
    const secret = async (role: string) =>
      (await app.post('{ animal { secret } }', app.authz.token({ roles: [role] }))).body.data;
    expect(await secret('viewer')).toEqual({ animal: { secret: null } });
    expect(await secret('admin')).toEqual({ animal: { secret: 'guarded' } });
    await app.close();
  });

  it('does not start, schema first, with a decorated resolver of an interface', async () => {
    const providers = [SubgraphAnimals, SubgraphDog, OfInterface];
    await expect(startGraphql(server, providers, { typeDefs: SUBGRAPH })).rejects.toMatchObject({
      code: OPEN_FIELD,
      message: expect.stringContaining('Dog.secret (OfInterface.secret)') as string,
    });
  });

  it('enforces, schema first, the requirement on a reference resolver', async () => {
    const app = await startGraphql(server, [SubgraphAnimals, SubgraphDog], { typeDefs: SUBGRAPH });
    const query = '{ _entities(representations: [{ __typename: "Dog", name: "Rex" }]) { ... on Dog { name } } }';
    const names = async (role: string) => (await app.post(query, app.authz.token({ roles: [role] }))).body;
    expect((await names('none')).data?.['_entities'] ?? null).not.toEqual([{ name: 'Rex' }]);
    expect((await names('viewer')).data).toEqual({ _entities: [{ name: 'Rex' }] });
    await app.close();
  });
});

describe('a schema that is generated from classes', () => {
  onEveryServer((server) => {
    it('enforces resolvers of interfaces for the types that implement them', async () => {
      const app = await startGraphql(server, [CodeFirst]);
      const secret = async (role: string) =>
        (await app.post('{ animal { secret } }', app.authz.token({ roles: [role] }))).body.data;
      expect(await secret('viewer')).toEqual({ animal: { secret: null } });
      expect(await secret('admin')).toEqual({ animal: { secret: 'guarded' } });
      await app.close();
    });
  });
});
