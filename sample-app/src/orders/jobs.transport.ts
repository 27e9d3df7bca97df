import { SetMetadata } from '@nestjs/common';
import { bearerCredentials, type Transport } from 'nestjs-authz/transports';

export interface Job {
  /** The `authorization` header of the request that queued the job. */
  readonly authorization: string;
  readonly orderId: number;
}

const JOB_NAME = 'orders:job-name';
export const HandleJob = (name: string) => SetMetadata(JOB_NAME, name);

/** Describes the queue to the guard: the token is in the job. See docs/guides/write-a-transport.md. */
export const jobs: Transport = {
  type: 'job',
  name: 'jobs',
  handlerKinds: [{ kind: 'job', metadata: JOB_NAME, plural: 'job handlers' }],
  carrier: ([job]) => job as Job,
  credentials: ([job], dpop) => bearerCredentials((job as Job).authorization, dpop),
};
