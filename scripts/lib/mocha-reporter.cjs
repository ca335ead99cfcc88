// What mocha's own "spec" shows, and the result of every test in a file for the count at the end.
const { mkdirSync, writeFileSync } = require("node:fs");
const { dirname } = require("node:path");
const { Spec } = require("mocha").reporters;

module.exports = class SpecWithResults extends Spec {
  constructor(runner, options) {
    super(runner, options);
    const results = [];
    const add = (test, state, more) => results.push({ title: test.fullTitle(), state, ...more });
    runner.on("pass", (test) => add(test, "passed", { duration: test.duration }));
    runner.on("fail", (test, error) => add(test, "failed", { error: error?.stack ?? String(error) }));
    runner.on("pending", (test) => add(test, "pending"));
    runner.on("end", () => {
      const { output } = options.reporterOptions;
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(output, JSON.stringify(results));
    });
  }
};
