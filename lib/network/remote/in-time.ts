/**
 * Does what asks something beyond this process, under one deadline. What does not end by its signal is left behind.
 * @param stopped Ends the work when the application stops.
 * @throws what the work throws, or Error that says that it did not answer in time.
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
