import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { AuthzLogger } from '../../../lib/authorization/authz-logger.js';
import { CapturedLog } from '../../e2e/captured-log.js';

const LEVELS = ['log', 'warn', 'error', 'debug'] as const;

describe('AuthzLogger', () => {
  const captured = new CapturedLog();
  beforeAll(() => {
    Logger.overrideLogger(captured);
  });
  afterAll(() => {
    Logger.overrideLogger(true);
  });
  beforeEach(() => void captured.lines.splice(0));

  const written = (level: (typeof LEVELS)[number], line: string): string => {
    new AuthzLogger('Authz')[level](line);
    return captured.lines[0] ?? '';
  };

  it.each(LEVELS)('writes one record without a control character for any string at level %s', (level) => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', '\r\n', '\u001b[2J', '\u2028', '\u202e', '\u0085'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        captured.lines.splice(0);
        expect(written(level, pieces.join(''))).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('puts the lines of a message beside each other', () => {
    expect(written('error', 'The mapping cannot be used:\n  roles.a: is empty.\n  roles.b: is empty.')).toContain(
      'ERROR The mapping cannot be used: | roles.a: is empty. | roles.b: is empty. ',
    );
  });

  it('cuts a record that quotes a whole response', () => {
    const line = written('warn', `cannot be fetched: ${'x'.repeat(1_000_000)}`);
    expect(line.length).toBeLessThan(17_000);
    expect(line).toContain('characters left out)');
  });
});
