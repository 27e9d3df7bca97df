import { Logger } from '@nestjs/common';
import { revocationLog } from '../../../../lib/authorization/logs/revocation-log.js';
import type { ListedRevocation, RevocationEvent, RevocationKind } from '../../../../lib/revocation/index.js';

function logged(...events: readonly RevocationEvent[]): readonly string[] {
  const lines: string[] = [];
  const logger = new Logger('Authz');
  for (const level of ['log', 'warn', 'error', 'debug'] as const)
    logger[level] = (line: string) => void lines.push(`${level} ${line}`);
  const tell = revocationLog(logger);
  for (const event of events) tell(event);
  return lines;
}

const ISSUER = 'https://id.acme.test';
const rule = (kind: RevocationKind, more: Partial<ListedRevocation> = {}): ListedRevocation => ({
  kind,
  issuer: kind === 'everything' ? undefined : ISSUER,
  value: kind === 'everything' || kind === 'issuer' ? undefined : 'x',
  issuedUntil: 0,
  expiresAt: 60,
  by: undefined,
  reason: undefined,
  ...more,
});
const revoked = (given: ListedRevocation, isOurs = false, unknownIssuer?: { meant: string | undefined; isSpelling: boolean }) =>
  ({ kind: 'revoked', rule: given, isOurs, unknownIssuer }) as const;

describe('the log of revocations', () => {
  it.each(['everything', 'issuer', 'client', 'tenant'] as const)('warns of a rule about %s, wherever it was made', (kind) => {
    for (const isOurs of [true, false])
      expect(logged(revoked(rule(kind, { by: 'ops', reason: 'why' }), isOurs))).toEqual([
        expect.stringMatching(/^warn Revoked .* issued until 1970-01-01T00:00:00.000Z, by "ops": "why"$/),
      ]);
  });

  it.each(['token', 'session', 'subject'] as const)('tells of a rule about a %s where it was made', (kind) => {
    expect(logged(revoked(rule(kind), true))[0]).toMatch(/^log Revoked /);
    expect(logged(revoked(rule(kind)))[0]).toMatch(/^debug Revoked /);
  });

  it('says of what concerns many that it does not say by whom, nor why', () => {
    expect(logged(revoked(rule('everything')))[0]).toMatch(/, by: not given, reason: not given$/);
    const restored = {
      kind: 'restored',
      rule: { kind: 'everything', issuer: undefined, value: undefined, by: 'anna' },
      isOurs: false,
    } as const;
    expect(logged(restored)).toEqual(['warn Removed the revocation of all tokens, by "anna", reason: not given']);
  });

  it('tells of a stop behind any number of rules about tenants', () => {
    const tenants = Array.from({ length: 2000 }, (_, index) => revoked(rule('tenant', { value: `tenant-${index}` })));
    const lines = logged(...tenants, revoked(rule('everything')));
    expect(lines.length).toBeLessThan(600);
    expect(lines.at(-1)).toMatch(/^warn Revoked all tokens/);
  });

  it('says that an issuer is not accepted here, and which one was meant', () => {
    const meant = { meant: ISSUER, isSpelling: true };
    const spelt = rule('issuer', { issuer: `${ISSUER}/` });
    expect(logged(revoked(spelt, false, meant))[0]).toMatch(
      /It has no effect here\. .* Did you mean "https:\/\/id\.acme\.test"\?$/,
    );
    const session = revoked(rule('session', { issuer: `${ISSUER}/` }), false, meant);
    expect(logged(session, session).filter((line) => line.startsWith('warn'))).toHaveLength(1);
    // Another service may accept it: nothing to warn of each time.
    expect(
      logged(revoked(rule('session'), false, { meant: undefined, isSpelling: false })).some((line) => line.startsWith('warn')),
    ).toBe(false);
  });
});
