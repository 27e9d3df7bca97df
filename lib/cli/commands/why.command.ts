import { InvalidArgumentError, type Command } from 'commander';
import { permissionSegments } from '../../core/index.js';
import type { PrintResult } from '../output/command-result.interface.js';
import { collected } from '../input/collected.js';
import { notInstalled } from '../optional-package.js';
import type { Terminal } from '../output/terminal.interface.js';
import type { WhyOptions } from '../why/why.js';

export function addWhy(program: Command, terminal: Terminal, printResult: PrintResult): void {
  program
    .command('why')
    .description('show what each check of a service finds in a token, and why the service would refuse it')
    .option('--token <place>', '"-" for standard input, or env:NAME; never the token itself')
    .option('--token-file <file>', 'a file with the token')
    .option('--config <file>', 'the options of AuthzModule: JSON, YAML, or a module with a default export')
    .option('--issuer <url>', 'without --config: the issuer whose tokens the service accepts')
    .option('--audience <name>', 'without --config: what "aud" must contain; repeat for several', collected)
    .option('--role-claim <path>', 'without --config: the claim with the roles (default: roles)', collected)
    .option('--mapping <file>', 'the mapping, instead of the one in --config')
    .option('--require <permission>', 'a permission that the caller needs; repeat for several', permissions)
    .option('--resource <object>', 'the resource that --require is about, as JSON or as a file in JSON or YAML')
    .option('--context <object>', 'what the call brings, for conditions over "context"')
    .option('--jwks <file or URL>', 'keys of the issuer: a JWK Set, instead of the published keys')
    .option('--offline', 'fetch nothing')
    .addHelpText('after', '\nExample:\n  $ printenv TOKEN | nestjs-authz why --token - --config authz.json --require orders:read')
    .action(
      printResult(async (options: WhyOptions) => {
        // Loaded lazily: the other commands must start without the packages of a service.
        const { why } = await import('../why/why.js').catch(notInstalled('@nestjs/passport', 'why'));
        return why(options, terminal);
      }),
    );
}

function permissions(value: string, before: readonly string[] = []): readonly string[] {
  if (permissionSegments(value) !== undefined) return collected(value, before);
  throw new InvalidArgumentError('It must be one permission such as orders:read, not a pattern.');
}
