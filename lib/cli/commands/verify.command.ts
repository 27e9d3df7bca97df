import type { Command } from 'commander';
import { AuthzConfigError, printable } from '../../core/index.js';
import { verifyBundle } from '../../sources/http-bundle/index.js';
import { checkReplacement, readDocument, type CompiledMapping, type MappingExpectation } from '../../mapping/index.js';
import type { CommandResult, PrintResult } from '../output/command-result.interface.js';
import { bundleHeader, isSignedBundle } from '../bundle-text.js';
import { documentText } from '../input/document-text.js';
import { publicKeys } from '../input/public-keys.js';
import { nameOf, readText } from '../input/read-text.js';
import { sourceDocument } from '../input/source-document.js';
import type { Terminal } from '../output/terminal.interface.js';
import { counted, printed } from '../output/text-table.js';
import { writeFile } from '../output/write-file.js';

interface VerifyOptions extends MappingExpectation {
  readonly keys: string;
  readonly output?: string;
}

export function addVerify(program: Command, terminal: Terminal, printResult: PrintResult): void {
  program
    .command('verify')
    .description('check a signed bundle as a service does: signature, purpose, expiry, document')
    .argument('<bundle>', 'file')
    .requiredOption('--keys <file or URL>', 'public keys: a JWK Set')
    .option('--issuer <name>', 'publisher that the bundle must name')
    .option('--audience <name>', 'service that the bundle must be for')
    .option('-o, --output <file>', 'write its source document to a file, without sequence, issuedAt and notAfter')
    .addHelpText('after', '\nExample:\n  $ nestjs-authz verify mapping.jws --keys jwks.json --audience orders')
    .action(printResult((file: string, options: VerifyOptions) => verify(file, options, terminal)));
}

async function verify(file: string, options: VerifyOptions, terminal: Terminal): Promise<CommandResult> {
  const bundle = await readText(file, terminal);
  const signature = await publicKeys(options.keys, terminal);
  try {
    if (!isSignedBundle(bundle)) throw new Error('it is not signed');
    const text = await verifyBundle(bundle, signature);
    const { document, compiled } = sourceDocument(await readDocument({ text }, nameOf(file)), nameOf(file));
    const { issuer, audience } = options;
    checkReplacement(compiled, undefined, { source: { name: nameOf(file) }, expects: { issuer, audience }, now: Date.now() });
    if (options.output !== undefined) await writeFile(options.output, documentText(document, options.output));
    return verified(nameOf(file), bundle, compiled);
  } catch (error) {
    // A fault in the options is not a finding about the bundle.
    if (!(error instanceof Error) || isOfOptions(error)) throw error;
    const reason = printable(error.message);
    return { isFine: false, json: { trusted: false, reason }, text: `${nameOf(file)} cannot be trusted: ${reason}` };
  }
}

function isOfOptions(error: Error): boolean {
  return error.name === 'CliError' || (error instanceof AuthzConfigError && error.code !== 'AUTHZ_MAPPING');
}

function verified(source: string, bundle: string, compiled: CompiledMapping): CommandResult {
  const { alg, kid } = bundleHeader(bundle);
  const { revision, issuer, audience, sequence, issuedAt, notAfter, roleNames } = compiled;
  const ends = notAfter === undefined ? undefined : new Date(notAfter).toISOString();
  const json = { trusted: true, alg, kid, revision, issuer, audience, sequence, issuedAt, notAfter: ends };
  const lines = [
    `${source} is signed with ${printed(String(kid))} (${printed(String(alg))}).`,
    `  revision  ${printed(revision)}, sequence ${String(sequence)}, ${counted(roleNames.length, 'role')}`,
    `  issuer    ${issuer === undefined ? 'not named' : printed(issuer)}`,
    `  audience  ${audience === undefined ? 'all services' : audience.map(printed).join(', ')}`,
    `  issued    ${issuedAt ?? 'at an unknown time'}, ${ends === undefined ? 'never expires' : `expires ${ends}`}`,
  ];
  return { json, text: lines.join('\n') };
}
