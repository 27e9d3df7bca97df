import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * `describe` for tests with a real server. Without the server the suite is skipped with a one-line note; with CI=true the suite fails.
 * @param server The name of its program.
 * @param isInstalled Default: whether a program of this name is on the PATH.
 */
export function describeWhereInstalled(server: string, isInstalled: boolean = isOnPath(server)): jest.Describe {
  if (isInstalled) return describe;
  if (process.env['CI'] === 'true') throw new Error(`${server} is not installed: in CI no suite may be skipped.`);
  process.stderr.write(`Skipped, since ${server} is not installed: ${expect.getState().testPath ?? 'this suite'}\n`);
  return describe.skip;
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return directory !== '';
    } catch {
      return false;
    }
  });
}
