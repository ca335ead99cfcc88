/** What signatures of node types, and expressions, may name without import: messages, results, and what every host has. */
export const prelude = `
interface Message<P = unknown> {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly topic?: string | undefined;
  readonly payload: P;
  /** What the trigger knows beside the payload. */
  readonly source?: Readonly<Record<string, unknown>> | undefined;
}
type ErrorPayload = $eddy.ErrorPayload;
interface ErrorMessage extends Message<ErrorPayload> {
  /** The message that failed. */
  readonly cause: Message<any>;
}
type WithPayload<M extends Message, P> = { [K in keyof M]: K extends "payload" ? P : M[K] };
interface Case<K extends string, P> { readonly k: K; readonly p: P }
type Key = string | number | bigint | boolean | null | undefined | readonly Key[] | { readonly [name: string]: Key };
declare const secretBrand: unique symbol;
/** A value that can be handed to a connection, a request or a process, and to nothing else. */
type Secret = symbol & { readonly [secretBrand]: true };
interface HttpSource {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
}
interface HttpResult<B> { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: B }
interface ExecResult { readonly stdout: string; readonly stderr: string; readonly code: number }
/** A message made of others that came before, the last of them an M. */
type Later<P, M extends Message> = Message<P> & { readonly topic: M["topic"] };
/** An intersection as the one object that it is. */
type Flat<T> = T extends unknown ? { [K in keyof T]: T[K] } : never;
type WindowPayload<V, C extends string, K> = Flat<
  { readonly start: number; readonly end: number; readonly count: number } &
  (K extends undefined ? {} : { readonly key: K }) &
  (V extends number ? { readonly [N in C]: number } : { readonly [N in keyof V]: { readonly [F in C]: number } })
>;
/** What code may give back: a message, several, or nothing. What is left out of a message is that of the incoming one. */
type Given = { readonly payload: unknown; readonly topic?: string | undefined; readonly source?: unknown } | null | undefined | void;
type Returned<M extends Message, R> = { [K in keyof M]: K extends "payload" ? PayloadOf<R> : K extends "topic" ? TopicOf<R, M["topic"]> : M[K] };
type TopicOf<R, T> = R extends readonly (infer E)[] ? TopicOf<E, T> : R extends { readonly topic: infer U } ? (U extends string ? U : T) : R extends { readonly payload: unknown } ? T : never;
type PayloadOf<R> = R extends readonly (infer E)[] ? PayloadOf<E> : R extends { readonly payload: infer P } ? P : never;
`;

/** What generated files use beside it, under one name that no author takes. */
export const helpers = `
  interface ErrorPayload { readonly code: string; readonly message: string; readonly node: string; readonly stack?: string }
  interface Msg<P, T, S> { readonly id: string; readonly time: number; readonly topic: T; readonly payload: P; readonly source: S }
  type Plain = string | number | bigint | boolean | symbol | null | undefined;
  type Kept = ((...args: never) => unknown) | Date | RegExp | Error | Uint8Array | ArrayBuffer | Promise<unknown>;
  type Listed = readonly unknown[] | ReadonlyMap<any, any> | ReadonlySet<any>;
  type Frozen<T> = [T] extends [Plain | Kept] ? T : unknown extends T ? T
    : [Extract<T, Kept | Listed>] extends [never] ? Deep<T> : Mixed<T>;
  type Mixed<T> = T extends Plain | Kept ? T
    : T extends readonly (infer E)[] ? number extends T["length"] ? readonly Frozen<E>[] : Deep<T>
    : T extends ReadonlyMap<infer K, infer V> ? ReadonlyMap<K, Frozen<V>>
    : T extends ReadonlySet<infer V> ? ReadonlySet<Frozen<V>>
    : Deep<T>;
  type Deep<T> = { readonly [K in keyof T]: Frozen<T[K]> };
  type Text = string | number | bigint | boolean;
  const $any: any;
  const $text: string;
  function $of<T>(): T;
  function $case<const K extends string, P>(k: K, p: P): Case<K, P>;
  function $maybe(): boolean;
  function $narrow<P, const T>(payload: P, told: T): Told<P, T>;
  type Told<P, T> = T extends { readonly "": readonly [infer V] } ? Inside<Meet<P, Frozen<V>>, T> : Inside<P, T>;
  type Inside<P, T> = unknown extends P ? P : P extends Plain | Kept | Listed ? P
    : With<P, { readonly [H in Exclude<keyof P & keyof T, ""> as [P[H]] extends [Told<P[H], T[H]>] ? never : H]: Told<P[H], T[H]> }>;
  type With<P, N> = [keyof N] extends [never] ? P
    : true extends { [H in keyof N]: [N[H]] extends [never] ? true : false }[keyof N] ? never : P & N;
  type Meet<P, V> = unknown extends P ? (unknown extends V ? P : V) : P extends unknown ? ([P] extends [V] ? P : Common<P, V>) : never;
  type Common<P, V> = V extends unknown ? ([V & P] extends [never] ? never : [V] extends [P] ? V : P) : never;
  type Giving<P> = { readonly payload: P; readonly topic?: string | undefined; readonly source?: unknown } | null | undefined | void;
  function $returned<P>(): <R extends Giving<P> | readonly Giving<P>[]>(given: R) => R;
`;

/** What Node, Deno and browsers all have beside the language itself. */
export const platform = `
interface Console { debug(...data: unknown[]): void; info(...data: unknown[]): void; log(...data: unknown[]): void; warn(...data: unknown[]): void; error(...data: unknown[]): void }
declare var console: Console;
declare function setTimeout(run: (...args: any[]) => void, milliseconds?: number, ...args: unknown[]): any;
declare function clearTimeout(timer: any): void;
declare function setInterval(run: (...args: any[]) => void, milliseconds?: number, ...args: unknown[]): any;
declare function clearInterval(timer: any): void;
declare function queueMicrotask(run: () => void): void;
declare function structuredClone<T>(value: T): T;
declare function atob(data: string): string;
declare function btoa(data: string): string;
interface URLSearchParams extends Iterable<[string, string]> {
  readonly size: number; append(name: string, value: string): void; delete(name: string): void; get(name: string): string | null;
  getAll(name: string): string[]; has(name: string): boolean; set(name: string, value: string): void; sort(): void; toString(): string;
  entries(): IterableIterator<[string, string]>; keys(): IterableIterator<string>; values(): IterableIterator<string>;
}
declare var URLSearchParams: { new (init?: string | Record<string, string> | string[][]): URLSearchParams };
interface URL {
  hash: string; host: string; hostname: string; href: string; readonly origin: string; password: string; pathname: string;
  port: string; protocol: string; search: string; readonly searchParams: URLSearchParams; username: string; toString(): string; toJSON(): string;
}
declare var URL: { new (url: string | URL, base?: string | URL): URL; canParse(url: string, base?: string): boolean };
declare class TextEncoder { encode(text?: string): Uint8Array<ArrayBuffer> }
declare class TextDecoder { constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }); decode(bytes?: ArrayBuffer | ArrayBufferView): string }
interface AbortSignal { readonly aborted: boolean; readonly reason: any; throwIfAborted(): void; addEventListener(type: "abort", run: () => void): void }
declare var AbortSignal: { timeout(milliseconds: number): AbortSignal; any(signals: AbortSignal[]): AbortSignal };
declare class AbortController { readonly signal: AbortSignal; abort(reason?: unknown): void }
interface Headers extends Iterable<[string, string]> { get(name: string): string | null; has(name: string): boolean; set(name: string, value: string): void; append(name: string, value: string): void; delete(name: string): void }
declare var Headers: { new (init?: Record<string, string> | [string, string][] | Headers): Headers };
interface Response { readonly ok: boolean; readonly status: number; readonly statusText: string; readonly url: string; readonly headers: Headers; json(): Promise<any>; text(): Promise<string>; arrayBuffer(): Promise<ArrayBuffer>; bytes(): Promise<Uint8Array> }
interface RequestInit { method?: string; headers?: Record<string, string> | Headers; body?: string | Uint8Array | URLSearchParams | null; signal?: AbortSignal | null; redirect?: "follow" | "error" | "manual" }
declare function fetch(input: string | URL, init?: RequestInit): Promise<Response>;
declare var crypto: { randomUUID(): string; getRandomValues<T extends ArrayBufferView>(array: T): T; readonly subtle: any };
declare var performance: { now(): number; readonly timeOrigin: number };
declare module "node:*";
`;

/** Everything that is known in every file of every workflow. `signatures`: the texts of the built-in node types. */
export function ambientText(signatures: Iterable<string>): string {
  const functions = [...signatures].map((text) => text.replace(/^\s*(?:export\s+)?declare\s+/, "  "));
  return `${prelude}${platform}declare namespace $eddy {${helpers}${functions.join("\n")}\n}\n`;
}
