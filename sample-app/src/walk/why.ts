import { runCli } from './cli.js';
import type { Table } from './table.js';

/** Runs `nestjs-authz why` for a token with these options, and adds a row. Exit code 1 means refused. */
export async function whyRow(
  table: Table,
  who: string,
  token: string,
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
): Promise<void> {
  const options = ['why', '--token', '-', '--issuer', issuer, '--audience', audience];
  const { code, output } = await runCli(options, {}, token);
  table.note(`$ printenv TOKEN | npx nestjs-authz ${options.join(' ')}\n${output}`);
  const isRefused = code === 1 && output.includes('audience_mismatch') && !output.includes(token);
  table.row(
    { who, call: 'CLI       why', status: '–', answer: isRefused ? 'refused' : 'not refused', reason: 'audience_mismatch' },
    isRefused ? undefined : 'exit code 1 and audience_mismatch',
  );
}
