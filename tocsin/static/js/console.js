// Everything here is a comfort: each page does its whole work without it.
import { startClocks } from "./clock.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startMap } from "./map.js";
import { startSiren } from "./siren.js";

// The next page shows its times in the reader's zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `time_zone=${zone};path=/;max-age=31536000;SameSite=Lax`;

startClocks();
startSiren();
startKeys();
startMap();
startLive();
