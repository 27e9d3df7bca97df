import {
  Controller,
  Get,
  Module,
  type INestApplication,
  type INestMicroservice,
  type ModuleMetadata,
  type NestApplicationOptions,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientTCP, MessagePattern, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Authz, AuthzModule, CurrentPrincipal, Public, RequirePermissions, ServiceTask } from '../../../lib/index.js';
import { startAuthzApp, StubIssuer } from '../../../lib/testing/index.js';
import { freePort } from '../../servers/free-port.js';
import { CapturedLog } from '../captured-log.js';
import { TABLE_OPTIONS, callerSeen, type CallerSeen } from './behaviour-table.js';
import { answerTo, inEnvelope } from './rpc-orders.js';

@Controller()
class Orders {
  constructor(private readonly authz: Authz) {}

  @Get('read')
  @MessagePattern('read')
  @RequirePermissions('orders:read')
  read(@CurrentPrincipal('subject') subject: string): CallerSeen {
    return callerSeen(this.authz, subject);
  }

  @MessagePattern('open')
  @Public()
  open(): object {
    return {};
  }
}

@Controller()
class Unguarded {
  @MessagePattern('anything')
  anything(): string {
    return 'anything';
  }
}

const tcp = (port: number): MicroserviceOptions => ({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
const inherited = { inheritAppConfig: true };

let clients: ClientTCP[];
beforeEach(() => (clients = []));
afterEach(() => {
  for (const client of clients) client.close();
});
function clientOf(port: number): ClientTCP {
  const client = new ClientTCP({ host: '127.0.0.1', port });
  clients.push(client);
  return client;
}
const ask = (port: number, pattern: string, token?: string) => answerTo(clientOf(port).send<unknown>(pattern, inEnvelope(token)));

/** The application, whose keys are the stub's. */
function guarded(issuer: StubIssuer): ModuleMetadata {
  const options = { ...TABLE_OPTIONS, issuer: { issuer: 'https://id.acme.test', jwksUri: issuer.jwksUri } };
  return { controllers: [Orders], imports: [AuthzModule.forRoot({ ...options, algorithms: ['RS256'] } as never)] };
}

describe('a hybrid application', () => {
  it.each([[undefined], [{}], [{ inheritAppConfig: false }], [{ deferInitialization: true }]])(
    'does not connect a microservice whose handlers would be open (%j)',
    async (hybrid) => {
      const connected: unknown[] = [];
      await expect(
        startAuthzApp(
          { controllers: [Orders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
          { configure: (app) => connected.push(app.connectMicroservice(tcp(0), hybrid)) },
        ),
      ).rejects.toMatchObject({
        code: 'AUTHZ_MICROSERVICE_UNGUARDED',
        message: expect.stringContaining('app.connectMicroservice(options, { inheritAppConfig: true })'),
      });
      expect(connected).toEqual([]);
    },
  );

  it('made by NestFactory does not either', async () => {
    @Module({ controllers: [Orders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] })
    class App {}
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which no code instantiates
    const options: NestApplicationOptions = { abortOnError: false, logger: false };
    const app = await NestFactory.create(App, options);
    expect(() => app.connectMicroservice(tcp(0))).toThrow(/inheritAppConfig: true/);
    app.connectMicroservice(tcp(0), inherited);
    await app.close();
  });

  it('without this module is left alone', async () => {
    const module = await Test.createTestingModule({ controllers: [Unguarded] }).compile();
    const app = module.createNestApplication();
    const port = await freePort();
    app.connectMicroservice(tcp(port));
    await app.startAllMicroservices();
    await app.init();
    expect(await ask(port, 'anything')).toEqual({ outcome: 'allowed', said: 'anything' });
    await app.close();
  });

  it('guards HTTP and each of its microservices alike, a method that is both a route and a message included', async () => {
    const ports = [await freePort(), await freePort()] as const;
    const app = await startAuthzApp(
      { controllers: [Orders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      {
        configure: (application) => {
          for (const port of ports) application.connectMicroservice(tcp(port), inherited);
          return application.startAllMicroservices();
        },
      },
    );
    const token = app.token({ roles: ['viewer'], sub: 'ann' });
    const expected = { subject: 'ann', current: 'ann', canRead: true, canRemove: false };
    for (const port of ports) {
      expect(await ask(port, 'read', token)).toEqual({ outcome: 'allowed', said: expected });
      expect((await ask(port, 'read')).outcome).toBe('unauthenticated');
    }
    await app.withToken(token).get('/read').expect(200, expected);
    await app.anonymous().get('/read').expect(401);
    await app.close();
  });

  it('starts this module once, also if a microservice is initialised by itself', async () => {
    const log = new CapturedLog();
    const port = await freePort();
    const app = await startAuthzApp(
      { controllers: [Orders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      {
        ...log.here,
        configure: (application) => {
          application.connectMicroservice(tcp(port), { ...inherited, deferInitialization: true });
          return application.startAllMicroservices();
        },
      },
    );
    expect((await ask(port, 'read', app.token({ roles: ['viewer'] }))).outcome).toBe('allowed');
    expect((await ask(port, 'read')).outcome).toBe('unauthenticated');
    expect(log.matching(/Guarding /)).toHaveLength(1);
    await app.close();
  });
});

describe('messages that come before the application has started', () => {
  let issuer: StubIssuer;
  let app: INestApplication;
  let port: number;
  beforeEach(async () => {
    issuer = await StubIssuer.start();
    app = (await Test.createTestingModule(guarded(issuer)).compile()).createNestApplication();
    port = await freePort();
    app.connectMicroservice(tcp(port), inherited);
    await app.startAllMicroservices();
  });
  afterEach(async () => {
    await app.close();
    await issuer.stop();
  });
  const token = () => issuer.token({ iss: 'https://id.acme.test', aud: 'orders', sub: 'ann', roles: ['viewer'] });

  it('are refused with 503, whatever their token', async () => {
    expect((await ask(port, 'read', token())).outcome).toBe('unavailable');
    expect((await ask(port, 'read')).outcome).toBe('unauthenticated');
    expect((await ask(port, 'open')).outcome).toBe('allowed');
  });

  it('are let in once it has', async () => {
    await app.init();
    expect((await ask(port, 'read', token())).outcome).toBe('allowed');
  });
});

describe('an application that is a microservice and nothing else', () => {
  let issuer: StubIssuer;
  beforeAll(async () => {
    issuer = await StubIssuer.start();
  });
  afterAll(() => issuer.stop());

  const behaves = async (app: INestMicroservice, port: number) => {
    await app.listen();
    const token = issuer.token({ iss: 'https://id.acme.test', aud: 'orders', sub: 'ann', roles: ['viewer'] });
    expect(await ask(port, 'read', token)).toMatchObject({ outcome: 'allowed', said: { subject: 'ann', current: 'ann' } });
    expect((await ask(port, 'read')).outcome).toBe('unauthenticated');
    await app.close();
  };

  it('is guarded, made by NestFactory', async () => {
    @Module(guarded(issuer))
    class App {}
    const port = await freePort();
    const options = { transport: Transport.TCP, options: { host: '127.0.0.1', port }, logger: false } as const;
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which no code instantiates
    await behaves(await NestFactory.createMicroservice(App, options), port);
  });

  it('is guarded, made by a testing module', async () => {
    const port = await freePort();
    const module = await Test.createTestingModule(guarded(issuer)).compile();
    const options = { transport: Transport.TCP, options: { host: '127.0.0.1', port } } as const;
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which no code instantiates
    await behaves(module.createNestMicroservice(options), port);
  });
});

describe('@ServiceTask()', () => {
  it('has a handler run without a token or with any, and is named at the start', async () => {
    @Controller()
    class Jobs {
      @MessagePattern('close')
      @ServiceTask()
      close(): string {
        return 'closed';
      }
    }
    const [log, port] = [new CapturedLog(), await freePort()];
    const app = await startAuthzApp(
      { controllers: [Jobs], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] },
      {
        ...log.here,
        configure: (application) => {
          application.connectMicroservice(tcp(port), inherited);
          return application.startAllMicroservices();
        },
      },
    );
    for (const token of [undefined, 'garbage', app.token({ exp: 1 })])
      expect(await ask(port, 'close', token)).toEqual({ outcome: 'allowed', said: 'closed' });
    expect(log.matching(/WARN .*Jobs\.close/)).toHaveLength(1);
    await app.close();
  });

  it('stops the start on what is a route as well', async () => {
    @Controller()
    class Jobs {
      @Get('close')
      @MessagePattern('close')
      @ServiceTask()
      close(): string {
        return 'closed';
      }
    }
    await expect(startAuthzApp({ controllers: [Jobs], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] })).rejects.toMatchObject({
      code: 'AUTHZ_SERVICE_TASK',
    });
  });
});
