/** Nodes that reach outside, with a test in the place of the world. */
import type { Json, TestMock } from "../../language/model.ts";
import type {
  AsynchronousNode,
  Clock,
  Host,
  ImmediateNode,
  Message,
  NodeImplementation,
  TriggerNode,
} from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { createExec } from "../nodes/exec.ts";
import { createFileOut } from "../nodes/file-out.ts";
import { createHttpRequest } from "../nodes/http-request.ts";
import httpResponse from "../nodes/http-response.ts";
import mqttOut from "../nodes/mqtt-out.ts";
import { contentType, toBytesOrText } from "../nodes/support/formats.ts";
import { withPayload } from "../nodes/support/messages.ts";
import { isObject } from "../nodes/support/stored.ts";
import { plain, type Recorder, readable } from "./recording.ts";

export interface MockOptions {
  readonly mocks: readonly TestMock[];
  readonly clock: Clock;
  readonly record: Recorder;
  /** A node asked the outside for something, and no mock says what it gets. */
  readonly missing: (node: string) => void;
}

/** What runs in the place of nodes' implementations in one run of one test. */
export function createMocks(options: MockOptions): NonNullable<Host["instead"]> {
  const answers = new Answers(options);
  const { record } = options;
  const outside: Readonly<Record<string, NodeImplementation>> = {
    "http-request": forEach((node) =>
      createHttpRequest(async (url, { method = "GET", headers, body, signal }) => {
        const names = Object.fromEntries(new Headers(headers));
        const request = { method, url: url.href, headers: names, body: readable(body) };
        record({ node, kind: "request", message: request });
        return response(await answers.next(node, signal ?? undefined));
      }),
    ),
    exec: forEach((node) =>
      createExec(async (_, { command, args, stdin }, signal) => {
        record({ node, kind: "request", message: { command, args, stdin: readable(stdin) } });
        return exit(await answers.next(node, signal));
      }),
    ),
    "file-out": forEach((node) =>
      createFileOut(() => async (path, payload) => {
        record({ node, kind: "done", message: { path, payload } });
      }),
    ),
    "mqtt-out": recordedPublisher(record),
    "http-response": recordedResponse(record),
    "file-in": silentTrigger,
  };
  return (type, own) => {
    const implementation = (Object.hasOwn(outside, type) ? outside[type] : undefined) ?? own;
    const isAsked = type === "http-request" || type === "exec";
    return isAsked ? implementation : replaceable(implementation, answers);
  };
}

/** What nodes get, in the order of the test's mocks. */
class Answers {
  readonly #options: MockOptions;
  readonly #left = new Map<string, TestMock[]>();

  constructor(options: MockOptions) {
    this.#options = options;
    for (const mock of options.mocks) {
      const list = this.#left.get(mock.node);
      if (list) list.push(mock);
      else this.#left.set(mock.node, [mock]);
    }
  }

  has(node: string): boolean {
    return this.#left.has(node);
  }

  /** Throws what the mock fails with. */
  take(node: string): TestMock {
    const list = this.#left.get(node);
    const mock = list && (list.length > 1 ? list.shift() : list[0]);
    if (mock) return mock;
    this.#options.missing(node);
    throw engineError("EDDY_TEST_MOCK", `The test does not say what "${node}" gets: add it to its mocks.`);
  }

  async next(node: string, signal: AbortSignal | undefined): Promise<Json> {
    const mock = this.take(node);
    if (mock.after > 0) await pause(this.#options.clock, mock.after, signal);
    return resultOf(mock);
  }
}

function resultOf({ error, result = null }: TestMock): Json {
  if (error) throw engineError(error.code, error.message);
  return result;
}

function pause(clock: Clock, milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(milliseconds, resolve);
    signal?.addEventListener("abort", () => {
      timer.cancel();
      reject(signal.reason);
    });
  });
}

/** An implementation that knows the node that it is made for. */
function forEach<Params>(make: (node: string) => AsynchronousNode<Params>): AsynchronousNode<Params> {
  return {
    timing: "asynchronous",
    create: (context, params) => make(context.id).create(context, params),
  };
}

function response(result: Json): Response {
  const { status = 200, headers = {}, body } = fields(result, ["status", "headers", "body"], "http-request");
  const isEmpty = body === undefined || [101, 204, 205, 304].includes(Number(status));
  const given = new Headers();
  for (const [name, value] of Object.entries(isObject(headers) ? headers : {}))
    given.set(name, String(value));
  if (!isEmpty && !given.has("content-type")) given.set("content-type", contentType(body));
  return new Response(isEmpty ? null : String(toBytesOrText(body)), {
    status: Number(status),
    headers: given,
  });
}

function exit(result: Json) {
  const { stdout = "", stderr = "", code = 0 } = fields(result, ["stdout", "stderr", "code"], "exec");
  return { stdout: String(stdout), stderr: String(stderr), code: Number(code) };
}

function fields(result: Json, keys: readonly string[], type: string): Readonly<Record<string, unknown>> {
  if (isObject(result) && Object.keys(result).every((key) => keys.includes(key))) return result;
  const text = `The result of an ${type} in a mock is a map with ${keys.join(", ")}.`;
  throw engineError("EDDY_TEST_MOCK", text);
}

function recordedPublisher(record: Recorder): NodeImplementation {
  return forEach((node) => ({
    timing: "asynchronous",
    create: (context, params: Parameters<typeof mqttOut.create>[1]) =>
      mqttOut.create(context, {
        ...params,
        connection: {
          ...params.connection,
          async publish(topic, payload, { qos, retain }) {
            record({ node, kind: "done", message: { topic, payload: readable(payload), qos, retain } });
          },
        },
      }),
  }));
}

function recordedResponse(record: Recorder): NodeImplementation {
  const answered = new Set<string>();
  return {
    timing: "immediate",
    create: (context, params, outputs) =>
      httpResponse.create(
        {
          ...context,
          host: {
            ...context.host,
            respond(request, { status, headers, body }) {
              if (answered.has(request)) return false;
              answered.add(request);
              record({
                node: context.id,
                kind: "done",
                message: { status, headers, payload: readable(body) },
              });
              return true;
            },
          },
        },
        params,
        outputs,
      ),
  } satisfies ImmediateNode<Parameters<typeof httpResponse.create>[1]>;
}

const silentTrigger: TriggerNode<unknown> = {
  timing: "trigger",
  create: () => ({ open() {}, close() {} }),
};

/** The same, where no mock says what leaves the node, or that it fails. */
function replaceable(implementation: NodeImplementation, answers: Answers): NodeImplementation {
  const emit = (mock: TestMock, message: Message, out: ((message: Message) => void) | undefined) =>
    out?.(withPayload(message, plain(resultOf(mock))));
  switch (implementation.timing) {
    case "immediate":
      return {
        timing: "immediate",
        create: (context, params, outputs) =>
          answers.has(context.id)
            ? (message) => emit(answers.take(context.id), message, outputs.out)
            : implementation.create(context, params, outputs),
      };
    case "asynchronous":
      return {
        timing: "asynchronous",
        create: (context, params) =>
          answers.has(context.id)
            ? {
                async receive(message, outputs, signal) {
                  const payload = await answers.next(context.id, signal);
                  outputs.out?.(withPayload(message, payload));
                },
              }
            : implementation.create(context, params),
      };
    default:
      return implementation;
  }
}
