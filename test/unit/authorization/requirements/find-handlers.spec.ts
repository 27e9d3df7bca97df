import { Controller, Get, Injectable } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import {
  Authenticated,
  AuthzMode,
  findHandlers,
  findMethods,
  findTypes,
  HandlerRules,
  Public,
  refuseStrays,
  RequirePermissions,
  ServiceTask,
} from '../../../../lib/authorization/index.js';
import { findClasses } from '../../../../lib/authorization/requirements/find-handlers.js';
import { KINDS } from '../handler-kinds.js';

@Controller()
@Authenticated()
class Orders {
  get computed(): string {
    throw new Error('a getter is not to be run');
  }
  @Get() list() {
    return this.helper();
  }
  @MessagePattern('orders') find() {
    return 1;
  }
  helper() {
    return 1;
  }
}

@Injectable()
class Jobs {
  @RequirePermissions('orders:delete') run() {
    return 1;
  }
  plain() {
    return 1;
  }
}
@Injectable()
@RequirePermissions('orders:delete')
class Service {
  serve() {
    return 1;
  }
}
@WebSocketGateway()
@Authenticated()
class Listening {
  handleConnection() {
    return 1;
  }
}
@WebSocketGateway()
class Sending {
  @WebSocketServer() readonly server: unknown;
}
/** Enforcement is nothing that is asked for. */
@Injectable()
@AuthzMode('report')
class Reporting {
  report() {
    return 1;
  }
}
class Elsewhere {
  @RequirePermissions('orders:delete') run() {
    return 1;
  }
}

const rules = () => new HandlerRules({ undecorated: 'deny', mode: 'enforce' }, KINDS);

async function discovered(...providers: unknown[]) {
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule],
    controllers: [Orders],
    providers: providers as never[],
  }).compile();
  const discovery = module.get(DiscoveryService);
  return {
    types: findTypes(discovery),
    methods: findMethods(discovery, new MetadataScanner()),
    classes: findClasses(module.get(ModulesContainer)),
  };
}

describe('what is found to guard', () => {
  it('is every method that is called from outside', async () => {
    const { classes } = await discovered(Jobs);
    expect(findHandlers(classes, rules()).rules.map(({ name, kind }) => [name, kind])).toEqual([
      ['Orders.list', 'route'],
      ['Orders.find', 'message'],
    ]);
  });

  it('has nothing that states a requirement which no call ever meets: such a thing stops the start', async () => {
    const { classes } = await discovered(Jobs, Service, Listening, Reporting);
    expect(() => refuseStrays(classes, rules())).toThrow(
      expect.objectContaining({
        code: 'AUTHZ_UNENFORCED',
        message: expect.stringContaining('No guard runs before Jobs.run, Service, so') as string,
      }) as Error,
    );
  });

  it('counts a class once, whatever provides it, and what factories make', async () => {
    const { types, classes } = await discovered(
      Jobs,
      { provide: 'jobs again', useClass: Jobs },
      { provide: 'made', useFactory: () => new Elsewhere() },
      { provide: 'made otherwise', useFactory: function make() { return 1; } }, // prettier-ignore
      { provide: 'value', useValue: { run: () => 1 } },
    );
    expect(types.filter((type) => type === Jobs)).toHaveLength(1);
    expect(() => refuseStrays(classes, rules())).toThrow('No guard runs before Jobs.run, Elsewhere.run, so');
  });

  it('knows a class without methods, to which clients may connect all the same', async () => {
    const { types, methods } = await discovered(Sending);
    expect(types).toContain(Sending);
    expect(methods.map(({ type }) => type)).not.toContain(Sending);
  });

  it('stops at what makes no sense where it stands', async () => {
    @Injectable()
    class Task {
      @ServiceTask() run() {
        return 1;
      }
    }
    @Injectable()
    class Contradicting {
      @Public() @RequirePermissions('a:b') run() {
        return 1;
      }
    }
    for (const [type, code] of [
      [Task, 'AUTHZ_SERVICE_TASK'],
      [Contradicting, 'AUTHZ_CONTRADICTION'],
    ] as const) {
      const { classes } = await discovered(type);
      expect(() => refuseStrays(classes, rules())).toThrow(expect.objectContaining({ code }) as Error);
    }
  });
});
