import { chain, type Mistake, node, reading, script } from "./mistake.ts";

/** Names, code, declarations and the script. */
export const names: readonly Mistake[] = [
  // ---------------------------------------------------------------- helpers and names
  {
    what: "a helper that nobody has written",
    text: node("map", "payload: ‹double|half›(msg.payload.celsius)"),
    at: "double",
    words: ['There is no "double"', "script:"],
  },
  {
    what: "a helper misspelt",
    text: node("map", "payload: ‹hlaf|half›(msg.payload.celsius)"),
    at: "hlaf",
    words: ['Did you mean "half"?'],
  },
  {
    what: "text given to a helper of numbers",
    text: node("map", "payload: half(msg.payload.‹door|celsius›)"),
    at: "msg.payload.door",
    words: ["number"],
  },
  {
    what: "an argument too few",
    text: node("map", "payload: half(‹|msg.payload.celsius›)"),
    at: "half",
    words: ["Expected 1 argument"],
  },
  {
    what: "an argument too many",
    text: node("map", "payload: half(msg.payload.celsius‹, 2|›)"),
    at: "2",
    words: ["Expected 1 argument"],
  },
  {
    what: "a function that is not called",
    text: node("filter", 'when: msg.payload.note?.startsWith‹|("x") === true›'),
    at: "msg.payload.note?.startsWith",
    words: ["boolean"],
  },
  {
    what: "a call of what is no function",
    text: node("map", "payload: msg.payload.celsius‹()|›"),
    at: "celsius",
    words: ["not callable"],
  },
  {
    what: "a type that the script does not have",
    text: `eddy: 1\n${script}nodes:\n  it:\n    type: mqtt-in\n    topic: a\n    output: ‹Readings|Reading›\n`,
    at: "Readings",
    words: ['"Readings"', 'Did you mean "Reading"?'],
  },
  {
    what: "a value used as a type",
    text: `eddy: 1\n${script}nodes:\n  it:\n    type: mqtt-in\n    topic: a\n    output: ‹site|Reading›\n`,
    at: "site",
    words: ["site"],
  },
  // ---------------------------------------------------------------- code
  {
    what: "code that returns a bare value",
    text: node(
      "function",
      "code: |\n  return ‹msg.payload.celsius * 2|{ ...msg, payload: msg.payload.celsius * 2 }›;",
    ),
    at: "msg.payload.celsius * 2",
    words: ["messages", "number", "payload"],
  },
  {
    what: "code that changes a message",
    text: node(
      "function",
      "code: |\n  ‹msg.payload.celsius = 5;|const payload = { ...msg.payload, celsius: 5 };›\n  return msg;",
    ),
    at: "celsius",
    words: ["never changed"],
  },
  {
    what: "a port that the function does not have",
    text: node("function", 'outputs: [good, bad]\ncode: |\n  emit(msg, ‹"god"|"good"›);'),
    at: '"god"',
    words: ["god", "good"],
  },
  {
    what: "a field of what code returns",
    text: chain(
      "type: function\ncode: |\n  return { ...msg, payload: { warm: msg.payload.celsius > 8 } };",
      "type: filter\nwhen: msg.payload.‹hot|warm›",
    ),
    at: "hot",
    words: ['"hot"', "warm"],
  },
  {
    what: "a field of what code emits",
    text: chain(
      "type: function\ncode: |\n  for (const tag of msg.payload.tags) emit({ ...msg, payload: { tag } });",
      "type: map\npayload: msg.payload.‹name|tag›",
    ),
    at: "name",
    words: ['"name"', "tag"],
  },
  {
    what: "a variable of code misspelt",
    text: node(
      "function",
      "code: |\n  const value = half(msg.payload.celsius);\n  return { ...msg, payload: ‹vlaue|value› };",
    ),
    at: "vlaue",
    words: ['Did you mean "value"?'],
  },
  // ---------------------------------------------------------------- declared values
  {
    what: "a number of the environment as text",
    text: node(
      "filter",
      'when: env.LIMIT.‹length > 8|toFixed(0) === "8"›',
      "reading",
      "env:\n  LIMIT: { type: number, default: 8 }\n",
    ),
    at: "length",
    words: ['"length"', "number"],
  },
  {
    what: "state set to another type",
    text: node(
      "state",
      "set:\n  alarms: ‹msg.payload.door|state.alarms + 1›",
      "reading",
      "state:\n  alarms: { type: number, initial: 0 }\n",
    ),
    at: "msg.payload.door",
    words: ["state.alarms", "number"],
  },
  {
    what: "state with a type that nobody declares",
    text: `eddy: 1\n${script}state:\n  last: { type: ‹Redaing|Reading›, initial: null }\nnodes:\n${reading}  it: { type: log, from: reading, text: "\${state.last.celsius}" }\n`,
    at: "Redaing",
    words: ['"Redaing"', '"Reading"'],
  },
  {
    what: "a payload that is not what output says",
    text: node(
      "map",
      "output: Reading\npayload:\n  ‹celsius: msg.payload.door|celsius: msg.payload.celsius›\n  door: msg.payload.door\n  tags: msg.payload.tags.slice()\n  at: msg.payload.at",
    ),
    at: "msg.payload.door",
    words: ["number"],
  },
  {
    what: "a payload that lacks what output says",
    text: node(
      "map",
      'output: "{ celsius: number; door: string }"\npayload:\n  celsius: msg.payload.celsius‹|\n  door: msg.payload.door›',
    ),
    at: "celsius: msg.payload.celsius",
    words: ["door"],
  },
  // ---------------------------------------------------------------- the script
  {
    what: "an error in the script",
    text: `eddy: 1\nscript: |\n  const limit: number = ‹"8"|8›;\nnodes:\n  it: { type: simulate }\n  log: { type: log, from: it, text: "\${limit}" }\n`,
    at: "limit",
    words: ["string", "number"],
  },
  {
    what: "a type in the script misspelt",
    text: `eddy: 1\nscript: |\n  interface Reading { celsius: ‹nubmer|number› }\nnodes:\n  it: { type: mqtt-in, topic: a, output: Reading }\n`,
    at: "nubmer",
    words: ['"nubmer"'],
  },
  // ---------------------------------------------------------------- syntax
  {
    what: "a bracket that is not closed",
    text: node("map", "payload: half(msg.payload.celsius‹|)›"),
    at: "s",
    words: ["something is missing at its end"],
    code: "EDDY_SYNTAX",
  },
  {
    what: "a bracket too many",
    text: node("map", "payload: half(msg.payload.celsius)‹)|›"),
    at: ")",
    words: ["closed that was never opened"],
    code: "EDDY_SYNTAX",
  },
  {
    what: "an operator without operand",
    text: node("filter", "when: msg.payload.celsius >‹| 8›"),
    at: ">",
    words: ["something is missing"],
    code: "EDDY_SYNTAX",
  },
  {
    what: "two words too many",
    text: node("filter", "when: msg.payload.celsius ‹is above 8|> 8›"),
    at: "is",
    words: ["unexpected"],
    code: "EDDY_SYNTAX",
  },
];
