import { BoundedMap } from '../../../../core/index.js';

/** Most ids kept. */
const MOST = 10_000;
/** Longest id kept, in characters: the sender chooses ids. */
const MAX_LENGTH = 256;

/** Keeps the latest ids. */
export class RecentIds {
  private readonly ids = new BoundedMap<string, true>(MOST);

  /** @returns Whether the id is new; `false` for one that is too long to be kept. */
  add(id: string): boolean {
    if (id.length > MAX_LENGTH || this.ids.get(id)) return false;
    this.ids.set(id, true);
    return true;
  }
}
