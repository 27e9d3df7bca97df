import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { stopAtTheEnd } from './stop-at-the-end.js';

/**
 * Starts a script in a child process. Resolves with its first message, sent when it is ready.
 * @param env Added to the environment.
 */
export async function forkApp(script: URL, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const child = fork(script, args, { execArgv: [], env: { ...process.env, ...env } });
  stopAtTheEnd({ stop: () => child.kill('SIGKILL') });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${script.pathname} exited with ${String(code)} at start`);
  });
  await Promise.race([once(child, 'message'), failed]);
  return child;
}
