import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { CallRunner } from 'nestjs-authz/transports';
import { jobs, type Job } from './jobs.transport.js';
import { ShippingJobs } from './shipping.jobs.js';

/** Arguments of `ExternalContextCreator.create()` that keep their default. */
const DEFAULTS = [undefined, undefined, undefined, undefined, undefined] as const;

/** A queue in memory, in place of a broker. Runs one job at a time, as the caller who queued it. */
@Injectable()
export class JobQueue implements OnModuleInit {
  private readonly logger = new Logger('Jobs');
  private ship!: (job: Job) => Promise<unknown>;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly handlers: ShippingJobs,
    private readonly creator: ExternalContextCreator,
    private readonly calls: CallRunner,
  ) {}

  /** Nest adds the global guard to the handler. `jobs.type` tells the guard which transport it is. */
  onModuleInit(): void {
    const ship = this.handlers.ship as (...args: unknown[]) => unknown;
    this.ship = this.creator.create(this.handlers, ship, 'ship', ...DEFAULTS, jobs.type);
  }

  add(job: Job): void {
    this.last = this.last
      .then(() => this.calls.run(jobs, [job], () => this.ship(job)))
      .catch((error: unknown) => this.logger.warn(`Order ${job.orderId} was not shipped: ${String(error)}`));
  }
}
