import { RepeatedWarnings } from '../../../../lib/authorization/index.js';

const MINUTE = 60_000;

function watched() {
  const clock = { now: 0 };
  const lines: string[] = [];
  return {
    clock,
    lines,
    warnings: new RepeatedWarnings(
      (line) => lines.push(line),
      () => clock.now,
    ),
  };
}

describe('a warning that any request can cause', () => {
  it('is written once in ten minutes, then with how often it came meanwhile', () => {
    const { clock, lines, warnings } = watched();
    for (let minute = 0; minute < 10; minute++) {
      clock.now = minute * MINUTE;
      warnings.warn('a');
    }
    warnings.warn('b');
    expect(lines).toEqual(['a', 'b']);
    clock.now = 10 * MINUTE;
    warnings.warn('a');
    expect(lines).toEqual(['a', 'b', 'a (and 9 times before this)']);
    clock.now = 20 * MINUTE;
    warnings.warn('a');
    expect(lines.at(-1)).toBe('a');
  });

  it('is the same as another of its kind, whatever it says', () => {
    const { lines, warnings } = watched();
    warnings.warn('first', 'kind');
    warnings.warn('second', 'kind');
    expect(lines).toEqual(['first']);
  });

  it('cannot fill log and memory by being different each time', () => {
    const { clock, lines, warnings } = watched();
    const flood = () => {
      for (let n = 0; n < 5000; n++) warnings.warn(`line ${n}`);
    };
    flood();
    expect(lines).toHaveLength(501);
    expect(lines.at(-1)).toBe('There are more than 500 different warnings such as the following. line 500');
    clock.now = 9 * MINUTE;
    flood();
    expect(lines).toHaveLength(501);
    clock.now = 10 * MINUTE;
    flood();
    expect(lines.length).toBeLessThanOrEqual(1002);
    expect(lines).toContain('line 0 (and 1 times before this)');
  });

  it('is distinguished again once the kinds before it are old', () => {
    const { clock, lines, warnings } = watched();
    for (let n = 0; n < 500; n++) warnings.warn(`line ${n}`);
    clock.now = 10 * MINUTE;
    warnings.warn('new');
    expect(lines.at(-1)).toBe('new');
  });

  it('is distinguished again as soon as some kinds before it are old, although others were repeated first', () => {
    const { clock, lines, warnings } = watched();
    for (let n = 0; n < 500; n++) warnings.warn(`line ${n}`);
    clock.now = 10 * MINUTE;
    for (const n of [1, 0]) warnings.warn(`line ${n}`);
    clock.now = 11 * MINUTE;
    for (let n = 500; n < 998; n++) warnings.warn(`line ${n}`);
    expect(lines.at(-1)).toBe('line 997');
    warnings.warn('line 999');
    expect(lines.at(-1)).toContain('There are more than 500');
    clock.now = 20 * MINUTE;
    warnings.warn('new');
    expect(lines.at(-1)).toBe('new');
  });

  it('costs no look at every other one, however many there are', () => {
    let looks = 0;
    const warnings = new RepeatedWarnings(
      () => undefined,
      () => looks++,
    );
    for (let n = 0; n < 500; n++) warnings.warn(`line ${n}`);
    looks = 0;
    for (let n = 500; n < 1500; n++) warnings.warn(`line ${n}`);
    expect(looks).toBeLessThan(5000);
  });

  it('does not throw if the logger throws', () => {
    const warnings = new RepeatedWarnings(() => {
      throw new Error('disk full');
    });
    expect(() => warnings.warn('a')).not.toThrow();
  });
});
