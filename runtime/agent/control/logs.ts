/** Log lines in files: one a workflow and one for the agent, each rotated, so that no flood takes the others' place. */
import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Check } from "typebox/value";
import { type AgentLogRecord, logRecord } from "../../protocol/contract.ts";
import { isMissing } from "../layout.ts";
import type { Problem } from "../messages.ts";

export interface LogsOptions {
  readonly folder: string;
  /** Bytes of one file before it is rotated; two are kept. */
  readonly fileSize?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears what stands in the way of writing, and `undefined` once nothing does. */
  readonly onProblem: (problem: Problem | undefined) => void;
}

export interface Logs {
  write(record: AgentLogRecord): void;
  /** The agent's own line. */
  agent(level: AgentLogRecord["level"], message: string): void;
  /** The newest records of a workflow, or of all with the agent's own, oldest first. */
  tail(workflow: string | undefined, lines: number): readonly AgentLogRecord[];
  /** Hears every record that is written. */
  onRecord(listener: (record: AgentLogRecord) => void): { dispose(): void };
  forget(workflow: string): void;
  close(): void;
}

/** The file of the agent's own lines. No workflow's id begins with a dot. */
const agentFile = ".agent";
/** Milliseconds that lines wait for others to be written with. */
const writeInterval = 200;
/** Characters of a line. */
const longestMessage = 4096;
/** Lines of one workflow in a second; the others are counted. */
const mostASecond = 200;
/** Lines that wait while they cannot be written. */
const mostWaiting = 2_000;
/** Characters of an answer to `tail`. */
const longestTail = 2_000_000;

interface File {
  readonly path: string;
  waiting: string[];
  size: number | undefined;
  second: number;
  written: number;
  leftOut: number;
}

export function openLogs(options: LogsOptions): Logs {
  const fileSize = options.fileSize ?? 1_000_000;
  const files = new Map<string, File>();
  const listeners = new Set<(record: AgentLogRecord) => void>();
  let timer: NodeJS.Timeout | undefined;
  let hasProblem = false;

  function fileOf(name: string): File {
    const known = files.get(name);
    if (known) return known;
    const path = join(options.folder, `${name}.log`);
    const file: File = { path, waiting: [], size: undefined, second: 0, written: 0, leftOut: 0 };
    files.set(name, file);
    return file;
  }

  function put(file: File, record: AgentLogRecord): void {
    file.waiting.push(`${JSON.stringify(record)}\n`);
    if (file.waiting.length > mostWaiting) file.waiting.shift();
    for (const hear of [...listeners]) hear(record);
    timer ??= setTimeout(flush, writeInterval).unref();
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    let problem: Problem | undefined;
    for (const file of files.values()) {
      if (file.waiting.length === 0) continue;
      try {
        append(file, file.waiting.join(""));
        file.waiting = [];
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        problem = { code: "EDDY_LOGS", message: `Log lines cannot be written: ${said}` };
      }
    }
    if (problem || hasProblem) options.onProblem(problem);
    hasProblem = problem !== undefined;
  }

  function append(file: File, text: string): void {
    file.size ??= statSync(file.path, { throwIfNoEntry: false })?.size ?? 0;
    if (file.size > fileSize) {
      renameSync(file.path, older(file.path));
      file.size = 0;
    }
    appendFileSync(file.path, text, { mode: 0o600 });
    file.size += Buffer.byteLength(text);
  }

  const logs: Logs = {
    write(record) {
      const file = fileOf(record.workflow || agentFile);
      const second = Math.floor(options.now() / 1000);
      if (second !== file.second) {
        const { leftOut } = file;
        Object.assign(file, { second, written: 0, leftOut: 0 });
        if (leftOut > 0) {
          put(file, {
            ...record,
            level: "warn",
            message: `${leftOut} lines came too fast and were left out.`,
          });
        }
      }
      if (++file.written > mostASecond) {
        file.leftOut++;
        return;
      }
      const { message } = record;
      put(
        file,
        message.length <= longestMessage
          ? record
          : { ...record, message: `${message.slice(0, longestMessage)}… (${message.length} characters)` },
      );
    },
    agent: (level, message) => logs.write({ time: options.now(), level, message }),
    tail(workflow, lines) {
      flush();
      const names = workflow === undefined ? listNames(options.folder) : [workflow];
      const records = names
        .flatMap((name) => recordsOf(fileOf(name), lines))
        // A stable sort: lines of one file stay in their order.
        .sort((a, b) => a.time - b.time)
        .slice(lines === 0 ? Number.POSITIVE_INFINITY : -lines);
      let left = longestTail;
      const first = records.findLastIndex((record) => {
        left -= record.message.length + 100;
        return left < 0;
      });
      return records.slice(first + 1);
    },
    onRecord(listener) {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
    forget(workflow) {
      const { path } = fileOf(workflow);
      files.delete(workflow);
      for (const file of [path, older(path)]) rmSync(file, { force: true });
    },
    close: flush,
  };
  return logs;
}

function listNames(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => /^(.*?)(?<!\.1)\.log$/.exec(name)?.[1] ?? []);
}

function older(path: string): string {
  return path.replace(/\.log$/, ".1.log");
}

function recordsOf(file: File, lines: number): AgentLogRecord[] {
  const newest = parse(file.path);
  const all = newest.length >= lines ? newest : [...parse(older(file.path)), ...newest];
  // What could not be written yet is known too.
  return [...all, ...file.waiting.flatMap(parseLine)];
}

function parse(path: string): AgentLogRecord[] {
  try {
    return readFileSync(path, "utf8").split("\n").flatMap(parseLine);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A power cut may have left half a line. */
function parseLine(line: string): AgentLogRecord[] {
  try {
    const value: unknown = JSON.parse(line);
    return Check(logRecord, value) ? [value] : [];
  } catch {
    return [];
  }
}
