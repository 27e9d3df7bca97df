import { jest } from '@jest/globals';
import { PermissionResolver } from '../../../../lib/authorization/calls/permission-resolver.js';
import { PermissionSet, UnreadableClaim, type Principal } from '../../../../lib/core/index.js';
import { MappingStore, type MappingReload, type MappingSource } from '../../../../lib/mapping/index.js';
import { collectGarbage } from '../../../memory/collect-garbage.js';
import { turns } from '../../../waiting/turns.js';

const HOUR = 3_600_000;

const callerWith = (...roles: string[]) => ({ roles }) as unknown as Principal;

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

describe('the permissions of a caller', () => {
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it.each([
    ['roles alone', {}],
    ['permissions of the token too', { tokenPermissions: { combine: 'union', names: ['orders:create'] } as const }],
  ])('keep no replaced mapping in memory, even if callers do not return: %s', async (_, more) => {
    const { store, resolver, replace } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const idle: Principal[] = [];
    const replaced: WeakRef<object>[] = [];
    for (let revision = 0; revision < 5; revision++) {
      const caller = { roles: ['viewer'], ...more } as unknown as Principal;
      for (let round = 0; round < 3; round++) await resolver.resolve(caller);
      idle.push(caller);
      replaced.push(new WeakRef(store.current!), new WeakRef(store.permissionsFor(['viewer'])));
      await replace({ roles: { viewer: ['orders:read', `orders:read:${revision}`] } });
    }
    await turns(); // until then each WeakRef keeps what it was just made of
    collectGarbage();
    expect(idle).toHaveLength(5);
    expect(replaced.filter((each) => each.deref() !== undefined)).toHaveLength(0);
  });

  it('are replaced with the mapping', async () => {
    const { resolver, replace } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const caller = callerWith('viewer');
    for (let round = 0; round < 2; round++) void resolver.resolve(caller);
    await replace({ roles: { viewer: { permissions: ['orders:*'], deny: ['orders:read'] } } });
    expect(resolver.resolve(caller)).toMatchObject({ permissions: { granted: ['orders:*'], denied: ['orders:read'] } });
    await replace({ roles: {} });
    expect(resolver.resolve(caller)).toMatchObject({ permissions: { granted: [] } });
  });

  it('are not used after the end of the mapping', async () => {
    jest.useFakeTimers({ now: Date.now() });
    const notAfter = new Date(Date.now() + HOUR).toISOString();
    const { resolver } = await resolverOver({ notAfter, roles: { viewer: ['orders:read'] } });
    const caller = callerWith('viewer');
    for (let round = 0; round < 2; round++)
      expect(resolver.resolve(caller)).toMatchObject({ permissions: { granted: ['orders:read'] } });
    jest.setSystemTime(Date.now() + HOUR);
    expect(resolver.resolve(caller)).toMatchObject({ failure: 'mapping_stale' });
  });

  it('are never those of another caller', async () => {
    const { resolver } = await resolverOver({ roles: { viewer: ['orders:read'], clerk: ['orders:create'] } });
    const [viewer, clerk] = [callerWith('viewer'), callerWith('clerk')];
    for (let round = 0; round < 3; round++) {
      expect(resolver.resolve(viewer)).toMatchObject({ permissions: { granted: ['orders:read'] } });
      expect(resolver.resolve(clerk)).toMatchObject({ permissions: { granted: ['orders:create'] } });
    }
  });

  it('are looked up at each request, so that each unknown role is counted', async () => {
    const { store, resolver } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const caller = callerWith('viewer', 'stranger');
    for (let round = 0; round < 3; round++) void resolver.resolve(caller);
    expect(store.status().unknownRoles).toBe(3);
  });

  it('are none where a claim cannot be read', async () => {
    const { resolver } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const unreadable = [new UnreadableClaim('roles', 'roles', 'a string', 'Write a list.')];
    const caller = { roles: ['viewer'], unreadable } as unknown as Principal;
    for (let round = 0; round < 3; round++) expect(resolver.resolve(caller)).toMatchObject({ permissions: { granted: [] } });
  });

  it('are asked for at each request of a provider of the application', async () => {
    const results = [new PermissionSet(['a:b']), new PermissionSet(['c:d']), new PermissionSet(['e:f'])];
    const resolver = new PermissionResolver(() => ({ permissionsFor: () => results.shift() ?? new PermissionSet([]) }), 100);
    await resolver.start();
    const caller = callerWith('viewer');
    expect(resolver.resolve(caller)).toMatchObject({ permissions: { granted: ['a:b'] } });
    expect(resolver.resolve(caller)).toMatchObject({ permissions: { granted: ['c:d'] } });
    expect(resolver.resolve(caller)).toMatchObject({ permissions: { granted: ['e:f'] } });
  });
});
