import { jest } from '@jest/globals';
import { AuthzConfigError, PermissionSet, principalFromClaims } from '../../../lib/core/index.js';
import {
  MappingError,
  MappingStore,
  parseMappingOptions,
  resolvePermissions,
  type LoadedMapping,
  type MappingEvent,
  type MappingProvider,
  type MappingSource,
} from '../../../lib/mapping/index.js';

const documentWith = (...permissions: string[]): LoadedMapping => ({ document: { roles: { viewer: permissions } } });

/** A source whose document the test sets, and whose loads it can hold up. */
class Source implements MappingSource {
  readonly name = 'test source';
  loads = 0;
  watchers = 0;
  changed: () => void = () => undefined;
  brings: () => Promise<LoadedMapping> | LoadedMapping = () => documentWith('orders:read');

  load() {
    this.loads++;
    return this.brings();
  }

  watch(changed: () => void) {
    this.watchers++;
    this.changed = changed;
    return () => {
      this.watchers--;
    };
  }
}

async function startStore(source: Source = new Source()) {
  const events: MappingEvent[] = [];
  const store = new MappingStore(source, (event) => events.push(event));
  await store.start();
  return { source, store, events, viewer: () => store.permissionsFor(['viewer']).granted };
}

describe('MappingStore', () => {
  it('has no mapping before it has loaded one', () => {
    const store = new MappingStore(new Source());
    expect(() => store.current).toThrow('No mapping has been loaded from test source.');
    expect(() => store.permissionsFor(['viewer'])).toThrow('No mapping has been loaded');
    expect(store.name).toBe('test source');
    expect(() => store.stop()).not.toThrow();
  });

  it('stops the start where the first document cannot be used', async () => {
    const source = new Source();
    source.brings = () => documentWith('ord*');
    await expect(startStore(source)).rejects.toThrow(MappingError);
    source.brings = () => Promise.reject(new Error('unreachable'));
    await expect(startStore(source)).rejects.toThrow('unreachable');
    expect(source.watchers).toBe(0);
  });

  it('follows the source until it is stopped', async () => {
    const { source, store, events, viewer } = await startStore();
    expect(viewer()).toEqual(['orders:read']);
    source.brings = () => documentWith('orders:write');
    source.changed();
    await store.reload();
    expect(viewer()).toEqual(['orders:write']);
    expect(events).toEqual([{ kind: 'changed', revision: store.current.revision, source: 'test source' }]);
    store.stop();
    store.stop();
    expect(source.watchers).toBe(0);
    expect(viewer()).toEqual(['orders:write']);
  });

  it('works with a source that is never watched', async () => {
    const store = new MappingStore({ name: 'static', load: () => documentWith('a') });
    await store.start();
    await store.reload();
    store.stop();
    expect(store.permissionsFor(['viewer']).granted).toEqual(['a']);
  });

  it('keeps the last good mapping when a reload fails, and says why', async () => {
    const { source, store, events, viewer } = await startStore();
    const { revision } = store.current;
    source.brings = () => documentWith('ord*');
    await store.reload();
    const failure = new Error('unreachable');
    source.brings = () => {
      throw failure;
    };
    await store.reload();
    expect(viewer()).toEqual(['orders:read']);
    expect(events).toEqual([
      { kind: 'refused', revision, source: 'test source', error: expect.any(MappingError) },
      { kind: 'refused', revision, source: 'test source', error: failure },
    ]);
  });

  it('reports nothing and keeps what it has resolved where the content is the same', async () => {
    const { store, events } = await startStore();
    const before = store.current;
    await store.reload();
    expect(store.current).toBe(before);
    expect(events).toEqual([]);
  });

  it('takes an edit that forgets to change the revision', async () => {
    const source = new Source();
    source.brings = () => ({ document: { revision: 'v1', roles: { viewer: ['orders:read', 'orders:delete'] } } });
    const { store, viewer, events } = await startStore(source);
    source.brings = () => ({ document: { revision: 'v1', roles: { viewer: ['orders:read'] } } });
    await store.reload();
    expect(viewer()).toEqual(['orders:read']);
    expect(events).toMatchObject([{ kind: 'changed', revision: 'v1' }]);
  });

  it('loads once more, and only once, for all that is heard of during a load', async () => {
    const { source, store, viewer } = await startStore();
    let release: (loaded: LoadedMapping) => void = () => undefined;
    source.brings = () => new Promise((resolve) => (release = resolve));
    const [first, ...others] = [store.reload(), store.reload(), store.reload(), store.reload()];
    expect(source.loads).toBe(2);
    source.brings = () => documentWith('orders:late');
    release(documentWith('orders:early'));
    await Promise.all([first, ...others]);
    expect(source.loads).toBe(3);
    expect(viewer()).toEqual(['orders:late']);
  });

  it.each(Array.from({ length: 16 }, (_, ticks) => ticks))('misses no change heard of %d ticks after a load', async (ticks) => {
    const { source, store, viewer } = await startStore();
    source.brings = () => documentWith('orders:early');
    const first = store.reload();
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    source.brings = () => documentWith('orders:late');
    await Promise.all([first, store.reload()]);
    expect(viewer()).toEqual(['orders:late']);
  });
});

describe('resolvePermissions', () => {
  const alice = principalFromClaims(
    { iss: 'i', exp: 1 },
    { subject: 'alice', roles: ['viewer'], maxRoles: 500, tenant: undefined, tokenPermissions: undefined },
  );
  const resolve = (answer: () => unknown, deadlineMs = 1000) =>
    resolvePermissions({ permissionsFor: answer } as MappingProvider, alice, deadlineMs);
  const invalid = { failure: 'mapping_invalid', detail: expect.stringContaining('must answer a PermissionSet') as string };

  it('hands the provider the roles and the principal, on itself', () => {
    const provider = { permissionsFor: jest.fn(() => ['orders:read']) };
    void resolvePermissions(provider, alice, 1000);
    expect(provider.permissionsFor).toHaveBeenCalledWith(alice.roles, alice);
    expect(provider.permissionsFor.mock.contexts[0]).toBe(provider);
  });

  it('hands on a PermissionSet as it is', () => {
    const set = new PermissionSet(['a']);
    expect(resolve(() => set)).toEqual({ permissions: set });
  });

  it.each([
    [['orders:read', 'invoices:*'], { granted: ['orders:read', 'invoices:*'], denied: [], revision: 'provider' }],
    [[], { granted: [], denied: [], revision: 'provider' }],
    [{ permissions: ['a'] }, { granted: ['a'], denied: [], revision: 'provider' }],
    [
      { permissions: ['a'], deny: ['a:b'], revision: 'r1' },
      { granted: ['a'], denied: ['a:b'], revision: 'r1' },
    ],
  ])('understands %j, given at once or later', async (answer, expected) => {
    expect(resolve(() => answer)).toMatchObject({ permissions: expected });
    await expect(resolve(() => Promise.resolve(answer))).resolves.toMatchObject({ permissions: expected });
  });

  it.each([
    [undefined],
    [null],
    [true],
    [7],
    ['orders:read'],
    [{}],
    [new Set(['orders:read'])],
    [['ord*']],
    [['orders:read', '']],
    [['orders:read', 7]],
    [[['orders:read']]],
    [{ permissions: 'orders:read' }],
    [{ permissions: ['a::b'] }],
    [{ permissions: ['a'], deny: 'a' }],
    [{ permissions: ['a'], deny: null }],
    [{ permissions: ['a'], deny: ['x y'] }],
    [{ permissions: ['a'], revision: 7 }],
    [{ deny: ['a'] }],
    [() => ['orders:read']],
  ])('takes %p for no permissions, given at once or later', async (answer) => {
    expect(resolve(() => answer)).toEqual(invalid);
    await expect(resolve(() => Promise.resolve(answer))).resolves.toEqual(invalid);
  });

  it.each([
    [new Error('no database'), 'no database'],
    ['text', '"text"'],
    [undefined, 'nothing'],
  ])('is told by a throw or a rejection of %p that there are none', async (reason, detail) => {
    const failure = { failure: 'mapping_unavailable', detail: `the mapping provider failed: ${detail}` };
    const throwing = () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- a provider may throw anything
      throw reason;
    };
    expect(resolve(throwing)).toEqual(failure);
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a provider may reject with anything
    await expect(resolve(() => Promise.reject(reason))).resolves.toEqual(failure);
    expect(
      resolve(() => ({
        get permissions() {
          return throwing();
        },
      })),
    ).toEqual(failure);
  });

  it('is not brought down by a thenable that throws, rejects or answers twice', async () => {
    const then = (run: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => void) =>
      resolve(() => ({ then: run }));
    const throwing = then(() => {
      throw new Error('no then');
    });
    await expect(throwing).resolves.toMatchObject({ failure: 'mapping_unavailable', detail: expect.stringContaining('no then') });
    await expect(then((_, reject) => reject(new Error('no')))).resolves.toMatchObject({ failure: 'mapping_unavailable' });
    await expect(
      then((done, reject) => {
        done(['a']);
        reject(new Error('too late'));
      }),
    ).resolves.toMatchObject({ permissions: { granted: ['a'] } });
    expect(
      resolve(() => ({
        get then() {
          throw new Error('no getter');
        },
      })),
    ).toMatchObject({ failure: 'mapping_unavailable' });
    expect(resolve(() => ({ then: 'no function', permissions: ['a'] }))).toMatchObject({ permissions: { granted: ['a'] } });
  });

  it('waits until its deadline, and not for what comes later', async () => {
    await expect(resolve(() => new Promise(() => undefined), 20)).resolves.toEqual({
      failure: 'mapping_timeout',
      detail: 'the mapping provider did not answer within 20 ms',
    });
    let late: (value: unknown) => void = () => undefined;
    const answer = resolve(() => new Promise((done) => (late = done)), 20);
    await expect(answer).resolves.toMatchObject({ failure: 'mapping_timeout' });
    late(['a']);
    await expect(answer).resolves.toMatchObject({ failure: 'mapping_timeout' });
  });
});

describe('parseMappingOptions', () => {
  class Provider {
    permissionsFor() {
      return ['orders:read'];
    }
  }
  const source = { name: 'own', load: () => documentWith('a') };

  it('takes a document, a source, a provider class or a provider', async () => {
    const settings = parseMappingOptions({ roles: { viewer: ['a'] } });
    expect(settings).toMatchObject({ timeoutMs: 2000, source: { name: 'static' } });
    expect('source' in settings && (await settings.source.load())).toEqual(documentWith('a'));
    expect(parseMappingOptions(source)).toEqual({ source, timeoutMs: 2000 });
    expect(parseMappingOptions({ provider: Provider })).toEqual({ provider: Provider, timeoutMs: 2000 });
    const provider = new Provider();
    expect(parseMappingOptions({ provider, timeoutMs: 60_000 })).toEqual({ provider, timeoutMs: 60_000 });
  });

  it.each([[undefined], [null], ['mapping.yaml'], [[]], [{}], [{ role: {} }], [Provider], [new Provider()], [{ load: true }]])(
    'refuses %p and says what to write',
    (mapping) => {
      expect(() => parseMappingOptions(mapping)).toThrow(AuthzConfigError);
      expect(() => parseMappingOptions(mapping)).toThrow(
        /^"mapping" must be \{ roles: .*fileMapping\('mapping\.yaml'\).*provider.*, got /,
      );
    },
  );

  it.each([[undefined], [null], ['Provider'], [{}], [{ permissionsFor: 1 }], [[]]])('refuses the provider %p', (provider) => {
    expect(() => parseMappingOptions({ provider })).toThrow(/^"mapping\.provider" must be a class or an object with the method/);
  });

  it.each([[0], [60_001], [Number.NaN], ['1000'], [null]])('refuses the deadline %p', (timeoutMs) => {
    expect(() => parseMappingOptions({ provider: Provider, timeoutMs })).toThrow(
      /^"mapping\.timeoutMs" must be a number of milliseconds/,
    );
  });

  it('refuses an unknown member beside a provider', () => {
    expect(() => parseMappingOptions({ provider: Provider, timeoutMS: 5 })).toThrow(
      '"mapping" has no option "timeoutMS". Did you mean "timeoutMs"?',
    );
  });
});
