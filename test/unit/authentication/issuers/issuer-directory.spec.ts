import { jest } from '@jest/globals';
import type { ResolverSettings } from '../../../../lib/authentication/authentication-settings.js';
import {
  IssuerDirectory,
  IssuerVerifier,
  parseAuthenticationSettings,
  type IssuerSettings,
} from '../../../../lib/authentication/index.js';
import type { VerifierFactory } from '../../../../lib/authentication/issuers/issuer-directory.js';

const settingsOf = (issuer: string): IssuerSettings => parseAuthenticationSettings({ issuer, audience: 'orders' }).issuers[0]!;
const tenant = (name: string | number) => `https://${name}.acme.com`;
const SECOND = 1000;

/** A verifier that reports its stop. */
class WatchedVerifier extends IssuerVerifier {
  isStopped = false;
  override stop(): void {
    this.isStopped = true;
  }
}

/** A directory whose resolver knows every `https://<name>.acme.com`, on a clock of the test's. */
function directory(options: Partial<ResolverSettings> = {}) {
  const asked: string[] = [];
  const made: { readonly issuer: string; readonly before: string | undefined }[] = [];
  const reported: unknown[] = [];
  const leftOut: number[] = [];
  const clock = { ms: 0 };
  const database = {
    resolve: (iss: string): Promise<IssuerSettings | undefined> =>
      Promise.resolve(/^https:\/\/[\w-]+\.acme\.com$/.test(iss) ? settingsOf(iss) : undefined),
  };
  const resolver: ResolverSettings = {
    resolve: (iss) => {
      asked.push(iss);
      return database.resolve(iss);
    },
    refreshSeconds: 300,
    maxIssuers: 1000,
    ...options,
  };
  const create: VerifierFactory = (settings, before) => {
    made.push({ issuer: settings.issuer, before: before?.settings.issuer });
    return new WatchedVerifier(settings, undefined);
  };
  const subject = new IssuerDirectory(
    [],
    resolver,
    create,
    (error, untold) => {
      reported.push(error);
      leftOut.push(untold);
    },
    () => clock.ms,
  );
  const find = async (iss: string) => {
    const found = await subject.find(iss);
    return found instanceof IssuerVerifier ? found.settings.issuer : found;
  };
  const held = () => subject.verifiers().map(({ settings }) => settings.issuer);
  return { subject, asked, made, reported, leftOut, clock, database, find, held };
}
const down = () => Promise.reject(new Error('database down'));

describe('IssuerDirectory of listed issuers', () => {
  const listed = [tenant('a'), tenant('b')];
  const create: VerifierFactory = (settings) => new IssuerVerifier(settings, undefined);
  const subject = new IssuerDirectory(listed.map(settingsOf), undefined, create, () => undefined);

  it('finds each by its exact name, synchronously', () => {
    for (const iss of listed) expect(subject.find(iss)).toMatchObject({ settings: { issuer: iss } });
    expect(subject.verifiers().map(({ settings }) => settings.issuer)).toEqual(listed);
  });

  it.each(['', tenant('c'), `${tenant('a')}/`, 'https://A.acme.com', '__proto__', 'constructor'])('finds none for %j', (iss) => {
    expect(subject.find(iss)).toBeUndefined();
  });
});

describe('IssuerDirectory with a resolver', () => {
  afterEach(() => void jest.useRealTimers());

  it('calls the resolver once, and returns the kept result from then on', async () => {
    const { subject, asked, find, held } = directory();
    expect(await find(tenant('a'))).toBe(tenant('a'));
    expect(subject.find(tenant('a'))).toBeInstanceOf(IssuerVerifier);
    expect(asked).toEqual([tenant('a')]);
    expect(held()).toEqual([tenant('a')]);
  });

  it('calls it again after the time that results are kept, and passes on the keys held', async () => {
    const { clock, asked, made, find } = directory();
    await find(tenant('a'));
    clock.ms += 300 * SECOND - 1;
    await find(tenant('a'));
    expect(asked).toHaveLength(1);
    clock.ms += 1;
    await find(tenant('a'));
    expect(asked).toHaveLength(2);
    expect(made).toEqual([
      { issuer: tenant('a'), before: undefined },
      { issuer: tenant('a'), before: tenant('a') },
    ]);
  });

  it('keeps unknown names as long', async () => {
    const { clock, asked, find } = directory();
    for (let time = 0; time < 3; time++) expect(await find('https://evil.example')).toBeUndefined();
    expect(asked).toHaveLength(1);
    clock.ms += 300 * SECOND;
    expect(await find('https://evil.example')).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it('learns of a tenant that is new, and forgets one that has gone', async () => {
    const { subject, clock, database, find, held } = directory();
    const { resolve } = database;
    database.resolve = () => Promise.resolve(undefined);
    expect(await find(tenant('a'))).toBeUndefined();
    database.resolve = resolve;
    clock.ms += 300 * SECOND;
    expect(await find(tenant('a'))).toBe(tenant('a'));
    const gone = subject.find(tenant('a')) as WatchedVerifier;
    database.resolve = () => Promise.resolve(undefined);
    clock.ms += 300 * SECOND;
    expect(await find(tenant('a'))).toBeUndefined();
    expect(gone.isStopped).toBe(true);
    expect(held()).toEqual([]);
  });

  it('calls the resolver once for concurrent requests with a name', async () => {
    const { asked, find } = directory();
    expect(await Promise.all([find(tenant('a')), find(tenant('b')), find(tenant('a')), find(tenant('a'))])).toEqual(
      ['a', 'b', 'a', 'a'].map(tenant),
    );
    expect(asked).toEqual([tenant('a'), tenant('b')]);
  });

  it('never calls the resolver for a name of more than 2048 characters', async () => {
    const { asked, find } = directory();
    const named = (length: number) => `https://${'x'.repeat(length - 8)}`;
    expect(await find(named(2049))).toBeUndefined();
    expect(asked).toEqual([]);
    await find(named(2048));
    expect(asked).toHaveLength(1);
  });

  it('pushes no tenant out for a flood of made-up names, and grows no further than its limit', async () => {
    const { asked, find, held } = directory({ maxIssuers: 10 });
    for (let index = 0; index < 10; index++) await find(tenant(`t${index}`));
    for (let index = 0; index < 1000; index++) await find(`https://evil-${index}.example`);
    const before = asked.length;
    for (let index = 0; index < 10; index++) expect(await find(tenant(`t${index}`))).toBe(tenant(`t${index}`));
    expect(asked).toHaveLength(before);
    expect(held()).toHaveLength(10);
    await find('https://evil-0.example');
    expect(asked).toHaveLength(before + 1); // made-up names are forgotten, the oldest first
    await find('https://evil-999.example');
    expect(asked).toHaveLength(before + 1);
  });

  it('evicts the least recently used tenant first, and stops its keys', async () => {
    const { subject, find, held } = directory({ maxIssuers: 2 });
    await find(tenant('a'));
    await find(tenant('b'));
    const b = subject.find(tenant('b')) as WatchedVerifier;
    await find(tenant('a'));
    await find(tenant('c'));
    expect(held()).toEqual([tenant('a'), tenant('c')]);
    expect(b.isStopped).toBe(true);
  });

  it('counts the use of a tenant while the resolver is down', async () => {
    const { clock, database, find, held } = directory({ maxIssuers: 2 });
    const { resolve } = database;
    await find(tenant('a'));
    await find(tenant('b'));
    database.resolve = down;
    clock.ms += 300 * SECOND;
    await find(tenant('a'));
    database.resolve = resolve;
    await find(tenant('c'));
    expect(held()).toEqual([tenant('a'), tenant('c')]);
  });

  it('returns "unavailable" if the resolver rejects, reports why, and calls it again next time', async () => {
    const { database, reported, asked, find } = directory();
    const { resolve } = database;
    database.resolve = down;
    expect(await find(tenant('a'))).toBe('unavailable');
    expect(reported).toEqual([new Error('database down')]);
    database.resolve = resolve;
    expect(await find(tenant('a'))).toBe(tenant('a'));
    expect(asked).toHaveLength(2);
  });

  it('keeps the last result while the resolver rejects', async () => {
    const { clock, database, reported, find } = directory();
    await find(tenant('a'));
    database.resolve = down;
    clock.ms += 300 * SECOND;
    expect(await find(tenant('a'))).toBe(tenant('a'));
    expect(reported).toHaveLength(1);
    expect(await find(tenant('new'))).toBe('unavailable');
  });

  it('reports why once a minute, with the number of failures left out', async () => {
    const { clock, database, reported, leftOut, find } = directory();
    database.resolve = down;
    for (let index = 0; index < 5; index++) await find(tenant(index));
    clock.ms += 60 * SECOND - 1;
    await find(tenant('a'));
    expect([reported.length, leftOut]).toEqual([1, [0]]);
    clock.ms += 1;
    await find(tenant('a'));
    expect([reported.length, leftOut]).toEqual([2, [0, 5]]);
    clock.ms += 60 * SECOND;
    await find(tenant('a'));
    expect([reported.length, leftOut]).toEqual([3, [0, 5, 0]]);
  });

  it('waits 5 seconds for the resolver, not longer', async () => {
    jest.useFakeTimers();
    const { database, reported, find } = directory();
    database.resolve = () => new Promise(() => undefined);
    const found = find(tenant('a'));
    await jest.advanceTimersByTimeAsync(4999);
    expect(reported).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(await found).toBe('unavailable');
    expect(reported).toEqual([new Error('issuers.resolve() did not answer within 5000 ms')]);
  });

  it('leaves no timer after a result', async () => {
    jest.useFakeTimers();
    const { find } = directory();
    await find(tenant('a'));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('resolves 64 names at a time; further new ones fail immediately, and known tenants stay in use', async () => {
    const { clock, database, asked, find } = directory();
    await find(tenant('old'));
    clock.ms += 300 * SECOND;
    const release: (() => void)[] = [];
    const { resolve } = database;
    database.resolve = (iss) => new Promise((answer) => release.push(() => answer(resolve(iss))));
    const flood = Array.from({ length: 64 }, (_, index) => find(tenant(`f${index}`)));
    expect(await find(tenant('one-more'))).toBe('unavailable');
    expect(await find(tenant('old'))).toBe(tenant('old'));
    expect(asked).toHaveLength(65);
    for (const answer of release) answer();
    expect(await Promise.all(flood)).toHaveLength(64);
    database.resolve = resolve;
    expect(await find(tenant('one-more'))).toBe(tenant('one-more'));
  });
});

describe('role prefixes of tenants', () => {
  const withPrefix = (iss: string, rolePrefix: string) =>
    parseAuthenticationSettings({ issuer: { issuer: iss, rolePrefix }, audience: 'orders' }).issuers[0]!;

  it('do not overlap: the tenant found later is not served, and the log has the reason', async () => {
    const { find, database, reported } = directory();
    const prefixes = new Map([
      [tenant('a'), 'a:'],
      [tenant('b'), 'a:b:'],
      [tenant('c'), 'c:'],
      [tenant('d'), 'c:'],
    ]);
    database.resolve = (iss) => Promise.resolve(withPrefix(iss, prefixes.get(iss)!));
    expect(await find(tenant('a'))).toBe(tenant('a'));
    expect(await find(tenant('b'))).toBe('unavailable');
    expect(reported).toMatchObject([{ code: 'AUTHZ_ROLE_PREFIX', message: expect.stringContaining('overlap') as string }]);
    expect(await find(tenant('c'))).toBe(tenant('c'));
    expect(await find(tenant('d'))).toBe(tenant('d')); // one prefix for several, on purpose
  });

  it('may change', async () => {
    const { find, database, clock } = directory();
    database.resolve = (iss) => Promise.resolve(withPrefix(iss, 'a:'));
    expect(await find(tenant('a'))).toBe(tenant('a'));
    clock.ms += 301 * SECOND;
    database.resolve = (iss) => Promise.resolve(withPrefix(iss, 'a:b:'));
    expect(await find(tenant('a'))).toBe(tenant('a'));
  });
});
