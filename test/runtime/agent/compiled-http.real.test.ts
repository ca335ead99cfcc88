import { startDevice } from "./device.ts";
import { compiledHttp } from "./suites/compiled-http.ts";

compiledHttp(startDevice);
