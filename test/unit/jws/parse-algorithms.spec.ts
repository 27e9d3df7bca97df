import { AuthzConfigError } from '../../../lib/core/index.js';
import { ALGORITHMS, DEFAULT_ALGORITHMS, parseAlgorithms } from '../../../lib/jws/index.js';

describe('parseAlgorithms', () => {
  it('returns a list of algorithms as a frozen copy', () => {
    const given = ['ES256', 'EdDSA'];
    const parsed = parseAlgorithms(given, 'algorithms');
    expect([parsed, parsed === given, Object.isFrozen(parsed)]).toEqual([given, false, true]);
    expect(parseAlgorithms(ALGORITHMS, 'algorithms')).toEqual(ALGORITHMS);
  });

  it('returns undefined for an absent option', () => {
    expect(parseAlgorithms(undefined, 'algorithms')).toBeUndefined();
  });

  it.each([null, '', 'ES256', [], {}, ['none'], ['HS256'], ['es256'], ['ES256', 1], [['ES256']], ['constructor']])(
    'refuses %j, naming the option',
    (value) => {
      const refused = () => parseAlgorithms(value, 'issuer.algorithms');
      expect(refused).toThrow(AuthzConfigError);
      expect(refused).toThrow(/^"issuer\.algorithms" must list one or more of RS256, .*, Ed25519 \(default RS256, ES256\), got /);
    },
  );

  it('names the default', () => {
    expect(() => parseAlgorithms([], 'algorithms', ALGORITHMS)).toThrow('(default all of them)');
    expect(DEFAULT_ALGORITHMS).toEqual(['RS256', 'ES256']);
  });
});
