import { credentials, headerOf, type Credentials, type RequestFacts, type TokenSources } from '../../authentication/index.js';
import {
  type CallArguments,
  type CallState,
  type RunningCall,
  type Refusal,
  type CallHandling,
} from '../../authorization/index.js';
import { nodeRequestOf, requestFacts } from '../http/index.js';
import type { RefusalReason } from '../../core/index.js';
import { isGrpcCall, type GrpcCall } from './grpc/grpc-call.js';
import { AuthzRpcException, messageError, SilentRefusal } from './authz-rpc.exception.js';
import { asText, carriedValues } from './carried-values.js';
import { isKafka } from './contexts.js';
import { endGrpcCall, grpcError } from './grpc/grpc-error.js';
import { httpRequestOf } from './http-request-of.js';
import { messageOfCall, noteMessage, type MessageTools } from './message.js';
import type { RabbitAcknowledgements } from './rabbit-acknowledgements.js';
import { ENVELOPE, isEnvelope, WIRE_FIELDS } from './wire.js';

/** The headers by which a client of Kafka asks for an answer: `KafkaHeaders` of Nest. */
const CORRELATION_ID = 'kafka_correlationId';
const REPLY_TOPIC = 'kafka_replyTopic';

/** Messages of microservices: `[data, context]`; of gRPC `[data, metadata, call]`, or `[call]` where the handler reads and writes the call itself. */
export class RpcTransport implements CallHandling {
  constructor(
    readonly tools: MessageTools,
    private readonly acknowledgements: RabbitAcknowledgements,
    private readonly sources: TokenSources,
  ) {}

  readonly carrier = messageCarrier;

  /** Takes the payload out of its envelope, once however many guards come by. */
  unwrap(call: CallArguments): void {
    if (messageCarrier(call) === undefined || messageOfCall(call) !== undefined) return;
    const [data] = call;
    const isEnclosed = grpcCallOf(call) === undefined && httpRequestOf(call) === undefined && isEnvelope(data);
    const envelope = isEnclosed ? data[ENVELOPE] : undefined;
    noteMessage(call, { transport: this, envelope, state: undefined, isHandled: false });
    if (!isEnclosed) return;
    // Filters and request-scoped providers still have the envelope: whoever logs it is not to log the token.
    Reflect.defineProperty(data, ENVELOPE, { enumerable: false });
    (call as unknown[])[0] = Object.hasOwn(data, 'data') ? data.data : undefined;
  }

  credentials(call: CallArguments, dpop: boolean): Credentials {
    const request = httpRequestOf(call);
    if (request !== undefined) return this.sources.read(request, dpop);
    const values = carriedValues(call, messageOfCall(call)?.envelope, 'authorization');
    const text = asText(values[0]);
    // No token has a comma in it (RFC 6750 section 2.1): one stands where a client has joined several values, as Kafka's does.
    if (values.length > 1 || text?.includes(',') === true) return { kind: 'ambiguous' };
    return credentials(text === undefined ? [] : [text], dpop);
  }

  /** No proof of possession is defined for messages without an HTTP request, so a token that is bound to a key or a certificate is refused. */
  facts(call: CallArguments): RequestFacts {
    const request = httpRequestOf(call);
    if (request !== undefined) return requestFacts(request);
    return { method: '', path: '', dpop: [], certificateThumbprint: () => undefined };
  }

  /** One request may bring several messages, and a proof may be used once. */
  holder(call: CallArguments): object | undefined {
    const request = httpRequestOf(call);
    return request && nodeRequestOf(request);
  }

  header(call: CallArguments, name: string): string | undefined {
    const request = httpRequestOf(call);
    if (request !== undefined) return headerOf(request, name)[0];
    const field = WIRE_FIELDS.find((each) => each === name);
    return field && asText(carriedValues(call, messageOfCall(call)?.envelope, field)[0]);
  }

  /** The handlers of one event share the carrier, so what the guard knew of this one is kept with its arguments. */
  admit({ args }: RunningCall, state: CallState): void {
    const message = messageOfCall(args);
    if (message !== undefined) message.state = state;
  }

  refuse(call: CallArguments, reason: RefusalReason, answer: Refusal): never {
    const message = messageOfCall(call);
    if (message?.isHandled !== true) this.acknowledgements.settle(call[1], answer.status === 503);
    const exception = this.exception(call, reason, answer);
    // Nest would let the process end with what is thrown for a call that the handler answers by itself, so it is answered here.
    if (message?.call !== undefined) message.call.end(exception);
    else if (isGrpcCall(call[0])) endGrpcCall(call, exception.getError());
    throw exception;
  }

  /** The refusal, as the clients of the call understand it. */
  exception(call: CallArguments, reason: RefusalReason, answer: Refusal): AuthzRpcException {
    const grpcCall = grpcCallOf(call);
    const error = grpcCall === undefined ? messageError(answer) : grpcError(grpcCall, answer);
    const isSilent = isGrpcCall(call[0]) || !isAwaited(call[1]);
    return isSilent ? new SilentRefusal(reason, error) : new AuthzRpcException(reason, error);
  }
}

function grpcCallOf([first, , call]: CallArguments): GrpcCall | undefined {
  return [call, first].find(isGrpcCall);
}

/** Whether somebody waits for an answer. Only Kafka has to be told: it delivers again and again what a handler threw at. */
function isAwaited(context: unknown): boolean {
  if (!isKafka(context)) return true;
  const { headers } = context.getMessage();
  return Boolean(headers?.[CORRELATION_ID]) && Boolean(headers?.[REPLY_TOPIC]);
}

/** The context of the message; of gRPC the call. */
export function messageCarrier([first, second, call]: CallArguments): object | undefined {
  const carrier = call ?? (isGrpcCall(first) ? first : second);
  return typeof carrier === 'object' && carrier !== null ? carrier : undefined;
}
