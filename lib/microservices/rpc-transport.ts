import { RpcException } from '@nestjs/microservices';
import type { Credentials, RequestFacts } from '../authentication/index.js';
import type { CallArguments, Refusal, Transport } from '../authorization/index.js';
import type { RefusalReason } from '../core/index.js';

/** Messages of microservices: `[data, context]`, and `[data, metadata, call]` of gRPC. */
export class RpcTransport implements Transport {
  credentials(): Credentials {
    return { kind: 'none' };
  }

  facts(): RequestFacts {
    return { method: '', path: '', dpop: [], certificateThumbprint: () => undefined };
  }

  header(): undefined {
    return undefined;
  }

  refuse(_call: CallArguments, _reason: RefusalReason, { body }: Refusal): never {
    throw new RpcException({ status: 'error', ...body });
  }
}
