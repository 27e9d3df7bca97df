import { HttpModule, HttpService } from '@nestjs/axios';
import { Controller, Get, Headers, Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { firstValueFrom } from 'rxjs';
import {
  Authenticated,
  Authz,
  AuthzModule,
  CurrentPrincipal,
  Public,
  RequirePermissions,
  Revocations,
  type Principal,
} from '../../../lib/index.js';
import { Outbound, OutboundError, OutboundModule, type OutboundOptions } from '../../../lib/outbound/index.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters, OPTIONS } from '../on-both-adapters.js';
import { CLIENT_SECRET, IdentityProvider, signerKey } from './identity-provider.js';

const API = {
  orders: 'https://orders.acme.test',
  invoices: 'https://invoices.acme.test',
  ledger: 'https://ledger.acme.test',
  stock: 'https://stock.acme.test',
  mail: 'https://mail.acme.test',
};
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** What a called service reports about its caller. */
interface Seen {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly actors: readonly string[];
  readonly audience: unknown;
  readonly traceparent: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

const seen = ({ subject, roles, actors, claims }: Principal, traceparent: string | undefined): Seen => ({
  subject,
  roles,
  actors: actors.map((actor) => actor.subject),
  audience: claims['aud'],
  traceparent,
  claims,
});

/** A service at the end of the line. */
@Controller()
class Leaf {
  @Get('me')
  @Authenticated()
  me(@CurrentPrincipal() principal: Principal, @Headers('traceparent') traceparent?: string): Seen {
    return seen(principal, traceparent);
  }

  @Get('secret')
  @RequirePermissions('orders:delete')
  secret(): object {
    return {};
  }
}

/** A service in the middle, which calls the ledger. */
@Controller()
class Invoices {
  constructor(private readonly outbound: Outbound) {}

  @Get('me')
  @Authenticated()
  me(@CurrentPrincipal() principal: Principal, @Headers('traceparent') traceparent?: string): Seen {
    return seen(principal, traceparent);
  }

  @Get('ledger/:path')
  @Authenticated()
  async ledger(): Promise<unknown> {
    const answer = await this.outbound.fetch('ledger')(`${urls.ledger}/me`);
    return answer.json();
  }

  @Get('refused')
  @Authenticated()
  async refused(): Promise<unknown> {
    return { status: (await this.outbound.fetch('ledger')(`${urls.ledger}/secret`)).status };
  }
}

const urls: Record<string, string> = {};

/** The service that all begins at. */
@Controller()
class Orders {
  constructor(
    private readonly outbound: Outbound,
    private readonly authz: Authz,
    private readonly http: HttpService,
  ) {
    http.axiosRef.interceptors.request.use(outbound.axios('invoices'));
  }

  @Get('fetch/:target')
  @Authenticated()
  async fetch(@Headers('x-target') target: string, @Headers('x-path') path = 'me'): Promise<unknown> {
    try {
      const answer = await this.outbound.fetch(target)(`${urls[target]}/${path}`);
      return { status: answer.status, body: await answer.json() };
    } catch (error) {
      return said(error);
    }
  }

  @Get('axios')
  @Authenticated()
  async axios(): Promise<unknown> {
    return (await firstValueFrom(this.http.get<unknown>(`${urls['invoices']}/me`))).data;
  }

  @Get('public')
  @Public()
  async public(): Promise<unknown> {
    return this.outbound.headers('invoices').catch(said);
  }

  @Get('uncaught')
  @Public()
  async uncaught(@Headers('x-target') target: string): Promise<unknown> {
    return this.outbound.fetch(target)(`${urls[target]}/me`);
  }

  @Get('run-as')
  @Authenticated()
  async runAs(@CurrentPrincipal() principal: Principal): Promise<unknown> {
    return this.authz.runAs(principal, () => this.outbound.headers('invoices')).catch(said);
  }

  /** Requests a token, and again on a signal of the test. */
  @Get('slow')
  @Authenticated()
  async slow(): Promise<unknown> {
    const first = await this.outbound.headers('invoices');
    await meanwhile();
    const again = await this.outbound.headers('invoices').catch(said);
    return { first: typeof first.authorization, again, mail: typeof (await this.outbound.headers('mail')).authorization };
  }
}

let meanwhile: () => Promise<unknown>;

function said(error: unknown): object {
  if (!(error instanceof OutboundError)) throw error;
  return { code: error.code, error: error.error };
}

onBothAdapters(({ newAdapter, closeLater }) => {
  let provider: IdentityProvider;
  const log = new CapturedLog();
  const apps: Record<string, { get<T>(type: Type<T>): T }> = {};

  const start = async (name: keyof typeof API, controller: Type, outbound: DynamicModule[] = []): Promise<void> => {
    const { mapping } = OPTIONS;
    const authz = {
      issuer: provider.url,
      audience: API[name],
      mapping,
      maxTokenLifetimeSeconds: 3600,
      revocation: { feed: null },
    };
    @Module({ controllers: [controller], imports: [AuthzModule.forRoot(authz), ...outbound] })
    class App {}
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which is never constructed
    const app = closeLater(await NestFactory.create(App, newAdapter(), { logger: log }));
    await app.listen(0, '127.0.0.1');
    urls[name] = await app.getUrl();
    apps[name] = app;
  };

  beforeAll(async () => {
    provider = await IdentityProvider.start(Object.values(API));
    closeLater({ close: () => provider.stop() });
    const client = { issuer: provider.url, clientSecret: CLIENT_SECRET };
    await Promise.all([start('ledger', Leaf), start('stock', Leaf), start('mail', Leaf)]);
    await start('invoices', Invoices, [
      OutboundModule.forRoot({
        client: { ...client, clientId: 'invoices' },
        targets: { ledger: { token: 'exchange', audience: API.ledger, origins: [urls['ledger']!] } },
      }),
    ]);
    const options: OutboundOptions = {
      client: { ...client, clientId: 'orders' },
      targets: {
        invoices: { token: 'exchange', audience: API.invoices, origins: [urls['invoices']!] },
        byResource: { token: 'exchange', resource: API.invoices, origins: [urls['invoices']!] },
        unknown: { token: 'exchange', audience: 'https://unknown.acme.test', origins: [urls['stock']!] },
        stock: { token: 'forward', audience: API.stock, origins: [urls['stock']!] },
        mail: { token: 'service', resource: API.mail, scope: 'write', origins: [urls['mail']!] },
      },
    };
    await start('orders', Orders, [
      HttpModule.register({}),
      OutboundModule.forRootAsync({ useFactory: () => Promise.resolve(options) }),
    ]);
    urls['byResource'] = urls['invoices']!;
    urls['unknown'] = urls['stock']!;
  });

  const call = async (path: string, claims: object = {}, headers: Record<string, string> = {}): Promise<unknown> => {
    const token = provider.token({ aud: API.orders, ...claims });
    const answer = await fetch(`${urls['orders']}/${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
    return answer.json();
  };
  const target = async (name: string, claims: object = {}, headers: Record<string, string> = {}): Promise<unknown> =>
    call(`fetch/${name}`, claims, { 'x-target': name, ...headers });

  it.each(['invoices', 'byResource'])('exchanges the token of the caller: %s', async (name) => {
    expect(await target(name)).toMatchObject({
      status: 200,
      body: { subject: 'ann', roles: ['viewer'], actors: ['orders'], audience: API.invoices },
    });
  });

  it('does so through axios as well', async () => {
    expect(await call('axios', { sub: 'bob' })).toMatchObject({ subject: 'bob', actors: ['orders'], audience: API.invoices });
  });

  it('keeps callers apart that call at once', async () => {
    const names = Array.from({ length: 20 }, (_, number) => `caller-${number}`);
    const answers = await Promise.all(names.map((sub) => target('invoices', { sub })));
    expect(answers.map((answer) => (answer as { body: Seen }).body.subject)).toEqual(names);
  });

  it('sends one request to the provider for calls of one caller', async () => {
    const before = provider.asked.get(EXCHANGE) ?? 0;
    const same = provider.token({ aud: API.orders });
    const ask = () =>
      fetch(`${urls['orders']}/fetch/x`, { headers: { authorization: `Bearer ${same}`, 'x-target': 'invoices' } });
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    await ask();
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(provider.asked.get(EXCHANGE)).toBe(before + 1);
  });

  it('gives the actors to the service at the end of a chain, and to the record of its decision', async () => {
    const token = provider.token({ aud: API.invoices, act: { sub: 'orders', act: { sub: 'shop' } } });
    const headers = { authorization: `Bearer ${token}`, traceparent: TRACE };
    const answer = await fetch(`${urls['invoices']}/ledger/me`, { headers });
    expect(await answer.json()).toMatchObject({ subject: 'ann', actors: ['invoices', 'orders', 'shop'], traceparent: TRACE });
    expect(await (await fetch(`${urls['invoices']}/refused`, { headers })).json()).toEqual({ status: 403 });
    expect(await log.line(/DEBUG Refused Leaf\.secret: /)).toContain(
      'Subject "ann" through "invoices", for which "orders", for which "shop"',
    );
  });

  it('extends the chain with each exchange', async () => {
    const exchanged = (await target('invoices', { sub: 'carl' }, { 'x-path': 'ledger/me' })) as { body: Seen };
    expect(exchanged.body).toMatchObject({ subject: 'carl', actors: ['invoices', 'orders'], audience: API.ledger });
  });

  it('forwards the caller’s token, if it is for the target too', async () => {
    expect(await target('stock', { aud: [API.orders, API.stock] })).toMatchObject({
      status: 200,
      body: { subject: 'ann', actors: [], audience: [API.orders, API.stock] },
    });
    expect(await target('stock')).toEqual({ code: 'audience_mismatch' });
  });

  it("takes the service's own token, of which the provider is asked once", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => target('mail')));
    expect(answers[0]).toMatchObject({ status: 200, body: { subject: 'orders', roles: ['service-orders'], audience: API.mail } });
    expect((answers[0] as { body: Seen }).body.claims['scope']).toBe('write');
    expect(provider.asked.get('client_credentials')).toBe(1);
  });

  it('passes the trace along', async () => {
    for (const name of ['invoices', 'mail'])
      expect(await target(name, {}, { traceparent: TRACE })).toMatchObject({ body: { traceparent: TRACE } });
    const { body } = (await target('mail', {}, { traceparent: 'garbage' })) as { body: Seen };
    expect(body.traceparent).toBeUndefined();
  });

  it('reports what the provider refuses', async () => {
    expect(await target('unknown')).toEqual({ code: 'refused', error: 'invalid_target' });
    const warning = await log.line(/target "unknown"/);
    expect(warning).toContain('invalid_target');
    expect(log.lines.join()).not.toContain(CLIENT_SECRET);
  });

  it('responds to an uncaught error with a constant message, and logs the details once', async () => {
    const uncaught = async (name: string) => {
      const answer = await fetch(`${urls['orders']}/uncaught`, { headers: { 'x-target': name } });
      return { status: answer.status, body: await answer.json() };
    };
    const body = { statusCode: 401, error: 'unauthorized', message: 'An access token is required' };
    expect(await uncaught('stock')).toEqual({ status: 401, body });
    expect(log.matching(/^DEBUG No token for the target "stock" \(caller_missing\).* Authz$/)).toHaveLength(1);
    expect(log.matching(/^ERROR/)).toEqual([]);
  });

  it('has no token outside of a call', async () => {
    expect(await (await fetch(`${urls['orders']}/public`)).json()).toEqual({ code: 'caller_missing' });
    expect(await call('public')).toEqual({ code: 'caller_missing' });
    expect(await call('run-as')).toEqual({ code: 'caller_missing' });
  });

  it('has none for a caller whose token was revoked since the call began, also where one is kept', async () => {
    meanwhile = () => apps['orders']!.get(Revocations).revoke({ kind: 'subject', issuer: provider.url, value: 'dora' });
    expect(await call('slow', { sub: 'dora' })).toEqual({
      first: 'string',
      again: { code: 'caller_token_revoked' },
      mail: 'string',
    });
  });
});

it('a client authenticates by a signature', async () => {
  const provider = await IdentityProvider.start([API.mail]);
  @Module({
    imports: [
      OutboundModule.forRoot({
        client: {
          issuer: provider.url,
          clientId: 'signer',
          privateKey: signerKey.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
          keyId: 's1',
        },
        targets: { mail: { token: 'service', resource: API.mail } },
      }),
    ],
  })
  class App {}
  // Without AuthzModule: there is no caller, and no need of one.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which is never constructed
  const app = await NestFactory.createApplicationContext(App, { logger: new CapturedLog() });
  const { authorization } = await app.get(Outbound).headers('mail');
  const claims = JSON.parse(Buffer.from(authorization.split('.')[1]!, 'base64url').toString()) as object;
  expect(claims).toMatchObject({ sub: 'signer', aud: API.mail });
  await app.close();
  await provider.stop();
});
