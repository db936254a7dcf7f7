// Keeps a page up to date: server-sent events say that something changed, the page is asked for again, and its parts
// (`[data-live]` with an `id`) are put in place of the old ones, except where somebody is writing.

import { setServerTime } from "./clock.js";
import { updateSiren } from "./siren.js";

const GATHER_MS = 150;  // News that comes together is fetched together.
const PATIENCE_MS = 45000;  // The server says something every 20 s; after this the connection counts as dead.
const RETRY_MS = 3000;
const STEADY_MS = 1500;

const line = () => document.getElementById("live");
let gathering = null;
let isFetching = false;
let isAgain = false;

function say(word) {
  const banner = line();
  if (!banner) return;
  banner.hidden = !word;
  banner.textContent = word ? banner.dataset[word] : "";
}

const valuesOf = (part) => [...part.querySelectorAll("input:not([type=hidden]), textarea, select")];
const isTouched = (field) => {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return [...field.options].some((o) => o.selected !== o.defaultSelected) && field.selectedIndex !== 0;
  return field.value !== field.defaultValue;
};

// Somebody is at work in this part: something is typed, or the focus is in a field.
function isInUse(part) {
  const active = document.activeElement;
  return valuesOf(part).some((field) => field === active || isTouched(field));
}

// What tells a control from the others of its part. A button is told by what its form does: after a change, the focus
// must never stand on the button of another call.
const keyOf = (element) => element.id || element.getAttribute("name") || element.getAttribute("href")
  || element.closest("form")?.getAttribute("action");

// Without what differs in each answer though nothing has changed: marks of forms, running clocks, opened folds, and what
// the reader made of the map.
const plain = (part) => part.outerHTML
  .replace(/(name="csrfmiddlewaretoken" value=)"[^"]*"/g, "$1")
  .replace(/(data-since="\d+">)[^<]*/g, "$1")
  .replace(/ open=""/g, "")
  .replace(/map\.svg\?[^"]*/g, "map.svg")
  .replace(/ (style|draggable)="[^"]*"/g, "");

// Somebody is moving towards a button: nothing may jump away under the pointer, but only for a moment.
let moved_ms = 0;
addEventListener("pointermove", () => { moved_ms = Date.now(); });
const isAboutToPress = (part) => Date.now() - moved_ms < STEADY_MS && part.querySelector("button:hover") !== null;

function replace(old, fresh) {
  const open = [...old.querySelectorAll("details[open][id]")].map((fold) => fold.id);
  const focused = old.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  const top = old.scrollTop;
  old.replaceWith(fresh);
  fresh.scrollTop = top;
  for (const id of open) { const fold = document.getElementById(id); if (fold) fold.open = true; }
  document.dispatchEvent(new CustomEvent("renewed", { detail: fresh }));
  if (focused) [...fresh.querySelectorAll("a, button, summary")].find((e) => keyOf(e) === focused)?.focus();
}

function renew(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const time = page.querySelector('meta[name="server-time"]');
  if (time) setServerTime(Number(time.content));
  let waiting = false;
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh || plain(old) === plain(fresh)) continue;
    if (isInUse(old)) waiting = true;
    else if (isAboutToPress(old)) setTimeout(ask, STEADY_MS);
    else replace(old, document.adoptNode(fresh));
  }
  say(waiting ? "news" : "");
  updateSiren();
}

async function fetchPage() {
  if (isFetching) { isAgain = true; return; }
  isFetching = true;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.redirected && new URL(answer.url).pathname !== location.pathname) location.reload();
    else if (answer.ok) renew(await answer.text());
    else if (answer.status === 503) say("away");
  } catch {
    say("cut");
  }
  isFetching = false;
  if (isAgain) { isAgain = false; ask(); }
}

function ask() {
  clearTimeout(gathering);
  gathering = setTimeout(fetchPage, GATHER_MS);
}

function listen(topic) {
  let patience = null;
  let source = null;
  const alive = () => { clearTimeout(patience); patience = setTimeout(again, PATIENCE_MS); };
  const again = () => { clearTimeout(patience); source.close(); say("cut"); setTimeout(open, RETRY_MS); };
  const open = () => {
    source = new EventSource(`/live/${topic}`);
    // What happened while nobody listened is fetched once the connection stands.
    source.addEventListener("hello", () => { alive(); ask(); });
    source.addEventListener("change", () => { alive(); ask(); });
    source.addEventListener("still", alive);
    source.addEventListener("away", () => { alive(); say("away"); });
    source.addEventListener("back", () => { alive(); ask(); });
    source.addEventListener("error", again);
    alive();
  };
  open();
  addEventListener("pagehide", () => { clearTimeout(patience); source.close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

export function startLive() {
  const topic = document.querySelector('meta[name="listen"]');
  if (topic) listen(topic.content);
}
