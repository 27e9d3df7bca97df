import { parseMapping, type MappingExpectation } from '../../../../lib/mapping/index.js';
import { checkReplacement } from '../../../../lib/mapping/compiled/check-replacement.js';
import { compileMapping } from '../../../../lib/mapping/compiled/compile-mapping.js';
import { refusalOf } from '../refusal-of.js';

const NOW = Date.UTC(2026, 0, 1);
const compiled = (document: object) => compileMapping(parseMapping({ roles: {}, ...document }, 'test'));

/** The JSON pointers of the metadata for which a document is refused. */
function refused(
  next: object,
  { active, expects, allowRollback = false }: { active?: object; expects?: MappingExpectation; allowRollback?: boolean } = {},
): readonly string[] {
  const before = active === undefined ? undefined : compiled(active);
  const rules = { source: { name: 'test', allowRollback }, expects, now: NOW };
  return refusalOf(() => checkReplacement(compiled(next), before, rules)).map(({ pointer }) => pointer);
}

describe('checkReplacement', () => {
  it('accepts any document if nothing is expected and none is in use', () => {
    for (const next of [{}, { issuer: 'us', audience: ['orders'], sequence: 0, notAfter: '2026-01-01T00:00:00.001Z' }])
      expect(refused(next)).toEqual([]);
  });

  it('refuses a document from its time of expiry on', () => {
    expect(refused({ notAfter: '2026-01-01T00:00:00Z' })).toEqual(['/notAfter']);
    expect(refused({ notAfter: '2025-12-31T23:59:59Z' })).toEqual(['/notAfter']);
    expect(refused({ notAfter: '2026-01-01T01:00:00+01:00' })).toEqual(['/notAfter']);
  });

  it('refuses a document of another publisher', () => {
    const expects = { issuer: 'us' };
    expect(refused({ issuer: 'us' }, { expects })).toEqual([]);
    for (const next of [{}, { issuer: 'them' }, { issuer: 'US' }, { issuer: '' }])
      expect(refused(next, { expects })).toEqual(['/issuer']);
  });

  it('refuses a document for other services', () => {
    const expects = { audience: 'orders' };
    for (const audience of ['orders', ['billing', 'orders']]) expect(refused({ audience }, { expects })).toEqual([]);
    for (const next of [{}, { audience: 'order' }, { audience: [] }, { audience: ['billing'] }, { audience: 'orders,billing' }])
      expect(refused(next, { expects })).toEqual(['/audience']);
  });

  it('reports all faults together', () => {
    const expects = { issuer: 'us', audience: 'orders' };
    expect(refused({ sequence: 1 }, { expects, active: { sequence: 2 } })).toEqual(['/issuer', '/audience', '/sequence']);
  });

  it.each([
    [5, 6, []],
    [5, 5, []],
    [undefined, undefined, []],
    [undefined, 0, []],
    [0, undefined, ['/sequence']],
    [5, undefined, ['/sequence']],
    [5, 4, ['/sequence']],
    [5, 0, ['/sequence']],
  ])('after the sequence %p, with the same content, %p is refused for %j', (before, next, expected) => {
    const numbered = (sequence: number | undefined) => (sequence === undefined ? {} : { sequence });
    expect(refused(numbered(next), { active: numbered(before) })).toEqual(expected);
    expect(refused(numbered(next), { active: numbered(before), allowRollback: true })).toEqual([]);
  });

  it('refuses different content with the same sequence', () => {
    const active = { sequence: 5, revision: 'r', roles: { a: ['x'] }, permissions: { x: '' } };
    for (const other of [
      { roles: { a: [] } },
      { roles: { a: ['x'], b: [] } },
      { roles: { a: { permissions: ['x'], deny: ['y:*'] } } },
      { tenants: { acme: { roles: { a: [] } } } },
      { permissions: { x: '', y: '' } },
    ])
      expect(refused({ ...active, ...other }, { active })).toEqual(['/sequence']);
    expect(refused({ ...active, permissions: { x: 'only described' }, revision: 'named otherwise' }, { active })).toEqual([]);
  });
});
