import type { Command } from 'commander';
import { compileMapping, parseMapping, readDocument, type MappingDocument } from '../../mapping/index.js';
import type { PrintResult } from '../output/command-result.interface.js';
import { bundlePayload } from '../bundle-text.js';
import { readDocumentText } from '../input/read-mapping.js';
import { nameOf } from '../input/read-text.js';
import { addSigningOptions, signedBundle, type SigningOptions } from '../signing.js';
import type { Terminal } from '../output/terminal.interface.js';
import { writeFile } from '../output/write-file.js';

interface SignOptions extends SigningOptions {
  readonly output?: string;
}

export function addSign(program: Command, terminal: Terminal, printResult: PrintResult): void {
  const command = program
    .command('sign')
    .description('sign a mapping: makes a bundle that services verify with your public key')
    .argument('<mapping>', 'file in YAML or JSON')
    .requiredOption('--key <file>', 'private key: PKCS #8 in PEM, or a JWK')
    .requiredOption('--kid <name>', 'name of the key, as in the public keys that services have');
  addSigningOptions(command)
    .option('-o, --output <file>', 'write the bundle to a file instead of standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ nestjs-authz sign mapping.yaml --key private.pem --kid 2026-01 --valid-for 30d -o mapping.jws',
    )
    .action(
      printResult(async (file: string, options: SignOptions) => {
        const read = await readDocument({ text: await readDocumentText(file, terminal) }, nameOf(file));
        const { revision } = compileMapping(parseMapping(read.document, nameOf(file), read));
        const { document } = read;
        const bundle = await signedBundle(document as MappingDocument, options, terminal);
        const { sequence, issuedAt, notAfter, issuer, audience } = JSON.parse(bundlePayload(bundle)) as MappingDocument;
        const json = { revision, sequence, issuedAt, notAfter, issuer, audience };
        const { output } = options;
        const notes = endNote(document as MappingDocument, notAfter);
        if (output === undefined) return { text: bundle, json: { ...json, bundle }, notes };
        await writeFile(output, `${bundle}\n`);
        const text = `${nameOf(output)}: revision ${revision}, sequence ${String(sequence)}`;
        return { text, json: { ...json, output }, notes };
      }),
    );
}

/** Warns about `notAfter` in the source document: often an earlier publication added it. */
function endNote(document: MappingDocument, end: string | undefined): string | undefined {
  if (document.notAfter === undefined || end !== document.notAfter) return undefined;
  return `The bundle expires at ${end}, because the document has this time in "notAfter". After that, services respond with 503 to requests that need permissions.`;
}
