import { startDevice } from "./device.ts";
import { compiledMqtt } from "./suites/compiled-mqtt.ts";

compiledMqtt(startDevice);
