import { setImmediate as turn } from 'node:timers/promises';

/** Lets the event loop turn: what was queued before has run afterwards. */
export async function turns(count = 1): Promise<void> {
  for (let done = 0; done < count; done++) await turn();
}
