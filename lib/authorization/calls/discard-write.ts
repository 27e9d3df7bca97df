/**
 * Replaces `write` of a stream that was closed because its caller's token expired or was revoked. Fails as a closed stream does, but without the
 * event `error`, which would end the process if it has no listener.
 * @param encoding The encoding or the callback, as for `write`.
 * @returns True: more may be written, so the writer does not wait for `drain`.
 */
export function discardWrite(encoding: unknown, done: unknown): true {
  const callback = typeof encoding === 'function' ? encoding : done;
  if (typeof callback === 'function') process.nextTick(callback, new Error('The access token has expired or was revoked.'));
  return true;
}
