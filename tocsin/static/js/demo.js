// The demo's page asks for itself again, and puts in what is new, unless somebody types there.

const EVERY_MS = 1200;

function isBusy(part) {
  const active = document.activeElement;
  return part.contains(active) && active.matches("input, select") || [...part.querySelectorAll("input[name=text]")].some((field) => field.value);
}

async function renew() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok) return;
  const news = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = news.getElementById(part.id);
    if (!fresh || isBusy(part)) continue;
    const open = [...part.querySelectorAll("details[open]")].map((fold) => fold.id);
    fresh.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => {
      field.value = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    });
    if (fresh.innerHTML === part.dataset.last) continue;
    part.dataset.last = fresh.innerHTML;
    part.replaceChildren(...fresh.childNodes);
    for (const id of open) part.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  }
}

async function run() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    await renew().catch(() => undefined);
  }
}

run();
