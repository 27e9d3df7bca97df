import { serve } from '../serve.js';
import { BillingModule } from './billing.module.js';

await serve(BillingModule);
