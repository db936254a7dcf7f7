// Lets `time[data-since]` run on. The server wrote the same digits (console/words.py, duration_digits).

const two = (number) => String(number).padStart(2, "0");

export function digits(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86400);
  const hours = Math.floor(whole / 3600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  if (days) return `${days}d ${two(hours)}:${two(minutes)}`;
  if (hours) return `${hours}:${two(minutes)}:${two(whole % 60)}`;
  return `${minutes}:${two(whole % 60)}`;
}

// A wrong clock of this computer must not show a wrong age: the server says what time it is.
let ahead_s = 0;

export function setServerTime(server_s) {
  ahead_s = Date.now() / 1000 - server_s;
}

function tick() {
  const now_s = Date.now() / 1000 - ahead_s;
  for (const clock of document.querySelectorAll("time[data-since]")) {
    const text = digits(now_s - Number(clock.dataset.since));
    if (clock.textContent !== text) clock.textContent = text;
  }
  setTimeout(tick, 1000 - (Date.now() % 1000));
}

export function startClocks() {
  const meta = document.querySelector('meta[name="server-time"]');
  if (meta) setServerTime(Number(meta.content));
  tick();
}
