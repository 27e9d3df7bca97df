import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { stopAtTheEnd } from './stop-at-the-end.js';

/**
 * Starts a script in a process of its own; resolves with its first message, which says that it is ready.
 * @param env Added to the environment.
 */
export async function forkApp(script: URL, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const child = fork(script, args, { execArgv: [], env: { ...process.env, ...env } });
  stopAtTheEnd({ stop: () => child.kill('SIGKILL') });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${script.pathname} ended with ${String(code)} at its start`);
  });
  await Promise.race([once(child, 'message'), failed]);
  return child;
}
