import { readFileSync } from 'node:fs';

const rooms = JSON.parse(readFileSync(new URL('rooms.json', import.meta.url), 'utf8'));

export default {
  plugin: ['typedoc-plugin-markdown', './typedoc-used-in.mjs'],
  entryPoints: rooms.filter(({ entryPoint }) => entryPoint !== undefined).map(({ folder }) => `../lib/${folder}/index.ts`),
  tsconfig: '../lib/tsconfig.json',
  out: '../docs/api',
  readme: 'none',
  entryFileName: 'index',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  disableSources: true,
  excludeInternal: true,
  treatWarningsAsErrors: true,
  intentionallyNotExported: [
    'PatternOf',
    'Comparator',
    'PermissionSetParts',
    'ScalarType',
    'StringTest',
    'RedisReader',
    'RedisRoot',
    'RedisStreamClient',
    'REVOCATION_KINDS',
    'ENFORCEMENT_MODES',
    'AxiosHeaders',
    'PublicBody',
    'Fetch',
    'HeadersOption',
  ],
  externalSymbolLinkMappings: {
    '@types/node': {
      'EventEmitter.defaultMaxListeners': '#',
    },
  },
};
