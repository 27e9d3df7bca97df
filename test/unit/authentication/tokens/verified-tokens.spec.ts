import { VerifiedTokens, type VerifiedToken } from '../../../../lib/authentication/tokens/verified-tokens.js';

const NOW = 1_800_000_000;
const TAIL = 'x'.repeat(43);
const entry = (token: string, endsAt = NOW + 60): VerifiedToken => ({
  token,
  iss: undefined,
  principal: { subject: token } as VerifiedToken['principal'],
  endsAt,
  verifier: {},
  state: {},
});
/** A cache that remembers these tokens. */
function remembering(limit: number, ...tokens: VerifiedToken[]): VerifiedTokens {
  const cache = new VerifiedTokens(limit);
  for (const token of tokens) cache.remember(token);
  return cache;
}

describe('VerifiedTokens', () => {
  it('finds a token as it was verified', () => {
    const verified = entry(`a.b.${TAIL}`);
    expect(remembering(10, verified).find(verified.token, NOW)).toBe(verified);
  });

  it.each([`a.c.${TAIL}`, `a.b.y${TAIL}`, TAIL, `a.b.${TAIL} `, `A.b.${TAIL}`, ''])(
    'distinguishes %j from another token with the same end',
    (token) => expect(remembering(10, entry(`a.b.${TAIL}`)).find(token, NOW)).toBeUndefined(),
  );

  it('keeps the last of two tokens with the same end, and never confuses them', () => {
    const [first, second] = [entry(`first.${TAIL}`), entry(`second.${TAIL}`)];
    const cache = remembering(10, first, second);
    expect(cache.find(first.token, NOW)).toBeUndefined();
    expect(cache.find(second.token, NOW)?.principal.subject).toBe(second.token);
  });

  it('finds it up to its end, not at it', () => {
    const cache = remembering(10, entry(`a.${TAIL}`, NOW));
    expect(cache.find(`a.${TAIL}`, NOW - 0.001)).toBeDefined();
    expect(cache.find(`a.${TAIL}`, NOW)).toBeUndefined();
  });

  it('finds tokens shorter than the end that it compares', () => {
    expect(remembering(10, entry('a.b.c')).find('a.b.c', NOW)).toBeDefined();
  });

  it('remembers as many as it may, the latest ones', () => {
    const tokens = Array.from({ length: 1000 }, (_, index) => entry(`a.b.${index}`));
    const cache = remembering(10, ...tokens);
    const found = tokens.filter(({ token }) => cache.find(token, NOW) !== undefined);
    expect(found).toEqual(tokens.slice(-10));
  });

  it('remembers nothing if the limit is 0', () => {
    expect(remembering(0, entry(`a.${TAIL}`)).find(`a.${TAIL}`, NOW)).toBeUndefined();
  });
});
