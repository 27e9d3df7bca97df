import type { MessageEvent } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Observable } from 'rxjs';
import type { ChangeNotices } from './change-notices.js';
import { unavailable } from './unavailable.js';

/** The change events for one listener. @throws ServiceUnavailableException if there are too many listeners. */
export function changeStream(notices: ChangeNotices, adapter: AbstractHttpAdapter, response: object): Observable<MessageEvent> {
  const stream = notices.follow();
  if (stream !== undefined) return stream;
  // A closing server waits for kept-alive connections, and a listener would reconnect on the same one.
  adapter.setHeader(response, 'Connection', 'close');
  throw unavailable(adapter, response, 'There are too many listeners');
}
