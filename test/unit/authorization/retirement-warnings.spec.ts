import { legacyIssuer, parseAuthenticationSettings } from '../../../lib/authentication/index.js';
import { retirementWarnings } from '../../../lib/authorization/index.js';

const NOW = Date.parse('2027-01-01T00:00:00Z');
const DAY = 86_400_000;
/** What is said at a start so many milliseconds before the old issuer ends. */
const warnings = (leftMs: number) => {
  const old = legacyIssuer({ issuer: 'old', key: 's'.repeat(32), acceptUntil: new Date(NOW + leftMs) });
  const { issuers } = parseAuthenticationSettings({ issuers: ['https://id.acme.com', old], audience: 'orders' });
  return retirementWarnings(issuers, NOW);
};

describe('retirementWarnings', () => {
  it('says nothing of an issuer that does not end, or not soon', () => {
    expect(warnings(365 * DAY)).toEqual([]);
    expect(warnings(30 * DAY + 1)).toEqual([]);
  });

  it.each([
    [30 * DAY, 'Tokens of the old issuer old are accepted for 30 more days, until 2027-01-31T00:00:00.000Z.'],
    [2 * DAY, 'Tokens of the old issuer old are accepted for 2 more days, until 2027-01-03T00:00:00.000Z.'],
    [0, 'Tokens of the old issuer old have not been accepted since 2027-01-01T00:00:00.000Z. Take it out of "issuers".'],
    [-DAY, 'Tokens of the old issuer old have not been accepted since 2026-12-31T00:00:00.000Z. Take it out of "issuers".'],
  ])('says %d ms before its end: %s', (leftMs, warning) => {
    expect(warnings(leftMs)).toEqual([warning]);
  });
});
