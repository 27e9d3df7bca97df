import type { CodeBlock } from '../documents.js';

/** A command of a block in the language `console`, and the output that the block shows for it. */
export interface ConsoleStep {
  readonly command: string;
  readonly output: CodeBlock;
}

/** Returns the commands of a block in the language `console`, in order. A line of a command that ends in `\` continues. */
export function consoleSteps(block: CodeBlock): readonly ConsoleStep[] {
  return block.content.split(/^\$ /m).flatMap((step) => {
    const [, command = '', output = ''] = /^((?:.*\\\n)*.*)\n?([^]*)$/.exec(step)!;
    return command === '' ? [] : [{ command, output: { ...block, content: output } }];
  });
}
