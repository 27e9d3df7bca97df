// Statistics and output of all benches.

/** Returns the median. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Runs every contender once in each round, in turn, since the load of the machine changes. The first rounds are warm-ups and do not count. */
export async function inTurn(contenders, rounds, measure, warmUps = 1) {
  const results = new Map(contenders.map((contender) => [contender, []]));
  for (let round = -warmUps; round < rounds; round++)
    for (const contender of contenders) {
      const result = await measure(contender);
      if (round >= 0) results.get(contender).push(result);
    }
  return results;
}

/** Compares two contenders round by round, and returns the median. */
export function paired(ours, theirs, compare) {
  return median(ours.map((value, round) => compare(value, theirs[round])));
}

/** Prints rows under a heading as a Markdown table, formatted like Prettier. The first row is the table's head. */
export function printTable(heading, [head, ...rows]) {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  console.log(`\n${heading}\n`);
  for (const row of [head, widths.map((width) => '-'.repeat(width)), ...rows]) console.log(line(row));
  console.log();
}

/** Prints whether a goal is met, with the figure. */
export function printGoal(what, figure, relation, goal) {
  const isMet = relation === 'at most' ? figure <= goal : figure >= goal;
  console.log(
    `${isMet ? 'goal met   ' : 'goal missed'}  ${what}: ${figure.toFixed(2)}, the goal is ${relation} ${goal.toFixed(2)}`,
  );
}
