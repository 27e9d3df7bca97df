import type { MessageEvent } from '@nestjs/common';
import { BehaviorSubject, defer, filter, finalize, interval, map, merge, share, Subject, takeUntil, type Observable } from 'rxjs';

/** Most listeners at a time; each holds a connection. Who finds no place polls. */
const MAX_LISTENERS = 1000;
/** Proxies end a connection on which nothing comes, many after a minute: a comment is sent this often, in milliseconds. */
const KEEP_ALIVE_MS = 25_000;

/** Tells listeners that something new is published. What, they have to ask, so a forged or lost notice changes nothing. */
export class ChangeNotices {
  private readonly notices = new Subject<MessageEvent>();
  private readonly isOpen = new BehaviorSubject(true);
  private readonly keepAlive = interval(KEEP_ALIVE_MS).pipe(
    map((): MessageEvent => ({ comment: 'alive' })),
    share(),
  );
  private listeners = 0;

  constructor(
    /** What changes, for whoever reads along. */
    private readonly about: string,
  ) {}

  /** Server-sent events for one listener; `undefined` if there is no place for one more, or never again. */
  follow(): Observable<MessageEvent> | undefined {
    if (!this.isOpen.value || this.listeners >= MAX_LISTENERS) return undefined;
    return defer(() => {
      this.listeners++;
      return merge(this.notices, this.keepAlive).pipe(
        takeUntil(this.isOpen.pipe(filter((isOpen) => !isOpen))),
        finalize(() => this.listeners--),
      );
    });
  }

  notify(): void {
    this.notices.next({ type: 'changed', data: this.about });
  }

  /** Ends for every listener, and lets none in again: a server that closes waits for its connections. */
  end(): void {
    this.isOpen.next(false);
  }
}
