/**
 * Stands in for `write` of a stream that was ended with its caller's token. Answers as a closed stream does, but without the event `error`, to
 * which nobody might listen.
 * @param encoding Or `done`, as for `write`.
 * @returns That more may be written, so that nobody waits for `drain`.
 */
export function discardWrite(encoding: unknown, done: unknown): true {
  const callback = typeof encoding === 'function' ? encoding : done;
  if (typeof callback === 'function') process.nextTick(callback, new Error('The access token has ended.'));
  return true;
}
