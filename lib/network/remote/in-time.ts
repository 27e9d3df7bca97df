/**
 * Runs a remote request under one deadline. Work that ignores its signal is no longer awaited.
 * @param stopped Aborts the work when the application stops.
 * @throws the error of the work, or an Error if the work did not finish in time.
 */
export async function inTime<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<Result> {
  const ended = new AbortController();
  const end = (reason: string) => ended.abort(new Error(reason));
  const timer = setTimeout(end, timeoutMs, `it did not answer within ${timeoutMs} ms`);
  const stop = () => end('the application stops');
  if (stopped.aborted) stop();
  stopped.addEventListener('abort', stop);
  const aborted = new Promise<never>((_, reject) => {
    const refuse = () => reject(ended.signal.reason as Error);
    if (ended.signal.aborted) refuse();
    else ended.signal.addEventListener('abort', refuse);
  });
  try {
    return await Promise.race([(async () => work(ended.signal))(), aborted]);
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener('abort', stop);
  }
}
