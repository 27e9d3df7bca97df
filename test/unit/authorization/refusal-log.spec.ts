import { jest } from '@jest/globals';
import { Logger, type LoggerService } from '@nestjs/common';
import { AuthzLogger, RefusalLog } from '../../../lib/authorization/index.js';
import type { RefusedCall } from '../../../lib/authorization/refused-call.interface.js';
import { REFUSAL_REASONS, type Principal } from '../../../lib/core/index.js';

const PRINCIPAL = { issuer: 'https://id.acme.com', subject: 'ann', roles: ['viewer'], actors: [], claims: {}, scopes: [] };
const REFUSED: RefusedCall = {
  name: 'Orders.read',
  reason: 'permission_missing',
  principal: PRINCIPAL as unknown as Principal,
  decision: { allowed: false, reason: 'permission_missing', missing: ['orders:read'], unmet: undefined },
};

/** A logger in use that keeps its lines, and a log of refusals that writes to it. */
function logging(more: Partial<LoggerService> & { isLevelEnabled?: (level: string) => boolean } = {}) {
  const lines: string[] = [];
  const keep = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
  const logger = { log: keep('LOG'), warn: keep('WARN'), error: keep('ERROR'), debug: keep('DEBUG'), ...more };
  Logger.overrideLogger(logger);
  const mapping = jest.fn<() => undefined>();
  const clock = { ms: 0 };
  const log = new RefusalLog(true, { mapping, issuer: () => undefined, tokenFrom: ['authorization'] }, () => clock.ms);
  return { lines, log, mapping, clock };
}
afterAll(() => void Logger.overrideLogger(new Logger()));

describe('RefusalLog', () => {
  it('says how many were left out, ten minutes later', () => {
    const { lines, log, clock } = logging({ isLevelEnabled: () => false });
    for (let each = 0; each < 5; each++) log.note(REFUSED);
    clock.ms = 600_000;
    log.note(REFUSED);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^WARN Refused Orders\.read: permission_missing\. .* \(and 4 times before this\)$/);
    expect(log.statistics()).toEqual({ total: 6, byReason: { permission_missing: 6 } });
  });

  it('puts nothing into words that it does not write', () => {
    const { log, mapping } = logging({ isLevelEnabled: (level) => level !== 'debug' });
    for (let each = 0; each < 100; each++) log.note(REFUSED);
    expect(mapping).toHaveBeenCalledTimes(1);
  });

  it('names the subject at debug only', () => {
    const { lines, log } = logging();
    log.note(REFUSED);
    expect(lines.map((line) => [line.split(' ')[0], line.includes('Subject "ann" of "https://id.acme.com"')])).toEqual([
      ['WARN', false],
      ['DEBUG', true],
    ]);
  });

  it('writes a bounded number of lines, whatever is refused', () => {
    const { lines, log } = logging({ isLevelEnabled: () => false });
    for (let each = 0; each < 5000; each++) log.note({ ...REFUSED, name: `Made.up${each}` });
    expect(lines.length).toBeLessThanOrEqual(501);
  });

  it('has words for each reason, also where nothing is known but the reason', () => {
    const { lines, log } = logging({ isLevelEnabled: () => false });
    for (const reason of REFUSAL_REASONS) log.note({ name: 'Orders.read', reason });
    expect(lines).toHaveLength(REFUSAL_REASONS.length);
    for (const line of lines) expect(line).not.toMatch(/undefined|\[object/);
  });
});

describe('AuthzLogger.isLevelEnabled', () => {
  it.each<[string, LoggerService, boolean]>([
    ['that writes all levels', new Logger(), true],
    ['without a level of its own', logger(), true],
    ['that has debug on', Object.assign(logger(), { isLevelEnabled: () => true }), true],
    ['that has debug off', Object.assign(logger(), { isLevelEnabled: (level: string) => level !== 'debug' }), false],
    [
      'that throws when asked',
      Object.assign(logger(), {
        isLevelEnabled: () => {
          throw new Error('no such level');
        },
      }),
      true,
    ],
  ])('asks the logger in use: one %s', (_what, inUse, expected) => {
    Logger.overrideLogger(inUse);
    expect(AuthzLogger.isLevelEnabled('debug')).toBe(expected);
  });

  it('is false where the application has no logger', () => {
    Logger.overrideLogger(false);
    expect(AuthzLogger.isLevelEnabled('debug')).toBe(false);
  });
});

function logger(): LoggerService {
  const quiet = () => undefined;
  return { log: quiet, warn: quiet, error: quiet, debug: quiet };
}
