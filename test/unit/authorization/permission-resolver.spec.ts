import { jest } from '@jest/globals';
import { PermissionResolver, type Caller } from '../../../lib/authorization/permission-resolver.js';
import { PermissionSet, UnreadableClaim, type Principal } from '../../../lib/core/index.js';
import { MappingStore, type MappingReload } from '../../../lib/mapping/index.js';

const HOUR = 3_600_000;

const callerWith = (...roles: string[]): Caller => ({ principal: { roles } as unknown as Principal });

/** A store whose document the test replaces. */
async function resolverOver(document: object) {
  const held = { document };
  let changed: MappingReload = () => Promise.resolve(false);
  const store = new MappingStore({
    name: 'test source',
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

describe('the permissions kept with a caller', () => {
  afterEach(() => jest.useRealTimers());

  it('are those of its first request while the mapping stays the same', async () => {
    const { resolver } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const caller = callerWith('viewer');
    const first = resolver.resolveFor(caller);
    expect(first).toMatchObject({ permissions: { granted: ['orders:read'] } });
    expect(resolver.resolveFor(caller)).toBe(first);
  });

  it('are replaced with the mapping', async () => {
    const { resolver, replace } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const caller = callerWith('viewer');
    void resolver.resolveFor(caller);
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
    expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: ['orders:read'] } });
    jest.setSystemTime(Date.now() + HOUR);
    expect(resolver.resolveFor(caller)).toMatchObject({ failure: 'mapping_stale' });
  });

  it('are never those of another caller', async () => {
    const { resolver } = await resolverOver({ roles: { viewer: ['orders:read'], clerk: ['orders:create'] } });
    const [viewer, clerk] = [callerWith('viewer'), callerWith('clerk')];
    for (let round = 0; round < 2; round++) {
      expect(resolver.resolveFor(viewer)).toMatchObject({ permissions: { granted: ['orders:read'] } });
      expect(resolver.resolveFor(clerk)).toMatchObject({ permissions: { granted: ['orders:create'] } });
    }
  });

  it('are looked up at each request where a role is unknown, so that each is counted', async () => {
    const { store, resolver } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const caller = callerWith('viewer', 'stranger');
    void resolver.resolveFor(caller);
    void resolver.resolveFor(caller);
    expect(store.status().unknownRoles).toBe(2);
  });

  it('are none where a claim cannot be read', async () => {
    const { resolver } = await resolverOver({ roles: { viewer: ['orders:read'] } });
    const unreadable = [new UnreadableClaim('roles', 'roles', 'a string', 'Write a list.')];
    const caller: Caller = { principal: { roles: ['viewer'], unreadable } as unknown as Principal };
    for (let round = 0; round < 2; round++) expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: [] } });
  });

  it('are asked for at each request of a provider of the application', async () => {
    const answers = [new PermissionSet(['a:b']), new PermissionSet(['c:d'])];
    const resolver = new PermissionResolver(() => ({ permissionsFor: () => answers.shift() ?? new PermissionSet([]) }), 100);
    await resolver.start();
    const caller = callerWith('viewer');
    expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: ['a:b'] } });
    expect(resolver.resolveFor(caller)).toMatchObject({ permissions: { granted: ['c:d'] } });
  });
});
