/** Where windows of one length begin and end, in milliseconds since 1970. */
export interface Boundaries {
  /** The last boundary that is not after a time. */
  before(time: number): number;
  /** The first boundary after a time. */
  after(time: number): number;
  /** From one boundary so many of them back. */
  back(boundary: number, count: number): number;
}

const hour = 3_600_000;
const day = 24 * hour;

/** Every `length` milliseconds from `origin` on, both ways. */
export function fixedBoundaries(length: number, origin: number): Boundaries {
  const before = (time: number) => origin + Math.floor((time - origin) / length) * length;
  return {
    before,
    after: (time) => before(time) + length,
    back: (boundary, count) => boundary - count * length,
  };
}

/**
 * By the clock on the wall: full minutes, full hours, quarters of a day from midnight on, days from midnight to midnight
 * even where one has 23 or 25 hours. `timezone` is an IANA name.
 */
export function clockBoundaries(length: number, timezone: string): Boundaries {
  const offset = offsets(timezone);
  if (length > hour) return calendarBoundaries(length, offset);
  // An hour that the wall clock shows twice is two hours here.
  const before = (time: number) => fixedBoundaries(length, -offset(time)).before(time);
  return {
    before,
    after: (time) => before(time) + length,
    back: (boundary, count) => boundary - count * length,
  };
}

/** The wall clock's readings are the multiples of `length`; each is a boundary when it is first shown, or skipped. */
function calendarBoundaries(length: number, offset: (time: number) => number): Boundaries {
  function timeOf(reading: number): number {
    const earlier = offset(reading - day);
    const later = offset(reading + day);
    const isBeforeChange = offset(reading - earlier) === earlier;
    const isAfterChange = offset(reading - later) === later;
    return isAfterChange && !isBeforeChange ? reading - later : reading - earlier;
  }
  const readingBefore = (time: number) => fixedBoundaries(length, 0).before(time + offset(time));
  function before(time: number): number {
    let reading = readingBefore(time) + length;
    while (timeOf(reading) > time) reading -= length;
    return timeOf(reading);
  }
  function after(time: number): number {
    let reading = readingBefore(time) - length;
    while (timeOf(reading) <= time) reading += length;
    return timeOf(reading);
  }
  // Most times that are asked for lie in the stretch that was asked for last.
  let from = Number.NaN;
  let to = Number.NaN;
  const find = (time: number) => {
    if (time >= from && time < to) return;
    from = before(time);
    to = after(time);
  };
  return {
    before(time) {
      find(time);
      return from;
    },
    after(time) {
      find(time);
      return to;
    },
    back(boundary, count) {
      let start = boundary;
      for (let left = count; left > 0; left--) {
        find(start - 1);
        start = from;
      }
      return start;
    },
  };
}

/** How far a time zone is ahead of UTC at a time, milliseconds. */
function offsets(timezone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: timezone, timeZoneName: "longOffset" });
  // Offsets change at full quarters of an hour only. Asking for one is slow, so that some are kept.
  const step = hour / 4;
  const known = new Map<number, number>();
  return (time) => {
    const slot = Math.floor(time / step);
    const found = known.get(slot);
    if (found !== undefined) return found;
    if (known.size > 100) known.clear();
    const name = format.formatToParts(slot * step).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hours, minutes] = /GMT([+-])(\d+):?(\d+)?/.exec(name) ?? [];
    const value = (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
    known.set(slot, value);
    return value;
  };
}
