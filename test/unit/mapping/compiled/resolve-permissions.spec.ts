import { jest } from '@jest/globals';
import { PermissionSet, principalFromClaims } from '../../../../lib/core/index.js';
import { MappingUnavailableError, resolvePermissions, type MappingProvider } from '../../../../lib/mapping/index.js';

describe('resolvePermissions', () => {
  const alice = principalFromClaims(
    { iss: 'i', exp: 1 },
    { subject: 'alice', roles: ['viewer'], maxRoles: 500, tenant: undefined, tokenPermissions: undefined },
  );
  const resolve = (permissionsFor: () => unknown, deadlineMs = 1000) =>
    resolvePermissions({ permissionsFor } as MappingProvider, alice, deadlineMs);
  const invalid = { failure: 'mapping_invalid', detail: expect.stringContaining('must return a PermissionSet') as string };

  it('calls the method on the provider with the roles and the principal', () => {
    const provider = { permissionsFor: jest.fn(() => ['orders:read']) };
    void resolvePermissions(provider, alice, 1000);
    expect(provider.permissionsFor).toHaveBeenCalledWith(alice.roles, alice);
    expect(provider.permissionsFor.mock.contexts[0]).toBe(provider);
  });

  it('returns a PermissionSet unchanged', () => {
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
  ])('accepts %j, synchronously or as a promise', async (result, expected) => {
    expect(resolve(() => result)).toMatchObject({ permissions: expected });
    await expect(resolve(() => Promise.resolve(result))).resolves.toMatchObject({ permissions: expected });
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
  ])('rejects %p, synchronously or as a promise', async (result) => {
    expect(resolve(() => result)).toEqual(invalid);
    await expect(resolve(() => Promise.resolve(result))).resolves.toEqual(invalid);
  });

  it.each([
    [new Error('no database'), 'no database'],
    ['text', '"text"'],
    [undefined, 'nothing'],
  ])('reports a thrown or rejected %p', async (reason, detail) => {
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

  it.each(['mapping_unavailable', 'mapping_stale'] as const)(
    'returns the reason of a store without permissions: %s',
    async (reason) => {
      const error = new MappingUnavailableError(reason, 'too old');
      const failure = { failure: reason, detail: 'too old' };
      expect(
        resolve(() => {
          throw error;
        }),
      ).toEqual(failure);
      await expect(resolve(() => Promise.reject(error))).resolves.toEqual(failure);
    },
  );

  it('survives a thenable that throws, rejects or settles twice', async () => {
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

  it('waits until its deadline, and ignores a later result', async () => {
    await expect(resolve(() => new Promise(() => undefined), 20)).resolves.toEqual({
      failure: 'mapping_timeout',
      detail: 'the mapping provider did not answer within 20 ms',
    });
    let late: (value: unknown) => void = () => undefined;
    const result = resolve(() => new Promise((done) => (late = done)), 20);
    await expect(result).resolves.toMatchObject({ failure: 'mapping_timeout' });
    late(['a']);
    await expect(result).resolves.toMatchObject({ failure: 'mapping_timeout' });
  });
});
