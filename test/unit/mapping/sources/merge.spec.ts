import {
  isLoaded,
  MappingStore,
  merge,
  type LoadedMapping,
  type MappingAnswer,
  type MappingFreshness,
  type MappingSource,
} from '../../../../lib/mapping/index.js';

const bringing = (document: object): LoadedMapping => ({ content: { document } });
const always = (name: string, document: object): MappingSource => ({ name, load: () => bringing(document) });
const down = (name: string, rules: Pick<MappingSource, 'required'> = {}): MappingSource => ({
  name,
  load: () => Promise.reject(new Error(`${name} is down`)),
  ...rules,
});

async function started(mapping: MappingSource): Promise<MappingStore> {
  const store = new MappingStore(mapping);
  await store.start();
  return store;
}

describe('a merge', () => {
  it('gives the permissions of both, and a denial in either wins, also for a tenant', async () => {
    const store = await started(
      merge(
        always('first', { roles: { clerk: ['orders:*'] }, tenants: { acme: { roles: { clerk: ['orders:*', 'bills:read'] } } } }),
        always('second', { roles: { clerk: { permissions: ['stock:read'], deny: ['orders:delete'] } } }),
      ),
    );
    for (const tenant of [undefined, 'acme']) {
      const held = store.permissionsFor(['clerk'], { tenant });
      expect(['orders:read', 'stock:read', 'orders:delete', 'bills:read'].filter((name) => held.covers(name))).toEqual(
        tenant === undefined ? ['orders:read', 'stock:read'] : ['orders:read', 'stock:read', 'bills:read'],
      );
    }
  });

  it('has the stricter freshness rules of its parts', () => {
    const part = (freshness?: MappingFreshness) => ({ ...always('part', { roles: {} }), ...(freshness && { freshness }) });
    const serves = { maxStalenessSeconds: 60, onStale: 'serve' } as const;
    const denies = { maxStalenessSeconds: 300, onStale: 'deny' } as const;
    expect(merge(part(), part()).freshness).toBeUndefined();
    expect(merge(part(serves), part()).freshness).toEqual(serves);
    expect(merge(part(serves), part(denies)).freshness).toEqual({ maxStalenessSeconds: 60, onStale: 'deny' });
  });

  it('is as old as the part with the oldest confirmation', async () => {
    const returning = (...given: MappingAnswer[]): MappingSource => ({ name: 'part', load: () => given.shift() ?? 'unchanged' });
    const document = () => bringing({ roles: { clerk: ['a:b'] } });
    const source = merge(
      returning(document(), { confirmedAt: 1000 }, { confirmedAt: 4000 }),
      returning(document(), { confirmedAt: 2000 }),
    );
    const note = () => undefined;
    const first = await source.load(note);
    if (isLoaded(first)) await first.accepted?.();
    expect(await source.load(note)).toEqual({ confirmedAt: 1000 });
    const last = await source.load(note);
    expect(last).toEqual({ confirmedAt: 4000 });
    expect(await source.load(note)).toBe('unchanged');
  });

  it('starts without a part that is not required, and has no mapping until it is loaded', async () => {
    const store = await started(merge(down('remote', { required: false }), always('file', { roles: { clerk: ['a'] } })));
    expect(store.status()).toMatchObject({ ready: false, lastError: { message: 'remote is down' } });
    expect(() => store.permissionsFor(['clerk'])).toThrow('no mapping was loaded');
  });

  it('does not start without a required part', async () => {
    await expect(started(merge(down('file'), always('other', { roles: {} })))).rejects.toThrow('file is down');
    await expect(started(merge(down('remote', { required: false }), down('file')))).rejects.toThrow('is down');
  });

  it('does not roll a part back to before a document that was refused as expired', async () => {
    const documents = [{ sequence: 10, notAfter: '2001-01-01T00:00:00Z', roles: {} }];
    const part: MappingSource = {
      name: 'remote',
      required: false,
      load: () => bringing(documents.shift() ?? { sequence: 3, roles: { clerk: ['old:right'] } }),
    };
    const store = await started(merge(part, { ...always('other', { roles: {} }), required: false }));
    expect(store.current).toBeUndefined();
    expect(store.status().lastError?.message).toContain('sequence: is 3, lower than the 10 in use');
  });
});
