// While somebody writes a public text, says beside it what the directive allows. It asks the same check as the button.

const PAUSE_MS = 900;

const form = document.getElementById("draft");
let waiting = null;
let asked = 0;

async function check() {
  const mine = ++asked;
  const values = new FormData(form);
  values.set("do", "check");
  try {
    const answer = await fetch(location.href, { method: "POST", body: values, redirect: "error" });
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("check");
    const old = document.getElementById("check");
    if (fresh && old && fresh.outerHTML !== old.outerHTML) old.replaceWith(document.adoptNode(fresh));
  } catch { /* No connection: the button says so. */ }
}

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(check, PAUSE_MS);
});
