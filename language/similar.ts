/**
 * The candidate that a person most probably meant, or undefined where none is near.
 * Near is one slip for every three characters (optimal string alignment, so that swapped neighbours are one slip).
 */
export function closest(written: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(written);
  if (wanted.length === 0 || wanted.length > longestName) return undefined;
  const limit = Math.min(Math.max(1, Math.floor(wanted.length / 3)), wanted.length - 1);
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - written.length) > limit + separators(candidate)) continue;
    const distance = slips(wanted, fold(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The end of a message about a name that is not known: the one that is meant, or what there is. */
export function suggestion(guess: string | undefined, known: readonly string[]): string {
  if (guess !== undefined) return `Did you mean "${guess}"?`;
  return known.length === 0 ? "There are none." : `Known are: ${enumerate(known)}.`;
}

/** `a, b and c`, cut where the list would be longer than a person reads. */
export function enumerate(names: readonly string[], most = 12): string {
  if (names.length > most) return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
  const last = names.at(-1);
  if (last === undefined) return "none";
  return names.length === 1 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** A message in which what somebody has written is cut to a length that a person reads. */
export function shorten(message: string): string {
  if (message.length <= longestMessage) return message;
  const cut = message.replace(/"([^"]{60})[^"]*"/g, '"$1…"');
  return cut.length <= longestMessage ? cut : `${cut.slice(0, longestMessage)}…`;
}

const longestMessage = 500;

/** Beyond this a name is no slip of the keyboard, and the table would be large. */
const longestName = 64;

/** `atStart` and `at_start` are `at-start`. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, "");
}

function separators(name: string): number {
  return name.length - fold(name).length;
}

function slips(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
