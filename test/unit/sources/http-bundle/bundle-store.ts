import { httpBundle, type HttpBundleOptions } from '../../../../lib/sources/http-bundle/index.js';
import { MappingStore, type MappingEvent } from '../../../../lib/mapping/index.js';

/** A store whose mapping comes from a bundle, and its events. */
export class BundleStore {
  readonly events: MappingEvent[] = [];
  readonly store: MappingStore;
  private readonly waiting: (() => void)[] = [];

  /** Polls so rarely that in effect only the test does, unless it says otherwise. */
  constructor(options: HttpBundleOptions) {
    this.store = new MappingStore(httpBundle({ pollIntervalSeconds: 3600, ...options }), (event) => {
      this.events.push(event);
      for (const resolve of this.waiting.splice(0)) resolve();
    });
  }

  /** Starts, and waits for the next poll if the first load came from the disk or failed. */
  async start(): Promise<this> {
    await this.store.start();
    return this;
  }

  get revision(): string | undefined {
    return this.store.current?.revision;
  }

  /** Message of the last failed load; `undefined` if it succeeded. */
  get lastError(): string | undefined {
    return this.store.status().lastError?.message;
  }

  /** Every problem reported that did not stop updates. */
  get problems(): readonly string[] {
    return this.events.flatMap((event) => (event.kind === 'problem' ? event.message : []));
  }

  async until(isSo: (store: this) => boolean): Promise<void> {
    while (!isSo(this)) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
