import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { collect } from './collect-output.js';
import { onFreePorts, type Ports } from './on-free-ports.js';
import { stopAtTheEnd } from './stop-at-the-end.js';

/**
 * Starts a script in a child process. Resolves with its first message, sent when it is ready.
 * @param env Added to the environment.
 */
export async function forkApp(script: URL, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const child = fork(script, args, {
    execArgv: [],
    env: { ...process.env, ...env },
    stdio: ['inherit', 'inherit', 'pipe', 'ipc'],
  });
  stopAtTheEnd({ stop: () => child.kill('SIGKILL') });
  child.stderr!.pipe(process.stderr, { end: false });
  const said = collect(child);
  const failed = once(child, 'close').then(([code]) => {
    throw new Error(`${script.pathname} ended with ${String(code)} at its start: ${said()}`);
  });
  await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => undefined); // it ends some time
  return child;
}

/** Starts a script on free ports, and on others if another program took one of them first. */
export function forkAppOnFreePorts<Count extends keyof Ports>(
  count: Count,
  script: URL,
  argsFor: (ports: Ports[Count]) => readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly child: ChildProcess; readonly ports: Ports[Count] }> {
  return onFreePorts(count, async (ports) => ({ child: await forkApp(script, argsFor(ports), env), ports }));
}
