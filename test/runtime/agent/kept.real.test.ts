import { startDevice } from "./device.ts";
import { keptMessages } from "./suites/kept.ts";

keptMessages(startDevice, { namesLines: true });
