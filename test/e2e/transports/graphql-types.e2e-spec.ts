import { Args, ArgsType, Field, InputType, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { Public, RequirePermissions, RequireRoles } from '../../../lib/index.js';
import { SERVERS, startGraphql } from './graphql-app.js';

/** In a separate file: @nestjs/graphql registers types for the whole process. */
/** The return type of a resolver. Never instantiated. */
type Plain<T> = Pick<T, keyof T>;

@ObjectType()
@RequirePermissions('orders:read')
class Decorated {
  @Field() id!: string;
}

class Base {
  @RequireRoles('clerk')
  inherited(): string {
    return 'inherited';
  }
}

@ObjectType()
class WithMethod extends Base {
  @Field() id!: string;

  @Field()
  @RequirePermissions('orders:read')
  total(): string {
    return 'total';
  }
}

@InputType()
@RequirePermissions('orders:read')
class Input {
  @Field() id!: string;
}

@ArgsType()
@RequirePermissions('orders:read')
class Arguments {
  @Field() id!: string;
}

@Resolver()
class Orders {
  @Query(() => Decorated) @Public() decorated(): Plain<Decorated> {
    return { id: '1' };
  }
  @Query(() => WithMethod) @Public() withMethod(@Args('input') { id }: Input, @Args() { id: other }: Arguments): WithMethod {
    return Object.assign(new WithMethod(), { id: id + other });
  }
}

it.each(SERVERS.map((server) => [server.name, server] as const))(
  'stops the start on %s if decorators on a class that describes a type would have no effect',
  async (_name, server) => {
    const starting = startGraphql(server, [Orders]);
    await expect(starting).rejects.toMatchObject({ code: 'AUTHZ_GRAPHQL_TYPE' });
    const { message } = await starting.then(
      () => new Error('started'),
      (error: unknown) => error as Error,
    );
    for (const name of ['Decorated', 'WithMethod.total', 'Base.inherited', 'Input', 'Arguments']) expect(message).toContain(name);
  },
);

it('does not compile a class whose getter has a requirement', () => {
  expect(() => {
    class Refused {
      get total(): string {
        return Object.keys(this).join();
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Refused.prototype, 'total');
    RequirePermissions('orders:read')(Refused.prototype, 'total', descriptor as TypedPropertyDescriptor<unknown>);
  }).toThrow(/belongs on a method or a class/);
});
