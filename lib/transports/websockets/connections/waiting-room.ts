/** How many clients that have not said who they are wait at once. One per application. */
export class WaitingRoom {
  private waiting = 0;

  constructor(private readonly places: number) {}

  /** @returns Leaves again, however often it is called; `undefined` if there is no place. */
  enter(): (() => void) | undefined {
    if (this.waiting >= this.places) return undefined;
    this.waiting++;
    let isIn = true;
    return () => {
      if (isIn) this.waiting--;
      isIn = false;
    };
  }
}
