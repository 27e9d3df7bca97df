import { withOptionNames } from '../../../../lib/cli/input/with-option-names.js';
import { AuthzConfigError, stringOption } from '../../../../lib/core/index.js';
import { databaseMapping, type PostgresPool } from '../../../../lib/sources/database/index.js';

const pool = { connect: () => undefined, on: () => undefined, ending: false } as unknown as PostgresPool;

async function messageOf(names: Readonly<Record<string, string>>, work: () => unknown): Promise<string> {
  const error: unknown = await withOptionNames(names, async () => Promise.resolve(work())).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AuthzConfigError);
  return (error as AuthzConfigError).message;
}

describe('the options in errors of the command line', () => {
  it('have the name that the user writes', async () => {
    const work = () => stringOption('', 'redisRevocations({ key })');
    expect(await messageOf({ key: '--redis-key' }, work)).toBe('--redis-key must be a string that is not empty, got "".');
  });

  it('have the path within the file that the option names', async () => {
    const work = () => databaseMapping({ pool, tables: { roles: { table: '' } } });
    expect(await messageOf({ tables: '--tables' }, work)).toMatch(/^"roles\.table" in --tables must be the name of a table/);
  });

  it('stay as they are if the command line has no such option', async () => {
    const work = () => stringOption('', 'redisRevocations({ constructor })');
    expect(await messageOf({ key: '--redis-key' }, work)).toMatch(/^"redisRevocations\(\{ constructor \}\)" must be/);
  });
});
