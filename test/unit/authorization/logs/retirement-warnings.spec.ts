import { jest } from '@jest/globals';
import { legacyIssuer, parseAuthenticationSettings } from '../../../../lib/authentication/index.js';
import { RetirementWarnings } from '../../../../lib/authorization/logs/retirement-warnings.js';

const NOW = Date.parse('2027-01-01T00:00:00Z');
const DAY = 86_400_000;

/** What is said from a start so many milliseconds before the old issuer ends. */
function warningsFrom(leftMs: number) {
  const old = legacyIssuer({ issuer: 'old', key: 's'.repeat(32), acceptUntil: new Date(NOW + leftMs) });
  const { issuers } = parseAuthenticationSettings({ issuers: ['https://id.acme.com', old], audience: 'orders' });
  const said: string[] = [];
  const subject = new RetirementWarnings(issuers, (warning) => said.push(warning));
  subject.start();
  return { subject, said };
}

describe('RetirementWarnings', () => {
  beforeEach(() => void jest.useFakeTimers({ now: NOW }));
  afterEach(() => void jest.useRealTimers());

  it('says nothing of an issuer that does not end, or not soon', () => {
    expect(warningsFrom(365 * DAY).said).toEqual([]);
    expect(warningsFrom(30 * DAY + 1).said).toEqual([]);
  });

  it.each([
    [30 * DAY, 'Tokens of the old issuer old are accepted for 30 more days, until 2027-01-31T00:00:00.000Z.'],
    [2 * DAY, 'Tokens of the old issuer old are accepted for 2 more days, until 2027-01-03T00:00:00.000Z.'],
    [0, 'Tokens of the old issuer old have not been accepted since 2027-01-01T00:00:00.000Z. Remove it from "issuers".'],
    [-DAY, 'Tokens of the old issuer old have not been accepted since 2026-12-31T00:00:00.000Z. Remove it from "issuers".'],
  ])('says %d ms before its end: %s', (leftMs, warning) => {
    expect(warningsFrom(leftMs).said).toEqual([warning]);
  });

  it('says so each day while the process runs, from when the end comes near', () => {
    const { said } = warningsFrom(32 * DAY);
    jest.advanceTimersByTime(DAY);
    expect(said).toEqual([]);
    jest.advanceTimersByTime(2 * DAY);
    expect(said).toEqual([expect.stringContaining('for 30 more days'), expect.stringContaining('for 29 more days')]);
    jest.advanceTimersByTime(29 * DAY);
    expect(said.at(-1)).toContain('have not been accepted since 2027-02-02T00:00:00.000Z');
  });

  it('says each day that a secret is short, as long as it counts', () => {
    const options = { issuer: 'old', key: 'secret', allowShortSecret: true, acceptUntil: new Date(NOW + 3 * DAY) };
    const { issuers } = parseAuthenticationSettings({
      issuers: ['https://id.acme.com', legacyIssuer(options)],
      audience: 'orders',
    });
    const said: string[] = [];
    const subject = new RetirementWarnings(issuers, (warning) => said.push(warning));
    subject.start();
    jest.advanceTimersByTime(3 * DAY);
    subject.stop();
    const short = said.filter((line) => line.startsWith('The secret of the old issuer old is shorter than 32 bytes'));
    expect(short).toHaveLength(3);
    expect(said.join()).not.toContain('secret of 6');
    expect(said.at(-1)).toContain('have not been accepted since');
  });

  it('falls silent when it is stopped', () => {
    const { subject, said } = warningsFrom(2 * DAY);
    subject.stop();
    jest.advanceTimersByTime(3 * DAY);
    expect(said).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
