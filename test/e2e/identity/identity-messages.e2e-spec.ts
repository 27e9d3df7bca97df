import { Controller, Inject, Scope, type Type } from '@nestjs/common';
import { Field, ObjectType, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { ClientTCP, MessagePattern, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Authenticated, Authz, AuthzModule, Public, RequirePermissions } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { guardedWebSockets } from '../../../lib/transports/websockets/index.js';
import { freePort } from '../../servers/free-port.js';
import { TABLE_OPTIONS } from '../transports/behaviour-table.js';
import { onEveryServer, outcomeOf, startGraphql } from '../transports/graphql-app.js';
import { answerTo, inEnvelope } from '../transports/rpc-orders.js';
import { WsPeer } from '../transports/websockets-clients.js';

/** The other transports find the rule of a handler as HTTP does: by the property that Nest calls. */

const log: MethodDecorator = (_prototype, _key, descriptor: PropertyDescriptor) => {
  const method = descriptor.value as (...args: unknown[]) => unknown;
  descriptor.value = function (this: unknown, ...args: unknown[]) {
    return method.apply(this, args);
  };
};

/** Without a token, as a viewer, as an administrator. */
const GUARDED = ['unauthenticated', 'forbidden', 'allowed'];
const OPEN = ['allowed', 'allowed', 'allowed'];
const tokensOf = (app: AuthzTestApp) => [undefined, app.token({ roles: ['viewer'] }), app.token({ roles: ['admin'] })];

describe('messages of a microservice', () => {
  abstract class Messages {
    @Inject() private readonly authz!: Authz;
    constructor() {
      this.all = this.page.bind(this);
      this.caller = () => ({ subject: this.authz.principal()?.subject });
    }
    @MessagePattern('page') @Public() page(): object {
      return {};
    }
    @MessagePattern('all') @RequirePermissions('orders:delete') all(): object {
      return {};
    }
    @MessagePattern('caller') @RequirePermissions('orders:delete') caller(): object {
      return {};
    }
    @MessagePattern('logged') @Authenticated() @log @RequirePermissions('orders:delete') logged(): object {
      return {};
    }
  }
  @Controller()
  class Once extends Messages {}
  @Controller({ scope: Scope.REQUEST })
  class EachTime extends Messages {}

  it.each<[string, Type]>([
    ['once', Once],
    ['for each message', EachTime],
  ])('are authorized by the property that they reach, in a controller that is made %s', async (_when, controller) => {
    const port = await freePort();
    const tcp: MicroserviceOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port } };
    const app = await startAuthzApp(
      { controllers: [controller], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      { configure: (nest) => void nest.connectMicroservice(tcp, { inheritAppConfig: true }) },
    );
    await app.app.startAllMicroservices();
    const client = new ClientTCP({ host: '127.0.0.1', port });
    const outcomes = async (pattern: string) => {
      const answers = tokensOf(app).map((token) => answerTo(client.send<unknown>(pattern, inEnvelope(token))));
      return Promise.all(answers);
    };
    const outcomesOf = async (pattern: string) => (await outcomes(pattern)).map(({ outcome }) => outcome);
    expect(await outcomesOf('page')).toEqual(OPEN);
    expect(await outcomesOf('all')).toEqual(GUARDED);
    expect(await outcomesOf('logged')).toEqual(GUARDED);
    expect(await outcomesOf('caller')).toEqual(GUARDED);
    expect((await outcomes('caller'))[2]?.said).toEqual({ subject: 'test-subject' });
    client.close();
    await app.close();
  });
});

describe('messages of a socket', () => {
  abstract class Messages {
    constructor() {
      this.all = this.page.bind(this);
    }
    @SubscribeMessage('page') @Public() page(): object {
      return { event: 'page', data: {} };
    }
    @SubscribeMessage('all') @RequirePermissions('orders:delete') all(): object {
      return { event: 'all', data: {} };
    }
    @SubscribeMessage('logged') @Authenticated() @log @RequirePermissions('orders:delete') logged(): object {
      return { event: 'logged', data: {} };
    }
  }
  @WebSocketGateway()
  @Public()
  class Gateway extends Messages {}

  it('are authorized by the property that they reach', async () => {
    const app = await startAuthzApp(
      { providers: [Gateway], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      { configure: (nest) => nest.useWebSocketAdapter(guardedWebSockets(nest, new WsAdapter(nest))) },
    );
    const outcomes = async (event: string) => {
      const found = [];
      for (const token of tokensOf(app)) {
        const peer = WsPeer.with(app, '/', token);
        found.push((await peer.ask(event)).outcome);
        peer.end();
      }
      return found;
    };
    expect(await outcomes('page')).toEqual(OPEN);
    expect(await outcomes('all')).toEqual(GUARDED);
    expect(await outcomes('logged')).toEqual(GUARDED);
    await app.close();
  });
});

@ObjectType()
class Parcel {
  @Field(() => String) id!: string;
}
@Resolver(() => Parcel)
class Parcels {
  constructor() {
    this.all = this.page.bind(this);
  }
  @Query(() => Parcel) @Public() page(): object {
    return { id: '1' };
  }
  @Query(() => Parcel) @RequirePermissions('orders:delete') all(): object {
    return { id: '1' };
  }
  @Query(() => Parcel) @Authenticated() @log @RequirePermissions('orders:delete') logged(): object {
    return { id: '1' };
  }
  @ResolveField(() => String, { nullable: true }) @log @RequirePermissions('orders:delete') price(): string {
    return '1';
  }
}

describe('operations of GraphQL', () => {
  onEveryServer((server) => {
    it('are authorized by the property that they reach', async () => {
      const app = await startGraphql(server, [Parcels]);
      const outcomes = async (query: string) => {
        const answers = tokensOf(app.authz).map((token) => app.post(query, token));
        return (await Promise.all(answers)).map(({ body }) => outcomeOf(body));
      };
      expect(await outcomes('{ page { id } }')).toEqual(OPEN);
      expect(await outcomes('{ all { id } }')).toEqual(GUARDED);
      expect(await outcomes('{ logged { id } }')).toEqual(GUARDED);
      expect(await outcomes('{ page { price } }')).toEqual(GUARDED);
      await app.close();
    });
  });
});
