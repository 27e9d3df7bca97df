import { Catch, type ExceptionFilter } from '@nestjs/common';
import { of, type Observable } from 'rxjs';
import { AuthzRpcException, SilentRefusal } from './authz-rpc.exception.js';

/** Ends a refused message as if its handler had done nothing. One value, since Nest joins the handlers of an event. */
const nothing = (): Observable<undefined> => of(undefined);

@Catch(AuthzRpcException)
class RefusedEvents implements ExceptionFilter {
  catch(): Observable<undefined> {
    return nothing();
  }
}

@Catch(SilentRefusal)
class SilentRefusals implements ExceptionFilter {
  catch(): Observable<undefined> {
    return nothing();
  }
}

/**
 * For handlers of events, which nobody waits for. Without it Nest would log each refused event as an error, and Kafka deliver it again and
 * again.
 */
export const refusedEvents: ExceptionFilter = new RefusedEvents();

/** For handlers of messages: only what nobody waits for, or what was told already, goes no further. */
export const silentRefusals: ExceptionFilter = new SilentRefusals();
