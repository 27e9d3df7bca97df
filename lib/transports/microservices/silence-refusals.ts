import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { of, throwError, type Observable } from 'rxjs';
import { AuthzRpcException, isTemporary, SilentRefusal } from './authz-rpc.exception.js';
import { isKafka } from './contexts.js';
import { nestMicroservices } from './nest-microservices.js';

/**
 * Ends a refused message as if its handler had done nothing. Kafka is to deliver it again where nobody could decide: what is not thrown counts
 * as done. One value, since Nest joins the handlers of an event.
 */
function silence(refused: AuthzRpcException, host: ArgumentsHost): Observable<undefined> {
  if (!isTemporary(refused) || !isKafka(host.getArgByIndex(1))) return of(undefined);
  const { KafkaRetriableException } = nestMicroservices();
  return throwError(() => new KafkaRetriableException(refused.message));
}

@Catch(AuthzRpcException)
class RefusedEvents implements ExceptionFilter<AuthzRpcException> {
  catch(refused: AuthzRpcException, host: ArgumentsHost): Observable<undefined> {
    return silence(refused, host);
  }
}

@Catch(SilentRefusal)
class SilentRefusals implements ExceptionFilter<SilentRefusal> {
  catch(refused: SilentRefusal, host: ArgumentsHost): Observable<undefined> {
    return silence(refused, host);
  }
}

/**
 * For handlers of events, which nobody waits for. Without it Nest would log each refused event as an error, and Kafka deliver it again and
 * again.
 */
export const refusedEvents: ExceptionFilter = new RefusedEvents();

/** For handlers of messages: only what nobody waits for, or what was told already, goes no further. */
export const silentRefusals: ExceptionFilter = new SilentRefusals();
