import { jest } from '@jest/globals';
import { Logger, type LoggerService } from '@nestjs/common';
import { AuthzLogger } from '../../../../lib/authorization/index.js';
import { RefusalLog } from '../../../../lib/authorization/refusals/refusal-log.js';
import type { RefusedCall } from '../../../../lib/authorization/refusals/refused-call.interface.js';
import { REFUSAL_REASONS, type Principal } from '../../../../lib/core/index.js';
import { MappingSnapshot, parseMapping } from '../../../../lib/mapping/index.js';
import { compileMapping } from '../../../../lib/mapping/compiled/compile-mapping.js';

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
  const mapping = jest.fn<() => MappingSnapshot | undefined>();
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

  describe('with a mapping that has not the roles of the caller, and a logger that takes each line', () => {
    const refusedWith = (...roles: string[]): RefusedCall => ({
      ...REFUSED,
      principal: { ...REFUSED.principal, roles } as Principal,
    });
    const searching = () => {
      const snapshot = new MappingSnapshot(compileMapping(parseMapping({ roles: { viewer: ['orders:read'] } }, 'test')));
      const searched = jest.spyOn(snapshot, 'roleNames');
      const read = jest.spyOn(snapshot, 'role');
      const { mapping, ...rest } = logging();
      mapping.mockReturnValue(snapshot);
      return { ...rest, mapping, searched, read };
    };

    it('searches the mapping once for a name, however often callers with it are refused', () => {
      const { lines, log, searched } = searching();
      for (let each = 0; each < 100; each++) log.note({ ...refusedWith('Viewer', 'zebra'), name: `Orders.of${each}` });
      expect(lines).toHaveLength(200);
      for (const line of lines) expect(line).toContain('"Viewer" (did you mean "viewer"?), "zebra".');
      expect(searched).toHaveBeenCalledTimes(2);
    });

    it('searches for the first three names of a caller, and lists the others', () => {
      const { lines, log, searched } = searching();
      log.note(refusedWith(...Array.from({ length: 12 }, (_, each) => `viewer${each}`)));
      expect(lines[0]).toMatch(/"viewer2" \(did you mean "viewer"\?\), "viewer3", .*"viewer9" and 2 more\./);
      expect(searched).toHaveBeenCalledTimes(3);
    });

    it('does not put together what its roles grant, which may be long', () => {
      const { log, read } = searching();
      log.note(refusedWith('viewer'));
      expect(read).not.toHaveBeenCalled();
    });

    it('searches another mapping anew', () => {
      const { lines, log, mapping } = searching();
      log.note(refusedWith('clerc'));
      mapping.mockReturnValue(new MappingSnapshot(compileMapping(parseMapping({ roles: { clerk: ['a:b'] } }, 'test'))));
      log.note(refusedWith('clerc'));
      expect(lines.at(-1)).toContain('"clerc" (did you mean "clerk"?)');
    });
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
