import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { of, throwError, type Observable } from 'rxjs';
import { AuthzRpcException, isTemporary, SilentRefusal } from './authz-rpc.exception.js';
import { isKafka } from './contexts.js';
import { nestMicroservices } from './nest-microservices.js';

/**
 * Ends a refused message as if its handler had returned nothing. A message that could not be decided (503) throws on Kafka, which otherwise counts it
 * as done. Returns a single value, since Nest joins the handlers of an event.
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
 * Filter for event handlers, whose sender expects no response. Without it Nest would log each refused event as an error, and Kafka would deliver the
 * event again and again.
 */
export const refusedEvents: ExceptionFilter = new RefusedEvents();

/** Filter for message handlers. Stops only refusals for which no client waits, or which the client already has. */
export const silentRefusals: ExceptionFilter = new SilentRefusals();
