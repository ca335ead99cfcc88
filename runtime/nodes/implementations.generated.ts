// Written by `npm run generate`: do not edit.
import type { NodeImplementation } from "../engine/contract.ts";
import batch from "./batch.ts";
import debounce from "./debounce.ts";
import delay from "./delay.ts";
import exec from "./exec.ts";
import fileIn from "./file-in.ts";
import fileOut from "./file-out.ts";
import filter from "./filter.ts";
import functionNode from "./function.ts";
import hold from "./hold.ts";
import httpIn from "./http-in.ts";
import httpRequest from "./http-request.ts";
import httpResponse from "./http-response.ts";
import inject from "./inject.ts";
import join from "./join.ts";
import log from "./log.ts";
import map from "./map.ts";
import mqttIn from "./mqtt-in.ts";
import mqttOut from "./mqtt-out.ts";
import onChange from "./on-change.ts";
import parse from "./parse.ts";
import simulate from "./simulate.ts";
import split from "./split.ts";
import state from "./state.ts";
import switchNode from "./switch.ts";
import template from "./template.ts";
import throttle from "./throttle.ts";
import window from "./window.ts";

/** By the type's name. */
export const implementations: Readonly<Record<string, NodeImplementation>> = {
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
};
