import { RouterExecutionContext } from '@nestjs/core/router/router-execution-context.js';
import { trace } from '@opentelemetry/api';
import { NestInstrumentation } from '@opentelemetry/instrumentation-nestjs-core';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { AuthzTestApp } from '../../../lib/testing/index.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { ODD_CONTROLLERS, ODD_PROVIDERS, ODD_ROUTES } from './odd-handlers.js';

const spans = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });

/** What OpenTelemetry does to Nest where it is loaded first. Its hook looks for Nest 11 and CommonJS, so its patch is called by itself. */
class Tracing extends NestInstrumentation {
  patchNest(): void {
    const patched = this.init().files.find(({ name }) => name.includes('router-execution-context'));
    patched?.patch({ RouterExecutionContext }, '11.0.0');
  }
}

beforeAll(() => {
  provider.register();
  new Tracing({ enabled: false }).patchNest();
});
afterAll(async () => {
  trace.disable();
  await provider.shutdown();
});

onBothAdapters(({ start }) => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    app = await start({ controllers: [...ODD_CONTROLLERS], providers: [...ODD_PROVIDERS] });
  });

  it.each(ODD_ROUTES)('%s responds with tracing as without', async (path, statuses) => {
    spans.reset();
    const callers = [app.anonymous(), app.as('viewer'), app.as('admin')];
    const answered = [];
    for (const caller of callers) answered.push((await caller.get(path)).status);
    expect(answered).toEqual(statuses);
    expect(spans.getFinishedSpans()).not.toEqual([]);
  });
});
