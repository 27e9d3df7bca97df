import type { ModulesContainer } from '@nestjs/core';
import { Query, ResolveField, ResolveReference, Resolver } from '@nestjs/graphql';
import { buildSchema, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { HandlerRules } from '../../../../lib/authorization/index.js';
import { parseAuthorizationSettings } from '../../../../lib/authorization/authorization-settings.js';
import { Public, RequirePermissions } from '../../../../lib/index.js';
import { checkGraphql, guardGraphqlSchemas } from '../../../../lib/transports/graphql/check-graphql.js';
import { KINDS } from '../../authorization/handler-kinds.js';

/** Adds the fields of a subgraph library, which is not installed here. */
const SUBGRAPH = `
  union _Entity = User | Order
  scalar _Any
  type Query { _entities(representations: [_Any!]!): [_Entity]! open: Boolean }
  interface Person { name: String }
  type User implements Person { id: ID! name: String posts: [Post!]! profile: Profile! contact: Contact }
  type Order { id: ID! }
  type Post { title: String }
  type Profile { id: ID! secret: String user: User }
  type Phone { digits: String }
  union Contact = Phone | Post
`;

type Modules = Pick<ModulesContainer, 'values'>;
type Type = new () => object;

/** An application with one GraphQLModule. */
function application(resolvers: readonly Type[], options: object, schema?: GraphQLSchema): Modules {
  const providers = new Map<unknown, unknown>([
    ['GqlModuleOptions', { instance: { fieldResolverEnhancers: ['guards'], ...options } }],
    ['GraphQLSchemaHost', { name: 'GraphQLSchemaHost', instance: { schema } }],
    ...resolvers.map((type) => [type, { name: type.name, instance: new type() }] as const),
  ]);
  return new Map([['any', { controllers: new Map(), providers }]]) as unknown as Modules;
}

/** Adds resolvers to the fields of these types, as Nest adds methods. */
function served(schema: GraphQLSchema, ...types: readonly string[]): GraphQLSchema {
  for (const type of types)
    for (const field of Object.values((schema.getType(type) as GraphQLObjectType).getFields())) field.resolve = () => undefined;
  return schema;
}

const RULES = new HandlerRules(parseAuthorizationSettings({}), KINDS);

const subgraph = (...resolvers: readonly Type[]) => guarded(resolvers);
const guarded = (resolvers: readonly Type[], options: object = {}, schema = served(buildSchema(SUBGRAPH), 'User')) =>
  guardGraphqlSchemas(application(resolvers, options, schema));

describe('an entity of a federation without a reference resolver', () => {
  it.each<[string, () => Type, string]>([
    [
      'a field that says nothing',
      () => {
        @Resolver('User')
        class Users {
          @ResolveField() posts(): unknown[] {
            return [];
          }
        }
        return Users;
      },
      'Users.posts',
    ],
    [
      'such a field of an interface of it',
      () => {
        @Resolver('Person')
        class Persons {
          @ResolveField() name(): string {
            return 'Ann';
          }
        }
        return Persons;
      },
      'Persons.name',
    ],
    [
      'such a field of what a client may say is in it',
      () => {
        @Resolver('Profile')
        class Profiles {
          @ResolveField() secret(): string {
            return 'secret';
          }
        }
        return Profiles;
      },
      'Profiles.secret',
    ],
    [
      'such a field behind a union',
      () => {
        @Resolver('Phone')
        class Phones {
          @ResolveField() digits(): string {
            return '1';
          }
        }
        return Phones;
      },
      'Phones.digits',
    ],
  ])('stops the start if it has %s', async (_what, resolver, name) => {
    await expect(subgraph(resolver())).rejects.toMatchObject({
      code: 'AUTHZ_GRAPHQL_ENTITY',
      message: expect.stringMatching(new RegExp(`${name}.*User is an entity.*@ResolveReference\\(\\).*=> User`)) as string,
    });
  });

  it.each(['resolvers', 'loaders'])('stops the start if the options have %s for a field', async (option) => {
    await expect(guarded([], { [option]: { User: { posts: () => [] } } })).rejects.toMatchObject({
      code: 'AUTHZ_GRAPHQL_ENTITY',
      message: expect.stringContaining('User.posts') as string,
    });
  });

  it('may have fields with a decorator, and any types behind them', async () => {
    @Resolver('User')
    class Users {
      @ResolveField() @RequirePermissions('orders:read') posts(): unknown[] {
        return [];
      }
      @ResolveField() @Public() profile(): object {
        return {};
      }
      @ResolveField() @RequirePermissions('orders:read') contact(): object {
        return {};
      }
    }
    @Resolver('Post')
    class Posts {
      @ResolveField() title(): string {
        return 'title';
      }
    }
    @Resolver('Profile')
    class Profiles {
      @ResolveField() secret(): string {
        return 'secret';
      }
    }
    await expect(subgraph(Users, Posts, Profiles)).resolves.toBeUndefined();
  });

  it('is not checked if the schema is not a subgraph', async () => {
    @Resolver('User')
    class Users {
      @ResolveField() posts(): unknown[] {
        return [];
      }
    }
    const schema = buildSchema(SUBGRAPH.replace('_entities', 'entities'));
    await expect(guarded([Users], {}, schema)).resolves.toBeUndefined();
  });
});

it('allows fields of an entity together with its reference resolver', async () => {
  @Resolver('User')
  class Users {
    @ResolveReference() @RequirePermissions('orders:read') resolveReference(): object {
      return {};
    }
    @ResolveField() posts(): unknown[] {
      return [];
    }
  }
  const schema = buildSchema(SUBGRAPH);
  Object.assign(schema.getType('User') as object, { resolveReference: () => ({}) });
  await expect(guarded([Users], {}, schema)).resolves.toBeUndefined();
});

describe("a reference resolver that is not Nest's", () => {
  it.each<[string, (type: GraphQLObjectType) => void]>([
    ['where older subgraph libraries keep it', (type) => Object.assign(type, { resolveReference: () => ({}) })],
    [
      'where newer ones do',
      (type) => (type.extensions = { apollo: { subgraph: { resolveReference: () => ({}) } } } as typeof type.extensions),
    ],
  ])('stops the start %s', async (_what, change) => {
    const schema = buildSchema(SUBGRAPH);
    change(schema.getType('Order') as GraphQLObjectType);
    await expect(guarded([], {}, schema)).rejects.toMatchObject({
      code: 'AUTHZ_GRAPHQL_UNGUARDED',
      message: expect.stringMatching(/Order\.__resolveReference.*@ResolveReference\(\)/) as string,
    });
  });

  it("stops the start if the options contain one, also if it replaces one of Nest's", () => {
    @Resolver('Order')
    class Orders {
      @ResolveReference() @RequirePermissions('orders:read') resolveReference(): object {
        return {};
      }
    }
    for (const resolvers of [[], [Orders]]) {
      const modules = application(resolvers, { resolvers: { Order: { __resolveReference: () => ({}) } } });
      expect(() => checkGraphql(modules, RULES)).toThrow(/Order\.__resolveReference/);
    }
  });
});

describe('a gateway', () => {
  it.each([
    ['its driver', { driver: { name: 'ApolloGatewayDriver' } }],
    ['the option gateway', { driver: { name: 'ApolloDriver' }, gateway: {} }],
  ])('stops the start, recognised by %s', (_what, options) => {
    expect(() => checkGraphql(application([], options), RULES)).toThrow(/gateway.*without AuthzModule.*Authorization.*subgraphs/);
  });

  it('stops the start if any other driver has no schema', async () => {
    const modules = application([], { driver: { name: 'Forwarding' } });
    expect(() => checkGraphql(modules, RULES)).not.toThrow();
    await expect(guardGraphqlSchemas(modules)).rejects.toMatchObject({ code: 'AUTHZ_GRAPHQL_GATEWAY' });
  });

  it('is not a server with its own schema', async () => {
    @Resolver()
    class Roots {
      @Query(() => Boolean) open(): boolean {
        return true;
      }
    }
    await expect(guarded([Roots], { driver: { name: 'ApolloDriver' }, gateway: undefined })).resolves.toBeUndefined();
  });
});
