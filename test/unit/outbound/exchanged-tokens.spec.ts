import { ExchangedTokens } from '../../../lib/outbound/exchanged-tokens.js';

describe('ExchangedTokens', () => {
  it('are distinguished by the token that they were made from, which is not kept', () => {
    const tokens = new ExchangedTokens(10);
    expect(tokens.of('token-of-ann', 1)).toBe(tokens.of('token-of-ann', 1));
    expect(tokens.of('token-of-ann', 1)).not.toBe(tokens.of('token-of-bob', 1));
    expect(JSON.stringify([...(tokens as unknown as { kept: Map<string, unknown> }).kept])).not.toMatch(/ann|bob/);
  });

  it('are so many at most, and the one unused for longest goes first', () => {
    const tokens = new ExchangedTokens(3);
    const [a, b] = ['a', 'b', 'c'].map((name) => tokens.of(name, 1));
    tokens.of('a', 1);
    tokens.of('d', 1);
    expect(tokens.of('a', 1)).toBe(a);
    expect(tokens.of('b', 1)).not.toBe(b);
    for (let n = 0; n < 1000; n++) tokens.of(`more-${n}`, 1);
    expect((tokens as unknown as { kept: Map<string, unknown> }).kept.size).toBe(3);
  });
});
