import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVirtualClock, type VirtualClock } from "../../../runtime/engine/clock.ts";
import type { Message } from "../../../runtime/engine/contract.ts";
import fileIn from "../../../runtime/nodes/file-in.ts";
import fileOut from "../../../runtime/nodes/file-out.ts";
import { createNodeHarness, type NodeHarness } from "../harness.ts";
import { createMemoryHost } from "../memory-host.ts";
import { member, payload } from "./expressions.ts";

describe("files", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "eddy-files-"));
    file = join(folder, "data.log");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** Lets the node look at the disk until it has seen what there is to see. */
  async function until(node: NodeHarness, isDone: () => boolean): Promise<void> {
    for (let looks = 0; looks < 5 && !isDone(); looks++) await look(node.clock);
    assert.ok(isDone(), `Nothing more came than ${JSON.stringify(node.payloads())}`);
  }

  /** Lets the node look at the disk once more. The disk takes its own time: the node waits again when it is done. */
  async function look(clock: VirtualClock): Promise<void> {
    assert.ok(clock.next, "It does not look at the disk any more.");
    await clock.advance(clock.next - clock.now());
    while (clock.next === undefined) await new Promise((resolve) => setImmediate(resolve));
  }

  describe("file-in", () => {
    type Params = Parameters<typeof fileIn.create>[1];
    const nodes: NodeHarness[] = [];

    async function start(
      params: Partial<Params> = {},
      options: Parameters<typeof createNodeHarness>[2] = {},
    ) {
      const all = { path: file, mode: "tail", format: "lines", "from-start": false, ...params } as const;
      const node = createNodeHarness(fileIn, all, options);
      nodes.push(node);
      await node.start();
      return node;
    }

    afterEach(async () => {
      for (const node of nodes.splice(0)) await node.stop();
    });

    describe("tail", () => {
      it("follows what is added, line by line", async () => {
        writeFileSync(file, "old\n");
        const node = await start();
        appendFileSync(file, "one\r\ntw");
        await until(node, () => node.messages().length === 1);
        appendFileSync(file, "o\n\nthree\n");
        await until(node, () => node.messages().length === 4);
        assert.deepEqual(node.payloads(), ["one", "two", "", "three"]);
        assert.deepEqual(
          node.messages().map(({ topic, source }) => [topic, source?.path, source?.offset]),
          [4, 9, 13, 14].map((offset) => [file, file, offset]),
        );
      });

      it("begins with what is there, where it is told to, and with a whole file that comes later", async () => {
        writeFileSync(file, "a\nb\n");
        const node = await start({ "from-start": true });
        await until(node, () => node.messages().length === 2);
        const later = await start({ path: join(folder, "later.log") });
        writeFileSync(join(folder, "later.log"), "x\n");
        await until(later, () => later.messages().length === 1);
        assert.deepEqual([node.payloads(), later.payloads()], [["a", "b"], ["x"]]);
      });

      it("follows a file that is moved away and replaced, to the end of the old one", async () => {
        writeFileSync(file, "");
        const node = await start();
        appendFileSync(file, "one\n");
        await until(node, () => node.messages().length === 1);
        appendFileSync(file, "two\nthree");
        renameSync(file, `${file}.1`);
        writeFileSync(file, "four\n");
        await until(node, () => node.messages().length === 4);
        assert.deepEqual(node.payloads(), ["one", "two", "three", "four"]);
      });

      it("follows a file that is cut", async () => {
        writeFileSync(file, "");
        const node = await start();
        appendFileSync(file, "a long line\n");
        await until(node, () => node.messages().length === 1);
        truncateSync(file);
        await look(node.clock);
        appendFileSync(file, "b\n");
        await until(node, () => node.messages().length === 2);
        assert.deepEqual(node.payloads(), ["a long line", "b"]);
      });

      it("goes on where it was after a restart", async () => {
        writeFileSync(file, "");
        const node = await start();
        appendFileSync(file, "one\ntwo\nthr");
        await until(node, () => node.messages().length === 2);
        await node.stop();
        appendFileSync(file, "ee\nfour\n");
        await node.restart();
        await until(node, () => node.messages().length === 4);
        assert.deepEqual(node.payloads(), ["one", "two", "three", "four"]);
      });

      it("misses nothing that is added while it is stopped, though it had read nothing before", async () => {
        writeFileSync(file, "old\n");
        const node = await start();
        await node.stop();
        appendFileSync(file, "one\n");
        await node.restart();
        await until(node, () => node.messages().length === 1);
        await node.stop();
        renameSync(file, `${file}.1`);
        writeFileSync(file, "two\n");
        await node.restart();
        await until(node, () => node.messages().length === 2);
        await node.stop();
        writeFileSync(file, "3\n");
        await node.restart();
        await until(node, () => node.messages().length === 3);
        assert.deepEqual(node.payloads(), ["one", "two", "3"]);
      });

      it("takes a file under the same name for another one after a restart", async () => {
        writeFileSync(file, "");
        const node = await start({ "from-start": true });
        appendFileSync(file, "a long line of the old one\n");
        await until(node, () => node.messages().length === 1);
        await node.stop();
        renameSync(file, `${file}.1`);
        writeFileSync(file, "the new one is longer than the old one was\n");
        await node.restart();
        await until(node, () => node.messages().length === 2);
        assert.equal(node.payloads()[1], "the new one is longer than the old one was");
      });

      it("reads many lines, cuts one that never ends, and gives back no more than is taken", async () => {
        writeFileSync(file, "");
        const node = await start();
        const lines = Array.from({ length: 20_000 }, (_, line) => `line ${line} ${"°".repeat(line % 50)}`);
        appendFileSync(file, `${lines.join("\n")}\n`);
        await until(node, () => node.messages().length === lines.length);
        assert.deepEqual(node.payloads(), lines);
        appendFileSync(file, "x".repeat(1_500_000));
        await until(node, () => node.messages().length === lines.length + 1);
        assert.ok(`${node.payloads().at(-1)}`.length > 1_000_000);
      });

      it("waits while the workflow can take no more, in the middle of what it has read", async () => {
        writeFileSync(file, "1\n2\n3\n4\n5\n");
        const received: Message[] = [];
        const { node, clock } = tailBy((message) => {
          received.push(message);
          if (received.length === 2) node.pause?.();
        });
        await node.open();
        await look(clock);
        assert.deepEqual(received.map(payload), ["1", "2"]);
        node.resume?.();
        await look(clock);
        assert.deepEqual(received.map(payload), ["1", "2", "3", "4", "5"]);
        await node.close();
      });

      it("remembers no place behind a line that has not ended, whatever ends first", async () => {
        writeFileSync(file, "1\n2\n3\n");
        const acknowledge: (() => void)[] = [];
        const { node, state } = tailBy((_, done = () => {}) => acknowledge.push(done));
        await node.open();
        const offset = () => member("offset")({ id: "", time: 0, payload: state.get("place") });
        assert.equal(acknowledge.length, 3);
        acknowledge[2]?.();
        acknowledge[1]?.();
        assert.equal(offset(), 0);
        acknowledge[0]?.();
        assert.equal(offset(), 6);
        await node.close();
      });

      /** Without an engine: it asks for messages to be waited with, and acknowledges when the test says. */
      function tailBy(out: (message: Message, acknowledge?: () => void) => void) {
        const host = createMemoryHost({ clock: createVirtualClock() });
        const state = host.storage.open("node");
        const context = { host, state, clock: host.clock, newId: () => "id", fail: assert.fail };
        const params = { path: file, mode: "tail", format: "lines", "from-start": true } as const;
        return { node: fileIn.create(context as never, params, { out }), clock: host.clock, state };
      }
    });

    describe("CSV", () => {
      it("has the names of the first line, line breaks in cells included", async () => {
        writeFileSync(file, 'a,"b c"\r\n1,"x\r\ny"\r\n\r\n2\r\n');
        for (const mode of ["read", "tail"] as const) {
          const node = await start({ mode, format: "csv", "from-start": true });
          await until(node, () => node.messages().length === 2);
          assert.deepEqual(node.payloads(), [
            { a: "1", "b c": mode === "read" ? "x\ny" : "x\ny" },
            { a: "2", "b c": "" },
          ]);
        }
      });

      it("has them too where it does not begin with the first line", async () => {
        writeFileSync(file, "a,b\n1,2\n");
        const node = await start({ format: "csv" });
        appendFileSync(file, "3,4\n");
        await until(node, () => node.messages().length === 1);
        await node.stop();
        appendFileSync(file, "5,6\n");
        await node.restart();
        await until(node, () => node.messages().length === 2);
        assert.deepEqual(node.payloads(), [
          { a: "3", b: "4" },
          { a: "5", b: "6" },
        ]);
      });
    });

    it("sends lines that are not what they should be out by error, and goes on", async () => {
      writeFileSync(
        file,
        Buffer.concat([Buffer.from('{"a":1}\n{\n\n'), Buffer.from([0xff, 10]), Buffer.from("2\n")]),
      );
      for (const mode of ["read", "tail"] as const) {
        const node = await start({ mode, format: "json", "from-start": true });
        await until(node, () => node.messages().length === 2);
        assert.deepEqual(node.payloads(), [{ a: 1 }, 2]);
        assert.equal(node.errors.length, 2);
        assert.equal(node.errors[0]?.cause.payload, "{");
      }
    });

    describe("read", () => {
      it("reads a file once, when the workflow starts", async () => {
        writeFileSync(file, "a\nb");
        const node = await start({ mode: "read" });
        assert.deepEqual(node.payloads(), ["a", "b"]);
        assert.equal(node.clock.next, undefined);
      });

      it("reads it as a whole", async () => {
        writeFileSync(file, "a\nb");
        const text = await start({ mode: "read", format: "text" });
        const binary = await start({ mode: "read", format: "binary" });
        assert.deepEqual(text.payloads(), ["a\nb"]);
        assert.deepEqual(new Uint8Array(binary.payloads()[0] as Uint8Array), new Uint8Array([97, 10, 98]));
      });

      it("tells by error where there is none", async () => {
        const node = await start({ mode: "read" });
        assert.equal(node.errors[0]?.payload.code, "ENOENT");
      });

      it("hands on no more than is taken", async () => {
        writeFileSync(file, "1\n2\n3\n");
        const host = createMemoryHost();
        const context = { host, clock: host.clock, newId: () => "id", fail: assert.fail };
        const received: unknown[] = [];
        const params = { path: file, mode: "read", format: "lines", "from-start": false } as const;
        const node = fileIn.create(context as never, params, {
          out: (message) => {
            received.push(message.payload);
            node.pause?.();
          },
        });
        await node.open();
        assert.deepEqual(received, ["1"]);
        node.resume?.();
        node.resume?.();
        assert.deepEqual(received, ["1", "2", "3"]);
        await node.close();
      });
    });

    describe("watch", () => {
      it("reads a file each time it has changed, and waits for it to be there", async () => {
        const node = await start({ mode: "watch", format: "text" });
        assert.deepEqual(node.emissions, []);
        writeFileSync(file, "one");
        await until(node, () => node.messages().length === 1);
        writeFileSync(file, "second");
        await until(node, () => node.messages().length === 2);
        await look(node.clock);
        assert.deepEqual(node.payloads(), ["one", "second"]);
      });
    });
  });

  describe("file-out", () => {
    type Params = Parameters<typeof fileOut.create>[1];

    async function write(params: Partial<Params>, ...payloads: readonly unknown[]) {
      const all = { path: () => file, payload, format: "lines", mode: "append", ...params } as const;
      const node = createNodeHarness(fileOut, all, { ports: [] });
      for (const one of payloads) node.send({ payload: one });
      await node.settled();
      return node;
    }

    const text = (name = "data.log") => readFileSync(join(folder, name), "utf8");

    it("adds lines of text and of JSON", async () => {
      await write({}, "a", { b: 1 }, 5, new TextEncoder().encode("°"), null);
      assert.equal(text(), 'a\n{"b":1}\n5\n°\nnull\n');
      await write({ format: "json" }, "a", undefined);
      assert.equal(text(), 'a\n{"b":1}\n5\n°\nnull\n"a"\nnull\n');
    });

    it("adds texts and bytes as they are", async () => {
      await write({ format: "text" }, "a", "b");
      await write({ format: "binary" }, new Uint8Array([10, 99]));
      assert.equal(text(), "ab\nc");
    });

    it("adds rows of CSV under the names in the file, or under those of the first row", async () => {
      await write({ format: "csv" }, { a: 1, b: 'x "y", z' }, { b: null, a: "two\nlines" });
      await write({ format: "csv" }, { b: " c " }, [3, true], "4");
      assert.equal(text(), 'a,b\n1,"x ""y"", z"\n"two\nlines",\n," c "\n3,true\n4\n');
    });

    it("adds a row for every item of a list of rows, as batch makes them", async () => {
      await write({ format: "csv" }, [{ a: 1 }, { a: 2 }], [[3], [4]], []);
      assert.equal(text(), "a\n1\n2\n3\n4\n\n");
    });

    it("refuses a row with values that the file has no column for", async () => {
      const node = await write({ format: "csv" }, { a: 1 }, { a: 2, b: 3 }, { a: 4 });
      assert.equal(node.errors[0]?.payload.code, "EDDY_CSV_COLUMNS");
      assert.equal(text(), "a\n1\n4\n");
    });

    it("takes the place of a file, whole, and leaves nothing else behind", async () => {
      writeFileSync(file, "something longer than that");
      await write({ mode: "overwrite", format: "json" }, { a: 1 }, { a: 2 });
      assert.equal(text(), '{"a":2}\n');
      const failed = await write({ mode: "overwrite", format: "json" }, 1n);
      assert.equal(failed.errors.length, 1);
      assert.deepEqual([text(), readdirSync(folder)], ['{"a":2}\n', ["data.log"]]);
    });

    it("makes folders, and writes to the file that the message names", async () => {
      await write({ path: ({ payload: name }) => join(folder, "deep", `${name}.txt`) }, "a", "b");
      assert.deepEqual(readdirSync(join(folder, "deep")), ["a.txt", "b.txt"]);
    });

    it("begins a new file at a size, and keeps so many old ones", async () => {
      await write({ rotate: { size: 4, keep: 2 } }, ..."abcdefg");
      assert.deepEqual(readdirSync(folder).sort(), ["data.log", "data.log.1", "data.log.2"]);
      assert.deepEqual([text(), text("data.log.1"), text("data.log.2")], ["g\n", "e\nf\n", "c\nd\n"]);
      await write(
        { format: "csv", path: () => join(folder, "t.csv"), rotate: { size: 3 } },
        { a: 1 },
        { a: 2 },
      );
      assert.deepEqual([text("t.csv"), text("t.csv.1")], ["a\n2\n", "a\n1\n"]);
    });

    for (const path of ["", "../x", "/tmp/../etc/x", "a\\..\\b", "a\0b", ".."]) {
      it(`refuses to write to ${JSON.stringify(path)}`, async () => {
        const node = await write({ path: () => path }, "x");
        assert.equal(node.errors[0]?.payload.code, "EDDY_FILE_PATH");
      });
    }

    it("sends what the disk refuses out by error, and goes on", async () => {
      const path = ({ payload: name }: Message) => (name === "bad" ? join(file, "x") : join(folder, "good"));
      writeFileSync(file, "a file, not a folder");
      const node = await write({ path }, "bad", "good");
      assert.equal(node.errors.length, 1);
      assert.ok(existsSync(join(folder, "good")));
    });

    it("writes one after the other, however many are in flight", async () => {
      const all = {
        path: () => file,
        payload,
        format: "lines",
        mode: "append",
        rotate: { size: 10, keep: 50 },
      } as const;
      const node = createNodeHarness(fileOut, all, { ports: [], settings: { concurrency: 8 } });
      for (let line = 10; line < 40; line++) node.send({ payload: line });
      await node.settled();
      const all_ = readdirSync(folder).map((name) => text(name));
      const lines = all_.flatMap((content) => content.trim().split("\n"));
      assert.deepEqual(
        lines.sort(),
        Array.from({ length: 30 }, (_, line) => `${line + 10}`),
      );
    });
  });
});
