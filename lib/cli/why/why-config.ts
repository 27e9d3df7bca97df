import { dirname, extname, resolve } from 'node:path';
import { isRecord } from '../../core/index.js';
import type { AuthenticationOptions } from '../../authentication/index.js';
import { fileMapping, MappingError, readDocument } from '../../mapping/index.js';
import { refuseUnknownOptions } from '../../authz-module-options.interface.js';
import { CliError } from '../cli.error.js';
import { nameOf, readText } from '../input/read-text.js';
import type { Terminal } from '../output/terminal.interface.js';
import { issuerFrom } from './issuer-presets.js';
import { loadModule } from './load-module.js';

/** The options of the command line that describe the service. */
export interface ConfigOptions {
  readonly config?: string;
  readonly issuer?: string;
  readonly audience?: readonly string[];
  readonly roleClaim?: readonly string[];
}

/** The options of `AuthzModule.forRoot()` that affect the decision about a token. Not validated yet. */
export interface WhyConfig {
  readonly options: AuthenticationOptions;
  readonly mapping: unknown;
}

const MODULE_ENDINGS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

/** Reads the options of the service. @throws CliError, AuthzConfigError */
export async function readConfig(options: ConfigOptions, terminal: Terminal): Promise<WhyConfig> {
  const { config } = options;
  if (config === undefined) return { options: fromFlags(options), mapping: undefined };
  const unused = (['issuer', 'audience', 'roleClaim'] as const).find((name) => options[name] !== undefined);
  if (unused !== undefined)
    throw new CliError(
      `--${unused === 'roleClaim' ? 'role-claim' : unused} cannot be combined with --config: write it into ${nameOf(config)}.`,
    );
  const isModule = MODULE_ENDINGS.includes(extname(config).toLowerCase());
  const read = isModule ? await loadModule(config) : await readFile(config, terminal);
  if (!isRecord(read))
    throw new CliError(`${nameOf(config)} must contain the options of AuthzModule: { issuer, audience, mapping }.`);
  refuseUnknownOptions(read, nameOf(config));
  const given = isModule ? read : fromDocument(read, config, terminal);
  return { options: given as unknown as AuthenticationOptions, mapping: given['mapping'] };
}

function fromFlags({ issuer, audience, roleClaim = [] }: ConfigOptions): AuthenticationOptions {
  if (issuer === undefined)
    throw new CliError('The options of the service are missing. Write --config <file>, or --issuer <url> and --audience <name>.');
  if (audience === undefined)
    throw new CliError(
      '--audience is missing. Write the value of the option "audience" of the service. If that is null, use --config with audience: null.',
    );
  // In a claim named by a URL, dots do not separate the steps of a path.
  const paths = roleClaim.map((path) => (path.includes('://') ? [path] : path));
  return { issuer: paths.length === 0 ? issuer : { issuer, roles: { anyOf: paths } }, audience };
}

async function readFile(file: string, terminal: Terminal): Promise<unknown> {
  try {
    return (await readDocument({ text: await readText(file, terminal) }, nameOf(file))).document;
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    const [fault] = error.faults;
    throw new CliError(`${nameOf(file)} cannot be read as JSON or YAML: ${fault?.place ?? ''}: ${fault?.message ?? ''}`);
  }
}

/** Replaces values that JSON and YAML cannot express: the description of a preset, and the path of a mapping relative to the file. */
function fromDocument(read: Record<string, unknown>, file: string, terminal: Terminal): Record<string, unknown> {
  const { issuer, issuers, mapping } = read;
  return {
    ...read,
    ...(issuer !== undefined && { issuer: issuerFrom(issuer, 'issuer', terminal) }),
    ...(Array.isArray(issuers) && { issuers: issuers.map((one, index) => issuerFrom(one, `issuers[${index}]`, terminal)) }),
    ...(typeof mapping === 'string' && { mapping: fileMapping(resolve(dirname(file), mapping)) }),
  };
}
