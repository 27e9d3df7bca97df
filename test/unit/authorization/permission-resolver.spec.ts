import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { jest } from '@jest/globals';
import { PermissionResolver, type Caller } from '../../../lib/authorization/permission-resolver.js';
import { PermissionSet, UnreadableClaim, type Principal } from '../../../lib/core/index.js';
import { MappingStore, type MappingReload, type MappingSource } from '../../../lib/mapping/index.js';

const HOUR = 3_600_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const callerWith = (...roles: string[]): Caller => ({ principal: { roles } as unknown as Principal });

/** A store whose document the test replaces. */
async function resolverOver(document: object, freshness?: MappingSource['freshness']) {
  const held = { document };
  let changed: MappingReload = () => Promise.resolve(false);
  const store = new MappingStore({
    name: 'test source',
    ...(freshness && { freshness }),
    load: () => ({ content: { document: held.document } }),
    watch: (reload) => {
      changed = reload;
      return () => undefined;
    },
  });
  await store.start();
  const resolver = new PermissionResolver(() => store, 0);
  await resolver.start();
  const replace = async (next: object) => {
    held.document = next;
    await changed();
  };
  return { store, resolver, replace };
}

describe('the permissions kept for a caller', () => {
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('are reused from its second request on while the mapping stays the same', async () => {
    const { resolver } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const caller = callerWith('viewer');
    void resolver.resolveFor(caller);
    const second = resolver.resolveFor(caller);
    expect(second).toMatchObject({ permissions: { granted: ['orders:read'] } });
    expect(resolver.resolveFor(caller)).toBe(second);
  });

  it.each([
    ['roles alone', {}],
    ['permissions of the token too', { tokenPermissions: { combine: 'union', names: ['orders:create'] } as const }],
  ])('keep no replaced mapping in memory, whoever does not come again: %s', async (_, more) => {
    const { store, resolver, replace } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const idle: Caller[] = [];
    const replaced: WeakRef<object>[] = [];
    for (let revision = 0; revision < 5; revision++) {
      const caller: Caller = { principal: { roles: ['viewer'], ...more } as unknown as Principal };
      for (let round = 0; round < 3; round++) await resolver.resolveFor(caller);
      idle.push(caller);
      replaced.push(new WeakRef(store.current!), new WeakRef(store.permissionsFor(['viewer'])));
      await replace({ roles: { viewer: ['orders:read', `orders:read:${revision}`] } });
    }
    await nextTurn(); // until then each WeakRef keeps what it was just made of
    collectGarbage();
    expect(idle).toHaveLength(5);
    expect(replaced.filter((each) => each.deref() !== undefined)).toHaveLength(0);
  });

  it('are no failure: a mapping that is confirmed again counts again', async () => {
    const { store, resolver } = await resolverOver(
      { roles: { viewer: ['orders:read'] } },
      { maxStalenessSeconds: 1, onStale: 'deny' },
    );
    const caller = callerWith('viewer');
    const now = performance.now();
    // It grows stale between two looks at it, and is confirmed right afterwards.
    const clock = jest
      .spyOn(performance, 'now')
      .mockReturnValueOnce(now)
      .mockReturnValueOnce(now + HOUR);
    void resolver.resolveFor(caller);
    clock.mockReturnValueOnce(now).mockReturnValueOnce(now + HOUR);
    expect(resolver.resolveFor(caller)).toMatchObject({ failure: 'mapping_stale' });
    clock.mockRestore();
    expect(store.status().ready).toBe(true);
    expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: ['orders:read'] } });
  });

  it('are replaced with the mapping', async () => {
    const { resolver, replace } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const caller = callerWith('viewer');
    for (let round = 0; round < 2; round++) void resolver.resolveFor(caller);
    await replace({ roles: { viewer: { permissions: ['orders:*'], deny: ['orders:read'] } } });
    expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: ['orders:*'], denied: ['orders:read'] } });
    await replace({ roles: {} });
    expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: [] } });
  });

  it('are not used after the end of the mapping', async () => {
    jest.useFakeTimers({ now: Date.now() });
    const notAfter = new Date(Date.now() + HOUR).toISOString();
    const { resolver } = await resolverOver({ notAfter, roles: { viewer: ['orders:read'] } });
    const caller = callerWith('viewer');
    for (let round = 0; round < 2; round++)
      expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: ['orders:read'] } });
    jest.setSystemTime(Date.now() + HOUR);
    expect(resolver.resolveFor(caller)).toMatchObject({ failure: 'mapping_stale' });
  });

  it('are never those of another caller', async () => {
    const { resolver } = await resolverOver({ roles: { viewer: ['orders:read'], clerk: ['orders:create'] } });
    const [viewer, clerk] = [callerWith('viewer'), callerWith('clerk')];
    for (let round = 0; round < 3; round++) {
      expect(resolver.resolveFor(viewer)).toMatchObject({ permissions: { granted: ['orders:read'] } });
      expect(resolver.resolveFor(clerk)).toMatchObject({ permissions: { granted: ['orders:create'] } });
    }
  });

  it('are looked up at each request where a role is unknown, so that each is counted', async () => {
    const { store, resolver } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const caller = callerWith('viewer', 'stranger');
    for (let round = 0; round < 3; round++) void resolver.resolveFor(caller);
    expect(store.status().unknownRoles).toBe(3);
  });

  it('are none where a claim cannot be read', async () => {
    const { resolver } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const unreadable = [new UnreadableClaim('roles', 'roles', 'a string', 'Write a list.')];
    const caller: Caller = { principal: { roles: ['viewer'], unreadable } as unknown as Principal };
    for (let round = 0; round < 3; round++) expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: [] } });
  });

  it('are asked for at each request of a provider of the application', async () => {
    const answers = [new PermissionSet(['a:b']), new PermissionSet(['c:d']), new PermissionSet(['e:f'])];
    const resolver = new PermissionResolver(() => ({ permissionsFor: () => answers.shift() ?? new PermissionSet([]) }), 100);
    await resolver.start();
    const caller = callerWith('viewer');
    expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: ['a:b'] } });
    expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: ['c:d'] } });
    expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: ['e:f'] } });
  });
});
