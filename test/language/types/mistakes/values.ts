import { chain, type Mistake, node } from "./mistake.ts";

/** Values of another type: conditions, texts, results. */
export const values: readonly Mistake[] = [
  // ---------------------------------------------------------------- conditions
  {
    what: "a number as a condition",
    text: node("filter", "when: msg.payload.celsius‹| > 8›"),
    at: "msg.payload.celsius",
    words: ["number", "when", "boolean"],
    code: "EDDY_TYPE_MISMATCH",
  },
  {
    what: "text as the condition of hold",
    text: node("hold", 'when: msg.payload.door‹| === "open"›\nfor: 5m'),
    at: "msg.payload.door",
    words: ["hold's when", "boolean"],
  },
  {
    what: "a case that is no condition",
    text: node("switch", 'cases:\n  warm: msg.payload.celsius‹| > 8›\n  open: msg.payload.door === "open"'),
    at: "msg.payload.celsius",
    words: ["number", "boolean"],
  },
  {
    what: "an optional value as a condition",
    text: node("filter", 'when: msg.payload.note?.startsWith("x")‹| ?? false›'),
    at: 'msg.payload.note?.startsWith("x")',
    words: ["undefined", "boolean"],
  },
  {
    what: "an assignment instead of a comparison",
    text: node("filter", "when: (msg.payload.celsius ‹=|===› 8)"),
    at: "celsius",
    words: ["never changed"],
  },
  {
    what: "text compared with a number",
    text: node("filter", 'when: msg.payload.celsius > ‹"8"|8›'),
    at: 'msg.payload.celsius > "8"',
    words: [">", "number", "string"],
  },
  // ---------------------------------------------------------------- templates and texts
  {
    what: "an object in a template",
    text: node("log", "text: At ${msg.payload.at‹|.lat›}"),
    at: "msg.payload.at",
    words: ["log's text", "string, number or boolean"],
    code: "EDDY_TYPE_MISMATCH",
  },
  {
    what: "the whole payload in a template",
    text: node("template", "text: Got ${msg.payload‹|.celsius›}"),
    at: "msg.payload",
    words: ["template's text", "string, number or boolean"],
  },
  {
    what: "a list in a topic",
    text: node("mqtt-out", "topic: a/${msg.payload.tags‹|.length›}"),
    at: "msg.payload.tags",
    words: ["mqtt-out's topic"],
  },
  {
    what: "a secret in a log",
    text: node(
      "log",
      "text: ${‹secrets.TOKEN|env.NAME›}",
      "reading",
      "env:\n  NAME: { default: x }\nsecrets:\n  TOKEN: {}\n",
    ),
    at: "secrets.TOKEN",
    words: ["ecret"],
  },
  {
    what: "a secret joined to text",
    text: node(
      "map",
      'payload: |-\n  ‹"x" + secrets.TOKEN|env.NAME›',
      "reading",
      "env:\n  NAME: { default: x }\nsecrets:\n  TOKEN: {}\n",
    ),
    at: "secrets.TOKEN",
    words: ["ecret"],
  },
  // ---------------------------------------------------------------- values of another type
  {
    what: "arithmetic with text",
    text: node("map", "payload: msg.payload.‹door|celsius› * 2"),
    at: "msg.payload.door",
    words: ["arithmetic"],
  },
  {
    what: "arithmetic with an object",
    text: node("map", "payload: 2 * msg.payload.at‹|.lat›"),
    at: "msg.payload.at",
    words: ["arithmetic"],
  },
  {
    what: "a list of something that is none",
    text: node("split", "items: msg.payload.‹celsius|tags›"),
    at: "msg.payload.celsius",
    words: ["split's items", "number", "list"],
  },
  {
    what: "an item of a split",
    text: chain("type: split\nitems: msg.payload.tags", "type: map\npayload: msg.payload.‹celsius|length›"),
    at: "celsius",
    words: ['"celsius"', "string"],
  },
  {
    what: "a window over text",
    text: node("window", "size: 1m\nvalue: msg.payload.‹door|celsius›"),
    at: "msg.payload.door",
    words: ["window's value", "number"],
  },
  {
    what: "a measure that the window does not compute",
    text: chain(
      "type: window\nsize: 1m\nvalue: msg.payload.celsius\ncompute: [‹max|mean›]",
      "type: log\ntext: ${msg.payload.mean}",
    ),
    at: "mean",
    words: ['"mean"', "max", '"first"'],
  },
  {
    what: "the key of a window without by",
    text: chain(
      "type: window\nsize: 1m\nvalue: msg.payload.celsius‹|\nby: msg.topic›",
      "type: log\ntext: ${msg.payload.key}",
    ),
    at: "key",
    words: ['"key"'],
  },
  {
    what: "a batch as if it were one",
    text: chain("type: batch\nsize: 5", "type: map\npayload: msg.payload‹|[0]›.celsius"),
    at: "celsius",
    words: ['"celsius"', "Reading[]"],
  },
  {
    what: "a delay that is text",
    text: node("delay", "for: msg.payload.‹door|celsius›"),
    at: "msg.payload.door",
    words: ["delay's for", "number"],
  },
  {
    what: "a status that is text",
    text: node("http-response", "status: ‹msg.payload.kind|msg.payload.kind.length›", "event"),
    at: "msg.payload.kind",
    words: ["http-response's status", "number"],
  },
  {
    what: "a function as a key",
    text: node("debounce", "for: 1s\nby: ‹site|site(msg.topic)›"),
    at: "site",
    words: ["debounce's by"],
  },
  // ---------------------------------------------------------------- results
  {
    what: "a field of a response",
    text: node(
      "http-request",
      'url: http://example.com/rate\noutput: "{ rate: number }"\npayload: result.body.‹rte|rate› * msg.payload.celsius',
    ),
    at: "rte",
    words: ['Did you mean "rate"?'],
  },
  {
    what: "result as if it were the body",
    text: node(
      "http-request",
      'url: http://example.com/rate\noutput: "{ rate: number }"\npayload: result.‹rate|body.rate›',
    ),
    at: "rate",
    words: ['"rate"', "result"],
  },
  {
    what: "result where nothing is fetched",
    text: node("map", "payload: ‹result.body|msg.payload›"),
    at: "result",
    words: ['There is no "result"'],
  },
  {
    what: "the code of a process",
    text: node("exec", "command: uptime\npayload: result.‹exitCode|code›"),
    at: "exitCode",
    words: ['"exitCode"', "code"],
  },
  {
    what: "the output of a process as an object",
    text: chain("type: exec\ncommand: uptime", "type: map\npayload: msg.payload.‹stdout|length›"),
    at: "stdout",
    words: ['"stdout"', "string"],
  },
];
