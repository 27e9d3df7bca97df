import { SeenRoles } from '../../../../lib/authorization/trial/seen-roles.js';

describe('the roles seen in report mode', () => {
  it('are kept each once, in the order in which they came', () => {
    const seen = new SeenRoles();
    expect([seen.add(['viewer', 'clerk']), seen.add(['clerk']), seen.add(['clerk', 'boss'])]).toEqual([true, false, true]);
    expect(seen.names).toEqual(['viewer', 'clerk', 'boss']);
    expect(String(seen)).toBe('roles ["viewer","clerk","boss"]');
  });

  it('say that callers without roles came, once', () => {
    const seen = new SeenRoles();
    expect([seen.add([]), seen.add([])]).toEqual([true, false]);
    expect(String(seen)).toBe('roles []');
    expect(seen.add(['viewer'])).toBe(true);
    expect(String(seen)).toBe('roles ["viewer"] and callers without roles');
    expect(seen.names).toEqual(['viewer']);
  });

  it('are escaped and shortened', () => {
    const seen = new SeenRoles();
    seen.add(['evil\nERROR \u202efake', 'x'.repeat(256)]);
    expect(String(seen)).toBe(`roles ["evil\\nERROR \\u{202e}fake","${'x'.repeat(57)}..."]`);
    expect(seen.names).toEqual(['evil\\u{a}ERROR \\u{202e}fake', `${'x'.repeat(57)}...`]);
  });

  it('are at most 100, of which 20 additions are news', () => {
    const seen = new SeenRoles();
    const news = Array.from({ length: 1000 }, (_, number) => seen.add([`role-${number}`]));
    expect(news.filter(Boolean)).toHaveLength(20);
    expect(seen.names).toHaveLength(100);
    expect(String(seen)).toMatch(/"role-99"\] and others$/);
    expect(String(seen).length).toBeLessThan(2000);
  });
});
