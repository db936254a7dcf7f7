// Everything here is a comfort: each page does its whole work without it.
import { startClocks } from "./clock.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startMap } from "./map.js";
import { startSiren } from "./siren.js";

startClocks();
startSiren();
startKeys();
startMap();
startLive();
