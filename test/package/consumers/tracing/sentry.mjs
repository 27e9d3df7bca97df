// As Sentry has it loaded before an application: `node --import ./sentry.mjs dist/main.js`
import { init } from '@sentry/nestjs';

init({ dsn: 'http://key@127.0.0.1:9/1', tracesSampleRate: 1 });
