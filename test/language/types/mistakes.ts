/** A slip of an author: the workflow with it, where it is told, what the message names, and the same put right. */
export interface Mistake {
  readonly what: string;
  /** `‹wrong|right›` marks what is corrected. */
  readonly text: string;
  /** The text at which it is told. */
  readonly at: string;
  readonly words: readonly string[];
  readonly code?: string;
}

const reading = `  reading:
    type: mqtt-in
    topic: site/+/fridge
    output: Reading
`;
const script = `script: |
  interface Reading { celsius: number; door: "open" | "closed"; note?: string; tags: string[]; at: { lat: number; lon: number } }
  type Event = { kind: "temperature"; celsius: number } | { kind: "door"; open: boolean } | { kind: "power"; watts: number };
  const site = (topic: string) => topic.split("/")[1] ?? "";
  const half = (value: number) => value / 2;
`;

/** A workflow with a trigger of readings and one of events, and these nodes. */
function flow(nodes: string, head = ""): string {
  return `eddy: 1
${script}${head}nodes:
${reading}  event:
    type: http-in
    path: /events
    method: POST
    output: Event
${nodes}`;
}

function node(type: string, params: string, from = "reading", head = ""): string {
  const lines = params.split("\n").map((line) => `    ${line}\n`);
  return flow(`  it:\n    type: ${type}\n    from: ${from}\n${lines.join("")}`, head);
}

/** Two nodes: what the first makes, the second uses. */
function chain(first: string, second: string, from = "reading"): string {
  const lines = (text: string) =>
    text
      .split("\n")
      .map((line) => `    ${line}\n`)
      .join("");
  return flow(`  first:\n    from: ${from}\n${lines(first)}  second:\n    from: first\n${lines(second)}`);
}

export const mistakes: readonly Mistake[] = [
  // ---------------------------------------------------------------- fields
  {
    what: "a misspelt field",
    text: node("filter", "when: msg.payload.‹celcius|celsius› > 8"),
    at: "celcius",
    words: ['"celcius"', '"reading"', 'Did you mean "celsius"?'],
    code: "EDDY_TYPE_UNKNOWN_PROPERTY",
  },
  {
    what: "a field of another case",
    text: node("hold", "when: msg.payload.‹Celsius|celsius› > 8\nfor: 5m"),
    at: "Celsius",
    words: ['"celsius"'],
  },
  {
    what: "a field that is there nowhere",
    text: node("map", "payload: msg.payload.‹humidity|celsius›"),
    at: "humidity",
    words: ['"humidity"', "celsius", "door"],
  },
  {
    what: "a field without msg.payload",
    text: node("filter", "when: msg.‹celsius > 8|payload.celsius > 8›"),
    at: "celsius",
    words: ['"celsius"', "a message", "payload"],
  },
  {
    what: "payload misspelt",
    text: node("filter", "when: msg.‹paylod|payload›.celsius > 8"),
    at: "paylod",
    words: ['Did you mean "payload"?'],
  },
  {
    what: "payload without msg",
    text: node("filter", "when: ‹payload|msg.payload›.celsius > 8"),
    at: "payload",
    words: ['There is no "payload"', "msg"],
    code: "EDDY_TYPE_UNKNOWN_NAME",
  },
  {
    what: "message instead of msg",
    text: node("filter", "when: ‹message|msg›.payload.celsius > 8"),
    at: "message",
    words: ['There is no "message"'],
  },
  {
    what: "a field of a nested object",
    text: node("map", "payload: msg.payload.at.‹lng|lon›"),
    at: "lng",
    words: ['"lng"', "msg.payload.at", "lat, lon"],
  },
  {
    what: "a field of a list instead of an item",
    text: node("map", "payload: msg.payload.‹tags.name|tags.length›"),
    at: "name",
    words: ['"name"', "tags"],
  },
  {
    what: "a field that an earlier map has taken away",
    text: chain(
      "type: map\npayload:\n  ‹warm|celsius›: msg.payload.celsius",
      "type: filter\nwhen: msg.payload.celsius > 8",
    ),
    at: "celsius",
    words: ['"celsius"', '"first"', "warm"],
  },
  {
    what: "a method that numbers do not have",
    text: node("map", "payload: msg.payload.celsius.‹toFixd|toFixed›(1)"),
    at: "toFixd",
    words: ['Did you mean "toFixed"?'],
  },
  {
    what: "a field of the whole where the payload is a number",
    text: chain("type: map\npayload: msg.payload.celsius", "type: filter\nwhen: msg.payload‹.celsius|› > 8"),
    at: "celsius",
    words: ['"celsius"', "number", '"first"'],
  },
  {
    what: "a field in a template",
    text: node("log", "text: Fridge at ${msg.payload.‹celsuis|celsius›} °C"),
    at: "celsuis",
    words: ['Did you mean "celsius"?'],
  },
  {
    what: "a field in the second hole of a template",
    text: node("mqtt-out", "topic: alerts/${site(msg.topic)}/${msg.payload.‹dor|door›}"),
    at: "dor",
    words: ['Did you mean "door"?'],
  },
  // ---------------------------------------------------------------- unions
  {
    what: "a field that not every event has",
    text: node("map", "payload: ‹msg.payload.celsius|msg.payload.kind›", "event"),
    at: "celsius",
    words: ['"celsius"', "every payload", '"event"'],
  },
  {
    what: "a field that the filter has excluded",
    text: chain(
      'type: filter\nwhen: msg.payload.kind === "temperature"',
      "type: map\npayload: msg.payload.‹open|celsius›",
      "event",
    ),
    at: "open",
    words: ['"open"', '"first"'],
  },
  {
    what: "a field that the rejected port cannot have",
    text: flow(`  hot:
    type: filter
    from: event
    when: msg.payload.kind === "temperature" || msg.payload.kind === "power"
  rest:
    type: map
    from: hot.rejected
    payload: msg.payload.‹watts|open›
`),
    at: "watts",
    words: ['"watts"', '"hot.rejected"'],
  },
  {
    what: "a case that never is",
    text: node("filter", 'when: msg.payload.kind === "‹temprature|temperature›"', "event"),
    at: 'msg.payload.kind === "temprature"',
    words: ["never so", "temprature"],
  },
  {
    what: "a value that the enumeration does not have",
    text: node("filter", 'when: msg.payload.door === "‹opened|open›"'),
    at: 'msg.payload.door === "opened"',
    words: ["never so", "opened", "closed"],
  },
  {
    what: "a field of another case of a switch",
    text: flow(`  kinds:
    type: switch
    from: event
    cases:
      warm: msg.payload.kind === "temperature"
      door: msg.payload.kind === "door"
  it:
    type: map
    from: kinds.door
    payload: msg.payload.‹celsius|open›
`),
    at: "celsius",
    words: ['"celsius"', '"kinds.door"'],
  },
  {
    what: "a field of a case in what is left",
    text: flow(`  kinds:
    type: switch
    from: event
    cases:
      warm: msg.payload.kind === "temperature"
      door: msg.payload.kind === "door"
  it:
    type: map
    from: kinds.else
    payload: msg.payload.‹open|watts›
`),
    at: "open",
    words: ['"open"', '"kinds.else"'],
  },
  {
    what: "two wires, one of which lacks the field",
    text: flow(`  half:
    type: map
    from: reading
    payload:
      celsius: half(msg.payload.celsius)
  it:
    type: map
    from: [half, reading]
    payload: msg.payload.‹door|celsius›
`),
    at: "door",
    words: ['"door"', '"half" and "reading"'],
  },
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
  // ---------------------------------------------------------------- missing values
  {
    what: "a method of an optional value",
    text: node("map", "payload: msg.payload.note‹.|?.›length"),
    at: "msg.payload.note",
    words: ['"msg.payload.note"', "undefined", "?."],
    code: "EDDY_TYPE_NULLABLE",
  },
  {
    what: "an optional value in a template",
    text: node("log", 'text: Note ${msg.payload.note‹| ?? "none"›}'),
    at: "msg.payload.note",
    words: ["undefined", "log's text", "??"],
    code: "EDDY_TYPE_NULLABLE",
  },
  {
    what: "a topic that may be missing",
    text: flow(`  tick: { type: inject, every: 1s, payload: "1" }
  it:
    type: mqtt-out
    from: tick
    topic: x/\${msg.topic‹| ?? "none"›}
`),
    at: "msg.topic",
    words: ["undefined", "mqtt-out's topic"],
  },
  {
    what: "a topic that may be missing, given to a helper",
    text: flow(`  tick: { type: inject, every: 1s, payload: "1" }
  it:
    type: map
    from: tick
    payload: site(msg.topic‹| ?? ""›)
`),
    at: "msg.topic",
    words: ["undefined", "string"],
  },
  {
    what: "what an incomplete join lacks",
    text: flow(`  pair:
    type: join
    from: { a: reading, b: event }
    within: 10s
  it:
    type: map
    from: pair.timeout
    payload: msg.payload.a‹.|?.›celsius
`),
    at: "msg.payload.a",
    words: ['"msg.payload.a"', "undefined"],
  },
  {
    what: "an item found in a list",
    text: node("map", 'payload: msg.payload.tags.find((tag) => tag !== "")‹.|?.›length'),
    at: 'msg.payload.tags.find((tag) => tag !== "")',
    words: ["undefined"],
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
