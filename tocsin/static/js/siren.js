// The siren for alarms that nobody has taken, and their number in the title. A browser lets a page ring only after a
// gesture, so the button says plainly whether it will.

const REPEAT_MS = 3000;
const title = document.title;
let context = null;
let timer = null;

// Two bell strokes: a struck tone and its overtones, each fading at its own pace.
const PARTIALS = [[1, 1, 1.1], [2.0, 0.6, 0.8], [2.4, 0.45, 0.6], [3.0, 0.3, 0.45], [5.3, 0.12, 0.25]];

function strike(at_s, hertz) {
  for (const [ratio, loudness, seconds] of PARTIALS) {
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = hertz * ratio;
    gain.gain.setValueAtTime(0.0001, at_s);
    gain.gain.exponentialRampToValueAtTime(0.28 * loudness, at_s + 0.008);
    gain.gain.exponentialRampToValueAtTime(0.0001, at_s + seconds);
    tone.connect(gain).connect(context.destination);
    tone.start(at_s);
    tone.stop(at_s + seconds + 0.05);
  }
}

function ring() {
  const at_s = context.currentTime + 0.02;
  for (const [after_s, hertz] of [[0, 784], [0.32, 622], [0.64, 784], [0.96, 622]]) strike(at_s + after_s, hertz);
}

const willRing = () => context !== null && context.state === "running";

function show(button) {
  const isOn = willRing();
  button.hidden = false;
  button.setAttribute("aria-pressed", String(isOn));
  button.querySelector("span").textContent = isOn ? button.dataset.on : button.dataset.off;
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, isOn ? "#ringing" : "#silent"));
}

export function updateSiren() {
  const board = document.querySelector("[data-unacknowledged]");
  const count = board ? Number(board.dataset.unacknowledged) : 0;
  document.title = count ? `(${count}) ${title}` : title;
  if (count && willRing() && timer === null) {
    ring();
    timer = setInterval(ring, REPEAT_MS);
  } else if (timer !== null && (!count || !willRing())) {
    clearInterval(timer);
    timer = null;
  }
}

export function startSiren() {
  const button = document.getElementById("sound");
  if (!button || !window.AudioContext) return updateSiren();
  const changed = () => { show(button); updateSiren(); };
  const open = () => { context = new AudioContext(); context.addEventListener("statechange", changed); };
  button.addEventListener("click", async () => {
    const wasOn = willRing();
    if (context === null) open();
    await (wasOn ? context.suspend() : context.resume());
    localStorage.setItem("siren", wasOn ? "off" : "on");
    changed();
  });
  if (localStorage.getItem("siren") === "on") {
    open();  // Rings at once where the browser allows it; otherwise after the first key or click on the page.
    const wake = () => { if (localStorage.getItem("siren") === "on") context.resume(); };
    addEventListener("pointerdown", wake, { once: true });
    addEventListener("keydown", wake, { once: true });
  }
  changed();
}
