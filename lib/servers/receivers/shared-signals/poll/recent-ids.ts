import { BoundedMap } from '../../../../core/index.js';

/** Ids remembered. */
const MOST = 10_000;
/** Longest id remembered, in characters: whoever delivers makes them up. */
const MAX_LENGTH = 256;

/** Remembers ids, the latest of them. */
export class RecentIds {
  private readonly ids = new BoundedMap<string, true>(MOST);

  /** @returns Whether it is a new one. One that is too long to be remembered is none. */
  add(id: string): boolean {
    if (id.length > MAX_LENGTH || this.ids.get(id)) return false;
    this.ids.set(id, true);
    return true;
  }
}
