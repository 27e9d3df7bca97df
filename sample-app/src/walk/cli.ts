import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Entry point of `npx nestjs-authz`. */
const ENTRY = fileURLToPath(new URL('./dist/cli/main.js', import.meta.resolve('nestjs-authz/package.json')));

/** Runs the package's command line tool. @param input Standard input. */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [ENTRY, ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, output: (stdout + stderr).trim() }),
    );
    child.stdin?.end(input);
  });
}
