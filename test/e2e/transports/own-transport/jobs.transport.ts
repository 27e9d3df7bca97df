import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { bearerCredentials, type Transport } from '../../../../lib/ports/transports/index.js';

export interface Job {
  readonly name: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
}

export const JOB_NAME = 'acme:job-name';
export const HandleJob = (name: string) => SetMetadata(JOB_NAME, name);
export const JobData = createParamDecorator((_: unknown, context: ExecutionContext) => context.getArgByIndex<Job>(0).data);

export const jobs: Transport = {
  type: 'job',
  name: 'jobs',
  handlerKinds: [{ kind: 'job', metadata: JOB_NAME, plural: 'job handlers' }],
  carrier: ([job]) => job as Job,
  credentials: ([job], dpop) => bearerCredentials((job as Job).headers?.['authorization'], dpop),
};
