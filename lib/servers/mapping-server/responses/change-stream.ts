import type { MessageEvent } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Observable } from 'rxjs';
import type { ChangeNotices } from './change-notices.js';
import { unavailable } from './unavailable.js';

/** The notices for one listener. @throws ServiceUnavailableException if there is no place for one more. */
export function changeStream(notices: ChangeNotices, adapter: AbstractHttpAdapter, response: object): Observable<MessageEvent> {
  const stream = notices.follow();
  if (stream !== undefined) return stream;
  // A server that closes waits for connections that are kept, and a listener comes back on the one it had.
  adapter.setHeader(response, 'Connection', 'close');
  throw unavailable(adapter, response, 'There is no place for one more listener');
}
