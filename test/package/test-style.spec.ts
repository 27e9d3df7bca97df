import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEST = fileURLToPath(new URL('..', import.meta.url));
/** Programs that are not tests: measurements, and projects as a user writes them. */
const OTHER_PROGRAMS = /^(bench|package\/consumers|package\/starters)\//;

/** Files that need a real timer, each with the reason. */
const PERMITTED: Readonly<Record<string, string>> = {
  'waiting/until.ts': 'the one place that waits for what sends no event',
  'e2e/authz-service.e2e-spec.ts': 'a call is followed through a timer',
  'e2e/outages/revocation.e2e-spec.ts': 'revokes at a rate',
  'e2e/transports/graphql-app.ts': 'produces a value every so often',
  'e2e/transports/graphql-sockets.e2e-spec.ts': 'the lines of the documentation have a deadline',
  'e2e/transports/http-responses.e2e-spec.ts': 'a handler that goes on writing after the end',
};

/** Matches code that waits for a time. */
const TIMER = /\bsetTimeout\(|\bsetTimeout as \w+\b|scheduler\.wait\(|Atomics\.wait\(/;
/** Matches helpers that wait for a condition, whatever their name. */
const OWN_UNTIL = /(?:function|const) (?:until|untilTrue|eventually|waitFor|waitUntil)\b\s*(?:=|\()/;
/** Matches loops that wait for time or for turns of the event loop until a condition holds. */
const LOOP = /while \([^\n]*\)\s*await (?:turns?|nextTurn|tick|pause|new Promise)\(/;
const DURATION = /expect\((?:performance\.now\(\)|Date\.now\(\)) - (?:before|begun|start|since)/;

const files = readdirSync(TEST, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts') && !OTHER_PROGRAMS.test(name) && name !== 'package/test-style.spec.ts');
const matching = (pattern: RegExp) =>
  files.filter((name) => pattern.test(withoutTimeLimits(readFileSync(join(TEST, name), 'utf8'))));
/** Removes `jest.setTimeout()`, which limits a test but does not wait. */
const withoutTimeLimits = (code: string) => code.replaceAll('jest.setTimeout(', '');

describe('the tests', () => {
  it('wait for conditions and events, not for times', () => {
    expect(matching(TIMER).sort()).toEqual(Object.keys(PERMITTED).sort());
  });

  it('have one until()', () => {
    expect(matching(OWN_UNTIL)).toEqual(['waiting/until.ts']);
    expect(matching(LOOP)).toEqual([]);
  });

  it('measure no durations', () => {
    expect(matching(DURATION)).toEqual([]);
  });
});
