import { chain, flow, type Mistake, node } from "./mistake.ts";

/** Fields that are not there, and values that may be missing. */
export const fields: readonly Mistake[] = [
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
];
