import type { MessageEvent } from '@nestjs/common';
import { BehaviorSubject, defer, filter, finalize, interval, map, merge, share, Subject, takeUntil, type Observable } from 'rxjs';

/** Most listeners at a time; each holds a connection. Further ones have to poll. */
const MAX_LISTENERS = 1000;
/** Time between two comments, in milliseconds: many proxies close a connection after a minute without data. */
const KEEP_ALIVE_MS = 25_000;

/** Notifies listeners that something new is published. They have to request it, so a forged or lost notice changes nothing. */
export class ChangeNotices {
  private readonly notices = new Subject<MessageEvent>();
  private readonly isOpen = new BehaviorSubject(true);
  private readonly keepAlive = interval(KEEP_ALIVE_MS).pipe(
    map((): MessageEvent => ({ comment: 'alive' })),
    share(),
  );
  private listeners = 0;

  constructor(
    /** Data of the event: what has changed. For people who read the stream. */
    private readonly about: string,
  ) {}

  /** Server-sent events for one listener; `undefined` if there are too many, or after {@link end}. */
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

  /** Ends every stream and accepts no more: a closing server waits for its connections. */
  end(): void {
    this.isOpen.next(false);
  }
}
