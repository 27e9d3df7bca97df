import { RepeatedWarnings, type HandlerRule } from '../../../../lib/authorization/index.js';
import { parseCandidate } from '../../../../lib/authorization/trial/candidate-settings.js';
import { CandidateMapping } from '../../../../lib/authorization/trial/candidate-mapping.js';
import { decide, PermissionSet, type Principal, type RequirementClause } from '../../../../lib/core/index.js';
import { fileMapping, type MappingDocument, type MappingEvent, type MappingSource } from '../../../../lib/mapping/index.js';

const ann = { roles: ['clerk'], scopes: [], claims: {} } as unknown as Principal;
const documentOf = (roles: MappingDocument['roles'], more: object = {}): MappingDocument => ({ revision: 'r2', roles, ...more });
const ruleOf = (...clauses: RequirementClause[]): HandlerRule => ({
  name: 'Orders.list',
  kind: 'route',
  requirement: { access: 'authenticated', clauses },
  mode: 'enforce',
});
const FACTS = { nowSeconds: 0 };
const permissions = (need: 'all' | 'any', ...names: string[]) => ({ among: 'permissions', need, names }) as const;

/** A candidate once it has settled: loaded, or refused. */
async function candidateOf(candidate: MappingDocument | MappingSource, warn: (line: string) => void = () => undefined) {
  const events: MappingEvent[] = [];
  let settled: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (settled = resolve));
  const mapping = new CandidateMapping(
    parseCandidate({ candidate })!,
    (event) => {
      events.push(event);
      settled();
    },
    new RepeatedWarnings(warn),
  );
  mapping.start();
  await first;
  await new Promise(setImmediate);
  return { mapping, events };
}

function compare(candidate: CandidateMapping, rule: HandlerRule, held: PermissionSet, principal = ann) {
  candidate.compare(rule, decide(rule.requirement, principal, held, FACTS), principal, held, FACTS);
}

describe('a candidate mapping', () => {
  it('tells what a caller would gain and lose, once for each difference', async () => {
    const lines: string[] = [];
    const { mapping } = await candidateOf(documentOf({ clerk: ['orders:create'] }), (line) => lines.push(line));
    const held = new PermissionSet(['orders:read'], [], 'r1');
    for (let n = 0; n < 20; n++) compare(mapping, ruleOf(permissions('all', 'orders:read')), held);
    compare(mapping, ruleOf(permissions('all', 'orders:create')), held);
    compare(mapping, ruleOf(permissions('all', 'orders:delete')), held);
    compare(mapping, ruleOf(permissions('any', 'orders:create', 'orders:read')), held);
    expect(lines).toEqual([
      'Orders.list differs under the candidate mapping: allowed now, permission_missing then; lost orders:read; roles ["clerk"]; revision "r1" now, "r2" then',
      'Orders.list differs under the candidate mapping: permission_missing now, allowed then; gained orders:create; roles ["clerk"]; revision "r1" now, "r2" then',
    ]);
    expect(mapping.statistics()).toMatchObject({ source: 'static', ready: true, compared: 23, differed: 21 });
  });

  it('tells of another reason, such as a denial in place of a lack', async () => {
    const lines: string[] = [];
    const { mapping } = await candidateOf(documentOf({ clerk: { deny: ['a:b'] } }), (line) => lines.push(line));
    compare(mapping, ruleOf(permissions('all', 'a:b')), new PermissionSet([]));
    expect(lines[0]).toMatch(/: permission_missing now, permission_denied then; roles/);
  });

  it('escapes names of roles and revisions', async () => {
    const lines: string[] = [];
    const { mapping } = await candidateOf(documentOf({}, { revision: 'r"2' }), (line) => lines.push(line));
    compare(mapping, ruleOf(permissions('all', 'a:b')), new PermissionSet(['a:b']), { ...ann, roles: ['\u202eclerk\n'] });
    expect(lines[0]).toMatch(/roles \["\\u\{202e\}clerk\\n"\]; revision "unversioned" now, "r\\"2" then$/);
  });

  it('sees tenants and permissions that the token carries as the mapping in use does', async () => {
    const { mapping } = await candidateOf(documentOf({}, { tenants: { acme: { roles: { clerk: ['a:b'] } } } }));
    const rule = ruleOf(permissions('all', 'a:b', 'c:d'));
    const caller = { ...ann, tenant: 'acme', tokenPermissions: { combine: 'union', names: ['c:d'] } } as const;
    compare(mapping, rule, new PermissionSet(['a:b', 'c:d']), caller);
    expect(mapping.statistics()).toMatchObject({ compared: 1, differed: 0 });
    compare(mapping, rule, new PermissionSet(['a:b', 'c:d']), { ...caller, tenant: 'other' });
    expect(mapping.statistics()).toMatchObject({ compared: 2, differed: 1 });
  });

  it('is not asked where no permissions are asked for', async () => {
    const { mapping } = await candidateOf(documentOf({}));
    compare(mapping, ruleOf({ among: 'roles', need: 'all', names: ['clerk'] }), new PermissionSet([]));
    expect(mapping.statistics()).toMatchObject({ compared: 0, differed: 0 });
  });

  it('that cannot be used compares nothing and says why', async () => {
    const { mapping, events } = await candidateOf(documentOf({ clerk: ['ord*'] }));
    compare(mapping, ruleOf(permissions('all', 'a:b')), new PermissionSet(['a:b']));
    expect(events[0]).toMatchObject({ kind: 'refused', source: 'static', revision: undefined, repeated: false });
    expect(mapping.statistics()).toMatchObject({ ready: false, compared: 0, differed: 0 });
    expect(mapping.statistics().lastError?.message).toContain('roles.clerk[0]');
  });

  it('that is broken at first is followed, and used once it is mended', async () => {
    let reload: () => Promise<boolean> = () => Promise.resolve(false);
    let document: MappingDocument = documentOf({ clerk: ['ord*'] });
    const { mapping } = await candidateOf({
      name: 'mended',
      load: () => ({ content: { document } }),
      watch: (again) => {
        reload = again;
        return () => undefined;
      },
    });
    expect(mapping.statistics().ready).toBe(false);
    document = documentOf({ clerk: ['a:b'] });
    await reload();
    compare(mapping, ruleOf(permissions('all', 'a:b')), new PermissionSet([]));
    expect(mapping.statistics()).toMatchObject({ ready: true, compared: 1, differed: 1 });
  });

  it('keeps what a source of its own kind needs of itself', async () => {
    class OwnSource implements MappingSource {
      readonly name = 'own';
      readonly #document = documentOf({ clerk: ['a:b'] });
      load() {
        return { content: { document: this.#document } };
      }
      watch() {
        expect(this.#document).toBeDefined();
        return () => undefined;
      }
    }
    const { mapping, events } = await candidateOf(new OwnSource());
    expect(mapping.statistics().ready).toBe(true);
    expect(events.map(({ kind }) => kind)).toEqual(['changed']);
  });

  it('whose source fails in every way has no effect on requests', async () => {
    const explode = () => {
      throw new Error('down');
    };
    const { mapping, events } = await candidateOf({ name: 'bad', load: explode, watch: explode });
    compare(mapping, ruleOf(permissions('all', 'a:b')), new PermissionSet([]));
    expect(events).toEqual([
      expect.objectContaining({ kind: 'refused' }),
      { kind: 'problem', source: 'bad', message: 'The candidate mapping from bad is not followed: down' },
    ]);
    mapping.stop();
  });

  it('counts a difference that the log does not take, and throws nothing', async () => {
    const { mapping } = await candidateOf(documentOf({}), () => {
      throw new Error('disk full');
    });
    expect(() => compare(mapping, ruleOf(permissions('all', 'a:b')), new PermissionSet(['a:b']))).not.toThrow();
    expect(mapping.statistics().differed).toBe(1);
  });
});

describe('the option "candidate"', () => {
  it('may be left out', () => {
    expect(parseCandidate({ mapping: { roles: {} } })).toBeUndefined();
  });

  it.each([null, 7, 'next.yaml', [], {}, { provider: Object }, { provider: {}, roles: {} }])('refuses %j', (candidate) => {
    expect(() => parseCandidate({ candidate })).toThrow(
      /^"candidate" must be \{ roles: \{ viewer: \['orders:read'\] \} \} or a source such as fileMapping\('next\.yaml'\), got /,
    );
  });

  it('refuses the very source of the mapping in use, which keeps state of the documents that it has loaded', () => {
    const mapping = fileMapping('mapping.yaml');
    expect(() => parseCandidate({ candidate: mapping, mapping })).toThrow('"candidate" is the same object as "mapping".');
    expect(parseCandidate({ candidate: fileMapping('mapping.yaml'), mapping })).toBeDefined();
  });
});
