import { fixture, ran } from '../ran.js';

describe('nestjs-authz lint', () => {
  it('ends with 0 where there is nothing to say', async () => {
    expect(await ran(['lint', fixture('mapping.yaml'), '--strict'])).toMatchObject({
      code: 0,
      out: 'test/fixtures/cli/mapping.yaml: 0 faults, 0 warnings\n',
      err: '',
    });
  });

  it('ends with 1 on faults, and says where they are', async () => {
    const { code, out } = await ran(['lint', fixture('broken.yaml')]);
    expect(code).toBe(1);
    expect(out).toContain('broken.yaml: 2 faults, 0 warnings\n');
    expect(out).toContain(
      '  fault    roles.clerk.inherits[0] (line 4, column 16): no role is named "viewr". Did you mean "viewer"?\n',
    );
  });

  it('ends with 1 on a text that is no YAML, and says where', async () => {
    const { code, out } = await ran(['lint', '-'], { stdin: 'roles:\n  viewer: [orders:read\n' });
    expect([code, out]).toEqual([1, expect.stringMatching(/ {2}fault {4}line \d+, column \d+: /)]);
  });

  it('lets warnings pass unless it is strict', async () => {
    const { code, out } = await ran(['lint', fixture('doubtful.yaml')]);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/: 0 faults, \d+ warnings\n(.*\n)* {2}warning {2}roles\.nobody .*\[empty_role\]\n/),
    ]);
    expect((await ran(['lint', fixture('doubtful.yaml'), '--strict'])).code).toBe(1);
  });

  it('answers in JSON', async () => {
    expect((await ran(['lint', fixture('broken.yaml'), '--json'])).json).toMatchObject({
      faults: [{ pointer: '/roles/clerk/permissions/0' }, { pointer: '/roles/clerk/inherits/0' }],
      warnings: [],
      untold: 0,
    });
    expect((await ran(['lint', fixture('doubtful.yaml'), '--json'])).json.warnings).toContainEqual(
      expect.objectContaining({ code: 'empty_role', pointer: '/roles/nobody' }),
    );
  });

  it('counts the faults beyond a hundred', async () => {
    const roles = Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`r${n}`, 7]));
    const { out } = await ran(['lint', '-'], { stdin: JSON.stringify({ roles }) });
    expect(out).toContain('… and 20 more.');
  });
});
