/** Limits how many clients without a verified token are connected at once. One per application. */
export class PendingConnections {
  private count = 0;

  constructor(private readonly limit: number) {}

  /** Counts one client. @returns Stops counting it, once; `undefined` if the limit is reached. */
  add(): (() => void) | undefined {
    if (this.count >= this.limit) return undefined;
    this.count++;
    let isCounted = true;
    return () => {
      if (isCounted) this.count--;
      isCounted = false;
    };
  }
}
