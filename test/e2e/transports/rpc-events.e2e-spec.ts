import { Controller, Injectable, type ModuleMetadata } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import {
  Authz,
  AuthzModule,
  OptionalAuth,
  Public,
  RequirePermissions,
  ServiceTask,
  type AuthzModuleOptions,
  type MappingProvider,
} from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { TABLE_OPTIONS } from './behaviour-table.js';
import { contexts, Deliveries } from './rpc-deliveries.js';

const callers: string[] = [];

/** Records the caller that an injected `Authz` returns. */
function tell(handler: string, what: unknown, authz: Authz): void {
  const token = authz.accessToken() === undefined ? 'no token' : 'a token';
  callers.push(`${handler} ${String(what)}: ${authz.principal()?.subject ?? 'no caller'}, ${token}`);
}

/** Waits until the guard has put its caller on the context that all handlers share. */
async function afterTheGuarded(): Promise<void> {
  await until(() => callers.some((caller) => caller.startsWith('guarded')));
}

@Controller()
class Listeners {
  constructor(private readonly authz: Authz) {}

  @EventPattern('shared')
  @RequirePermissions('orders:read')
  guarded(what: unknown): void {
    tell('guarded', what, this.authz);
  }

  @EventPattern('shared')
  @Public()
  async open(what: unknown): Promise<void> {
    await afterTheGuarded();
    tell('open', what, this.authz);
  }

  @EventPattern('shared')
  @ServiceTask()
  async task(what: unknown): Promise<void> {
    await afterTheGuarded();
    tell('task', what, this.authz);
  }

  @EventPattern('guarded')
  @RequirePermissions('orders:read')
  alone(what: unknown): void {
    tell('alone', what, this.authz);
  }

  @EventPattern('perhaps')
  @OptionalAuth()
  perhaps(what: unknown): void {
    tell('perhaps', what, this.authz);
  }
}

/** A permission store that is unreachable until the test changes that. */
@Injectable()
class Store implements MappingProvider {
  static isDown = false;

  permissionsFor(): string[] {
    if (Store.isDown) throw new Error('The store is down.');
    return ['orders:read'];
  }
}

const log = new CapturedLog();
const deliveries = new Deliveries();
let app: AuthzTestApp;
beforeAll(async () => {
  const options = { ...TABLE_OPTIONS, mapping: { provider: Store } } satisfies AuthzModuleOptions;
  const metadata: ModuleMetadata = {
    controllers: [Listeners],
    imports: [AuthzModule.forRoot(options)],
    providers: [Store],
  };
  app = await startAuthzApp(metadata, {
    ...log.here,
    configure: (application) => {
      application.connectMicroservice({ strategy: deliveries }, { inheritAppConfig: true });
      return application.startAllMicroservices();
    },
  });
});
afterAll(() => app.close());
beforeEach(() => {
  callers.length = 0;
  Store.isDown = false;
});

const bearer = () => ({ authorization: `Bearer ${app.token({ roles: ['viewer'], sub: 'ann' })}` });

it('each handler of an event has only the caller that its own guard verified', async () => {
  await deliveries.emit('shared', 'it', contexts.RabbitMQ(bearer()));
  await deliveries.emit('perhaps', 'it', contexts.RabbitMQ(bearer()));
  await deliveries.emit('perhaps', 'it', contexts.RabbitMQ({}));
  expect(callers.sort()).toEqual([
    'guarded it: ann, a token',
    'open it: no caller, no token',
    'perhaps it: ann, a token',
    'perhaps it: no caller, no token',
    'task it: no caller, no token',
  ]);
});

it('while no decision is possible, nothing is thrown on a transport without redelivery', async () => {
  Store.isDown = true;
  expect(await deliveries.emit('guarded', {}, contexts.NATS(bearer()))).toEqual([undefined]);
});
