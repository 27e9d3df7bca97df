// As OpenTelemetry has it loaded before an application: `node --import ./otel.mjs dist/main.js`
import { register } from 'node:module';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { NestInstrumentation } from '@opentelemetry/instrumentation-nestjs-core';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
new NodeTracerProvider().register();
registerInstrumentations({ instrumentations: [new NestInstrumentation()] });
