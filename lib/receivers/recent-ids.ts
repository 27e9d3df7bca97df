/** Ids remembered. */
const MOST = 10_000;
/** Longest id remembered, in characters: whoever delivers makes them up. */
const MAX_LENGTH = 256;

/** Remembers ids, the latest of them. */
export class RecentIds {
  private readonly ids = new Set<string>();

  /** @returns Whether it is a new one. One that is too long to be remembered is none. */
  add(id: string): boolean {
    if (id.length > MAX_LENGTH || this.ids.has(id)) return false;
    const [oldest] = this.ids.size < MOST ? [] : this.ids;
    if (oldest !== undefined) this.ids.delete(oldest);
    this.ids.add(id);
    return true;
  }
}
