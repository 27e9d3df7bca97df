import { runCli } from './cli.js';
import type { Shop } from './shop.js';
import type { Table } from './table.js';

/** Runs `nestjs-authz explain` for an order and adds a row. */
export async function explainRow({ mappingFile }: Shop, table: Table, order: object, expected: string): Promise<void> {
  const caller = ['--role', 'clerk', '--subject', 'carl'];
  const { output } = await runCli(['explain', mappingFile, 'orders:update', ...caller, '--resource', JSON.stringify(order)], {});
  table.note(
    `$ npx nestjs-authz explain roles.yaml orders:update ${caller.join(' ')} --resource '${JSON.stringify(order)}'\n${output}`,
  );
  const isExplained = output.includes(expected);
  table.row(
    {
      who: 'carl (clerk)',
      call: 'CLI       explain',
      status: '–',
      answer: isExplained ? 'refused' : 'unexpected',
      reason: 'condition_unmet',
    },
    isExplained ? undefined : expected,
  );
}
