import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { StubIssuer, type AuthzTestApp } from '../../../lib/testing/index.js';
import { SharedSignals, SharedSignalsPollModule, type SharedSignalsPollOptions } from '../../../lib/servers/receivers/index.js';
import { MemoryFeed } from '../../unit/revocation/memory-feed.js';
import { body, hanging, huge, LoopbackServer, status, type Answer } from '../../servers/loopback-server.js';
import { until } from '../../waiting/until.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { accessToken, eventToken, isAccepted, ISSUER, rulesOf, startReceiver } from './receiver-kit.js';

interface Poll {
  readonly maxEvents: number;
  readonly returnImmediately: boolean;
  readonly ack?: readonly string[];
  readonly setErrs?: Readonly<Record<string, { readonly err: string; readonly description: string }>>;
}

/** A transmitter that delays its response until it has a token (RFC 8936). */
class Transmitter {
  readonly polls: { readonly poll: Poll; readonly headers: IncomingHttpHeaders }[] = [];
  readonly sets = new Map<string, unknown>();
  /** Most tokens in one response. */
  most = 100;
  /** Used instead of its normal response. */
  instead: Answer | undefined;
  private waiting: ServerResponse | undefined;

  private constructor(readonly server: LoopbackServer) {
    server.answer = (request, response) => void this.answer(request, response);
  }

  static async start(): Promise<Transmitter> {
    return new Transmitter(await LoopbackServer.start());
  }

  /** Delivers tokens, by their ids. */
  send(sets: Readonly<Record<string, unknown>>): void {
    for (const [jti, token] of Object.entries(sets)) this.sets.set(jti, token);
    if (this.waiting !== undefined) this.deliver(this.waiting);
  }

  get acknowledged(): readonly string[] {
    return this.polls.flatMap(({ poll }) => poll.ack ?? []);
  }

  get faulty(): Poll['setErrs'] {
    return Object.assign({}, ...this.polls.map(({ poll }) => poll.setErrs)) as Poll['setErrs'];
  }

  private async answer(...[request, response]: Parameters<Answer>): Promise<void> {
    const poll = (await json(request)) as Poll;
    this.polls.push({ poll, headers: request.headers });
    if (this.instead !== undefined) {
      this.instead(request, response);
      return;
    }
    for (const jti of [...(poll.ack ?? []), ...Object.keys(poll.setErrs ?? {})]) this.sets.delete(jti);
    if (this.sets.size > 0) this.deliver(response);
    else this.waiting = response;
  }

  private deliver(response: ServerResponse): void {
    this.waiting = undefined;
    const sets = Object.fromEntries([...this.sets].slice(0, this.most));
    response.end(JSON.stringify({ sets, moreAvailable: this.sets.size > this.most }));
  }
}

onBothAdapters((on) => {
  let idp: StubIssuer;
  let transmitter: Transmitter;
  let log: CapturedLog;
  const apps: AuthzTestApp[] = [];
  beforeEach(async () => {
    idp = await StubIssuer.start();
    transmitter = await Transmitter.start();
    log = new CapturedLog();
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map(({ app }) => app.close()));
    await Promise.all([idp.stop(), transmitter.server.stop()]);
  });

  const start = async (options: Partial<SharedSignalsPollOptions> = {}, feed: MemoryFeed | null = null) => {
    const module = SharedSignalsPollModule.forRoot({
      issuer: { issuer: ISSUER, jwksUri: idp.jwksUri },
      audience: 'orders-receiver',
      url: `${transmitter.server.url}/poll?stream=hidden`,
      ...options,
    });
    const app = await startReceiver(on, [module], feed, log);
    apps.push(app);
    return app;
  };
  const set = (jti: string, claims: Record<string, unknown> = {}) => ({ [jti]: eventToken(idp, { jti, ...claims }) });
  const of = (sub: string) => ({ sub_id: { format: 'iss_sub', iss: ISSUER, sub } });

  it('revokes the tokens that a polled event ends, and acknowledges it', async () => {
    const app = await start({ authorization: () => Promise.resolve('Bearer s3cret') });
    const [ended, other] = [accessToken(app), accessToken(app, { sub: 'vera' })];
    expect(await isAccepted(app, ended)).toBe(true);
    transmitter.send(set('j1'));
    await until(() => transmitter.acknowledged.includes('j1'));
    expect(await isAccepted(app, ended)).toBe(false);
    expect(await isAccepted(app, other)).toBe(true);

    const [{ poll, headers }] = transmitter.polls as [Transmitter['polls'][number]];
    expect(poll).toEqual({ maxEvents: 50, returnImmediately: false });
    expect(headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer s3cret' });
    expect(transmitter.faulty).toEqual({});
    expect(log.lines.join()).not.toMatch(/s3cret|hidden/);
  });

  it('accepts an event that waited for a week', async () => {
    await start();
    transmitter.send(set('old', { iat: Math.floor(Date.now() / 1000) - 604_800 }));
    await until(() => transmitter.acknowledged.includes('old'));
  });

  it('requests more while there is more', async () => {
    transmitter.most = 1;
    const app = await start({ pollIntervalSeconds: 3600 });
    transmitter.send({ ...set('j1', of('anna')), ...set('j2', of('carl')), ...set('j3', of('vera')) });
    await until(() => transmitter.acknowledged.length >= 3);
    expect(rulesOf(app)).toHaveLength(3);
  });

  it('reports faulty events to the transmitter, and processes the others', async () => {
    const app = await start();
    transmitter.send({
      ...set('audience', { aud: 'x' }),
      ...set('issuer', { iss: 'x' }),
      ...set('two', { events: { a: {}, b: {} } }),
      other: eventToken(idp, { jti: 'another' }),
      number: 7,
      nonsense: 'x.y.z',
      ['__proto__']: 'x',
      ...set('good'),
    });
    await until(() => transmitter.acknowledged.includes('good') && transmitter.sets.size === 0);
    expect(transmitter.acknowledged).toEqual(['good']);
    const description = expect.any(String) as string;
    expect(transmitter.faulty).toMatchObject({
      audience: { err: 'invalid_audience', description },
      issuer: { err: 'invalid_issuer', description },
      two: { err: 'invalid_request', description },
      other: { err: 'invalid_request', description },
      number: { err: 'invalid_request', description },
      nonsense: { err: 'invalid_request', description },
    });
    expect(transmitter.polls.at(-1)?.headers['content-language']).toBe('en');
    expect(rulesOf(app)).toHaveLength(1);
  });

  it('acknowledges again, without a log line, what it has processed before', async () => {
    const app = await start();
    const sets = set('j1');
    transmitter.send(sets);
    await until(() => transmitter.acknowledged.length >= 1);
    transmitter.send(sets);
    await until(() => transmitter.acknowledged.length >= 2);
    expect(transmitter.faulty).toEqual({});
    expect(app.app.get(SharedSignals, { strict: false }).status()).toMatchObject({ received: 1, refused: 0 });
    expect(log.matching(/refused/)).toEqual([]);
  });

  it('acknowledges an event only once every other instance can have its rule', async () => {
    const feed = new MemoryFeed();
    const app = await start({}, feed);
    feed.isReadOnly = true;
    transmitter.send(set('j1'));
    await until(() => rulesOf(app).length === 1 && transmitter.polls.length >= 2);
    expect(transmitter.acknowledged).toEqual([]);
    feed.isReadOnly = false;
    await until(() => transmitter.acknowledged.includes('j1'));
  });

  it('leaves an event at the transmitter that is signed with a key not known yet', async () => {
    const app = await start();
    transmitter.send(set('j1'));
    await until(() => transmitter.acknowledged.includes('j1'));
    idp.rotateKeys();
    idp.goDown();
    transmitter.send(set('j2', of('vera')));
    await log.line(/WARN The keys of .* cannot be fetched/);
    const { length } = transmitter.polls;
    await until(() => transmitter.polls.length > length);
    expect([rulesOf(app).length, transmitter.faulty, [...transmitter.sets.keys()]]).toEqual([1, {}, ['j2']]);
  });

  it('leaves events at the transmitter while the keys are unreachable', async () => {
    idp.goDown();
    const app = await start();
    transmitter.send(set('j1'));
    await until(() => transmitter.polls.length >= 2);
    expect([rulesOf(app), transmitter.acknowledged, transmitter.faulty]).toEqual([[], [], {}]);
    idp.comeBack();
    await until(() => transmitter.acknowledged.includes('j1'));
  });

  it.each<[string, () => Answer, RegExp]>([
    ['refuses', () => status(401), /answered 401/],
    ['fails', () => status(500), /answered 500/],
    ['redirects', () => status(302, { location: 'http://127.0.0.1:1/' }), /answered 302/],
    ['answers no JSON', () => body('<html>'), /not a JSON object with "sets"/],
    ['responds with a list', () => body('[]'), /not a JSON object with "sets"/],
    ['answers no sets', () => body('{"sets":[]}'), /not a JSON object with "sets"/],
    ['answers too much', () => huge(8 * 1024 * 1024), /more than 4194304 bytes/],
    ['never answers', () => hanging, /did not answer within 1000 ms/],
  ])('logs that the transmitter %s, and that it is reachable again', async (_, instead, reason) => {
    transmitter.instead = instead();
    const app = await start({ timeoutSeconds: 1 });
    expect(await log.line(/ERROR .*cannot be reached/)).toMatch(reason);
    transmitter.instead = undefined;
    transmitter.send(set('j1'));
    await log.line(/is reachable again/);
    await until(() => transmitter.acknowledged.includes('j1'));
    expect(log.matching(/cannot be reached/)).toHaveLength(1);
    expect(rulesOf(app)).toHaveLength(1);
    expect(log.lines.join()).not.toContain('hidden');
  });

  it('recovers from an outage of the transmitter, with events not acknowledged yet, and logs each state once', async () => {
    const app = await start();
    await until(() => transmitter.polls.length >= 1);
    transmitter.instead = status(503);
    transmitter.send(set('j1'));
    await until(() => transmitter.polls.length >= 3);
    expect(rulesOf(app)).toHaveLength(1);
    transmitter.instead = undefined;
    transmitter.send(set('j2', of('vera'))); // it responds once it has an event
    await log.line(/is reachable again/);
    await until(() => transmitter.sets.size === 0);
    expect(transmitter.acknowledged).toEqual(expect.arrayContaining(['j1', 'j2']));
    expect(rulesOf(app)).toHaveLength(2);
    expect(log.matching(/cannot be reached/)).toHaveLength(1);
  });

  it.each<[string, () => string]>([
    ['fails', () => { throw new Error('no token available'); }], // prettier-ignore
    ['answers no text', () => undefined as unknown as string],
    ['answers a line break', () => 'Bearer s3cret\r\nX: y'],
  ])('logs it if the function for the header %s', async (_, authorization) => {
    await start({ authorization });
    expect(await log.line(/ERROR .*cannot be reached/)).toContain('"authorization"');
    expect(transmitter.polls).toEqual([]);
    expect(log.lines.join()).not.toContain('s3cret');
  });

  it('ends with the application, during a request', async () => {
    const app = await start();
    await until(() => transmitter.polls.length >= 1);
    // The transmitter never answers: a close that waited for it would take longer than the test may.
    await app.app.close();
    expect(log.matching(/cannot be reached/)).toEqual([]);
  });

  it('can be made by a factory', async () => {
    const module = SharedSignalsPollModule.forRootAsync({
      useFactory: () => ({
        issuer: { issuer: ISSUER, jwksUri: idp.jwksUri },
        audience: 'orders-receiver',
        url: transmitter.server.url,
      }),
    });
    const app = await startReceiver(on, [module], null, log);
    transmitter.send(set('j1'));
    await until(() => transmitter.acknowledged.includes('j1'));
    await app.app.close();
  });
});
