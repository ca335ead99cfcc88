/** What `eddy new` writes. `name` is the label of the workflow as it stands in the file. */
export const templates: Readonly<Record<"blank" | "simulated" | "mqtt" | "http", (name: string) => string>> =
  {
    blank: (name) => `eddy: 1
name: ${name}

nodes: {}
`,
    simulated: (name) => `eddy: 1
name: ${name}
description: A made-up sensor, a limit and a line in the log. Runs without any hardware.

nodes:
  temperature:
    type: simulate
    signal: sine
    every: 1s
    min: 2
    max: 9
    period: 1m
    at: [0, 0]

  warm:
    type: filter
    from: temperature
    when: msg.payload > 8
    at: [240, 0]

  note:
    type: log
    from: warm
    text: "\${msg.payload.toFixed(1)} °C is too warm"
    level: warn
    at: [480, 0]
`,
    mqtt: (name) => `eddy: 1
name: ${name}
description: Passes on the readings that are too warm.

env:
  BROKER: { default: "mqtt://localhost:1883", description: the broker's address }

connections:
  broker: { type: mqtt, url: "\${env.BROKER}" }

nodes:
  readings:
    type: mqtt-in
    connection: broker
    topic: site/+/temperature
    output: |-
      { celsius: number }
    at: [0, 0]

  warm:
    type: filter
    from: readings
    when: msg.payload.celsius > 8
    at: [240, 0]

  alert:
    type: mqtt-out
    from: warm
    connection: broker
    topic: alerts/temperature
    payload: msg.payload
    at: [480, 0]
`,
    http: (name) => `eddy: 1
name: ${name}
description: Answers requests.

connections:
  web: { type: http, port: 8080 }

nodes:
  hello:
    type: http-in
    connection: web
    method: GET
    path: /hello/:name
    at: [0, 0]

  answer:
    type: http-response
    from: hello
    payload: |-
      ({ hello: msg.source.params.name })
    at: [240, 0]
`,
  };

export const templateNames = Object.keys(templates) as readonly (keyof typeof templates)[];
