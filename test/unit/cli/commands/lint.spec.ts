import { fixture, ran } from '../ran.js';

describe('nestjs-authz lint', () => {
  it('exits with code 0 without faults and warnings', async () => {
    expect(await ran(['lint', fixture('mapping.yaml'), '--strict'])).toMatchObject({
      code: 0,
      out: 'test/fixtures/cli/mapping.yaml: 0 faults, 0 warnings\n',
      err: '',
    });
  });

  it('exits with code 1 on faults, with their places', async () => {
    const { code, out } = await ran(['lint', fixture('broken.yaml')]);
    expect(code).toBe(1);
    expect(out).toContain('broken.yaml: 2 faults, 0 warnings\n');
    expect(out).toContain(
      '  fault    roles.clerk.inherits[0] (line 4, column 16): no role is named "viewr". Did you mean "viewer"?\n',
    );
  });

  it('exits with code 1 on invalid YAML, with the place', async () => {
    const { code, out } = await ran(['lint', '-'], { stdin: 'roles:\n  viewer: [orders:read\n' });
    expect([code, out]).toEqual([1, expect.stringMatching(/ {2}fault {4}line \d+, column \d+: /)]);
  });

  it('exits with code 0 on warnings unless --strict is given', async () => {
    const { code, out } = await ran(['lint', fixture('doubtful.yaml')]);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/: 0 faults, \d+ warnings\n(.*\n)* {2}warning {2}roles\.nobody .*\[empty_role\]\n/),
    ]);
    expect((await ran(['lint', fixture('doubtful.yaml'), '--strict'])).code).toBe(1);
  });

  it('prints JSON', async () => {
    expect((await ran(['lint', fixture('broken.yaml'), '--json'])).json).toMatchObject({
      faults: [{ pointer: '/roles/clerk/permissions/0' }, { pointer: '/roles/clerk/inherits/0' }],
      warnings: [],
      omitted: 0,
    });
    expect((await ran(['lint', fixture('doubtful.yaml'), '--json'])).json.warnings).toContainEqual(
      expect.objectContaining({ code: 'empty_role', pointer: '/roles/nobody' }),
    );
  });

  it('lists a hundred faults and counts the rest', async () => {
    const roles = Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`r${n}`, 7]));
    const { out } = await ran(['lint', '-'], { stdin: JSON.stringify({ roles }) });
    expect(out).toContain('… and 20 more.');
  });
});
