import { httpBundle, type HttpBundleOptions } from '../../../../lib/sources/http-bundle/index.js';
import { MappingStore, type MappingEvent } from '../../../../lib/mapping/index.js';

/** A store whose mapping comes from a bundle, and what happened to it. */
export class BundleStore {
  readonly events: MappingEvent[] = [];
  readonly store: MappingStore;
  private readonly waiting: (() => void)[] = [];

  /** Polls so rarely that only the test asks, unless it says otherwise. */
  constructor(options: HttpBundleOptions) {
    this.store = new MappingStore(httpBundle({ pollIntervalSeconds: 3600, ...options }), (event) => {
      this.events.push(event);
      for (const resolve of this.waiting.splice(0)) resolve();
    });
  }

  /** Starts, and waits until the poll that follows has asked once more where the disk or a failure came first. */
  async start(): Promise<this> {
    await this.store.start();
    return this;
  }

  get revision(): string | undefined {
    return this.store.current?.revision;
  }

  /** The message of why the last load failed; `undefined` if it did not. */
  get lastError(): string | undefined {
    return this.store.status().lastError?.message;
  }

  /** Every problem told that kept nothing from coming. */
  get problems(): readonly string[] {
    return this.events.flatMap((event) => (event.kind === 'problem' ? event.message : []));
  }

  async until(isSo: (store: this) => boolean): Promise<void> {
    while (!isSo(this)) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
