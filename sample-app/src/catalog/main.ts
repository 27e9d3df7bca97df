import { serve } from '../serve.js';
import { CatalogModule } from './catalog.module.js';

await serve(CatalogModule);
