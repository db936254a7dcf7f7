// Keys for the board and the incident. Single keys are ignored while somebody writes (WCAG 2.1.4 asks that they can
// be avoided: the menu has a switch, kept in this browser).

const isWriting = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

function move(step) {
  const links = [...document.querySelectorAll("[data-call]")];
  if (!links.length) return;
  const here = links.indexOf(document.activeElement);
  const next = links[Math.min(links.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

export function startKeys() {
  const choice = document.getElementById("single-keys");
  const areOn = () => localStorage.getItem("keys") !== "off";
  if (choice) {
    choice.closest("label").hidden = false;
    choice.checked = areOn();
    choice.addEventListener("change", () => localStorage.setItem("keys", choice.checked ? "on" : "off"));
  }
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target) || !areOn()) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else {
      const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (!target) return;
      event.preventDefault();
      target.focus();
      target.scrollIntoView({ block: "nearest" });
    }
  });
  addEventListener("keydown", (event) => {
    const menu = document.querySelector("details.menu[open]");
    if (event.key === "Escape" && menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}
