// Written by `npm run generate`: do not edit.
import * as batch from "./batch.ts";
import * as debounce from "./debounce.ts";
import * as delay from "./delay.ts";
import * as exec from "./exec.ts";
import * as fileIn from "./file-in.ts";
import * as fileOut from "./file-out.ts";
import * as filter from "./filter.ts";
import * as functionNode from "./function.ts";
import * as hold from "./hold.ts";
import * as httpIn from "./http-in.ts";
import * as httpRequest from "./http-request.ts";
import * as httpResponse from "./http-response.ts";
import * as inject from "./inject.ts";
import * as join from "./join.ts";
import * as log from "./log.ts";
import * as map from "./map.ts";
import * as mqttIn from "./mqtt-in.ts";
import * as mqttOut from "./mqtt-out.ts";
import * as onChange from "./on-change.ts";
import * as parse from "./parse.ts";
import * as simulate from "./simulate.ts";
import * as split from "./split.ts";
import * as state from "./state.ts";
import * as switchNode from "./switch.ts";
import * as template from "./template.ts";
import * as throttle from "./throttle.ts";
import * as window from "./window.ts";

/** Every file of a node type, by the type's name. */
export const nodeModules = {
  batch,
  debounce,
  delay,
  exec,
  "file-in": fileIn,
  "file-out": fileOut,
  filter,
  "function": functionNode,
  hold,
  "http-in": httpIn,
  "http-request": httpRequest,
  "http-response": httpResponse,
  inject,
  join,
  log,
  map,
  "mqtt-in": mqttIn,
  "mqtt-out": mqttOut,
  "on-change": onChange,
  parse,
  simulate,
  split,
  state,
  "switch": switchNode,
  template,
  throttle,
  window,
} as const;
