import { credentials, headerOf, type Credentials, type RequestFacts, type TokenSources } from '../../authentication/index.js';
import { type CallArguments, type CallState, type RunningCall, type Refusal } from '../../authorization/index.js';
import { nodeRequestOf, requestFacts } from '../http/index.js';
import { isRecord, type RefusalReason } from '../../core/index.js';
import { isGrpcCall, type GrpcCall } from './grpc/grpc-call.js';
import { AuthzRpcException, messageError, SilentRefusal } from './authz-rpc.exception.js';
import { asString, carriedValues } from './carried-values.js';
import { isKafka } from './contexts.js';
import { endGrpcCall, grpcError } from './grpc/grpc-error.js';
import { httpRequestOf } from './http-request-of.js';
import { messageOfCall, noteMessage, type MessageHandling, type MessageTools } from './message.js';
import type { RabbitAcknowledgements } from './rabbit-acknowledgements.js';
import { ENVELOPE, isEnvelope, WIRE_FIELDS } from './wire.js';

/** Headers with which a Kafka client requests a response: `KafkaHeaders` of Nest. */
const CORRELATION_ID = 'kafka_correlationId';
const REPLY_TOPIC = 'kafka_replyTopic';

/** Messages of microservices: `[data, context]`; gRPC: `[data, metadata, call]`, or `[call]` if the handler reads and writes the call itself. */
export class RpcTransport implements MessageHandling {
  constructor(
    readonly tools: MessageTools,
    private readonly acknowledgements: RabbitAcknowledgements,
    private readonly sources: TokenSources,
  ) {}

  readonly carrier = messageCarrier;

  /** Replaces an envelope by its payload, once even if several guards run. */
  unwrap(call: CallArguments): void {
    if (messageCarrier(call) === undefined || messageOfCall(call) !== undefined) return;
    const [data] = call;
    const isEnclosed = grpcCallOf(call) === undefined && httpRequestOf(call) === undefined && isEnvelope(data);
    const envelope = isEnclosed ? data[ENVELOPE] : undefined;
    noteMessage(call, { transport: this, envelope, state: undefined, isHandled: false });
    if (!isEnclosed) return;
    // Filters and request-scoped providers still get the envelope: a log of it must not contain the token.
    Reflect.defineProperty(data, ENVELOPE, { enumerable: false });
    (call as unknown[])[0] = Object.hasOwn(data, 'data') ? data.data : undefined;
  }

  credentials(call: CallArguments, dpop: boolean): Credentials {
    const request = httpRequestOf(call);
    if (request !== undefined) return this.sources.read(request, dpop);
    const values = carriedValues(call, messageOfCall(call)?.envelope, 'authorization');
    const text = asString(values[0]);
    // A token contains no comma (RFC 6750 section 2.1): a client, such as Kafka's, has joined several values with one.
    if (values.length > 1 || text?.includes(',') === true) return { kind: 'ambiguous' };
    return credentials(text === undefined ? [] : [text], dpop);
  }

  /**
   * Returns no facts without an HTTP request, since no proof of possession is defined for messages: a token bound to a key or certificate is refused.
   */
  facts(call: CallArguments): RequestFacts {
    const request = httpRequestOf(call);
    if (request !== undefined) return requestFacts(request);
    return { method: '', path: '', dpop: [], certificateThumbprint: () => undefined };
  }

  /** Returns the HTTP request, which holds the proof: one request may carry several messages, but a proof may be used once. */
  holder(call: CallArguments): object | undefined {
    const request = httpRequestOf(call);
    return request && nodeRequestOf(request);
  }

  header(call: CallArguments, name: string): string | undefined {
    const request = httpRequestOf(call);
    if (request !== undefined) return headerOf(request, name)[0];
    const field = WIRE_FIELDS.find((each) => each === name);
    return field && asString(carriedValues(call, messageOfCall(call)?.envelope, field)[0]);
  }

  params(call: CallArguments): Readonly<Record<string, unknown>> {
    const payload = this.input(call);
    return isRecord(payload) ? payload : {};
  }

  /** Returns the payload. A handler that reads the gRPC call itself has it in the call. */
  input([first]: CallArguments): unknown {
    return isGrpcCall(first) ? (first as { readonly request?: unknown }).request : first;
  }

  /** Keeps the caller with the arguments, since the handlers of one event share the carrier. */
  admit({ args }: RunningCall, state: CallState): void {
    const message = messageOfCall(args);
    if (message !== undefined) message.state = state;
  }

  refuse(call: CallArguments, reason: RefusalReason, answer: Refusal): never {
    const message = messageOfCall(call);
    if (message?.isHandled !== true) this.acknowledgements.settle(call[1], answer.status === 503);
    const exception = this.exception(call, reason, answer);
    // Sends the refusal here: an error thrown for a handler that responds itself would end the process.
    if (message?.call !== undefined) message.call.end(exception);
    else if (isGrpcCall(call[0])) endGrpcCall(call, exception.getError());
    throw exception;
  }

  /** Returns the refusal in the form for the clients of the call. */
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

/** Returns whether the sender waits for a response. Matters for Kafka only, which redelivers a message whenever its handler throws. */
function isAwaited(context: unknown): boolean {
  if (!isKafka(context)) return true;
  const { headers } = context.getMessage();
  return Boolean(headers?.[CORRELATION_ID]) && Boolean(headers?.[REPLY_TOPIC]);
}

/** Returns the context of a message; for gRPC the call. */
export function messageCarrier([first, second, call]: CallArguments): object | undefined {
  const messageContext = isGrpcCall(first) ? first : second;
  const carrier = call === undefined ? messageContext : call;
  return typeof carrier === 'object' && carrier !== null ? carrier : undefined;
}
