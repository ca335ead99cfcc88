import { check, fix } from "./check.ts";

const plant = 'plant: { type: mqtt, url: "mqtts://plant:8883" }';
const office = 'office: { type: mqtt, url: "mqtts://office:8883" }';
const web = "web: { type: http, port: 80 }";

function flow(connections: readonly string[], input: string, more = ""): string {
  const section =
    connections.length === 0 ? "" : `connections:\n${connections.map((line) => `  ${line}\n`).join("")}`;
  return `${section}nodes:\n  ${input}\n  l: { type: log, from: t }\n${more}`;
}

describe("check: connections", () => {
  it("takes the one that is named", () =>
    check(
      flow(
        [plant, office],
        "t: { type: mqtt-in, topic: a, connection: plant }",
        "  o: { type: mqtt-out, from: t, topic: a, connection: office }\n",
      ),
    ));
  it("takes the only one of the type", () => check(flow([plant], "t: { type: mqtt-in, topic: a }")));
  it("hints at the default, once for all nodes", () =>
    check(
      flow([], "«t»: { type: mqtt-in, topic: a }", "  o: { type: mqtt-out, from: t, topic: a }\n"),
      'hint EDDY_CONNECTION_DEFAULT No connection of type mqtt is declared, so "t" uses mqtt://127.0.0.1:1883.',
    ));
  it("asks for one where there is no default", () =>
    check(
      flow([], "t: { type: inject }", "  «s»: { type: store, from: t }\n"),
      "error EDDY_CONNECTION_MISSING",
    ));
  it("lists several where none is chosen", () =>
    check(
      flow([plant, office], "«t»: { type: mqtt-in, topic: a }"),
      'error EDDY_CONNECTION_CHOICE There are 2 connections of type mqtt (plant and office): say with connection: which one "t" uses.',
    ));
  it("offers each of them", () => {
    fix(
      flow([plant, office], "t: { type: mqtt-in, topic: a }"),
      "Use office",
      flow([plant, office], "t: { type: mqtt-in, connection: office, topic: a }"),
    );
    fix(
      flow([plant, office], "t:\n    type: mqtt-in # in\n    topic: a"),
      "Use plant",
      flow([plant, office], "t:\n    type: mqtt-in # in\n    connection: plant\n    topic: a"),
    );
  });
  it("guesses an unknown name", () => {
    check(
      flow([plant, `«office»${office.slice(6)}`], "t: { type: mqtt-in, topic: a, connection: «plnt» }"),
      "warning EDDY_CONNECTION_UNUSED",
      'error EDDY_CONNECTION_UNKNOWN There is no connection "plnt" of type mqtt. Did you mean "plant"?',
    );
    fix(
      flow([plant], "t: { type: mqtt-in, topic: a, connection: plnt }"),
      "Change to plant",
      flow([plant], "t: { type: mqtt-in, topic: a, connection: plant }"),
    );
  });
  it("refuses one of another type, and lists those that fit", () =>
    check(
      flow(
        [plant, web],
        "t: { type: mqtt-in, topic: a, connection: «web» }",
        "  o: { type: mqtt-out, from: t, topic: a }\n",
      ),
      'error EDDY_CONNECTION_KIND "web" is a connection of type http; mqtt-in needs one of type mqtt. Known are: plant.',
    ));
  it("guesses a type", () => {
    check(
      flow(["plant: { type: «mqqt», url: a }"], "t: { type: mqtt-in, topic: a, connection: plant }"),
      'error EDDY_CONNECTION_TYPE There is no connection type "mqqt". Did you mean "mqtt"?',
    );
    check(
      flow(["plant: { type: «mqqt», url: a }"], "t: { type: mqtt-in, topic: a }"),
      "error EDDY_CONNECTION_TYPE",
    );
  });
  it("warns of one that nobody uses", () =>
    check(
      flow([plant, `«web»${web.slice(3)}`], "t: { type: mqtt-in, topic: a }"),
      "warning EDDY_CONNECTION_UNUSED",
    ));
  it("checks its params", () => {
    check(
      flow(["«plant»: { type: mqtt }"], "t: { type: mqtt-in, topic: a }"),
      'error EDDY_MISSING_PARAM A connection of type mqtt needs "url"',
    );
    check(
      flow(["plant: { type: mqtt, url: a, «usernam»: b }"], "t: { type: mqtt-in, topic: a }"),
      'error EDDY_UNKNOWN_KEY Did you mean "username"?',
    );
  });
  it("says nothing of use while a node's type is not known", () =>
    check(flow([web], "t: { type: «htpp-in» }"), "error EDDY_UNKNOWN_TYPE"));
});
