// Zoom and drag. Without script the map's links do the same, a step at a time.

const WHEEL_MS = 120;

let chosen = null;  // The view that the reader chose. It outlives the renewing of its part of the page.

function withView(address, change) {
  const url = new URL(address, location.href);
  for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
  return url.pathname + url.search;
}

function setUp(map) {
  const image = map.querySelector("img");
  const sources = [...map.querySelectorAll("source")];
  if (!image) return;
  const view = chosen ?? { zoom: Number(map.dataset.zoom), east: 0, south: 0 };
  const show = () => {
    chosen = view;
    image.src = withView(image.src, view);
    for (const source of sources) source.srcset = withView(source.srcset, view);
  };
  const zoomBy = (step) => {
    const zoom = Math.min(Number(map.dataset.zoomMax), Math.max(0, view.zoom + step));
    if (zoom === view.zoom) return;
    const factor = 2 ** (zoom - view.zoom);
    Object.assign(view, { zoom, east: view.east * factor, south: view.south * factor });
    show();
  };
  if (chosen) show();
  let wheeled = 0;
  map.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (Date.now() - wheeled < WHEEL_MS) return;
    wheeled = Date.now();
    zoomBy(event.deltaY < 0 ? 1 : -1);
  }, { passive: false });
  for (const link of map.querySelectorAll("[data-step]")) {
    link.addEventListener("click", (event) => { event.preventDefault(); zoomBy(Number(link.dataset.step)); });
  }
  drag(map, image, (dx, dy) => {
    const box = map.getBoundingClientRect();
    view.east -= dx / box.width;  // In widths of the picture, as the server counts.
    view.south -= dy / box.width;
    image.addEventListener("load", () => { image.style.transform = ""; }, { once: true });
    show();
  });
}

function drag(map, image, moved) {
  let start = null;
  map.addEventListener("pointerdown", (event) => {
    if (event.target.closest("a")) return;
    start = [event.clientX, event.clientY];
    map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", (event) => {
    if (start) image.style.transform = `translate(${event.clientX - start[0]}px, ${event.clientY - start[1]}px)`;
  });
  map.addEventListener("pointerup", (event) => {
    if (!start) return;
    const [dx, dy] = [event.clientX - start[0], event.clientY - start[1]];
    start = null;
    if (dx || dy) moved(dx, dy);
  });
  map.addEventListener("pointercancel", () => { start = null; image.style.transform = ""; });
  image.draggable = false;
}

export function startMap() {
  const setUpIn = (part) => { for (const map of part.querySelectorAll("[data-zoom]")) setUp(map); };
  setUpIn(document);
  document.addEventListener("renewed", (event) => setUpIn(event.detail));
}
