import type { TestFailure } from "./contract.ts";

/** Lines of the longer text that are compared; beyond, all of one stands before all of the other. */
const mostLines = 500;

/** What was expected and what came, line by line: `-` is missing, `+` came instead, and a space is the same. Pure. */
export function diffLines({ expected = "", actual = "" }: TestFailure): readonly string[] {
  const wanted = expected === "" ? [] : expected.split("\n");
  const came = actual === "" ? [] : actual.split("\n");
  const missing = (line: string) => `- ${line}`;
  const added = (line: string) => `+ ${line}`;
  if (Math.max(wanted.length, came.length) > mostLines) return [...wanted.map(missing), ...came.map(added)];
  const lengths = wanted.map(() => new Uint16Array(came.length + 1));
  const length = (row: number, column: number) => lengths[row]?.[column] ?? 0;
  for (let row = wanted.length - 1; row >= 0; row--) {
    const own = lengths[row];
    for (let column = came.length - 1; own && column >= 0; column--) {
      own[column] =
        wanted[row] === came[column]
          ? length(row + 1, column + 1) + 1
          : Math.max(length(row + 1, column), length(row, column + 1));
    }
  }
  const lines: string[] = [];
  let [row, column] = [0, 0];
  while (row < wanted.length || column < came.length) {
    const [one, other] = [wanted[row], came[column]];
    if (one !== undefined && one === other) {
      lines.push(`  ${one}`);
      row++;
      column++;
    } else if (
      one !== undefined &&
      (other === undefined || length(row + 1, column) >= length(row, column + 1))
    ) {
      lines.push(missing(one));
      row++;
    } else {
      lines.push(added(other ?? ""));
      column++;
    }
  }
  return lines;
}
