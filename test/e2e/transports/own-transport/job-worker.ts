import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, ExternalContextCreator, MetadataScanner } from '@nestjs/core';
import { CallRunner } from '../../../../lib/ports/transports/index.js';
import { JOB_NAME, jobs, type Job } from './jobs.transport.js';

type Handler = (...args: unknown[]) => unknown;

@Injectable()
export class JobWorker implements OnModuleInit {
  private readonly handlers = new Map<string, Handler>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly creator: ExternalContextCreator,
    private readonly calls: CallRunner,
  ) {}

  onModuleInit(): void {
    for (const { instance } of this.discovery.getProviders() as { instance: Record<string, Handler> | null }[])
      for (const key of new MetadataScanner().getAllMethodNames(instance)) {
        const name = Reflect.getMetadata(JOB_NAME, instance![key]!) as string | undefined;
        if (name !== undefined) this.handlers.set(name, this.handlerOf(instance!, key));
      }
  }

  /** Called by the queue with each job. */
  async process(job: Job): Promise<unknown> {
    const handle = this.handlers.get(job.name);
    if (handle === undefined) throw new Error(`No handler for jobs named ${job.name}.`);
    return this.calls.run(jobs, [job], () => handle(job));
  }

  private handlerOf(instance: Record<string, Handler>, key: string): Handler {
    const parameters = { exchangeKeyForValue: () => undefined };
    const enhancers = { guards: true, interceptors: true, filters: true };
    return this.creator.create(
      instance,
      instance[key]!,
      key,
      ROUTE_ARGS_METADATA,
      parameters,
      undefined,
      undefined,
      enhancers,
      jobs.type,
    );
  }
}
